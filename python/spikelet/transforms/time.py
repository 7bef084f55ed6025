"""Times stretched, moved and shaken."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.events.numbers import checked_number
from spikelet.transforms.base import RandomTransform, Transform, settle
from spikelet.transforms.changing import columns_of, sorted_by_time, with_columns
from spikelet.transforms.rules import MOST_US, checked_span, drawn

# A float of 53 bits holds whole microseconds up to here: 285 years.
_MOST_EXACT_US = 2**53


@final
@dataclass(frozen=True)
class TimeAlignment(Transform):
    """The recording moved so that its first event comes at 0. tonic's of this name."""

    def _applied(self, events: Events) -> Events:
        if len(events) == 0:
            return events
        duration_of(events)
        return with_columns(events, (events.t - events.t[0], events.x, events.y, events.p))


@final
@dataclass(frozen=True)
class TimeSkew(RandomTransform):
    r"""Times stretched and moved: $t' = \lfloor a\,t + b \rfloor$.

    tonic's of this name, which cuts fractions off toward 0 where times are whole.

    Args:
        coefficient: $a$, 0 or above, or a pair (least, most) to draw it from; 2 makes a recording twice as
            long.
        offset_us: $b$ in microseconds, or a pair (least, most) to draw it from.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: a number is not finite or `coefficient` is below 0; when called, a time or its image
            lies beyond 2^53 microseconds, where floats no longer hold whole ones.
    """

    coefficient: float | tuple[float, float]
    offset_us: float | tuple[float, float] = 0.0

    def _check(self) -> None:
        settle(
            self,
            coefficient=checked_span("coefficient", self.coefficient, least=0),
            offset_us=checked_span("offset_us", self.offset_us),
        )

    def _applied(self, events: Events, rng: np.random.Generator) -> Events:
        coefficient, offset = drawn(self.coefficient, rng), drawn(self.offset_us, rng)
        t = whole_times(events.t * np.float64(coefficient) + offset, before=events.t)
        return with_columns(events, (t, events.x, events.y, events.p))


@final
@dataclass(frozen=True, kw_only=True)
class TimeJitter(RandomTransform):
    r"""Times moved by chance, events sorted again: $t' = \lfloor t + \mathcal N(0, \sigma^2) \rceil$.

    Times may fall before 0 and are kept; tonic's of this name drops those, and leaves the events unsorted
    unless told otherwise.

    Args:
        std_us: $\sigma$ in microseconds, 0 or above.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `std_us` is not finite or below 0; when called, a time lies beyond 2^53 microseconds.
    """

    std_us: float

    def _check(self) -> None:
        settle(self, std_us=checked_number("std_us", self.std_us, least=0, most=_MOST_EXACT_US))

    def _applied(self, events: Events, rng: np.random.Generator) -> Events:
        moved = np.rint(events.t + rng.normal(0, self.std_us, len(events)))
        _, x, y, p = columns_of(events)
        return with_columns(events, sorted_by_time((whole_times(moved, before=events.t), x, y, p)))


def duration_of(events: Events) -> int:
    """Microseconds from the first event to the last, of which there are some."""
    # Not in the column's own 64 bits, where the ends of time lie too far apart.
    duration = int(events.t[-1]) - int(events.t[0])
    if duration > MOST_US:
        raise ParameterError(f"events must last at most {MOST_US} us to be moved in time, got {duration} us")
    return duration


def whole_times(t: NDArray[np.float64], *, before: NDArray[np.int64]) -> NDArray[np.int64]:
    """Times cut down to whole microseconds, where floats have held them exactly."""
    for times in (before, t):
        outside = np.flatnonzero((times > _MOST_EXACT_US) | (times < -_MOST_EXACT_US))
        if len(outside) > 0:
            raise ParameterError(
                f"times must be from -2^53 to 2^53 us to be changed, got {times[outside[0]]} at event "
                f"{outside[0]}; move them with `TimeAlignment` first"
            )
    return np.floor(t).astype(np.int64)
