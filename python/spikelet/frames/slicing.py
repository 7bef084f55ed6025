"""Slices: where a window cuts a recording."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import DtypeError, OrderError, ParameterError
from spikelet.events import Events
from spikelet.events.numbers import checked_integer
from spikelet.frames.custom import Slices, TimeSlices
from spikelet.frames.spikingjelly import SpikingJellyByDuration, SpikingJellyByNumber, SpikingJellyByTime
from spikelet.frames.tonic import TonicByCount, TonicByTime, TonicIntoByCount, TonicIntoByTime
from spikelet.frames.windows import ByCount, ByTime, IntoByCount, IntoByTime

MAX_BYTES = 8 * 2**30
"""The largest result made without being told: far above any useful one, far below one wrong timestamp's."""

SLICE_BYTES = 16
"""What one slice takes in memory: two int64."""

Window = (
    ByTime
    | ByCount
    | IntoByTime
    | IntoByCount
    | SpikingJellyByTime
    | SpikingJellyByNumber
    | SpikingJellyByDuration
    | TonicByTime
    | TonicByCount
    | TonicIntoByTime
    | TonicIntoByCount
    | Slices
    | TimeSlices
)
"""A rule that cuts sorted events into half-open slices.

With the package's own windows and SpikingJelly's each event is in one slice, in order; only `drop_last`
leaves events out, and only an overlap puts one in several. Tonic's windows leave out what that library does,
`Slices` and `TimeSlices` what they are told.
"""

_BY_COUNT = (ByCount, IntoByCount, SpikingJellyByNumber, TonicByCount, TonicIntoByCount, Slices)


class Rule(Protocol):
    """What cuts: of the compiled core, or of a window that does so itself."""

    def frames(self, t: NDArray[np.int64]) -> int:
        """How many slices the times give."""
        ...

    def slices(self, t: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
        """`[frames, 2]` start and stop of each slice, of which there are at most `limit`."""
        ...


def slices(events: Events, window: Window, *, max_bytes: int = MAX_BYTES) -> NDArray[np.int64]:
    """The first event of each slice, and one past its last.

    Args:
        events: sorted events.
        window: how the recording is cut.
        max_bytes: largest size of the result, so that one wrong timestamp cannot take all memory.
    Returns:
        `[T, 2]` int64; slice k is `events[start:stop]` of row k. `len(events)` less the last stop is what
        `drop_last` leaves out.
    Raises:
        DtypeError: `events` is not an `Events`, or `window` is no window.
        OrderError: the events were read with `backward="keep"` and step back, and `window` is by time.
        ParameterError: there are more slices than `max_bytes` allows, a window of another library has no
            events where that library raises, or `Slices` reach outside the recording.
    """
    rule = checked_rule(events, window)
    frames = rule.frames(events.t)
    limit = checked_integer("max_bytes", max_bytes, least=1)
    if frames * SLICE_BYTES > limit:
        raise ParameterError(
            f"`window` must give slices of at most {limit} bytes, got {frames} slices of "
            f"{frames * SLICE_BYTES} bytes; {advice_for(events)}"
        )
    return rule.slices(events.t, frames)


def left_out(events: Events, window: Window) -> int:
    """How many events are in no slice.

    Sum of counts = `len(events)` - left out, and 1 more for each further slice that an event is in.

    Args:
        events: sorted events.
        window: how the recording is cut.
    Raises:
        ParameterError: `slices` would refuse; other errors as there.
    """
    cut = slices(events, window)
    starts, stops = cut[np.argsort(cut[:, 0], kind="stable")].T
    # What slices before have covered already.
    reached = np.maximum.accumulate(np.concatenate([[0], stops]))[:-1]
    covered = np.maximum(stops - np.maximum(starts, reached), 0)
    return len(events) - int(covered.sum())


def checked_rule(events: Events, window: Window) -> Rule:
    """What cuts `events` as `window` says; both are checked."""
    if not isinstance(events, Events):  # pyright: ignore[reportUnnecessaryIsInstance]: any object may come
        raise DtypeError(
            f"`events` must be an `Events`, got {type(events).__name__}; "
            "build one with `Events(t, x, y, p, sensor_size=(width, height))`"
        )
    rule = _rule(window)
    if not events.is_sorted and not isinstance(window, _BY_COUNT):
        raise OrderError(
            "events must be sorted to be cut by time, got times that step back; "
            'read with `backward="sort"` or "drop", or cut by count'
        )
    return rule


def advice_for(events: Events) -> str:
    """What to do about too many windows."""
    if len(events) == 0:
        return "take fewer windows, or raise `max_bytes`"
    times = f"from {events.t[0]} to {events.t[-1]} us"
    return f"take fewer or longer windows, look for a wrong time among those {times}, or raise `max_bytes`"


def _rule(window: Window) -> Rule:
    match window:
        case ByTime(us=us, overlap_us=overlap, drop_last=drop_last):
            return _core.Window.sliding_by_time(us, us - overlap, drop_last)
        case ByCount(n=n, overlap=overlap, drop_last=drop_last):
            return _core.Window.sliding_by_count(n, n - overlap, drop_last)
        case IntoByTime(n=n):
            return _core.Window.into_by_time(n)
        case IntoByCount(n=n):
            return _core.Window.into_by_count(n)
        case SpikingJellyByTime(frames_number=n):
            return _core.Window.spikingjelly_by_time(n)
        case SpikingJellyByNumber(frames_number=n):
            return _core.Window.spikingjelly_by_number(n)
        case SpikingJellyByDuration(duration_us=us):
            return _core.Window.spikingjelly_by_duration(us)
        case TonicByTime() | TonicByCount() | TonicIntoByTime() | TonicIntoByCount():
            return window
        case Slices() | TimeSlices():
            return window
        case _:  # pyright: ignore[reportUnnecessaryComparison]: any object may come
            raise DtypeError(
                f"`window` must be a window, got {window!r}; pass for example `ByTime(us=10_000)`"
            )
