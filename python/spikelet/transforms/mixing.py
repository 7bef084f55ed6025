"""Two labelled recordings made into one: superposed, or one pasted into the other."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import DtypeError, ParameterError
from spikelet.events import Events
from spikelet.events.numbers import checked_integer, checked_number
from spikelet.transforms.base import Mask, Random, settle
from spikelet.transforms.changing import columns_of, joined, sorted_by_time, with_columns
from spikelet.transforms.rules import checked_events

Labelled = tuple[Events, int]
"""A recording and the number of its class."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """One recording made of two.

    Args:
        events: the recording; times are those of the first, the second begins where the first begins.
        labels: classes of the first and of the second.
        weights: how much each counts; they sum to 1.
    """

    events: Events
    labels: tuple[int, int]
    weights: tuple[float, float]

    def target(self, classes: int) -> NDArray[np.float32]:
        """The labels as a distribution over classes.

        Args:
            classes: number of classes.
        Returns:
            `[classes]` float32 that sum to 1.
        Raises:
            ParameterError: a label is not below `classes`.
        """
        target = np.zeros(checked_integer("classes", classes, least=1, most=2**31), dtype=np.float32)
        for label, weight in zip(self.labels, self.weights, strict=True):
            if label >= classes:
                raise ParameterError(f"`classes` must be above every label, got {classes} with label {label}")
            target[label] += weight
        return target


@dataclass(frozen=True)
class _Mixing(Random):
    """One recording of two, the second's share drawn from a symmetric beta distribution."""

    alpha: float = 1.0

    @final
    def _check(self) -> None:
        alpha = checked_number("alpha", self.alpha, least=0)
        if alpha == 0:
            raise ParameterError("`alpha` must be above 0, got 0")
        settle(self, alpha=alpha)

    @final
    def __call__(self, first: Labelled, second: Labelled, *, rng: np.random.Generator | None = None) -> Mixed:
        """The mixture of two labelled recordings; neither is changed.

        Args:
            first: a recording and its label.
            second: another, of the same sensor.
            rng: where to draw from instead of `seed`.
        Raises:
            DtypeError: a recording is not an `Events`, or `rng` no generator.
            OrderError: a recording was read with `backward="keep"` and steps back.
            ParameterError: the sensors or their origins differ, or a label is no whole number of at least 0.
        """
        labels = _checked_pair(first, second)
        generator = self._draws.generator(rng)
        share = float(generator.beta(self.alpha, self.alpha))
        one, two, weight = self._parts(first[0], second[0], share, generator)
        return Mixed(_joined(one, two, _shift(first[0], second[0])), labels, (weight, 1 - weight))

    @abstractmethod
    def _parts(
        self, first: Events, second: Events, share: float, rng: np.random.Generator
    ) -> tuple[Events, Events, float]:
        """What stays of each, where `share` is drawn for the first, and the weight of the first."""


@final
@dataclass(frozen=True)
class EventMixup(_Mixing):
    r"""Two recordings over each other, each thinned: mixup for events.

    $\lambda \sim \mathrm{Beta}(\alpha, \alpha)$; every event of the first stays with probability $\lambda$
    and every event of the second with $1 - \lambda$, which are the weights of the labels.

    Args:
        alpha: $\alpha$, above 0; small ones leave one of the two nearly whole.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `alpha` is not finite or not above 0.
    Source:
        H. Zhang et al., mixup: beyond empirical risk minimization, ICLR 2018; pixel values there are rates
        here.
    """

    def _parts(
        self, first: Events, second: Events, share: float, rng: np.random.Generator
    ) -> tuple[Events, Events, float]:
        one = first[rng.random(len(first)) < share]
        return one, second[rng.random(len(second)) >= share], share


@final
@dataclass(frozen=True)
class EventCutMix(_Mixing):
    r"""A rectangle of the second recording pasted over the first, all through its time: cutmix for events.

    $\lambda \sim \mathrm{Beta}(\alpha, \alpha)$; the rectangle has $\sqrt{1 - \lambda}$ of each side of the
    sensor, cut to whole pixels, and each place is as likely. The labels' weights are the shares of the
    sensor.

    Args:
        alpha: $\alpha$, above 0.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `alpha` is not finite or not above 0.
    Source:
        S. Yun et al., CutMix, ICCV 2019; for events, Y. Li et al., Neuromorphic data augmentation, ECCV 2022.
    """

    def _parts(
        self, first: Events, second: Events, share: float, rng: np.random.Generator
    ) -> tuple[Events, Events, float]:
        width, height = first.sensor_size
        part = (1 - share) ** 0.5
        sides = int(width * part), int(height * part)
        x, y = (
            int(rng.integers(whole - taken, endpoint=True))
            for whole, taken in zip((width, height), sides, strict=True)
        )
        one = first[~_within(first, (x, y), sides)]
        pasted = sides[0] * sides[1] / (width * height)
        return one, second[_within(second, (x, y), sides)], 1 - pasted


def _checked_pair(first: Labelled, second: Labelled) -> tuple[int, int]:
    """The two labels, where the recordings go together."""
    if any(isinstance(given, Events) for given in (first, second)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise DtypeError(
            "what is mixed must be pairs (events, label), got `Events` alone; "
            "pass for example `mix((one, 3), (two, 5))`"
        )
    one, two = checked_events(first[0]), checked_events(second[0])
    if one.sensor_size != two.sensor_size or one.origin != two.origin:
        raise ParameterError(
            f"recordings must be of one sensor to be mixed, got {one.sensor_size} {one.origin} and "
            f"{two.sensor_size} {two.origin}; bring them to one size with `Resize` or `CenterCrop`"
        )
    labels = [checked_integer("label", label, least=0, most=2**31) for label in (first[1], second[1])]
    return labels[0], labels[1]


def _within(events: Events, corner: tuple[int, int], sides: tuple[int, int]) -> Mask:
    (x, y), (width, height) = corner, sides
    return (events.x >= x) & (events.x < x + width) & (events.y >= y) & (events.y < y + height)


def _shift(first: Events, second: Events) -> int:
    """What moves the second recording to where the first begins."""
    return int(first.t[0]) - int(second.t[0]) if len(first) > 0 and len(second) > 0 else 0


def _joined(one: Events, two: Events, shift: int) -> Events:
    t, x, y, p = columns_of(two)
    both = joined(columns_of(one), (_moved(t, shift), x, y, p))
    return with_columns(one, sorted_by_time(both))


def _moved(t: NDArray[np.int64], shift: int) -> NDArray[np.int64]:
    limits = np.iinfo(np.int64)
    if len(t) > 0 and not (limits.min <= int(t[0]) + shift and int(t[-1]) + shift <= limits.max):
        raise ParameterError(f"times must fit 64 bits once moved by {shift} us, got {t[0]} to {t[-1]}")
    # Modulo 2^64, for the shift alone may need 65 bits.
    return (t.view(np.uint64) + np.uint64(shift % 2**64)).view(np.int64)
