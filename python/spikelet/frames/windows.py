"""The package's own windows: how a recording is cut into slices, one per frame."""

from dataclasses import dataclass, field
from typing import final

from spikelet.errors import ParameterError
from spikelet.frames.arguments import check_bool, settle_whole


@final
@dataclass(frozen=True, kw_only=True)
class ByTime:
    r"""Windows of `us` microseconds, as many as the recording is long.

    Window $k$ holds $t_0 + k\,s \le t < t_0 + k\,s + \mathrm{us}$, with
    $s = \mathrm{us} - \mathrm{overlap\_us}$ and $t_0$ the first event's time, up to the first window that
    reaches behind the last event; silent windows give empty frames. No events give no window.

    Args:
        us: length of a window in microseconds.
        overlap_us: microseconds that a window shares with the next; an event there is in both.
        drop_last: leave out the last window when the recording ends inside it.
    Raises:
        ParameterError: `us` is not a whole number above 0, or `overlap_us` not one from 0 to `us - 1`.
    """

    us: int
    overlap_us: int = 0
    drop_last: bool = False

    def __post_init__(self) -> None:
        settle_whole(self, "us")
        settle_whole(self, "overlap_us", least=0)
        _check_overlap("overlap_us", self.overlap_us, "us", self.us)
        check_bool(self, "drop_last")


@final
@dataclass(frozen=True)
class ByCount:
    r"""Windows of `n` events; the last one holds what is left. No events give no window.

    Window $k$ holds the events from number $k\,(n - \mathrm{overlap})$ on.

    Args:
        n: events in a window.
        overlap: events that a window shares with the next.
        drop_last: leave out the last window when it holds fewer than `n` events.
    Raises:
        ParameterError: `n` is not a whole number above 0, or `overlap` not one from 0 to `n - 1`.
    """

    n: int
    overlap: int = field(default=0, kw_only=True)
    drop_last: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        settle_whole(self, "n")
        settle_whole(self, "overlap", least=0)
        _check_overlap("overlap", self.overlap, "n", self.n)
        check_bool(self, "drop_last")


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
        settle_whole(self, "n")


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
        settle_whole(self, "n")


def _check_overlap(name: str, overlap: int, whole_name: str, whole: int) -> None:
    if overlap >= whole:
        raise ParameterError(f"`{name}` must be below `{whole_name}`, got {overlap} of {whole}")
