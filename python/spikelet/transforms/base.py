"""What transforms have in common: events go in, events come out, and chance has a source that is named."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.transforms.draws import Draws, checked_seed
from spikelet.transforms.rules import checked_events

Mask = NDArray[np.bool_]


class Transform(ABC):
    """Events to events: sorted and on the sensor before and after; the input stays as it was."""

    @final
    def __call__(self, events: Events) -> Events:
        """The transformed events.

        Raises:
            DtypeError: `events` is not an `Events`.
            OrderError: the events were read with `backward="keep"` and step back.
            ParameterError: the transform does not fit the sensor of `events`.
        """
        return self._applied(checked_events(events))

    @abstractmethod
    def _applied(self, events: Events) -> Events: ...


class Filter(Transform):
    """Leaves events out and changes none: what stays is `events[filter.keeps(events)]`."""

    @final
    def keeps(self, events: Events) -> Mask:
        """`[n]` whether each event stays; raises as the call does."""
        return self._kept(checked_events(events))

    @final
    def _applied(self, events: Events) -> Events:
        return events[self._kept(events)]

    @abstractmethod
    def _kept(self, events: Events) -> Mask: ...


class PixelFilter(Filter):
    """Leaves events out by what their pixels did before: a filter whose memory goes through a recording."""

    @final
    def over(self, parts: Iterable[Events]) -> Iterator[Events]:
        """What stays of each part of one recording, as from `events.stream`, with one memory for all.

        Raises:
            ParameterError: a part is of another sensor than the first; otherwise as the call does.
        """
        started: tuple[tuple[int, int], _core.Filter] | None = None
        for part in parts:
            size = checked_events(part).sensor_size
            if started is None:
                started = size, self._started(size)
            if size != started[0]:
                raise ParameterError(f"parts must be of one sensor, got {size} after {started[0]}")
            yield part[mask_of(started[1], part)]

    @final
    def _kept(self, events: Events) -> Mask:
        return mask_of(self._started(events.sensor_size), events)

    @abstractmethod
    def _started(self, size: tuple[int, int]) -> _core.Filter: ...


def mask_of(filter: _core.Filter, events: Events) -> Mask:
    """Which events a filter of the core keeps, going on from those it has seen."""
    return filter.mask(events.t, events.x, events.y, events.p)


@dataclass(frozen=True, kw_only=True)
class Random(ABC):
    """What draws: from `rng` where the caller passes one, from `seed`, or from the operating system.

    Args:
        seed: the same draws in every run of a program, call by call, and others in each worker process.
    """

    seed: int | None = None
    _draws: Draws = field(init=False, repr=False, compare=False)

    @final
    def __post_init__(self) -> None:
        seed = checked_seed(self.seed)
        object.__setattr__(self, "seed", seed)
        object.__setattr__(self, "_draws", Draws(seed, key=type(self).__name__))
        self._check()

    @abstractmethod
    def _check(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class RandomTransform(Random):
    """Events to events by chance: sorted and on the sensor before and after; the input stays as it was."""

    @final
    def __call__(self, events: Events, *, rng: np.random.Generator | None = None) -> Events:
        """The transformed events.

        Args:
            events: sorted events.
            rng: where to draw from instead of `seed`.
        Raises:
            DtypeError: `events` is not an `Events`, or `rng` no generator.
            OrderError: the events were read with `backward="keep"` and step back.
            ParameterError: the transform does not fit the sensor of `events`.
        """
        return self._applied(checked_events(events), self._draws.generator(rng))

    @abstractmethod
    def _applied(self, events: Events, rng: np.random.Generator) -> Events: ...


@dataclass(frozen=True, kw_only=True)
class RandomFilter(RandomTransform):
    """Leaves events out by chance and changes none; the sensor stays the same."""

    @final
    def keeps(self, events: Events, *, rng: np.random.Generator | None = None) -> Mask:
        """`[n]` whether each event stays; draws and raises as the call does."""
        return self._kept(checked_events(events), self._draws.generator(rng))

    @final
    def _applied(self, events: Events, rng: np.random.Generator) -> Events:
        return events[self._kept(events, rng)]

    @abstractmethod
    def _kept(self, events: Events, rng: np.random.Generator) -> Mask: ...


def settle(transform: object, /, **checked: object) -> None:
    """Puts checked arguments into a frozen object in their plain forms: equal ones print and pickle alike."""
    for name, value in checked.items():
        object.__setattr__(transform, name, value)
