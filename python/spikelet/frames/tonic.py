"""Tonic's own slicing, with what it leaves out."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import ParameterError
from spikelet.events.numbers import MOST
from spikelet.frames.arguments import check_bool, checked_real, settle_whole


@final
@dataclass(frozen=True, kw_only=True)
class TonicByTime:
    r"""Tonic's `time_window=...`.

    Window $i$ holds $t_s + i\,s \le t < t_s + i\,s + w$ with $s = w - \mathrm{overlap}$; there are
    $\max(1, \lfloor (t_e - t_s - w) / s \rfloor + 1)$ of them, rounded up with `include_incomplete`. The last
    event is left out where it stands at the last edge, and with it whatever an incomplete window holds.

    Args:
        time_window_us: length of a window in microseconds, $w$.
        overlap_us: microseconds that a window shares with the next.
        include_incomplete: keep a last window that reaches behind the last event.
        start_us: time of the first window, $t_s$; of the first event where None.
        end_us: end of the recording, $t_e$; the last event's time where None.
    Raises:
        ParameterError: `time_window_us` is not a whole number above 0, `overlap_us` not one from 0 to below
            it, or `end_us` lies before `start_us`.
    Source:
        tonic 1.7, `tonic/slicers.py`.
    """

    time_window_us: int
    overlap_us: int = 0
    include_incomplete: bool = False
    start_us: int | None = None
    end_us: int | None = None

    def __post_init__(self) -> None:
        settle_whole(self, "time_window_us")
        settle_whole(self, "overlap_us", least=0)
        if self.overlap_us >= self.time_window_us:
            raise ParameterError(
                f"`overlap_us` must be below `time_window_us`, got {self.overlap_us} of {self.time_window_us}"
            )
        check_bool(self, "include_incomplete")
        for name in ("start_us", "end_us"):
            if getattr(self, name) is not None:
                settle_whole(self, name, least=-(2**63))
        if self.start_us is not None and self.end_us is not None and self.end_us < self.start_us:
            raise ParameterError(f"`end_us` must not be below `start_us`, got {self.end_us}")

    def frames(self, t: NDArray[np.int64]) -> int:
        """How many windows the times give."""
        start, end = self._ends(t)
        beyond, stride = end - start - self.time_window_us, self.time_window_us - self.overlap_us
        further = -(-beyond // stride) if self.include_incomplete else beyond // stride
        return max(1, further + 1)

    def slices(self, t: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
        """`[frames, 2]` start and stop of each window."""
        del limit
        stride = self.time_window_us - self.overlap_us
        starts = np.arange(self.frames(t), dtype=np.int64) * stride + self._ends(t)[0]
        # The last window may reach behind the largest time that there is.
        stops = np.minimum(starts, MOST - self.time_window_us) + self.time_window_us
        return _searched(t, starts, stops)

    def _ends(self, t: NDArray[np.int64]) -> tuple[int, int]:
        if len(t) == 0 and (self.start_us is None or self.end_us is None):
            raise _nothing()
        start = int(t[0]) if self.start_us is None else self.start_us
        return start, int(t[-1]) if self.end_us is None else self.end_us


@final
@dataclass(frozen=True)
class TonicIntoByTime:
    r"""Tonic's `n_time_bins=...`.

    With $w = \lfloor (t_{N-1} - t_0) / n \rfloor (1 + o)$ for overlap $o$, window $i$ holds
    $t_0 + i\,w (1 - o) \le t < t_0 + i\,w (1 - o) + w$. The last event and the remainder are left out.

    Args:
        n_time_bins: number of windows, $n$.
        overlap: part of a window that is added to it, $o$.
    Raises:
        ParameterError: `n_time_bins` is not a whole number above 0, or `overlap` not from 0 to below 1.
    Source:
        tonic 1.7, `tonic/slicers.py`.
    """

    n_time_bins: int
    overlap: float = 0.0

    def __post_init__(self) -> None:
        settle_whole(self, "n_time_bins")
        object.__setattr__(self, "overlap", _checked_part(self.overlap))

    def frames(self, t: NDArray[np.int64]) -> int:
        """How many windows there are."""
        if len(t) == 0:
            raise _nothing()
        return self.n_time_bins

    def slices(self, t: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
        """`[frames, 2]` start and stop of each window."""
        del limit
        first = int(t[0])
        # Floats in the same order as there: edges are to round alike.
        width = (int(t[-1]) - first) // self.n_time_bins * (1 + self.overlap)
        starts = np.arange(self.n_time_bins) * (width * (1 - self.overlap)) + first
        return _searched(t, starts, starts + width)


@final
@dataclass(frozen=True)
class TonicByCount:
    r"""Tonic's `event_count=...`.

    With $c = \min(e, N)$ and $s = e - \mathrm{overlap}$, window $i$ holds the events from $i\,s$ to before
    $i\,s + c$; there are $\lfloor (N - c) / s \rfloor + 1$ of them, rounded up with `include_incomplete`.
    Otherwise the remainder is left out.

    Args:
        event_count: events in a window, $e$.
        overlap: events that a window shares with the next.
        include_incomplete: keep a last window with fewer events.
    Raises:
        ParameterError: `event_count` is not a whole number above 0, or `overlap` not one from 0 to below it.
    Source:
        tonic 1.7, `tonic/slicers.py`.
    """

    event_count: int
    overlap: int = 0
    include_incomplete: bool = False

    def __post_init__(self) -> None:
        settle_whole(self, "event_count")
        settle_whole(self, "overlap", least=0)
        if self.overlap >= self.event_count:
            raise ParameterError(
                f"`overlap` must be below `event_count`, got {self.overlap} of {self.event_count}"
            )
        check_bool(self, "include_incomplete")

    def frames(self, t: NDArray[np.int64]) -> int:
        """How many windows the times give."""
        rest, stride = len(t) - min(self.event_count, len(t)), self.event_count - self.overlap
        return (-(-rest // stride) if self.include_incomplete else rest // stride) + 1

    def slices(self, t: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
        """`[frames, 2]` start and stop of each window."""
        del limit
        starts = np.arange(self.frames(t), dtype=np.int64) * (self.event_count - self.overlap)
        return _clipped(starts, min(self.event_count, len(t)), len(t))


@final
@dataclass(frozen=True)
class TonicIntoByCount:
    r"""Tonic's `n_event_bins=...`.

    With $c = \lfloor \lfloor N / n \rfloor (1 + o) \rfloor$ for overlap $o$ and
    $s = \lfloor c\,(1 - o) \rfloor$, window $i$ holds the events from $i\,s$ to before $i\,s + c$. The
    remainder is left out.

    Args:
        n_event_bins: number of windows, $n$.
        overlap: part of a window that is added to it, $o$.
    Raises:
        ParameterError: `n_event_bins` is not a whole number above 0, or `overlap` not from 0 to below 1.
    Source:
        tonic 1.7, `tonic/slicers.py`.
    """

    n_event_bins: int
    overlap: float = 0.0

    def __post_init__(self) -> None:
        settle_whole(self, "n_event_bins")
        object.__setattr__(self, "overlap", _checked_part(self.overlap))

    def frames(self, t: NDArray[np.int64]) -> int:
        """How many windows there are."""
        del t
        return self.n_event_bins

    def slices(self, t: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
        """`[frames, 2]` start and stop of each window."""
        del limit
        count = int(len(t) // self.n_event_bins * (1 + self.overlap))
        stride = int(count * (1 - self.overlap))
        return _clipped(np.arange(self.n_event_bins, dtype=np.int64) * stride, count, len(t))


def _searched(t: NDArray[np.int64], starts: NDArray[Any], stops: NDArray[Any]) -> NDArray[np.int64]:
    return np.stack([np.searchsorted(t, starts), np.searchsorted(t, stops)], axis=1).astype(np.int64)


def _clipped(starts: NDArray[np.int64], count: int, events: int) -> NDArray[np.int64]:
    """Slices of `count` events, as far as there are so many."""
    return np.minimum(np.stack([starts, starts + count], axis=1), events)


def _checked_part(overlap: object) -> float:
    part = checked_real("overlap", overlap, above=-1.0)
    if not 0.0 <= part < 1.0:
        raise ParameterError(f"`overlap` must be from 0 to below 1, got {overlap}")
    return part


def _nothing() -> ParameterError:
    return ParameterError(
        "events must not be empty where Tonic starts at the first one; take `ByTime` or `IntoByTime`"
    )
