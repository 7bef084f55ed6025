"""Counts: how many events fell on each pixel in each window."""

from contextlib import suppress
from functools import cache
from math import prod
from multiprocessing import parent_process
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import DtypeError, ParameterError, ShapeError
from spikelet.events import Events
from spikelet.frames.windows import (
    MAX_BYTES,
    SLICE_BYTES,
    Window,
    advice_for,
    checked_whole,
    frame_count,
    slices_of,
)

Count = TypeVar("Count", np.float32, np.uint16, np.uint8)

# The largest count that each type holds exactly; above 2^24, adding 1 to a float32 changes nothing.
_FULL = {np.dtype(np.float32): 2**24, np.dtype(np.uint16): 2**16 - 1, np.dtype(np.uint8): 2**8 - 1}
_MOST_THREADS = 1024
# Below this, waking a second thread costs about what it saves.
_EVENTS_WORTH_THREADS = 50_000


@overload
def counts(
    events: Events,
    *,
    window: Window,
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
    dtype: type[Any] = np.float32,
    out: NDArray[Any] | None = None,
    saturate: bool = False,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[Any]:
    r"""Number of events on each pixel in each window, off and on apart.

    $C[k, c, y, x] = |\{i \in \mathrm{slice}_k : p_i = c,\ x_i = x,\ y_i = y\}|$.

    Args:
        events: sorted events; their sensor gives the frames' width $W$ and height $H$.
        window: how the recording is cut.
        dtype: `numpy.float32`, `numpy.uint16` or `numpy.uint8`.
        out: `[T, 2, H, W]` of that type, overwritten and returned; undefined after an error.
        saturate: where a cell holds more than `dtype` counts, keep the largest count instead of raising.
        threads: threads that share the windows; the frames do not depend on it. None takes every core that
            this process may use, and one in a worker of `multiprocessing`, where there are many workers.
        max_bytes: largest size of new frames, so that one wrong timestamp cannot take all memory.
    Returns:
        `[T, 2, H, W]`, off events first.
    Raises:
        DtypeError: `events` is not an `Events`, `window` is no window, `dtype` is none of the three, or
            `out` is of another.
        OrderError: the events were read with `backward="keep"` and step back, and `window` is by time.
        ShapeError: `out` has another shape, is not contiguous, or cannot be written to.
        ParameterError: a cell holds more events than `dtype` counts, the frames would be larger than
            `max_bytes`, a SpikingJelly window has no events where that library raises, or an argument is
            outside its rule.
    """
    cell = _checked_dtype(dtype)
    workers = _checked_threads(threads, len(events))
    frames = frame_count(events, window)
    width, height = events.sensor_size
    shape = (frames, 2, height, width)
    if out is None:
        _check_memory(events, shape, cell=cell, max_bytes=max_bytes)
    else:
        _check_out(out, shape, cell=cell)
    ends = slices_of(events, window, frames=frames)
    result = np.zeros(shape, dtype=cell) if out is None else _cleared(out)
    left_out, first = _core.count_into_frames(
        np.ascontiguousarray(events.t),
        np.ascontiguousarray(events.x),
        np.ascontiguousarray(events.y),
        np.ascontiguousarray(events.p),
        ends,
        result,
        workers,
    )
    if left_out > 0 and not saturate:
        raise ParameterError(_excess(left_out, first, cell))
    return result


def _checked_dtype(dtype: Any) -> np.dtype[Any]:
    with suppress(TypeError):
        cell = np.dtype(dtype)
        if cell in _FULL:
            return cell
    name = getattr(dtype, "__name__", dtype)
    raise DtypeError(f"`dtype` must be numpy.float32, numpy.uint16 or numpy.uint8, got {name}")


def _check_memory(events: Events, shape: tuple[int, ...], *, cell: np.dtype[Any], max_bytes: int) -> None:
    limit = checked_whole("max_bytes", max_bytes, least=1, most=2**63 - 1)
    # Tiny frames take less than the row that says where their slice is.
    needed = shape[0] * max(prod(shape[1:]) * cell.itemsize, SLICE_BYTES)
    if needed > limit:
        raise ParameterError(
            f"`window` must give frames of at most {limit} bytes, got {list(shape)} {cell} of "
            f"{needed} bytes; {advice_for(events)}"
        )


def _check_out(out: object, shape: tuple[int, ...], *, cell: np.dtype[Any]) -> None:
    if not isinstance(out, np.ndarray) or out.dtype != cell:
        kind = str(out.dtype) if isinstance(out, np.ndarray) else type(out).__name__
        raise DtypeError(f"`out` must be an array of {cell}, got {kind}; pass its type as `dtype` too")
    if out.shape != shape:
        raise ShapeError(f"`out` must have shape {list(shape)}, got {list(out.shape)}")
    if not (out.flags.c_contiguous and out.flags.writeable and out.flags.aligned):
        raise ShapeError("`out` must be contiguous and writeable, got a view that is not; pass a new array")


def _cleared(out: NDArray[Any]) -> NDArray[Any]:
    out.fill(0)
    return out


def _checked_threads(threads: int | None, events: int) -> int:
    if threads is not None:
        return checked_whole("threads", threads, least=1, most=_MOST_THREADS)
    if events < _EVENTS_WORTH_THREADS or parent_process() is not None:
        return 1
    return _cores()


@cache
def _cores() -> int:
    return min(_core.available_threads(), _MOST_THREADS)


def _excess(left_out: int, first: int | None, cell: np.dtype[Any]) -> str:
    larger = " or ".join(f"`dtype=np.{other}`" for other, full in _FULL.items() if full > _FULL[cell])
    return (
        f"`dtype` must hold the count of every cell, got {left_out} events beyond the {_FULL[cell]} that "
        f"a cell of {cell} holds, the first in frame {first}; take {larger or 'shorter windows'}, or "
        "`saturate=True` to keep the largest count there"
    )
