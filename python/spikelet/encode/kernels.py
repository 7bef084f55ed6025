"""The kernels of `cuda/frames.cu`: their text, and how they are launched on torch's current stream."""

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

__all__ = ["Surface", "count", "text", "time_surface", "voxel_grid"]

# Threads in all: enough to keep any device busy, each with several events where there are many.
_THREADS = 1 << 18
_LEAST_LANES = 32
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


def count(events: EventTensors, frames: Tensor, *, is_signed: bool) -> None:
    """Counts events in `frames` `[T, C, H, W]` of zeros."""
    T, C, H, W = frames.shape
    lanes = _lanes(events.slices)
    tensors = (events.slices_there, events.x, events.y, events.p, frames)
    _launch("spikelet_count", T * lanes, numbers=(T, lanes, C, int(is_signed), H, W), tensors=tensors)


def voxel_grid(events: EventTensors, shape: tuple[int, ...], *, is_signed: bool) -> Tensor:
    """New frames `[T, B, H, W]`, by way of sums in whole steps."""
    T, B, H, W = shape
    lanes = _lanes(events.slices)
    sums = torch.zeros(shape, dtype=torch.int64, device=events.device)
    tensors = (events.slices_there, events.t, events.x, events.y, events.p, sums)
    _launch("spikelet_spread", T * lanes, numbers=(T, lanes, B, int(is_signed), H, W), tensors=tensors)
    frames = torch.empty(shape, device=events.device)
    _launch("spikelet_settle", frames.numel(), numbers=(frames.numel(),), tensors=(sums, frames))
    return frames


def time_surface(events: EventTensors, frames: Tensor, surface: Surface, *, at: Tensor) -> None:
    """Writes what is left of the last events to `frames` `[T, C, H, W]`."""
    if len(events) > _MOST_EVENTS:
        raise ParameterError(f"events must be at most {_MOST_EVENTS}, got {len(events)}; cut the recording")
    T, C, H, W = frames.shape
    cut = _news(events.slices) if surface.has_memory else events.slices
    there = torch.from_numpy(cut).to(events.device)
    lanes = _lanes(cut)
    latest = torch.zeros(frames.shape, dtype=torch.int32, device=events.device)
    tensors = (there, events.x, events.y, events.p, latest)
    _launch("spikelet_latest", T * lanes, numbers=(T, lanes, C, H, W), tensors=tensors)
    cells, (bits,) = C * H * W, struct.unpack("<I", struct.pack("<f", surface.us))
    rules = (int(surface.is_signed), int(surface.has_memory), int(surface.is_linear), bits)
    tensors = (at, events.t, events.p, latest, frames)
    _launch("spikelet_fade", cells if T else 0, numbers=(T, cells, *rules), tensors=tensors)


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
