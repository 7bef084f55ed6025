"""The kernels of `cuda/frames.cu`: their text, and how they are launched on torch's current stream."""

import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from spikelet import _core, cuda
from spikelet.encode.events import EventTensors
from spikelet.errors import EngineError, ParameterError

__all__ = [
    "Around",
    "Queues",
    "Spread",
    "Surface",
    "ages",
    "averages",
    "count",
    "spread",
    "text",
    "time_surface",
]

# Threads in all: enough to keep any device busy, each with several events where there are many.
_THREADS = 1 << 18
_LEAST_LANES = 32
# Weights are added in whole steps, so many of them to 1.
_STEPS = 1 << 30
# The kernel numbers events from 1 in 32 bits.
_MOST_EVENTS = 2**32 - 2
# What prelude.cu asks of programs; frames have none.
_CONSTANTS = {"states": 1, "params": 1, "slope_params": 0, "tensors": 0, "width": 1}


@final
@dataclass(frozen=True, kw_only=True)
class Surface:
    """How a time surface is made."""

    is_signed: bool
    has_memory: bool
    is_linear: bool
    us: float


@final
@dataclass(frozen=True, kw_only=True)
class Spread:
    """What is spread over bins of time."""

    is_signed: bool = False
    is_time: bool = False


@final
@dataclass(frozen=True, kw_only=True)
class Queues:
    """How many last events are remembered, and how old they count at most."""

    depth: int
    has_memory: bool
    oldest_us: float


@final
@dataclass(frozen=True, kw_only=True)
class Around:
    """What is seen around an event: in which cell, how far, and how far back."""

    cell: int
    side: int
    history_us: int
    is_linear: bool
    us: float


def count(events: EventTensors, frames: Tensor, *, is_signed: bool) -> None:
    """Counts events in `frames` `[T, C, H, W]` of zeros."""
    T, C, H, W = frames.shape
    lanes = _lanes(events.slices)
    tensors = (events.slices_there, events.x, events.y, events.p, frames)
    _launch("spikelet_count", T * lanes, numbers=(T, lanes, C, int(is_signed), H, W), tensors=tensors)


def spread(events: EventTensors, shape: tuple[int, ...], what: Spread) -> Tensor:
    """New frames `[T, C, B, H, W]`, by way of sums in whole steps."""
    T, C, B, H, W = shape
    lanes = _lanes(events.slices)
    sums = torch.zeros(shape, dtype=torch.int64, device=events.device)
    numbers = (T, lanes, C, B, int(what.is_signed), int(what.is_time), H, W)
    tensors = (events.slices_there, events.t, events.x, events.y, events.p, sums)
    _launch("spikelet_spread", T * lanes, numbers=numbers, tensors=tensors)
    frames = torch.empty(shape, device=events.device)
    _launch("spikelet_settle", frames.numel(), numbers=(frames.numel(),), tensors=(sums, frames))
    return frames


def time_surface(events: EventTensors, frames: Tensor, surface: Surface, *, at: Tensor) -> None:
    """Writes what is left of the last events to `frames` `[T, C, H, W]`."""
    T, C, H, W = frames.shape
    latest = _latest(events, (1, *frames.shape), has_memory=surface.has_memory)
    cells = C * H * W
    rules = (int(surface.is_signed), int(surface.has_memory), int(surface.is_linear), _bits(surface.us))
    tensors = (at, events.t, events.p, latest, frames)
    _launch("spikelet_fade", cells if T else 0, numbers=(T, cells, *rules), tensors=tensors)


def ages(events: EventTensors, frames: Tensor, queues: Queues, *, at: Tensor) -> None:
    """Writes the ages of the last events, newest first, to `frames` `[T, C, D, H, W]`."""
    T, C, D, H, W = frames.shape
    latest = _latest(events, (D, T, C, H, W), has_memory=queues.has_memory)
    cells, rules = C * H * W, (D, int(queues.has_memory), _bits(queues.oldest_us))
    tensors = (at, events.t, latest, frames)
    _launch("spikelet_age", T * cells, numbers=(T, cells, H * W, *rules), tensors=tensors)


def averages(events: EventTensors, around: Around, *, channels: int) -> Tensor:
    """New frames `[T, cells, C, s, s]`, by way of sums in whole steps."""
    numbers, groups, shape = _grouped(events, around.cell, channels)
    # Not `bincount`, which waits for the device.
    starts = torch.searchsorted(groups, torch.arange(math.prod(shape) + 1, device=events.device))
    counts, middle = starts.diff(), around.side // 2
    sums = torch.zeros((len(counts), around.side, around.side), dtype=torch.int64, device=events.device)
    # Each event sees itself.
    sums[:, middle, middle] = counts * _STEPS
    rules = (middle, around.history_us, int(around.is_linear), _bits(around.us))
    tensors = (numbers, groups, starts, events.t, events.x, events.y, sums)
    _launch("spikelet_recall", len(numbers), numbers=(len(numbers), *rules), tensors=tensors)
    means = sums.to(torch.float64) / (counts.clamp(min=1) * _STEPS)[:, None, None]
    return means.to(torch.float32).reshape(*shape, around.side, around.side)


def _grouped(events: EventTensors, cell: int, channels: int) -> tuple[Tensor, Tensor, tuple[int, int, int]]:
    """Numbers of the events of all slices, group by group in order of time, the group of each, and its shape.

    A group is one of `[T, cells, C]`; an event of several slices is there several times.
    """
    width, height = events.sensor_size
    across, down = -(-width // cell), -(-height // cell)
    shape = (len(events.slices), across * down, channels)
    starts, lengths = events.slices_there[:, 0], events.slices_there.diff().squeeze(1)
    total = int(np.diff(events.slices).sum())
    frame = torch.repeat_interleave(lengths, output_size=total)
    within = torch.arange(total, device=events.device) - (lengths.cumsum(0) - lengths)[frame]
    numbers = starts[frame] + within
    x, y, p = (column.to(torch.int64)[numbers] for column in (events.x, events.y, events.p))
    groups = (frame * shape[1] + y // cell * across + x // cell) * channels
    groups, order = torch.sort(groups + p if channels == 2 else groups, stable=True)
    return numbers[order], groups, shape


def _latest(events: EventTensors, shape: tuple[int, ...], *, has_memory: bool) -> Tensor:
    """`[D, T, C, H, W]` numbers of the last events of each slice, the newest first, counted from 1."""
    if len(events) > _MOST_EVENTS:
        raise ParameterError(f"events must be at most {_MOST_EVENTS}, got {len(events)}; cut the recording")
    D, T, C, H, W = shape
    cut = _news(events.slices) if has_memory else events.slices
    there, lanes = torch.from_numpy(cut).to(events.device), _lanes(cut)
    latest = torch.zeros(shape, dtype=torch.int32, device=events.device)
    for rank in range(D):
        tensors = (there, events.x, events.y, events.p, latest[max(rank - 1, 0)], latest[rank])
        _launch("spikelet_latest", T * lanes, numbers=(T, lanes, C, H, W, int(rank > 0)), tensors=tensors)
    return latest


def _bits(number: float) -> int:
    """The bits of a float32, which kernels take as a whole number."""
    return struct.unpack("<I", struct.pack("<f", number))[0]


@lru_cache(maxsize=1)
def text() -> str:
    """The source of the kernels."""
    lines = [
        f"[[maybe_unused]] constexpr int spikelet_{name} = {value};" for name, value in _CONSTANTS.items()
    ]
    return "\n".join([*lines, _core.cuda_source("prelude.cu"), _core.cuda_source("frames.cu")])


def _news(slices: np.ndarray) -> np.ndarray:
    """The events that each slice adds to those before its end."""
    stops = slices[:, 1]
    if (np.diff(stops) < 0).any():
        first = int(np.argmax(np.diff(stops) < 0)) + 1
        raise ParameterError(
            f"slices must end ever later where surfaces have memory, got slice {first} ending at event "
            f"{stops[first]} after {stops[first - 1]}; sort them, or take `memory=False`"
        )
    return np.stack([np.concatenate([[0], stops[:-1]]), stops], axis=1).astype(np.int64)


def _lanes(slices: np.ndarray) -> int:
    """Threads that share one frame."""
    longest = int(np.max(slices[:, 1] - slices[:, 0], initial=1))
    return max(1, min(longest, max(_LEAST_LANES, _THREADS // max(len(slices), 1))))


def _launch(name: str, threads: int, *, numbers: tuple[int, ...], tensors: tuple[Tensor, ...]) -> None:
    if threads == 0:
        return
    device, stream = _place(tensors[0])
    function = cuda.kernel(text(), name, device)
    arguments: tuple[Any, ...] = (*numbers, *(tensor.data_ptr() for tensor in tensors))
    cuda.launch(function, threads=threads, arguments=arguments, device=device, stream=stream)


def _place(like: Tensor) -> tuple[int, int]:
    """Number of the device, and address of torch's current stream there."""
    if like.device.type != "cuda":
        raise EngineError(
            f"events must be on the CPU or a CUDA device, got {like.device}; move them with `.to`"
        )
    reason = cuda.refusal("cuda12" if (torch.version.cuda or "").startswith("12.") else "cuda")
    if reason:
        raise EngineError(f"events on a CUDA device must have kernels there, got none: {reason}")
    return like.device.index, torch.cuda.current_stream(like.device).cuda_stream
