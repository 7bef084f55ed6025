"""Frames from events on a device."""

import numpy as np
import torch
from torch import Tensor

from spikelet import _core
from spikelet.encode import kernels
from spikelet.encode.events import EventTensors
from spikelet.errors import DtypeError, ParameterError, ShapeError
from spikelet.frames import Exponential, Fading, Linear, Measure, Polarity

_MOST_BINS = 2**16


def counts(events: EventTensors, *, polarity: Polarity = Polarity.TWO_CHANNEL) -> Tensor:
    """Number of events on each pixel in each slice; `frames.counts` with float32.

    Args:
        events: events and slices.
        polarity: the channels $C$.
    Returns:
        `[T, C, H, W]` float32 on the device of the events. A count that reaches 2^24 stays there.
    Raises:
        EngineError: the events are on a device that has no kernels.
    """
    width, height = events.sensor_size
    frames = torch.zeros((len(events.slices), polarity.channels, height, width), device=events.device)
    if events.device.type == "cpu":
        _core.count_into_frames(_given(events), frames.numpy(), polarity.value)
    else:
        kernels.count(events, frames, is_signed=polarity is Polarity.SIGNED)
    return frames


def voxel_grid(events: EventTensors, *, bins: int, polarity: Polarity = Polarity.SIGNED) -> Tensor:
    """Events of each slice, each shared by the two bins of time around it; `frames.voxel_grid`.

    On a GPU weights are added in whole steps of 2^-30, so that the sum does not depend on their order: the
    same grid at every run, and within rounding of float32 that of the CPU.

    Args:
        events: events and slices.
        bins: number of bins $B$.
        polarity: `Polarity.SIGNED` or `Polarity.MERGED`.
    Returns:
        `[T, B, H, W]` float32 on the device of the events.
    Raises:
        ParameterError: an argument is outside its rule.
        EngineError: the events are on a device that has no kernels.
    """
    if not 1 <= bins <= _MOST_BINS:
        raise ParameterError(f"`bins` must be from 1 to {_MOST_BINS}, got {bins}")
    if polarity is Polarity.TWO_CHANNEL:
        raise ParameterError(
            f"`polarity` must be Polarity.SIGNED or Polarity.MERGED, got {polarity}; "
            "take `frames.event_spike_tensor`, on the CPU"
        )
    width, height = events.sensor_size
    shape = (len(events.slices), bins, height, width)
    if events.device.type != "cpu":
        return kernels.voxel_grid(events, shape, is_signed=polarity is Polarity.SIGNED)
    frames = torch.zeros(shape)
    how = (("trilinear", 1.0), Measure.COUNT.value)
    _core.voxel_grid_into_frames(_given(events), frames.numpy(), polarity.value, bins, *how)
    return frames


def time_surface(
    events: EventTensors,
    *,
    fading: Fading,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    memory: bool = True,
    at_us: Tensor | None = None,
) -> Tensor:
    """Faded age of the last event on each pixel at the end of each slice; `frames.time_surface`, bit for bit.

    Args:
        events: events and slices; with `memory`, slices that end ever later.
        fading: what an event is still worth at a later time.
        polarity: the channels $C$; with `Polarity.SIGNED`, one channel with the sign of its last event.
        memory: whether events before a slice count too, or those of the slice alone.
        at_us: `[T]` int64 reference times on the device of the events, none before the last event of its
            slice, which is checked and waits for the device; of the last event before the slice's end where
            None.
    Returns:
        `[T, C, H, W]` float32 on the device of the events.
    Raises:
        DtypeError: `fading` is none, or `at_us` is not of int64.
        ShapeError: `at_us` has another shape.
        ParameterError: a reference time lies before the last event, or slices end earlier than one before.
        EngineError: the events are on a device that has no kernels.
    """
    name, us = _named(fading)
    at = _references(events, at_us)
    width, height = events.sensor_size
    frames = torch.empty((len(events.slices), polarity.channels, height, width), device=events.device)
    if events.device.type == "cpu":
        surface = (polarity.value, memory)
        _core.time_surface_into_frames(_given(events), frames.numpy(), surface, (name, us), at.numpy())
        return frames
    known = kernels.Surface(
        is_signed=polarity is Polarity.SIGNED, has_memory=memory, is_linear=name == "linear", us=us
    )
    kernels.time_surface(events, frames, known, at=at)
    return frames


def _given(
    events: EventTensors,
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray, tuple[int, int], int]:
    columns = events.t.numpy(), events.x.numpy(), events.y.numpy(), events.p.numpy()
    return columns, events.slices, events.sensor_size, torch.get_num_threads()


def _named(fading: Fading) -> tuple[str, float]:
    match fading:
        case Exponential(tau_us=us):
            return "exponential", us
        case Linear(span_us=us):
            return "linear", us
        case _:  # pyright: ignore[reportUnnecessaryComparison]: any object may come
            raise DtypeError(f"`fading` must be `Exponential` or `Linear`, got {fading!r}")


def _references(events: EventTensors, at_us: Tensor | None) -> Tensor:
    stops = events.slices_there[:, 1]
    if len(events) == 0:
        last = torch.zeros_like(stops)
    else:
        last = torch.where(stops > 0, events.t[(stops - 1).clamp(min=0)], 0)
    if at_us is None:
        return last
    if at_us.dtype != torch.int64:
        raise DtypeError(f"`at_us` must be a tensor of torch.int64, got {at_us.dtype}; convert it first")
    if at_us.shape != last.shape:
        raise ShapeError(f"`at_us` must have shape {list(last.shape)}, got {list(at_us.shape)}")
    if bool(((at_us < last) & (stops > 0)).any()):
        raise ParameterError("`at_us` must not lie before the last event of its slice; take the window's end")
    return at_us.contiguous()
