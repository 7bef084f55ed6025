"""Fewer pixels and coarser times: each event moved, or events summed by neurons that fire."""

from dataclasses import KW_ONLY, dataclass
from math import ceil, floor
from typing import final

import numpy as np

from spikelet import _core
from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.events.columns import Columns, SensorSize, checked_size
from spikelet.events.numbers import checked_integer, checked_number
from spikelet.transforms.base import Transform, settle
from spikelet.transforms.changing import with_columns
from spikelet.transforms.rules import MOST_US
from spikelet.transforms.time import whole_times

_MOST_PIXELS = 65_536


@final
@dataclass(frozen=True, kw_only=True)
class Downsample(Transform):
    r"""Times and pixels multiplied: $t' = \lfloor a\,t \rfloor$, $x' = \lfloor f_x\,x \rfloor$, $y'$ alike.

    No event is dropped: several may come to one pixel at one time. The sensor becomes $\lceil f_x W \rceil
    \times \lceil f_y H \rceil$. tonic's of this name, which leaves the sensor's size to the caller; for its
    `target_size` see `Resize`.

    Args:
        time_factor: $a$, above 0.
        spatial_factor: $f$ for both sides, or a pair $(f_x, f_y)$, above 0.
    Raises:
        ParameterError: a factor is not finite or not above 0; when called, a side is beyond 65536 pixels, or
            a time or its image beyond 2^53 microseconds.
    """

    time_factor: float = 1.0
    spatial_factor: float | tuple[float, float] = 1.0

    def __post_init__(self) -> None:
        factors = self.spatial_factor
        pair = factors if isinstance(factors, (tuple, list)) else (factors, factors)
        if len(pair) != 2:
            raise ParameterError(f"`spatial_factor` must be a number or a pair for x and y, got {factors!r}")
        right, down = (_checked_factor("spatial_factor", factor) for factor in pair)
        settle(
            self,
            time_factor=_checked_factor("time_factor", self.time_factor),
            spatial_factor=right if right == down else (right, down),
        )

    def _applied(self, events: Events) -> Events:
        factors = self.spatial_factor
        right, down = factors if isinstance(factors, tuple) else (factors, factors)
        size = _scaled_side(events.sensor_size[0], right), _scaled_side(events.sensor_size[1], down)
        t = events.t
        if self.time_factor != 1:
            t = whole_times(t * np.float64(self.time_factor), before=t)
        x, y = (events.x * right).astype(np.uint16), (events.y * down).astype(np.uint16)
        return with_columns(events, (t, x, y, events.p), sensor_size=size)


@final
@dataclass(frozen=True)
class Resize(Transform):
    r"""The sensor brought to another size: $x' = \lfloor x\,W' / W \rfloor$, $y'$ alike, in whole numbers.

    No event is dropped. tonic's `Downsample(target_size=...)` multiplies floats, and so puts a few pixels one
    off.

    Args:
        size: width and height in pixels.
    Raises:
        ParameterError: `size` is none.
    """

    size: SensorSize

    def __post_init__(self) -> None:
        settle(self, size=checked_size(self.size, name="size"))

    def _applied(self, events: Events) -> Events:
        (width, height), (new_width, new_height) = events.sensor_size, self.size
        x = events.x.astype(np.uint64) * new_width // width
        y = events.y.astype(np.uint64) * new_height // height
        columns = events.t, x.astype(np.uint16), y.astype(np.uint16), events.p
        return with_columns(events, columns, sensor_size=self.size)


@final
@dataclass(frozen=True)
class IntegratorDownsampling(Transform):
    r"""Fewer pixels, each an integrate-and-fire neuron over those it covers.

    Time is cut into bins of `dt_us` from the first event on. In each bin a pixel adds its on events and takes
    off its off events; where the sum's size has reached `threshold` at the end of the bin, the pixel fires
    one event of that sign, stamped with the bin's start, and begins again from 0. A lesser sum goes on into
    the next bin.

    Args:
        size: width and height of the new sensor in pixels.
        dt_us: length of a bin in microseconds.
        threshold: events of one sign, less those of the other, that make a pixel fire.
    Raises:
        ParameterError: an argument is not a whole number above 0.
    Source:
        A. Ghosh et al., Insect-inspired spatio-temporal downsampling of event-based input, ICONS 2023.
        tonic's `EventDownsampling(downsampling_method="integrator")`, which starts times at 0, counts `dt` in
        milliseconds, and leaves out the last bin where it is not full.
    """

    size: SensorSize
    _: KW_ONLY
    dt_us: int
    threshold: int = 1

    def __post_init__(self) -> None:
        settle(
            self,
            size=checked_size(self.size, name="size"),
            dt_us=checked_integer("dt_us", self.dt_us, least=1, most=MOST_US),
            threshold=checked_integer("threshold", self.threshold, least=1, most=2**31),
        )

    def _applied(self, events: Events) -> Events:
        fired = _integrated(events, self.size, dt_us=self.dt_us, threshold=self.threshold)
        return with_columns(events, fired, sensor_size=self.size)


@final
@dataclass(frozen=True)
class DifferentiatorDownsampling(Transform):
    r"""Fewer pixels that fire where activity rises: for objects that are large beside the new pixels.

    `IntegratorDownsampling` runs in bins of `dt_us / bins`. A pixel fires one event of a sign, stamped with
    the start of a window of `dt_us`, where it fired more of that sign in that window than in the one before.
    The first window has none before it and gives no events.

    Args:
        size: width and height of the new sensor in pixels.
        dt_us: length of a window in microseconds, a multiple of `bins`.
        threshold: events of one sign, less those of the other, that make a pixel of the integrator fire.
        bins: bins of the integrator in a window.
    Raises:
        ParameterError: an argument is not a whole number above 0, or `dt_us` no multiple of `bins`.
    Source:
        As `IntegratorDownsampling`; tonic's `downsampling_method="differentiator"`, which stamps events with
        the start of the window before.
    """

    size: SensorSize
    _: KW_ONLY
    dt_us: int
    threshold: int = 1
    bins: int = 2

    def __post_init__(self) -> None:
        settle(
            self,
            size=checked_size(self.size, name="size"),
            dt_us=checked_integer("dt_us", self.dt_us, least=1, most=MOST_US),
            threshold=checked_integer("threshold", self.threshold, least=1, most=2**31),
            bins=checked_integer("bins", self.bins, least=1, most=MOST_US),
        )
        if self.dt_us % self.bins != 0:
            raise ParameterError(f"`dt_us` must be a multiple of `bins`, got {self.dt_us} with {self.bins}")

    def _applied(self, events: Events) -> Events:
        if len(events) == 0:
            return with_columns(events, (events.t, events.x, events.y, events.p), sensor_size=self.size)
        fired = _integrated(events, self.size, dt_us=self.dt_us // self.bins, threshold=self.threshold)
        columns = _risen(fired, self.size, first=int(events.t[0]), dt_us=self.dt_us)
        return with_columns(events, columns, sensor_size=self.size)


def _integrated(events: Events, size: SensorSize, *, dt_us: int, threshold: int) -> Columns:
    return _core.integrate(events.t, events.x, events.y, events.p, events.sensor_size, size, dt_us, threshold)


def _risen(fired: Columns, size: SensorSize, *, first: int, dt_us: int) -> Columns:
    """One event where a pixel's count of a sign in a window is above that in the window before."""
    width, height = size
    pixels = 2 * width * height
    pixel = (fired[2].astype(np.int64) * width + fired[1]) * 2 + fired[3]
    windows, place = np.unique((fired[0] - first) // dt_us, return_inverse=True)
    # Windows by their place among those where anything fired: products with window numbers would overflow.
    keys, counts = np.unique(place * pixels + pixel, return_counts=True)
    places, pixel = np.divmod(keys, pixels)
    adjoins = np.diff(windows, prepend=-2) == 1
    earlier = np.searchsorted(keys, keys - pixels)
    fired_before = adjoins[places] & (keys[earlier] == keys - pixels)
    rises = (windows[places] > 0) & (counts > np.where(fired_before, counts[earlier], 0))
    at, p = np.divmod(pixel[rises], 2)
    y, x = np.divmod(at, width)
    t = first + windows[places[rises]] * dt_us
    return t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.bool_)


def _checked_factor(name: str, factor: object) -> float:
    value = checked_number(name, factor, least=0)
    if value == 0:
        raise ParameterError(f"`{name}` must be above 0, got 0")
    return value


def _scaled_side(side: int, factor: float) -> int:
    """The smallest side that holds every scaled pixel, and the scaled side itself."""
    if side * factor > _MOST_PIXELS:
        raise ParameterError(
            f"`spatial_factor` must give sides of at most {_MOST_PIXELS} pixels, got {factor} for {side}"
        )
    return max(ceil(side * factor), floor((side - 1) * factor) + 1)
