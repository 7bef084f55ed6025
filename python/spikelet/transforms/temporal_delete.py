"""Frames left out by chance."""

from dataclasses import dataclass
from typing import Any, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import DtypeError, ShapeError
from spikelet.events.numbers import checked_integer
from spikelet.transforms.base import Random, settle

Cell = TypeVar("Cell", bound=np.generic)


@final
@dataclass(frozen=True)
class RandomTemporalDelete(Random):
    """Some of the frames `[T, ...]` in their order, each choice as likely: follows `frames.counts`.

    SpikingJelly's of this name, on numpy arrays.

    Args:
        T_remain: frames that stay.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `T_remain` is not a whole number above 0.
    Source:
        W. Fang et al., Deep residual learning in spiking neural networks, NeurIPS 2021.
    """

    T_remain: int

    def _check(self) -> None:
        settle(self, T_remain=checked_integer("T_remain", self.T_remain, least=1, most=2**31))

    def __call__(self, frames: NDArray[Cell], *, rng: np.random.Generator | None = None) -> NDArray[Cell]:
        """The frames that stay, a copy.

        Args:
            frames: `[T, ...]`.
            rng: where to draw from instead of `seed`.
        Returns:
            `[T_remain, ...]` of the same type.
        Raises:
            DtypeError: `frames` is no array, or `rng` no generator.
            ShapeError: there are fewer frames than shall stay.
        """
        count = _checked_frames(frames, self.T_remain)
        kept = self._draws.generator(rng).choice(count, self.T_remain, replace=False)
        return frames[np.sort(kept)]


def _checked_frames(frames: Any, remain: int) -> int:
    if not isinstance(frames, np.ndarray):
        raise DtypeError(
            f"`frames` must be an array, got {type(frames).__name__}; make one with `frames.counts`"
        )
    if frames.ndim == 0 or frames.shape[0] < remain:
        raise ShapeError(
            f"`frames` must have shape [T, ...] with T of at least {remain}, got {list(frames.shape)}"
        )
    return frames.shape[0]
