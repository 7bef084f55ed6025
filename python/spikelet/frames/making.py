"""What every representation does first: check its arguments, cut the recording, find memory."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import prod
from multiprocessing import parent_process
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import DtypeError, OrderError, ParameterError, ShapeError
from spikelet.events import Events
from spikelet.events.numbers import MOST_THREADS, checked_integer, checked_threads
from spikelet.frames.polarity import Polarity
from spikelet.frames.slicing import SLICE_BYTES, Window, advice_for, checked_rule

Given = tuple[
    tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_]],
    NDArray[np.int64] | _core.Window,
    tuple[int, int],
    int,
]
"""Columns, slices or their rule, sensor size and threads, as the compiled core takes them."""

# Below this, waking a second thread costs about what it saves.
_EVENTS_WORTH_THREADS = 50_000


# Not frozen, which would take half a microsecond more to make; nobody changes it.
@final
@dataclass(slots=True)
class Where:
    """Where frames are to be made, as the caller said."""

    out: NDArray[Any] | None
    threads: int | None
    max_bytes: int


class _Shape(Protocol):
    def __call__(self, width: int, height: int, /) -> tuple[int, ...]: ...


def making(
    events: Events,
    window: Window,
    where: Where,
    *,
    cell: np.dtype[Any],
    shape: _Shape,
    needs_order: bool = True,
    zeros: bool = True,
) -> tuple[Given, NDArray[Any]]:
    """What the core is given of a call that is as it should be, and the frames that it is to fill.

    Args:
        events: the recording.
        window: how it is cut.
        where: memory and threads.
        cell: type of a cell.
        shape: of one frame, from the sensor's width and height.
        needs_order: whether times that step back are refused.
        zeros: whether the frames are to hold zeros first.
    """
    rule = checked_rule(events, window)
    t = events.t
    frames = rule.frames(t)
    if needs_order and not events.is_sorted:
        raise OrderError(
            'events must be sorted by time, got times that step back; read with `backward="sort"` or "drop"'
        )
    workers = _checked_threads(where.threads, len(events))
    whole = (frames, *shape(*events.sensor_size))
    if where.out is None:
        _check_memory(events, whole, cell=cell, max_bytes=where.max_bytes)
    else:
        _check_out(where.out, whole, cell=cell)
    columns = t, events.x, events.y, events.p
    # The core makes the slices of its own rules, which saves a short recording an array; not where memory was
    # given, which a refusal leaves as it was.
    slices = rule if where.out is None and isinstance(rule, _core.Window) else rule.slices(t, frames)
    given = (columns, slices, events.sensor_size, workers)
    return given, _memory(where.out, whole, cell=cell, zeros=zeros)


def checked_dtype(dtype: Any, known: tuple[type[Any], ...]) -> np.dtype[Any]:
    """`dtype` where it is one of `known`."""
    for one in known:
        if dtype is one:
            return np.dtype(one)
    with suppress(TypeError):
        cell = np.dtype(dtype)
        # What numpy makes of None is float64, which nobody asked for.
        if dtype is not None and cell in [np.dtype(one) for one in known]:
            return cell
    name = getattr(dtype, "__name__", dtype)
    *others, last = (f"numpy.{np.dtype(one)}" for one in known)
    raise DtypeError(f"`dtype` must be {', '.join(others)} or {last}, got {name}")


def checked_polarity(polarity: object, known: tuple[Polarity, ...] = tuple(Polarity)) -> Polarity:
    """`polarity` where it is one of `known`."""
    if isinstance(polarity, Polarity) and polarity in known:
        return polarity
    listed = " or ".join(str(one) for one in known)
    found = polarity if isinstance(polarity, Polarity) else repr(polarity)
    raise ParameterError(f"`polarity` must be {listed}, got {found}")


def checked_kind(name: str, value: object, known: tuple[type[Any], ...]) -> Any:
    """`value` where it is of one of the classes `known`."""
    if isinstance(value, known):
        return value
    listed = " or ".join(f"`{one.__name__}`" for one in known)
    raise DtypeError(f"`{name}` must be {listed}, got {value!r}")


def _memory(
    out: NDArray[Any] | None, shape: tuple[int, ...], *, cell: np.dtype[Any], zeros: bool
) -> NDArray[Any]:
    if out is None:
        return np.zeros(shape, dtype=cell) if zeros else np.empty(shape, dtype=cell)
    if zeros:
        out.fill(0)
    return out


def _check_memory(events: Events, shape: tuple[int, ...], *, cell: np.dtype[Any], max_bytes: int) -> None:
    limit = checked_integer("max_bytes", max_bytes, least=1)
    # Tiny frames take less than the row that says where their slice is.
    needed = max(prod(shape) * cell.itemsize, shape[0] * SLICE_BYTES)
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


def _checked_threads(threads: int | None, events: int) -> int:
    if threads is not None:
        return checked_threads(threads)
    if events < _EVENTS_WORTH_THREADS or parent_process() is not None:
        return 1
    return _cores()


@cache
def _cores() -> int:
    return min(_core.available_threads(), MOST_THREADS)
