"""Transforms of transforms: one after the other, one of several, one by chance."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast, final

import numpy as np

from spikelet.errors import DtypeError, ParameterError
from spikelet.events.numbers import checked_number
from spikelet.transforms.base import Random, settle

Step = Callable[..., Any]


@final
@dataclass(frozen=True)
class Compose(Random):
    """One transform after the other; the last may be any callable: `partial(frames.counts, window=...)`.

    With `seed`, or with `rng` when called, one generator serves all members that draw; without, each draws by
    its own seed.

    Args:
        transforms: what is called, in order.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        DtypeError: a member cannot be called.
        ParameterError: `seed` is given here and in a member.
    """

    transforms: Iterable[Step]

    def _check(self) -> None:
        if not isinstance(self.transforms, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise DtypeError(
                f"`transforms` must be a list of transforms, got {self.transforms!r}; put it into brackets"
            )
        settle(self, transforms=tuple(_checked_step(step) for step in self.transforms))
        for step in self.transforms:
            _refuse_two_seeds(self, step)

    def __call__(self, sample: Any, *, rng: np.random.Generator | None = None) -> Any:
        """What the last member returns.

        Args:
            sample: what the first member takes; `Events` nearly always.
            rng: where all members draw from.
        Raises:
            DtypeError: `rng` is no generator; otherwise as the members do.
        """
        generator = self._draws.generator(rng) if _shares(self, rng) else None
        for step in self.transforms:
            sample = _called(step, sample, generator)
        return sample


@final
@dataclass(frozen=True)
class RandomApply(Random):
    """A transform by chance; the sample as it is otherwise.

    Args:
        transform: what is called.
        p: probability.
        seed: the same draws in every run, those of the member included; None never repeats.
    Raises:
        DtypeError: `transform` cannot be called.
        ParameterError: `p` is not from 0 to 1, or `seed` is given here and in the member.
    """

    transform: Step
    p: float = 0.5

    def _check(self) -> None:
        settle(self, transform=_checked_step(self.transform), p=checked_number("p", self.p, least=0, most=1))
        _refuse_two_seeds(self, self.transform)

    def __call__(self, sample: Any, *, rng: np.random.Generator | None = None) -> Any:
        """What the transform returns, or the sample.

        Args:
            sample: what the transform takes; `Events` nearly always.
            rng: where this and the transform draw from.
        Raises:
            DtypeError: `rng` is no generator; otherwise as the transform does.
        """
        generator = self._draws.generator(rng)
        if generator.random() >= self.p:
            return sample
        return _called(self.transform, sample, generator if _shares(self, rng) else None)


@final
@dataclass(frozen=True)
class RandomChoice(Random):
    """One of several transforms, each as likely.

    Args:
        transforms: of which one is called.
        seed: the same draws in every run, those of the members included; None never repeats.
    Raises:
        DtypeError: a member cannot be called.
        ParameterError: there is no member, or `seed` is given here and in a member.
    """

    transforms: Iterable[Step]

    def _check(self) -> None:
        settle(self, transforms=tuple(_checked_step(step) for step in self.transforms))
        if not self.transforms:
            raise ParameterError("`transforms` must hold one at least to choose from, got none")
        for step in self.transforms:
            _refuse_two_seeds(self, step)

    def __call__(self, sample: Any, *, rng: np.random.Generator | None = None) -> Any:
        """What the chosen transform returns.

        Args:
            sample: what the transforms take; `Events` nearly always.
            rng: where this and the chosen transform draw from.
        Raises:
            DtypeError: `rng` is no generator; otherwise as the transform does.
        """
        steps = cast("tuple[Step, ...]", self.transforms)
        generator = self._draws.generator(rng)
        step = steps[int(generator.integers(len(steps)))]
        return _called(step, sample, generator if _shares(self, rng) else None)


def _checked_step(step: object) -> Step:
    if not callable(step):
        raise DtypeError(f"a transform must be callable, got {step!r}")
    return step


def _refuse_two_seeds(outer: Random, step: Step) -> None:
    if outer.seed is not None and isinstance(step, Random) and step.seed is not None:
        raise ParameterError(
            f"`seed` must be given once, got {outer.seed} and {step.seed} in {type(step).__name__}; "
            f"leave it out of {type(step).__name__}"
        )


def _shares(outer: Random, rng: np.random.Generator | None) -> bool:
    """Whether the members draw from the generator of `outer`."""
    return rng is not None or outer.seed is not None


def _called(step: Step, sample: Any, rng: np.random.Generator | None) -> Any:
    return step(sample, rng=rng) if rng is not None and _draws(step) else step(sample)


def _draws(step: Step) -> bool:
    return isinstance(step, Random)
