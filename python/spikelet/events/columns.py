"""The columns of events: their exact types, how other types become them, and their digest."""

import hashlib
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikelet import _core
from spikelet.errors import BoundsError, DtypeError, ParameterError, ShapeError

Origin = Literal["upper-left", "lower-left"]
SensorSize = tuple[int, int]
Columns = tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_]]

PACKED = np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")])
"""One event in 13 bytes, as structured arrays and digests hold it."""

# Columns `x` and `y` have 16 bits.
MOST_PIXELS = 65_536
# 13 MB packed at a time: the digest of any recording needs no more memory than this.
_DIGEST_BLOCK = 1_000_000


def checked_size(sensor_size: object, *, name: str = "sensor_size") -> SensorSize:
    """`sensor_size`, the caller's argument `name`, as two plain integers, each from 1 to 65536."""
    if not isinstance(sensor_size, (tuple, list)) or len(sensor_size) != 2:  # pyright: ignore[reportUnknownArgumentType]: any object may come
        raise ParameterError(
            f"{_rule_of_sizes(name)}, got {sensor_size!r}; pass for example `{name}=(128, 128)`"
        )
    width, height = sensor_size
    if type(width) is int is type(height) and 1 <= width <= MOST_PIXELS >= height >= 1:
        return width, height
    return _checked_side(width, name), _checked_side(height, name)


def _checked_side(side: object, name: str) -> int:
    whole = side if type(side) is int else _plain_side(side, name)
    if not 1 <= whole <= MOST_PIXELS:
        raise ParameterError(f"{_rule_of_sizes(name)}, each from 1 to {MOST_PIXELS}, got a side of {side}")
    return whole


def _plain_side(side: object, name: str) -> int:
    if isinstance(side, bool) or not isinstance(side, (int, np.integer)):
        raise ParameterError(f"{_rule_of_sizes(name)}, got a side of {side!r}; pass whole numbers")
    return int(side)


def _rule_of_sizes(name: str) -> str:
    return f"`{name}` must be (width, height) in pixels"


def checked_origin(origin: object) -> Origin:
    """`origin` where it is one of the two corners."""
    for corner in get_args(Origin):
        if origin == corner:
            return corner
    raise ParameterError(f'`origin` must be "upper-left" or "lower-left", got {origin!r}')


def own_columns(t: ArrayLike, x: ArrayLike, y: ArrayLike, p: ArrayLike) -> Columns:
    """Private copies of four columns in their exact types, where every value fits."""
    given = {name: _as_column(name, values) for name, values in (("t", t), ("x", x), ("y", y), ("p", p))}
    lengths = {name: len(column) for name, column in given.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ShapeError(f"`t`, `x`, `y`, `p` must have the same length, got {listed}")
    return (
        _integers("t", given["t"], dtype=np.int64),
        _integers("x", given["x"], dtype=np.uint16),
        _integers("y", given["y"], dtype=np.uint16),
        _polarities(given["p"]),
    )


def _as_column(name: str, values: ArrayLike) -> NDArray[Any]:
    column = np.asarray(values)
    if column.ndim != 1:
        raise ShapeError(f"`{name}` must have shape [n], got {list(column.shape)}; pass one value per event")
    # An empty list has no values whose type could be wrong, though numpy calls it float64.
    return column.astype(bool) if len(column) == 0 and not isinstance(values, np.ndarray) else column


def _integers(name: str, column: NDArray[Any], *, dtype: type[np.int64] | type[np.uint16]) -> NDArray[Any]:
    exact = np.dtype(dtype)
    if column.dtype == exact or (len(column) == 0 and column.dtype == bool):
        return np.array(column, dtype=exact, order="C")
    if column.dtype.kind not in "iu":
        advice = "; times are whole microseconds: scale and round them first" if name == "t" else ""
        raise DtypeError(f"`{name}` must be a column of integers, got {column.dtype}{advice}")
    limits = np.iinfo(dtype)
    outside = np.flatnonzero((column < limits.min) | (column > limits.max))
    if len(outside) > 0:
        first = int(outside[0])
        error = DtypeError if name == "t" else BoundsError
        raise error(
            f"`{name}` must be from {limits.min} to {limits.max}, got {int(column[first])} at event {first}"
        )
    return column.astype(exact, order="C")


def _polarities(column: NDArray[Any]) -> NDArray[np.bool_]:
    if column.dtype == bool:
        return np.array(column, dtype=bool, order="C")
    if column.dtype.kind not in "iu":
        raise DtypeError(f"`p` must be a column of bool, or of integers 0 and 1, got {column.dtype}")
    outside = np.flatnonzero((column != 0) & (column != 1))
    if len(outside) > 0:
        first = int(outside[0])
        raise DtypeError(
            f"`p` must be 0 or 1, got {int(column[first])} at event {first}; pass `p > 0` where -1 is off"
        )
    return column.astype(bool, order="C")


def taken(columns: Columns, index: slice | NDArray[np.bool_]) -> Columns:
    """A part of the columns, contiguous; it shares memory where `index` takes a run."""
    t, x, y, p = columns
    if isinstance(index, np.ndarray):
        return _core.select(t, x, y, p, np.ascontiguousarray(index))
    return (
        np.ascontiguousarray(t[index]),
        np.ascontiguousarray(x[index]),
        np.ascontiguousarray(y[index]),
        np.ascontiguousarray(p[index]),
    )


def packed(columns: Columns) -> NDArray[np.void]:
    """`[n]` records of 13 bytes, fields `t x y p`."""
    records = np.empty(len(columns[0]), dtype=PACKED)
    for name, column in zip("txyp", columns, strict=True):
        records[name] = column
    return records


class Digest:
    """The format-independent checksum of events: sha256 over their packed records, in order."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, columns: Columns) -> None:
        """Takes more events in."""
        for start in range(0, len(columns[0]), _DIGEST_BLOCK):
            self._hash.update(packed(taken(columns, slice(start, start + _DIGEST_BLOCK))).tobytes())

    def hexdigest(self) -> str:
        """64 hexadecimal digits."""
        return self._hash.hexdigest()


def digest(columns: Columns) -> str:
    """The checksum of events that are all in memory."""
    running = Digest()
    running.update(columns)
    return running.hexdigest()
