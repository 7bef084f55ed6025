"""Time surfaces: when events last fell on each pixel, and how much of them is left."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikelet import _core
from spikelet.errors import DtypeError, ParameterError
from spikelet.events import Events
from spikelet.events.numbers import checked_integer
from spikelet.frames.arguments import checked_real
from spikelet.frames.fading import Exponential, Fading, Linear
from spikelet.frames.making import Given, Where, checked_kind, checked_polarity, making
from spikelet.frames.polarity import Polarity
from spikelet.frames.slicing import MAX_BYTES, Window

_FLOAT = np.dtype(np.float32)
_APART_OR_ONE = (Polarity.TWO_CHANNEL, Polarity.MERGED)
MOST_DEPTH = 2**16
# The largest whole number below which float64 holds all.
_EXACT = 2**53


def surface_of_active_events(
    events: Events,
    *,
    window: Window,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    memory: bool = True,
    out: NDArray[np.float64] | None = None,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[np.float64]:
    r"""Time of the last event on each pixel at the end of each window (SAE).

    $A[k, c, y, x] = \max \{t_i : p_i = c,\ x_i = x,\ y_i = y\}$ over the events up to the end of slice $k$,
    and $-\infty$ where there is none.

    Args:
        events: sorted events; their sensor gives width $W$ and height $H$.
        window: how the recording is cut.
        polarity: `Polarity.TWO_CHANNEL` or `Polarity.MERGED`, the channels $C$.
        memory: whether events of the recording before a slice count too, or those of the slice alone.
        out: `[T, C, H, W]` float64, overwritten and returned; undefined after an error.
        threads: as for `counts`.
        max_bytes: as for `counts`.
    Returns:
        `[T, C, H, W]` float64, microseconds as in `t`, off events first where there are two channels.
    Raises:
        DtypeError: `events` is not an `Events`, `window` is no window, or `out` is not of float64.
        OrderError: the events were read with `backward="keep"` and step back.
        ShapeError: `out` has another shape, is not contiguous, or cannot be written to.
        ParameterError: an argument is outside its rule, the frames would be larger than `max_bytes`, or a
            time lies beyond 2^53, where float64 is no longer exact.
    Source:
        Benosman et al., Event-based visual flow, IEEE TNNLS 2014.
    """
    channels = checked_polarity(polarity, _APART_OR_ONE)
    given, frames = making(
        events,
        window,
        Where(out, threads, max_bytes),
        cell=np.dtype(np.float64),
        shape=lambda width, height: (channels.channels, height, width),
        zeros=False,
    )
    _refuse_inexact(events)
    _core.last_times_into_frames(given, frames, (channels.value, _checked_bool(memory)))
    return frames


def time_surface(  # noqa: PLR0913 - all of them keywords
    events: Events,
    *,
    window: Window,
    fading: Fading,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    memory: bool = True,
    at_us: ArrayLike | None = None,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[np.float32]:
    r"""Faded age of the last event on each pixel at the end of each window.

    $S[k, c, y, x] = f(r_k - A[k, c, y, x])$ with the last time $A$ of `surface_of_active_events` and the
    reference time $r_k$, and 0 where no event fell. `Exponential` gives $f(a) = \exp(-a / \tau)$, `Linear`
    $f(a) = \max(0, 1 - a / s)$.

    Args:
        events: sorted events; their sensor gives width $W$ and height $H$.
        window: how the recording is cut.
        fading: what an event is still worth at a later time, $f$.
        polarity: the channels $C$; with `Polarity.SIGNED`, one channel with the sign of its last event.
        memory: whether events of the recording before a slice count too, or those of the slice alone.
        at_us: `[T]` reference times $r$ in microseconds, none before the last event of its slice; of the
            last event before the slice's end where None.
        out: `[T, C, H, W]` float32, overwritten and returned; undefined after an error.
        threads: as for `counts`.
        max_bytes: as for `counts`.
    Returns:
        `[T, C, H, W]` float32 from 0 to 1, or from -1 to 1 where signed.
    Raises:
        DtypeError: `events` is not an `Events`, `window` is no window, `fading` is none, `at_us` does not
            hold integers, or `out` is not of float32.
        OrderError: the events were read with `backward="keep"` and step back.
        ShapeError: `out` or `at_us` has another shape, or `out` is not contiguous or cannot be written to.
        ParameterError: an argument is outside its rule, the frames would be larger than `max_bytes`, or a
            reference time lies before the last event.
    Source:
        Lagorce et al., HOTS, IEEE TPAMI 2017.
    """
    how = checked_kind("fading", fading, (Exponential, Linear))
    channels = checked_polarity(polarity)
    given, frames = making(
        events,
        window,
        Where(out, threads, max_bytes),
        cell=_FLOAT,
        shape=lambda width, height: (channels.channels, height, width),
        zeros=False,
    )
    surface, at = (channels.value, _checked_bool(memory)), _references(at_us, given)
    _core.time_surface_into_frames(given, frames, surface, named_fading(how), at)
    return frames


def tore(  # noqa: PLR0913 - all of them keywords
    events: Events,
    *,
    window: Window,
    depth: int,
    youngest_us: float = 150.0,
    oldest_us: float = 5e6,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    memory: bool = True,
    at_us: ArrayLike | None = None,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[np.float32]:
    r"""Ages of the last few events on each pixel, on a logarithmic scale (TORE).

    $R[k, c, d, y, x] = \max(0, \ln(1 + \min(r_k - t^{(d)}, a_1)) - \ln(1 + a_0))$, where $t^{(d)}$ is the
    time of the last event but $d$ on the pixel, and the age is $a_1$ where there are not so many.

    Args:
        events: sorted events; their sensor gives width $W$ and height $H$.
        window: how the recording is cut.
        depth: events $D$ remembered on each pixel.
        youngest_us: age $a_0$ in microseconds below which all are alike.
        oldest_us: age $a_1$ in microseconds above which all are alike.
        polarity: `Polarity.TWO_CHANNEL` or `Polarity.MERGED`, the channels $C$.
        memory: whether events of the recording before a slice count too, or those of the slice alone.
        at_us: as for `time_surface`.
        out: `[T, C, D, H, W]` float32, overwritten and returned; undefined after an error.
        threads: as for `counts`.
        max_bytes: as for `counts`.
    Returns:
        `[T, C, D, H, W]` float32, 0 for what just happened, newest events first.
    Raises:
        ParameterError: an argument is outside its rule; otherwise as `time_surface` raises.
    Source:
        Baldwin et al., Time-ordered recent event (TORE) volumes, IEEE TPAMI 2023.
    """
    channels = checked_polarity(polarity, _APART_OR_ONE)
    places = checked_integer("depth", depth, least=1, most=MOST_DEPTH)
    ages = checked_ages(youngest_us, oldest_us)
    given, frames = making(
        events,
        window,
        Where(out, threads, max_bytes),
        cell=_FLOAT,
        shape=lambda width, height: (channels.channels, places, height, width),
        zeros=False,
    )
    surface, at = (channels.value, _checked_bool(memory)), _references(at_us, given)
    _core.tore_into_frames(given, frames, surface, places, ages, at)
    return frames


def named_fading(fading: Fading) -> tuple[str, float]:
    """A fading as the compiled core takes it."""
    match fading:
        case Exponential(tau_us=tau_us):
            return "exponential", tau_us
        case Linear(span_us=span_us):
            return "linear", span_us


def _references(at_us: ArrayLike | None, given: Given) -> NDArray[np.int64]:
    if at_us is None:
        return _core.last_event_times_of(given)
    times: NDArray[Any] = np.asarray(at_us)
    if times.dtype.kind not in "iu" and times.size > 0:
        raise DtypeError(f"`at_us` must hold integers, got {times.dtype}; round to whole microseconds first")
    return np.ascontiguousarray(times.reshape(-1), dtype=np.int64)


def _checked_bool(memory: object) -> bool:
    if isinstance(memory, bool):
        return memory
    raise ParameterError(f"`memory` must be True or False, got {memory!r}")


def checked_ages(youngest_us: object, oldest_us: object) -> tuple[float, float]:
    """Both ages of TORE as plain floats."""
    youngest = checked_real("youngest_us", youngest_us, above=0.0)
    oldest = checked_real("oldest_us", oldest_us, above=0.0)
    if oldest <= youngest:
        raise ParameterError(f"`oldest_us` must be above `youngest_us`, got {oldest:g} and {youngest:g}")
    return youngest, oldest


def _refuse_inexact(events: Events) -> None:
    if len(events) > 0 and max(-int(events.t[0]), int(events.t[-1])) > _EXACT:
        raise ParameterError(
            "times must lie within 2^53 us of 0 to be exact in float64, "
            f"got {events.t[0]} to {events.t[-1]}; subtract the first time"
        )
