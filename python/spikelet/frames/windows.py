"""Windows: how a recording is cut into slices, one per frame."""

from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import DtypeError, OrderError, ParameterError
from spikelet.events import Events

MAX_BYTES = 8 * 2**30
"""The largest result made without being told: far above any useful one, far below one wrong timestamp's."""

SLICE_BYTES = 16
"""What one slice takes in memory: two int64."""


@final
@dataclass(frozen=True, kw_only=True)
class ByTime:
    r"""Windows of `us` microseconds, as many as the recording is long.

    Window $k$ holds $t_0 + k\,\mathrm{us} \le t < t_0 + (k + 1)\,\mathrm{us}$, with $t_0$ the first event's
    time; silent windows give empty frames. No events give no window.

    Args:
        us: length of a window in microseconds.
        drop_last: leave out the last window when the recording ends inside it.
    Raises:
        ParameterError: `us` is not a whole number above 0.
    """

    us: int
    drop_last: bool = False

    def __post_init__(self) -> None:
        _check_positive(self, "us")
        _check_bool(self, "drop_last")


@final
@dataclass(frozen=True)
class ByCount:
    """Windows of `n` events; the last one holds what is left. No events give no window.

    Args:
        n: events in a window.
        drop_last: leave out the last window when it holds fewer than `n` events.
    Raises:
        ParameterError: `n` is not a whole number above 0.
    """

    n: int
    drop_last: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        _check_positive(self, "n")
        _check_bool(self, "drop_last")


@final
@dataclass(frozen=True)
class IntoByTime:
    r"""`n` windows of equal duration.

    Event $i$ of $N$ falls in window $\lfloor (t_i - t_0)\, n / (t_{N-1} - t_0 + 1) \rfloor$, in exact whole
    numbers: edges may lie between microseconds, so no window is longer than another, nothing is left over.

    Args:
        n: number of windows.
    Raises:
        ParameterError: `n` is not a whole number above 0.
    """

    n: int

    def __post_init__(self) -> None:
        _check_positive(self, "n")


@final
@dataclass(frozen=True)
class IntoByCount:
    r"""`n` windows whose counts differ by 1 at most.

    Event $i$ of $N$ falls in window $\lfloor i\, n / N \rfloor$.

    Args:
        n: number of windows.
    Raises:
        ParameterError: `n` is not a whole number above 0.
    """

    n: int

    def __post_init__(self) -> None:
        _check_positive(self, "n")


@final
@dataclass(frozen=True)
class SpikingJellyByTime:
    r"""SpikingJelly's `frames_number=..., split_by="time"`.

    Bins of $\lfloor (t_{N-1} - t_0) / \mathrm{frames\_number} \rfloor$ microseconds; what is left over, the
    last event always, joins the last bin. An empty bin is an error, as it is there.

    Args:
        frames_number: number of windows.
    Raises:
        ParameterError: `frames_number` is not a whole number above 0.
    Source:
        SpikingJelly 2.0, `spikingjelly/datasets`.
    """

    frames_number: int

    def __post_init__(self) -> None:
        _check_positive(self, "frames_number")


@final
@dataclass(frozen=True)
class SpikingJellyByNumber:
    r"""SpikingJelly's `frames_number=..., split_by="number"`.

    Windows of $\lfloor N / \mathrm{frames\_number} \rfloor$ events; what is left over joins the last one.

    Args:
        frames_number: number of windows.
    Raises:
        ParameterError: `frames_number` is not a whole number above 0.
    Source:
        SpikingJelly 2.0, `spikingjelly/datasets`.
    """

    frames_number: int

    def __post_init__(self) -> None:
        _check_positive(self, "frames_number")


@final
@dataclass(frozen=True, kw_only=True)
class SpikingJellyByDuration:
    r"""SpikingJelly's `duration=...`, in microseconds.

    $F = \lceil (t_{N-1} - t_0) / \mathrm{duration\_us} \rceil$ windows; a last event at exactly
    $F \cdot \mathrm{duration\_us}$ joins the last one. Events at one instant are an error, as they are there.

    Args:
        duration_us: length of a window in microseconds.
    Raises:
        ParameterError: `duration_us` is not a whole number above 0.
    Source:
        SpikingJelly 2.0, `spikingjelly/datasets`. Versions up to 0.0.0.0.14 had another rule.
    """

    duration_us: int

    def __post_init__(self) -> None:
        _check_positive(self, "duration_us")


Window = (
    ByTime
    | ByCount
    | IntoByTime
    | IntoByCount
    | SpikingJellyByTime
    | SpikingJellyByNumber
    | SpikingJellyByDuration
)
"""A rule that cuts sorted events into half-open slices: in order, never overlapping, each event in one.

Only `drop_last` leaves events out.
"""


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
        ParameterError: there are more slices than `max_bytes` allows, or a SpikingJelly window has no
            events where that library raises.
    """
    frames = frame_count(events, window)
    limit = checked_whole("max_bytes", max_bytes, least=1, most=2**63 - 1)
    if frames * SLICE_BYTES > limit:
        raise ParameterError(
            f"`window` must give slices of at most {limit} bytes, got {frames} slices of "
            f"{frames * SLICE_BYTES} bytes; {advice_for(events)}"
        )
    return slices_of(events, window, frames=frames)


def frame_count(events: Events, window: Window) -> int:
    """How many slices `window` cuts `events` into, making none of them; both are checked."""
    if not isinstance(events, Events):  # pyright: ignore[reportUnnecessaryIsInstance]: any object may come
        raise DtypeError(
            f"`events` must be an `Events`, got {type(events).__name__}; "
            "build one with `Events(t, x, y, p, sensor_size=(width, height))`"
        )
    rule = _rule(window)
    if not events.is_sorted and not isinstance(window, (ByCount, IntoByCount, SpikingJellyByNumber)):
        raise OrderError(
            "events must be sorted to be cut by time, got times that step back; "
            'read with `backward="sort"` or "drop", or cut by count'
        )
    return rule.frames(_times(events))


def slices_of(events: Events, window: Window, *, frames: int) -> NDArray[np.int64]:
    """`slices` without its checks, of at most `frames` rows."""
    return _rule(window).slices(_times(events), frames)


def advice_for(events: Events) -> str:
    """What to do about too many windows."""
    if len(events) == 0:
        return "take fewer windows, or raise `max_bytes`"
    times = f"from {events.t[0]} to {events.t[-1]} us"
    return f"take fewer or longer windows, look for a wrong time among those {times}, or raise `max_bytes`"


def checked_whole(name: str, value: object, *, least: int, most: int) -> int:
    """`value` as a plain integer from `least` to `most`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ParameterError(f"`{name}` must be a whole number, got {value!r}")
    if not least <= value <= most:
        raise ParameterError(f"`{name}` must be from {least} to {most}, got {value}")
    return int(value)


def _rule(window: Window) -> _core.Window:
    match window:
        case ByTime(us=us, drop_last=drop_last):
            return _core.Window.by_time(us, drop_last)
        case ByCount(n=n, drop_last=drop_last):
            return _core.Window.by_count(n, drop_last)
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
        case _:  # pyright: ignore[reportUnnecessaryComparison]: any object may come
            raise DtypeError(
                f"`window` must be a window, got {window!r}; pass for example `ByTime(us=10_000)`"
            )


def _times(events: Events) -> NDArray[np.int64]:
    return np.ascontiguousarray(events.t)


def _check_positive(window: Window, name: str) -> None:
    value = checked_whole(name, getattr(window, name), least=1, most=2**63 - 1)
    # A numpy integer is kept as a plain one, so that equal windows pickle and print alike.
    object.__setattr__(window, name, value)


def _check_bool(window: Window, name: str) -> None:
    if not isinstance(getattr(window, name), bool):
        raise ParameterError(f"`{name}` must be True or False, got {getattr(window, name)!r}")
