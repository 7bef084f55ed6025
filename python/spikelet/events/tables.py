"""Events of other tools in memory: dictionaries, archives, frames and tables, by the names of columns."""

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import BoundsError, DtypeError
from spikelet.events.columns import Columns, SensorSize
from spikelet.events.fields import found_fields

TONIC = np.dtype([("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")])
"""One event as tonic keeps it."""

_ALIGNED = np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")], align=True)


class Table(Protocol):
    """Columns by name: a dictionary, an archive of numpy, a frame of pandas or polars, a table of Arrow."""

    def __getitem__(self, name: str, /) -> Any:
        """The column called `name`."""
        ...


def named_columns(table: Table) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """The columns of `table` by `t`, `x`, `y`, `p`, and what had to be concluded of them.

    Raises:
        DtypeError: a column is missing, or there are none by name.
    """
    names = _names(table)
    found = found_fields(names)
    if found is None:
        raise DtypeError(
            "`table` must have columns t, x, y, p or names that stand for them, "
            f"got {', '.join(names) or 'none'}"
        )
    columns = {ours: np.asarray(table[theirs]) for ours, theirs in found.items()}
    p = columns["p"]
    if p.dtype.kind != "i" or len(p) == 0 or not np.isin(p, (-1, 1)).all() or (p == 1).all():
        return columns, ()
    return {**columns, "p": p > 0}, ("polarity -1 taken as off",)


def _names(table: Any) -> list[str]:
    # Arrow's tables have both attributes, the others one; a dictionary has neither.
    for attribute in ("column_names", "columns"):
        names: Iterable[Any] | None = getattr(table, attribute, None)
        if names is not None:
            return [str(name) for name in names]
    if not hasattr(table, "keys"):
        raise DtypeError(
            f"`table` must have columns by name, got {type(table).__name__}; "
            "pass for example `{'t': t, 'x': x, 'y': y, 'p': p}`"
        )
    return [str(name) for name in table.keys()]  # noqa: SIM118 -- an archive of numpy is no dictionary


def tonic_records(columns: Columns) -> NDArray[np.void]:
    """`[n]` records as tonic keeps them.

    Raises:
        BoundsError: a pixel lies beyond 32767, which tonic's 16 signed bits cannot hold.
    """
    for name, column in zip("xy", columns[1:3], strict=True):
        beyond = column > np.iinfo(np.int16).max
        if beyond.any():
            first = int(beyond.argmax())
            raise BoundsError(
                f"event {first}: `{name}` must be at most 32767 in records of tonic, got {int(column[first])}"
            )
    return _records(columns, TONIC)


def aligned_records(columns: Columns) -> NDArray[np.void]:
    """`[n]` records of 16 bytes, fields `t x y p`, each at a multiple of its own size."""
    return _records(columns, _ALIGNED)


def _records(columns: Columns, dtype: np.dtype[np.void]) -> NDArray[np.void]:
    records = np.zeros(len(columns[0]), dtype)
    for name, column in zip("txyp", columns, strict=True):
        records[name] = column
    return records


def size_of_tonic(sensor_size: tuple[int, ...]) -> SensorSize | tuple[int, ...]:
    """Width and height of tonic's (width, height, polarities)."""
    return sensor_size[:2] if len(sensor_size) == 3 and sensor_size[2] in (1, 2) else sensor_size
