"""Slices of one's own: by number or by time, anywhere in the recording."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import ParameterError, ShapeError
from spikelet.events.numbers import MOST, checked_integer


@final
@dataclass(frozen=True)
class Slices:
    """The events from `starts[k]` to before `stops[k]`, counted from 0.

    Slices may overlap, leave events out, and come in any order.

    Args:
        starts: `[T]` number of the first event of each slice.
        stops: `[T]` one past the last.
    Raises:
        ShapeError: there are not as many stops as starts.
        ParameterError: a number is not whole and at least 0, or a stop lies before its start.
    """

    starts: Sequence[int]
    stops: Sequence[int]

    def __post_init__(self) -> None:
        _settle(self, ("starts", "stops"), least=0)

    def frames(self, t: NDArray[np.int64]) -> int:
        """How many slices there are."""
        del t
        return len(self.starts)

    def slices(self, t: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
        """`[frames, 2]` start and stop of each slice."""
        del limit
        for index, stop in enumerate(self.stops):
            if stop > len(t):
                raise ParameterError(
                    f"slice {index} must lie in the {len(t)} events, got {self.starts[index]}..{stop}"
                )
        return np.array([self.starts, self.stops], np.int64).reshape(2, -1).T.copy()


@final
@dataclass(frozen=True, kw_only=True)
class TimeSlices:
    r"""The events with $\mathrm{starts\_us}_k \le t < \mathrm{stops\_us}_k$.

    Slices may overlap, leave events out, and come in any order; where no event fell they are empty.

    Args:
        starts_us: `[T]` first time of each slice in microseconds, as in `t`.
        stops_us: `[T]` first time no longer in it.
    Raises:
        ShapeError: there are not as many stops as starts.
        ParameterError: a time is not a whole number, or a stop lies before its start.
    """

    starts_us: Sequence[int]
    stops_us: Sequence[int]

    def __post_init__(self) -> None:
        _settle(self, ("starts_us", "stops_us"), least=-MOST)

    def frames(self, t: NDArray[np.int64]) -> int:
        """How many slices there are."""
        del t
        return len(self.starts_us)

    def slices(self, t: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
        """`[frames, 2]` start and stop of each slice."""
        del limit
        ends = [np.array(times, np.int64) for times in (self.starts_us, self.stops_us)]
        return np.stack([np.searchsorted(t, times) for times in ends], axis=1).astype(np.int64)


def _settle(owner: Any, names: tuple[str, str], *, least: int) -> None:
    """Checks starts and stops, and keeps them as tuples of plain integers."""
    starts, stops = (
        tuple(
            checked_integer(f"{name}[{k}]", value, least=least)
            for k, value in enumerate(getattr(owner, name))
        )
        for name in names
    )
    if len(starts) != len(stops):
        raise ShapeError(f"`{names[0]}`, `{names[1]}` must have one length, got {len(starts)}, {len(stops)}")
    for index, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        if stop < start:
            raise ParameterError(
                f"`{names[1]}[{index}]` must not be below `{names[0]}[{index}]`, got {stop} after {start}"
            )
    object.__setattr__(owner, names[0], starts)
    object.__setattr__(owner, names[1], stops)
