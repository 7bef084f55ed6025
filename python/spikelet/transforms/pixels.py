"""Filters of whole pixels: chosen ones, random ones, and those that fire far too often."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.events.numbers import checked_integer, checked_number
from spikelet.transforms.base import Filter, Mask, PixelFilter, RandomFilter, mask_of, settle
from spikelet.transforms.time import duration_of

_LAST_PIXEL = 65_535
# A pixel's count goes no further.
_MOST_EVENTS = 2**32 - 1


@final
@dataclass(frozen=True)
class DropPixel(PixelFilter):
    """Drops all events of certain pixels. tonic's of this name, with `coordinates`.

    Args:
        coordinates: pairs (x, y); pixels outside the sensor have no events to drop.
    Raises:
        ParameterError: `coordinates` are no pairs of whole numbers from 0 to 65535.
    """

    coordinates: Iterable[tuple[int, int]]

    def __post_init__(self) -> None:
        settle(self, coordinates=tuple(_checked_pixel(pair) for pair in self.coordinates))

    def _started(self, size: tuple[int, int]) -> _core.Filter:
        return _core.Filter.drop_pixels(size, list(self.coordinates))


def _checked_pixel(pair: object) -> tuple[int, int]:
    if not isinstance(pair, (tuple, list, np.ndarray)) or len(pair) != 2:  # pyright: ignore[reportUnknownArgumentType]: any object may come
        raise ParameterError(f"`coordinates` must be pairs (x, y), got {pair!r}")
    x, y = (checked_integer("coordinates", side, least=0, most=_LAST_PIXEL) for side in pair)
    return x, y


@final
@dataclass(frozen=True)
class RandomDropPixel(RandomFilter):
    """Drops all events of pixels drawn by chance. tonic's of this name.

    Args:
        p: probability of each pixel to be dropped.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `p` is not from 0 to 1.
    """

    p: float

    def _check(self) -> None:
        settle(self, p=checked_number("p", self.p, least=0, most=1))

    def _kept(self, events: Events, rng: np.random.Generator) -> Mask:
        width, height = events.sensor_size
        stays = rng.random((height, width)) >= self.p
        return stays[events.y, events.x]


@final
@dataclass(frozen=True, kw_only=True)
class HotPixelFilter(Filter):
    r"""Drops all events of pixels that fire far more often than pixels do.

    A pixel with $n$ events is hot where $n > \mathrm{rate} \cdot (t_\text{last} - t_\text{first})$, or, by
    statistics, where $n > \bar n + k \sigma$ over the pixels that have events at all. It needs the whole
    recording; for parts, take `pixels` of one and drop them with `DropPixel`.

    Args:
        rate_hz: events per second above which a pixel is hot; 0 or above.
        sigmas: $k$, standard deviations above the mean; 0 or above. One of the two is given.
    Raises:
        ParameterError: not exactly one of the two is given, or it is below 0.
    Source:
        `rate_hz` is tonic's `DropPixel(hot_pixel_frequency=...)`.
    """

    rate_hz: float | None = None
    sigmas: float | None = None

    def __post_init__(self) -> None:
        if (self.rate_hz is None) == (self.sigmas is None):
            raise ParameterError(
                f"`HotPixelFilter` must have one of `rate_hz` and `sigmas`, got {self.rate_hz} and "
                f"{self.sigmas}; pass for example `sigmas=5`"
            )
        name, value = ("sigmas", self.sigmas) if self.rate_hz is None else ("rate_hz", self.rate_hz)
        settle(self, **{name: checked_number(name, value, least=0)})

    def pixels(self, events: Events) -> tuple[tuple[int, int], ...]:
        """The hot pixels (x, y) of a recording, row by row; raises as the call does."""
        counts = _counts(events)
        hot = np.flatnonzero(counts > self._most(counts, events))
        y, x = np.divmod(hot, events.sensor_size[0])
        return tuple(zip(x.tolist(), y.tolist(), strict=True))

    def _most(self, counts: NDArray[np.uint32], events: Events) -> int:
        """Events that a pixel may have, in whole numbers: counts are then compared as what they are."""
        if self.rate_hz is not None:
            most = self.rate_hz * duration_of(events) * 1e-6 if len(events) > 0 else 0.0
        else:
            mean, deviation = _core.counts_spread(counts)
            most = mean + (self.sigmas or 0) * deviation
        return int(min(most, _MOST_EVENTS))

    def _kept(self, events: Events) -> Mask:
        counts = _counts(events)
        most = self._most(counts, events)
        return mask_of(_core.Filter.drop_above(events.sensor_size, counts, most), events)


def _counts(events: Events) -> NDArray[np.uint32]:
    return _core.pixel_counts(events.t, events.x, events.y, events.p, events.sensor_size)
