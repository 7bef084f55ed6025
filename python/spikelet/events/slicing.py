"""A part of a recording by time."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import ParameterError
from spikelet.events.beside import Beside, picked
from spikelet.events.type import Events


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSlice:
    """The times t with `start_us <= t < stop_us`; a side that is None is open.

    Args:
        start_us: first time taken, in microseconds.
        stop_us: first time no longer taken.
    Raises:
        ParameterError: a side is no whole number, or the slice ends before it begins.
    """

    start_us: int | None
    stop_us: int | None

    def __post_init__(self) -> None:
        for name, side in (("start_us", self.start_us), ("stop_us", self.stop_us)):
            if side is not None and (isinstance(side, bool) or not isinstance(side, (int, np.integer))):  # pyright: ignore[reportUnnecessaryIsInstance]: users pass other things
                raise ParameterError(f"`{name}` must be a whole number of microseconds, got {side!r}")
        if self.start_us is not None and self.stop_us is not None and self.stop_us < self.start_us:
            raise ParameterError(
                f"`stop_us` must not be below `start_us`, got {self.stop_us} after {self.start_us}"
            )

    @property
    def is_everything(self) -> bool:
        """Whether both sides are open."""
        return self.start_us is None and self.stop_us is None

    def mask(self, t: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which times lie inside."""
        inside = np.ones(len(t), np.bool_)
        if self.start_us is not None:
            inside &= t >= self.start_us
        if self.stop_us is not None:
            inside &= t < self.stop_us
        return inside

    def cut(self, events: Events) -> Events:
        """The events inside, sharing memory where they are sorted."""
        if events.is_sorted:
            return events.between(start_us=self.start_us, stop_us=self.stop_us)
        return events[self.mask(events.t)]

    def beside(self, beside: Beside) -> Beside:
        """Of everything beside the events, what lies inside."""
        if self.is_everything:
            return beside
        inside = self.mask(np.array([frame.t for frame in beside.frames], np.int64))
        return replace(
            beside,
            triggers=picked(beside.triggers, self.mask(beside.triggers.t)),
            imu=picked(beside.imu, self.mask(beside.imu.t)),
            frames=tuple(frame for frame, is_inside in zip(beside.frames, inside, strict=True) if is_inside),
            samples=picked(beside.samples, self.mask(beside.samples.t)),
            specials=picked(beside.specials, self.mask(beside.specials.t)),
            exposures=picked(beside.exposures, self.mask(beside.exposures.t)),
        )

    def is_over(self, events: Events) -> bool:
        """Whether nothing that follows these events, in order of time, lies inside."""
        return self.stop_us is not None and len(events) > 0 and int(events.t[-1]) >= self.stop_us
