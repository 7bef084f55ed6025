"""Counts: how many events fell on each pixel in each window, or whether any did."""

from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import DtypeError, ParameterError
from spikelet.events import Events
from spikelet.frames.making import Where, checked_dtype, checked_polarity, making
from spikelet.frames.polarity import Polarity
from spikelet.frames.slicing import MAX_BYTES, Window

Count = TypeVar("Count", np.float32, np.int16, np.uint16, np.uint8)
Mark = TypeVar("Mark", np.float32, np.uint8, np.bool_)

# The largest count that each type holds exactly; above 2^24, adding 1 to a float32 changes nothing.
_FULL: dict[np.dtype[Any], int] = {
    np.dtype(np.float32): 2**24,
    np.dtype(np.uint16): 2**16 - 1,
    np.dtype(np.int16): 2**15 - 1,
    np.dtype(np.uint8): 2**8 - 1,
}
_COUNTS = (np.float32, np.int16, np.uint16, np.uint8)
_SIGNED = (np.dtype(np.float32), np.dtype(np.int16))
_UNSIGNED = (np.dtype(np.float32), np.dtype(np.uint16), np.dtype(np.uint8))


@overload
def counts(
    events: Events,
    *,
    window: Window,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    out: NDArray[np.float32] | None = None,
    saturate: bool = False,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[np.float32]: ...
@overload
def counts(
    events: Events,
    *,
    window: Window,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    dtype: type[Count],
    out: NDArray[Count] | None = None,
    saturate: bool = False,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[Count]: ...
def counts(
    events: Events,
    *,
    window: Window,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    dtype: type[Any] = np.float32,
    out: NDArray[Any] | None = None,
    saturate: bool = False,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[Any]:
    r"""Number of events on each pixel in each window.

    $C[k, c, y, x] = |\{i \in \mathrm{slice}_k : p_i = c,\ x_i = x,\ y_i = y\}|$; with `Polarity.MERGED` the
    sum over $c$, with `Polarity.SIGNED` on less off.

    Args:
        events: sorted events; their sensor gives the frames' width $W$ and height $H$.
        window: how the recording is cut.
        polarity: the channels $C$.
        dtype: `numpy.float32`, `numpy.int16`, `numpy.uint16` or `numpy.uint8`; signed counts take one of the
            first two.
        out: `[T, C, H, W]` of that type, overwritten and returned; undefined after an error.
        saturate: where a cell holds more than `dtype` counts, keep the largest count instead of raising.
        threads: threads that share the windows; the frames do not depend on it. None takes every core that
            this process may use, and one in a worker of `multiprocessing`, where there are many workers.
        max_bytes: largest size of new frames, so that one wrong timestamp cannot take all memory.
    Returns:
        `[T, C, H, W]`, off events first where there are two channels.
    Raises:
        DtypeError: `events` is not an `Events`, `window` is no window, `dtype` is none of the four or has no
            sign where one is needed, or `out` is of another.
        OrderError: the events were read with `backward="keep"` and step back, and `window` is by time.
        ShapeError: `out` has another shape, is not contiguous, or cannot be written to.
        ParameterError: a cell holds more events than `dtype` counts, the frames would be larger than
            `max_bytes`, a window of another library has no events where that library raises, or an argument
            is outside its rule.
    """
    cell = checked_dtype(dtype, _COUNTS)
    channels = checked_polarity(polarity)
    if channels is Polarity.SIGNED and cell not in _SIGNED:
        raise DtypeError(f"`dtype` of signed counts must be numpy.float32 or numpy.int16, got {cell}")
    given, frames = making(
        events,
        window,
        Where(out, threads, max_bytes),
        cell=cell,
        shape=lambda width, height: (channels.channels, height, width),
        needs_order=False,
    )
    left_out, first = _core.count_into_frames(given, frames, channels.value)
    if left_out > 0 and not saturate:
        raise ParameterError(_excess(left_out, first, cell, is_signed=channels is Polarity.SIGNED))
    return frames


@overload
def binary(
    events: Events,
    *,
    window: Window,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[np.float32]: ...
@overload
def binary(
    events: Events,
    *,
    window: Window,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    dtype: type[Mark],
    out: NDArray[Mark] | None = None,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[Mark]: ...
def binary(
    events: Events,
    *,
    window: Window,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    dtype: type[Any] = np.float32,
    out: NDArray[Any] | None = None,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[Any]:
    r"""Whether any event fell on each pixel in each window.

    $B[k, c, y, x] = 1$ where $C[k, c, y, x] > 0$ of `counts`, else 0. Further events leave no trace.

    Args:
        events: sorted events; their sensor gives the frames' width $W$ and height $H$.
        window: how the recording is cut.
        polarity: `Polarity.TWO_CHANNEL` or `Polarity.MERGED`, the channels $C$.
        dtype: `numpy.float32`, `numpy.uint8` or `numpy.bool_`.
        out: `[T, C, H, W]` of that type, overwritten and returned; undefined after an error.
        threads: as for `counts`.
        max_bytes: as for `counts`.
    Returns:
        `[T, C, H, W]` of 0 and 1.
    Raises:
        ParameterError: an argument is outside its rule; otherwise as `counts` raises.
    """
    cell = checked_dtype(dtype, (np.float32, np.uint8, np.bool_))
    channels = checked_polarity(polarity, (Polarity.TWO_CHANNEL, Polarity.MERGED))
    given, frames = making(
        events,
        window,
        Where(out, threads, max_bytes),
        cell=cell,
        shape=lambda width, height: (channels.channels, height, width),
        needs_order=False,
    )
    # A bool of numpy is a byte of 0 or 1.
    cells = frames.view(np.uint8) if cell == np.bool_ else frames
    _core.mark_into_frames(given, cells, channels.value)
    return frames


def _excess(left_out: int, first: int | None, cell: np.dtype[Any], *, is_signed: bool) -> str:
    known = _SIGNED if is_signed else _UNSIGNED
    larger = " or ".join(f"`dtype=np.{other}`" for other in known if _FULL[other] > _FULL[cell])
    return (
        f"`dtype` must hold the count of every cell, got {left_out} events beyond the {_FULL[cell]} that "
        f"a cell of {cell} holds, the first in frame {first}; take {larger or 'shorter windows'}, or "
        "`saturate=True` to keep the largest count there"
    )
