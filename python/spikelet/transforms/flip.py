"""Mirrors: of the sensor, of polarity, of time; always, or by chance."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np

from spikelet.events import Events
from spikelet.events.numbers import checked_number
from spikelet.transforms.base import RandomTransform, Transform, settle
from spikelet.transforms.changing import with_columns
from spikelet.transforms.rules import checked_flag

_FIRST_US = -(2**63)


@final
@dataclass(frozen=True)
class FlipLeftRight(Transform):
    r"""The sensor mirrored left to right: $x' = W - 1 - x$."""

    def _applied(self, events: Events) -> Events:
        return _left_right(events)


@final
@dataclass(frozen=True)
class FlipUpDown(Transform):
    r"""The sensor mirrored top to bottom: $y' = H - 1 - y$, counted from the same origin."""

    def _applied(self, events: Events) -> Events:
        return _up_down(events)


@final
@dataclass(frozen=True)
class FlipPolarity(Transform):
    """Brighter becomes darker, and darker brighter."""

    def _applied(self, events: Events) -> Events:
        return _polarity(events)


@final
@dataclass(frozen=True)
class ReverseTime(Transform):
    r"""The recording backwards: $t' = t_\text{first} + t_\text{last} - t$.

    tonic's `RandomTimeReversal` ends at 0 instead. Played backwards, what grew brighter grows darker.

    Args:
        flip_polarities: turn polarity around too.
    Raises:
        ParameterError: `flip_polarities` is neither True nor False.
    """

    flip_polarities: bool = True

    def __post_init__(self) -> None:
        settle(self, flip_polarities=checked_flag("flip_polarities", self.flip_polarities))

    def _applied(self, events: Events) -> Events:
        return _backwards(events, flip_polarities=self.flip_polarities)


@dataclass(frozen=True)
class _ByChance(RandomTransform):
    """A mirror with probability `p`."""

    p: float = 0.5

    @final
    def _check(self) -> None:
        settle(self, p=checked_number("p", self.p, least=0, most=1))

    @final
    def _applied(self, events: Events, rng: np.random.Generator) -> Events:
        return self._mirrored(events) if rng.random() < self.p else events

    @abstractmethod
    def _mirrored(self, events: Events) -> Events: ...


@final
@dataclass(frozen=True)
class RandomFlipLR(_ByChance):
    """`FlipLeftRight` of a recording by chance. tonic's of this name.

    Args:
        p: probability.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `p` is not from 0 to 1.
    """

    def _mirrored(self, events: Events) -> Events:
        return _left_right(events)


@final
@dataclass(frozen=True)
class RandomFlipUD(_ByChance):
    """`FlipUpDown` of a recording by chance. tonic's of this name.

    Args:
        p: probability.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `p` is not from 0 to 1.
    """

    def _mirrored(self, events: Events) -> Events:
        return _up_down(events)


@final
@dataclass(frozen=True)
class RandomFlipPolarity(_ByChance):
    """`FlipPolarity` of a recording by chance.

    tonic's of this name does the same; its documentation speaks of single events.

    Args:
        p: probability.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `p` is not from 0 to 1.
    """

    def _mirrored(self, events: Events) -> Events:
        return _polarity(events)


@final
@dataclass(frozen=True)
class RandomTimeReversal(RandomTransform):
    """`ReverseTime` of a recording by chance.

    tonic's of this name moves the times so that the last event comes at 0; follow with `TimeAlignment`.

    Args:
        p: probability.
        flip_polarities: turn polarity around too.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `p` is not from 0 to 1, or `flip_polarities` neither True nor False.
    """

    p: float = 0.5
    flip_polarities: bool = True

    def _check(self) -> None:
        settle(
            self,
            p=checked_number("p", self.p, least=0, most=1),
            flip_polarities=checked_flag("flip_polarities", self.flip_polarities),
        )

    def _applied(self, events: Events, rng: np.random.Generator) -> Events:
        if rng.random() >= self.p:
            return events
        return _backwards(events, flip_polarities=self.flip_polarities)


def _left_right(events: Events) -> Events:
    mirrored = np.subtract(events.sensor_size[0] - 1, events.x, dtype=np.uint16)
    return with_columns(events, (events.t, mirrored, events.y, events.p))


def _up_down(events: Events) -> Events:
    mirrored = np.subtract(events.sensor_size[1] - 1, events.y, dtype=np.uint16)
    return with_columns(events, (events.t, events.x, mirrored, events.p))


def _polarity(events: Events) -> Events:
    return with_columns(events, (events.t, events.x, events.y, ~events.p))


def _backwards(events: Events, *, flip_polarities: bool) -> Events:
    if len(events) == 0:
        return events
    # Differences of times may need 65 bits; modulo 2^64 the sum is right wherever the times are.
    first, last = events.t[:1].view(np.uint64), events.t[-1:].view(np.uint64)
    t = (first + (last - events.t.view(np.uint64))).view(np.int64)
    p = ~events.p if flip_polarities else events.p
    return with_columns(events, (t[::-1], events.x[::-1], events.y[::-1], p[::-1]))
