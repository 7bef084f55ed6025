"""Frames from events on a device."""

import math

import numpy as np
import torch
from torch import Tensor

from spikelet import _core
from spikelet.encode import kernels
from spikelet.encode.events import EventTensors
from spikelet.errors import DtypeError, ParameterError, ShapeError
from spikelet.events.numbers import checked_integer
from spikelet.frames import Exponential, Fading, Linear, Measure, Polarity
from spikelet.frames.averaging import checked_surfaces
from spikelet.frames.making import checked_kind, checked_polarity
from spikelet.frames.surfaces import MOST_DEPTH, checked_ages, named_fading
from spikelet.frames.voxels import MOST_BINS


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
    if polarity is Polarity.TWO_CHANNEL:
        raise ParameterError(
            f"`polarity` must be Polarity.SIGNED or Polarity.MERGED, got {polarity}; "
            "take `event_spike_tensor`"
        )
    return _spread(events, polarity, bins, Measure.COUNT).squeeze(1)


def event_spike_tensor(events: EventTensors, *, bins: int, measure: Measure = Measure.COUNT) -> Tensor:
    """Events of each slice, each shared by the two bins of time around it, off and on apart (EST).

    `frames.event_spike_tensor` with its trilinear kernel; on a GPU added as `voxel_grid` adds.

    Args:
        events: events and slices.
        bins: number of bins $B$.
        measure: what is spread, 1 or the time within the slice.
    Returns:
        `[T, 2, B, H, W]` float32 on the device of the events, off events first.
    Raises:
        DtypeError: `measure` is none.
        ParameterError: `bins` is outside its rule.
        EngineError: the events are on a device that has no kernels.
    """
    return _spread(events, Polarity.TWO_CHANNEL, bins, checked_kind("measure", measure, (Measure,)))


def _spread(events: EventTensors, polarity: Polarity, bins: int, measure: Measure) -> Tensor:
    places = checked_integer("bins", bins, least=1, most=MOST_BINS)
    width, height = events.sensor_size
    shape = (len(events.slices), polarity.channels, places, height, width)
    if events.device.type != "cpu":
        what = kernels.Spread(is_signed=polarity is Polarity.SIGNED, is_time=measure is Measure.TIME)
        return kernels.spread(events, shape, what)
    frames = torch.zeros(shape)
    how = (("trilinear", 1.0), measure.value)
    _core.voxel_grid_into_frames(_given(events), frames.numpy(), polarity.value, places, *how)
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
    name, us = named_fading(checked_kind("fading", fading, (Exponential, Linear)))
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


def tore(
    events: EventTensors,
    *,
    depth: int,
    youngest_us: float = 150.0,
    oldest_us: float = 5e6,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    memory: bool = True,
    at_us: Tensor | None = None,
) -> Tensor:
    """Ages of the last few events on each pixel, on a logarithmic scale; `frames.tore`.

    On a GPU the ages are those of the CPU, and their logarithms within rounding.

    Args:
        events: events and slices; with `memory`, slices that end ever later.
        depth: events $D$ remembered on each pixel.
        youngest_us: age in microseconds below which all are alike.
        oldest_us: age in microseconds above which all are alike.
        polarity: `Polarity.TWO_CHANNEL` or `Polarity.MERGED`, the channels $C$.
        memory: whether events before a slice count too, or those of the slice alone.
        at_us: as for `time_surface`.
    Returns:
        `[T, C, D, H, W]` float32 on the device of the events, 0 for what just happened, newest events first.
    Raises:
        ParameterError: an argument is outside its rule; otherwise as `time_surface` raises.
        EngineError: the events are on a device that has no kernels.
    """
    channels = checked_polarity(polarity, (Polarity.TWO_CHANNEL, Polarity.MERGED))
    places = checked_integer("depth", depth, least=1, most=MOST_DEPTH)
    youngest, oldest = checked_ages(youngest_us, oldest_us)
    at = _references(events, at_us)
    width, height = events.sensor_size
    shape = (len(events.slices), channels.channels, places, height, width)
    frames = torch.empty(shape, device=events.device)
    if events.device.type == "cpu":
        surface, ages = (channels.value, memory), (youngest, oldest)
        _core.tore_into_frames(_given(events), frames.numpy(), surface, places, ages, at.numpy())
        return frames
    kernels.ages(events, frames, kernels.Queues(depth=places, has_memory=memory, oldest_us=oldest), at=at)
    return _logarithms(frames, youngest)


def _logarithms(ages: Tensor, youngest_us: float) -> Tensor:
    """Ages in microseconds as TORE tells them apart, in place."""
    return ages.log1p_().sub_(math.log1p(youngest_us)).clamp_(min=0.0)


def averaged_time_surfaces(
    events: EventTensors,
    *,
    cell_size: int,
    surface_size: int,
    history_us: int,
    fading: Fading,
    polarity: Polarity = Polarity.TWO_CHANNEL,
) -> Tensor:
    """What happened around each event before, averaged over cells of the sensor (HATS).

    `frames.averaged_time_surfaces`; on a GPU added as `voxel_grid` adds.

    Args:
        events: events and slices.
        cell_size: side of a cell in pixels; the last of a row or column may be cut.
        surface_size: side $s$ of a surface in pixels, an odd number.
        history_us: how far back a surface looks, in microseconds.
        fading: what an earlier event is worth.
        polarity: `Polarity.TWO_CHANNEL` or `Polarity.MERGED`, the channels $C$.
    Returns:
        `[T, cells, C, s, s]` float32 on the device of the events, cells row by row, off events first.
    Raises:
        DtypeError: `fading` is none.
        ParameterError: an argument is outside its rule.
        EngineError: the events are on a device that has no kernels.
    """
    name, us = named_fading(checked_kind("fading", fading, (Exponential, Linear)))
    channels = checked_polarity(polarity, (Polarity.TWO_CHANNEL, Polarity.MERGED))
    cell, side, back = checked_surfaces(cell_size, surface_size, history_us)
    if events.device.type != "cpu":
        around = kernels.Around(cell=cell, side=side, history_us=back, is_linear=name == "linear", us=us)
        return kernels.averages(events, around, channels=channels.channels)
    width, height = events.sensor_size
    cells = -(-width // cell) * -(-height // cell)
    frames = torch.empty((len(events.slices), cells, channels.channels, side, side))
    _core.averaged_surfaces_into_frames(
        _given(events), frames.numpy(), channels.value, (cell, side // 2), back, (name, us)
    )
    return frames


def _given(
    events: EventTensors,
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray, tuple[int, int], int]:
    columns = events.t.numpy(), events.x.numpy(), events.y.numpy(), events.p.numpy()
    return columns, events.slices, events.sensor_size, torch.get_num_threads()


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
