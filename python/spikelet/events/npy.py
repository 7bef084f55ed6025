"""Records in numpy's own file: structured arrays, in any order of fields and of any integer types."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal, final

import numpy as np
from numpy.lib import format as numpy_format
from numpy.typing import NDArray

from spikelet.errors import BoundsError, FormatError, ParameterError
from spikelet.events.columns import PACKED, Columns, packed
from spikelet.events.container import Asked, Container, Contents, Plan
from spikelet.events.fields import Exact, found_fields
from spikelet.events.recording import Format
from spikelet.events.unfinished import Unfinished

_MAGIC = b"\x93NUMPY"
# Records turned into columns at a time: those of one piece stay in the second-level cache.
_AT_ONCE = 1 << 15
# Longer headers are no arrays of events.
_LONGEST_HEADER = 1 << 16


def read_header(path: str, file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether it is stored by columns, and type of the array at the place where `file` stands.

    Raises:
        FormatError: the header is damaged, or of an array of Python objects.
    """
    try:
        version = numpy_format.read_magic(file)
        read = numpy_format.read_array_header_1_0 if version == (1, 0) else numpy_format.read_array_header_2_0
        shape, is_by_columns, dtype = read(file, max_header_size=_LONGEST_HEADER)
    # The header is the text of a Python literal: a damaged one makes numpy raise nearly anything.
    except Exception as error:
        raise FormatError(f"{path}: content must be a whole numpy array, got {error}") from error
    if dtype.hasobject:
        raise FormatError(
            f"{path}: an array must hold numbers, got Python objects, which are never unpickled"
        )
    if any(side < 0 for side in shape):
        raise FormatError(f"{path}: content must be a whole numpy array, got shape {list(shape)}")
    return tuple(shape), bool(is_by_columns), dtype


def _recognises(path: str, head: bytes) -> Literal["content"] | None:
    return "content" if head.startswith(_MAGIC) else None


def _opened(path: str, asked: Asked) -> Contents:
    with Path(path).open("rb") as file:
        shape, _, dtype = read_header(path, file)
        start = file.tell()
    names = found_fields(dtype.names or ())
    if names is None or len(shape) != 1:
        fields = ", ".join(dtype.names or ()) or f"a plain array of shape {list(shape)}"
        raise FormatError(
            f"{path}: content must be [n] records with the fields t, x, y, p or names that stand for them, "
            f"got {fields}"
        )
    held = Path(path).stat().st_size - start
    whole = min(shape[0], held // dtype.itemsize)
    notes: list[str] = []
    contents = Contents(
        pieces=_pieces(path, names, _mapped(path, dtype, start=start, rows=whole), notes),
        events=whole,
        header=[("dtype", str(dtype))],
        notes=notes,
    )
    if whole < shape[0]:
        contents.counts["missing_events"] = shape[0] - whole
        contents.counts["tail_bytes"] = held - whole * dtype.itemsize
    return contents


def _mapped(path: str, dtype: np.dtype[Any], *, start: int, rows: int) -> NDArray[Any]:
    if rows == 0:
        return np.empty(0, dtype)
    return np.memmap(path, dtype=dtype, mode="r", offset=start, shape=(rows,))


def _pieces(path: str, names: dict[str, str], records: NDArray[Any], notes: list[str]) -> Iterator[Columns]:
    exact = Exact(path, notes)
    for start in range(0, len(records), _AT_ONCE):
        piece = records[start : start + _AT_ONCE]
        yield exact.columns(*(piece[names[name]] for name in "txyp"))


@final
class _Writer:
    """Packed records, their number written last."""

    def __init__(self, path: str, plan: Plan) -> None:
        refuse_header(plan, "npy")
        self._size = plan.sensor_size
        self._unfinished = Unfinished(path)
        self._events = 0
        with self._unfinished.path.open("wb") as file:
            self._header_bytes = _write_header(file, 0)

    def write(
        self, t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.bool_]
    ) -> None:
        """Appends events."""
        refuse_outside((t, x, y, p), self._size, start=self._events)
        with self._unfinished.path.open("ab") as file:
            for start in range(0, len(t), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                file.write(packed((t[part], x[part], y[part], p[part])).tobytes())
        self._events += len(t)

    def close(self) -> dict[str, int]:
        """Writes the number of records and gives the file its name."""
        with self._unfinished.path.open("r+b") as file:
            if _write_header(file, self._events) != self._header_bytes:
                raise FormatError("the header of the array must keep its length, got another; report it")
        return {"events": self._events, "bytes": self._unfinished.done(), "time_offset": 0}

    def abort(self) -> None:
        """Removes what was written."""
        self._unfinished.abort()


def _write_header(file: IO[bytes], events: int) -> int:
    # Numpy pads the header so that the number of rows can grow in place.
    described = {"descr": numpy_format.dtype_to_descr(PACKED), "fortran_order": False, "shape": (events,)}
    numpy_format.write_array_header_1_0(file, described)
    return file.tell()


def refuse_header(plan: Plan, format: str) -> None:
    """Raises where lines are to go into the header of a format that has none.

    Raises:
        ParameterError: there are some.
    """
    if plan.header:
        raise ParameterError(
            f"`header` must be empty for {format}, which has none; leave it out or choose another format"
        )


def refuse_outside(columns: Columns, size: tuple[int, int], *, start: int) -> None:
    """Raises for the first event outside the sensor, event `start` of the recording and on.

    Raises:
        BoundsError: there is one.
    """
    _, x, y, _ = columns
    for name, column, limit in (("x", x, size[0]), ("y", y, size[1])):
        outside = column >= limit
        if outside.any():
            first = int(outside.argmax())
            raise BoundsError(
                f"event {start + first}: `{name}` must be below {limit}, got {int(column[first])}; "
                "drop it or give the right sensor size"
            )


CONTAINER = Container(
    format=Format(
        name="npy",
        title="numpy records (.npy)",
        extensions=(".npy",),
        max_size=(65_536, 65_536),
        origin="upper-left",
    ),
    recognises=_recognises,
    opened=_opened,
    writer=_Writer,
)
