"""Events left out by chance: single ones, a stretch of time, an area, every nth of a pixel."""

from dataclasses import dataclass
from typing import final

import numpy as np

from spikelet import _core
from spikelet.events import Events
from spikelet.events.numbers import checked_integer
from spikelet.transforms.base import Mask, PixelFilter, RandomFilter, settle
from spikelet.transforms.rules import checked_span, drawn
from spikelet.transforms.time import duration_of

Span = float | tuple[float, float]


@final
@dataclass(frozen=True)
class Decimation(PixelFilter):
    """Keeps every `n`th event of each pixel, the first after `n`. tonic's of this name.

    Args:
        n: events of a pixel for each that stays.
    Raises:
        ParameterError: `n` is not a whole number from 1 to 4294967295.
    """

    n: int

    def __post_init__(self) -> None:
        settle(self, n=checked_integer("n", self.n, least=1, most=2**32 - 1))

    def _started(self, size: tuple[int, int]) -> _core.Filter:
        return _core.Filter.decimation(size, self.n)


@final
@dataclass(frozen=True)
class DropEvent(RandomFilter):
    r"""Drops $\lfloor p\,n + \tfrac12 \rfloor$ of $n$ events, each choice as likely. tonic's of this name.

    Args:
        p: share of events dropped, or a pair (least, most) to draw it from.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `p` is not from 0 to 1, nor a rising pair of such.
    """

    p: Span

    def _check(self) -> None:
        settle(self, p=checked_span("p", self.p, least=0, most=1))

    def _kept(self, events: Events, rng: np.random.Generator) -> Mask:
        return all_but_a_share(events, drawn(self.p, rng), rng)


@final
@dataclass(frozen=True)
class DropEventByTime(RandomFilter):
    r"""Drops the events of one stretch of time that lies anywhere in the recording.

    The stretch is $[s, s + r D)$ with $D = t_\text{last} - t_\text{first} + 1$ and $s$ drawn evenly from
    $[t_\text{first}, t_\text{last} + 1 - r D]$. tonic's of this name lets recordings begin at 0.

    Args:
        duration_ratio: $r$, share of the recording's duration, or a pair (least, most) to draw it from.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `duration_ratio` is not from 0 to 1, nor a rising pair of such.
    """

    duration_ratio: Span = 0.2

    def _check(self) -> None:
        settle(self, duration_ratio=checked_span("duration_ratio", self.duration_ratio, least=0, most=1))

    def _kept(self, events: Events, rng: np.random.Generator) -> Mask:
        return all_but_a_stretch(events, drawn(self.duration_ratio, rng), rng)


@final
@dataclass(frozen=True)
class DropEventByArea(RandomFilter):
    r"""Drops the events of one rectangle that lies anywhere on the sensor.

    It is $\lfloor r W \rfloor$ pixels wide and $\lfloor r H \rfloor$ high, all through the recording, and
    each place is as likely. tonic's of this name never takes the last place.

    Args:
        area_ratio: $r$, share of each side, or a pair (least, most) to draw it from.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `area_ratio` is not from 0 to 1, nor a rising pair of such.
    """

    area_ratio: Span = 0.2

    def _check(self) -> None:
        settle(self, area_ratio=checked_span("area_ratio", self.area_ratio, least=0, most=1))

    def _kept(self, events: Events, rng: np.random.Generator) -> Mask:
        return all_but_an_area(events, drawn(self.area_ratio, rng), rng)


@final
@dataclass(frozen=True)
class EventDrop(RandomFilter):
    """One of four, each as likely: nothing, `DropEventByTime`, `DropEventByArea`, `DropEvent`.

    Ratios are drawn from 0.1, 0.2, ..., 0.9 for time and single events, and from 0.05, 0.1, ..., 0.25 for
    area. tonic's of this name.

    Args:
        seed: the same draws in every run, others in each worker process; None never repeats.
    Source:
        F. Gu, W. Sng, X. Hu, F. Yu, EventDrop: data augmentation for event-based learning, IJCAI 2021.
    """

    def _check(self) -> None: ...

    def _kept(self, events: Events, rng: np.random.Generator) -> Mask:
        match int(rng.integers(4)):
            case 0:
                return np.ones(len(events), dtype=np.bool_)
            case 1:
                return all_but_a_stretch(events, rng.integers(1, 10) / 10, rng)
            case 2:
                return all_but_an_area(events, rng.integers(1, 6) / 20, rng)
            case _:
                return all_but_a_share(events, rng.integers(1, 10) / 10, rng)


def all_but_a_share(events: Events, share: float, rng: np.random.Generator) -> Mask:
    """Whether each event stays when a share of them is dropped."""
    kept = np.ones(len(events), dtype=np.bool_)
    kept[: int(share * len(events) + 0.5)] = False
    rng.shuffle(kept)
    return kept


def all_but_a_stretch(events: Events, ratio: float, rng: np.random.Generator) -> Mask:
    """Whether each event stays when a stretch of time is dropped."""
    kept = np.ones(len(events), dtype=np.bool_)
    if len(events) > 0:
        duration = duration_of(events) + 1
        start = rng.uniform(0, duration - ratio * duration)
        # Counted from the first event: a float holds any duration well, but no time of today to the
        # microsecond.
        since = events.t - events.t[0]
        kept[np.searchsorted(since, start) : np.searchsorted(since, start + ratio * duration)] = False
    return kept


def all_but_an_area(events: Events, ratio: float, rng: np.random.Generator) -> Mask:
    """Whether each event stays when a rectangle is dropped."""
    (x, width), (y, height) = (_stretch(side, int(side * ratio), rng) for side in events.sensor_size)
    return (events.x < x) | (events.x >= x + width) | (events.y < y) | (events.y >= y + height)


def _stretch(side: int, length: int, rng: np.random.Generator) -> tuple[int, int]:
    """Where a stretch of `length` pixels begins on a side, and its length."""
    return int(rng.integers(side - length, endpoint=True)), length
