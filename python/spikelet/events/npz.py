"""Archives of numpy arrays: one array for each of t, x, y, p, as SpikingJelly keeps them."""

import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import IO, Any, Literal, final
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.lib import format as numpy_format
from numpy.typing import NDArray

from spikelet.errors import FormatError
from spikelet.events.columns import Columns, SensorSize, checked_size
from spikelet.events.container import Asked, Container, Contents, Plan
from spikelet.events.fields import Exact, found_fields
from spikelet.events.npy import read_header, refuse_header, refuse_outside
from spikelet.events.recording import Format
from spikelet.events.unfinished import Unfinished

_MAGIC = b"PK\x03\x04"
_AT_ONCE = 1 << 16
# Deflate packs a thousand bytes into one; no recording has longer arrays that must be sorted as a whole.
_LONGEST_ARRAY = 1 << 30
# What `zipfile` raises for archives that are damaged, encrypted or packed in a way that it does not know.
_DAMAGES = (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError)


@final
class _Member:
    """One array of an archive, inflated in steps."""

    def __init__(self, path: str, archive: ZipFile, name: str) -> None:
        self._path = path
        self._file = archive.open(f"{name}.npy")
        shape, is_by_columns, self.dtype = read_header(path, self._file)
        if is_by_columns and len(shape) > 1:
            raise FormatError(f"{path}: `{name}` must be stored by rows, got by columns; save it in C order")
        self.shape = shape
        self._rest = int(np.prod(shape, dtype=object))

    def read(self, count: int) -> NDArray[Any]:
        """The next values, `count` of them or all that are left."""
        wanted = min(count, self._rest)
        held = self._file.read(wanted * self.dtype.itemsize)
        if len(held) < wanted * self.dtype.itemsize:
            raise FormatError(
                f"{self._path}: an array must hold all values of its shape {list(self.shape)}, got fewer"
            )
        self._rest -= wanted
        return np.frombuffer(held, self.dtype)

    def read_rest(self) -> NDArray[Any]:
        """All values, in the shape of the array."""
        if self._rest * self.dtype.itemsize > _LONGEST_ARRAY:
            raise FormatError(
                f"{self._path}: an array that is read at once must be at most {_LONGEST_ARRAY} bytes long, "
                f"got {self._rest * self.dtype.itemsize}"
            )
        parts: list[NDArray[Any]] = []
        while self._rest > 0:
            parts.append(self.read(_AT_ONCE))
        return (np.concatenate(parts) if parts else np.empty(0, self.dtype)).reshape(self.shape)


def _names(path: str) -> list[str]:
    """Names of the arrays in the archive, none where it is no archive."""
    try:
        with ZipFile(path) as archive:
            return [name[:-4] for name in archive.namelist() if name.endswith(".npy")]
    except _DAMAGES:
        return []


def _recognises(path: str, head: bytes) -> Literal["content"] | None:
    # Of an archive that is cut the names are lost, but the ending says what it was.
    is_ours = head.startswith(_MAGIC) and (path.lower().endswith(".npz") or _names(path))
    return "content" if is_ours else None


def _opened(path: str, asked: Asked) -> Contents:
    with _archive(path):
        names = _names(path)
    fields = found_fields(names)
    notes: list[str] = []
    if fields is not None:
        pieces, events = _pieces(path, fields, notes), _declared(path, fields["t"])
    elif {"pos", "neg"} <= set(names):
        pieces, events = _signed_pieces(path, notes), None
    else:
        raise FormatError(
            f"{path}: content must be arrays t, x, y, p or names that stand for them, or pos and neg, "
            f"got {', '.join(names) or 'no arrays'}"
        )
    size = _stored_size(path) if "sensor_size" in names else None
    return Contents(
        pieces=pieces,
        events=events,
        sensor_size=size,
        header=[("arrays", " ".join(names))],
        notes=notes,
    )


def _declared(path: str, name: str) -> int:
    with _archive(path) as archive:
        return int(np.prod(_Member(path, archive, name).shape, dtype=object))


def _stored_size(path: str) -> SensorSize:
    with _archive(path) as archive:
        sides = _Member(path, archive, "sensor_size").read(3)
    if sides.dtype.kind not in "iu":
        raise FormatError(f"{path}: `sensor_size` must be integers, got {sides.dtype}")
    return checked_size([int(side) for side in sides])


@contextmanager
def _archive(path: str) -> Generator[ZipFile]:
    """The archive at `path`, whose damages become errors that name it."""
    try:
        with ZipFile(path) as archive:
            yield archive
    except _DAMAGES as error:
        raise FormatError(f"{path}: content must be a whole archive, got {error}") from error


def _pieces(path: str, fields: dict[str, str], notes: list[str]) -> Iterator[Columns]:
    exact = Exact(path, notes)
    with _archive(path) as archive:
        members = [_Member(path, archive, fields[name]) for name in "txyp"]
        _refuse_shapes(path, members)
        while len((columns := exact.columns(*(member.read(_AT_ONCE) for member in members)))[0]) > 0:
            yield columns


def _refuse_shapes(path: str, members: list[_Member]) -> None:
    shapes = [member.shape for member in members]
    if any(len(shape) != 1 or shape != shapes[0] for shape in shapes):
        listed = ", ".join(str(list(shape)) for shape in shapes)
        raise FormatError(f"{path}: t, x, y, p must have one shape [n], got {listed}")


def _signed_pieces(path: str, notes: list[str]) -> Iterator[Columns]:
    """ES-ImageNet: rows (y, x, t) of both polarities apart; events of equal time keep on before off."""
    with _archive(path) as archive:
        rows = {name: _Member(path, archive, name).read_rest() for name in ("pos", "neg")}
    for name, array in rows.items():
        if array.ndim != 2 or array.shape[1] != 3:
            raise FormatError(f"{path}: `{name}` must have shape [n, 3], got {list(array.shape)}")
    y, x, t = (np.concatenate([rows["pos"][:, column], rows["neg"][:, column]]) for column in range(3))
    p = np.arange(len(t)) < len(rows["pos"])
    notes.append("events of arrays pos and neg sorted by time")
    order = np.argsort(t, kind="stable")
    yield Exact(path, notes).columns(t[order], x[order], y[order], p[order])


@final
class _Writer:
    """Columns packed one by one into one archive without compression.

    A recording of one part waits in memory, for a second one all are set aside in files.
    """

    def __init__(self, path: str, plan: Plan) -> None:
        refuse_header(plan, "npz")
        self._size = plan.sensor_size
        self._unfinished = Unfinished(path)
        self._stack = ExitStack()
        self._waiting: Columns | None = None
        self._files: list[IO[bytes]] = []
        self._events = 0

    def write(
        self, t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.bool_]
    ) -> None:
        """Appends events."""
        refuse_outside((t, x, y, p), self._size, start=self._events)
        if self._events == 0:
            self._waiting = t, x, y, p
        else:
            self._set_aside((t, x, y, p))
        self._events += len(t)

    def close(self) -> dict[str, int]:
        """Packs the columns and gives the file its name."""
        types = (np.int64, np.uint16, np.uint16, np.bool_)
        with ZipFile(self._unfinished.path, "w") as archive:
            for index, (name, dtype) in enumerate(zip("txyp", types, strict=True)):
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    _write_header(member, np.dtype(dtype), rows=self._events)
                    for block in self._blocks(index):
                        member.write(block)
            with archive.open("sensor_size.npy", "w") as member:
                np.save(member, np.array(self._size, dtype=np.int64), allow_pickle=False)
        self._stack.close()
        return {"events": self._events, "bytes": self._unfinished.done(), "time_offset": 0}

    def abort(self) -> None:
        """Removes what was written."""
        self._stack.close()
        self._unfinished.abort()

    def _set_aside(self, columns: Columns) -> None:
        if not self._files:
            folder = self._unfinished.path.parent
            self._files = [self._stack.enter_context(TemporaryFile(dir=folder)) for _ in "txyp"]  # noqa: SIM115 -- the stack closes them
        waiting, self._waiting = self._waiting, None
        for part in (columns,) if waiting is None else (waiting, columns):
            for file, column in zip(self._files, part, strict=True):
                file.write(np.ascontiguousarray(column).data)

    def _blocks(self, index: int) -> Iterator[bytes | memoryview]:
        """A column, in pieces that stay in the cache from the sum of their bytes to the file."""
        if self._waiting is not None:
            column = np.ascontiguousarray(self._waiting[index])
            for start in range(0, len(column), _AT_ONCE):
                yield column[start : start + _AT_ONCE].data
        elif self._files:
            file = self._files[index]
            file.seek(0)
            while block := file.read(1 << 20):
                yield block


def _write_header(target: IO[bytes], dtype: np.dtype[Any], *, rows: int) -> None:
    described = {"descr": numpy_format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows,)}
    numpy_format.write_array_header_1_0(target, described)


CONTAINER = Container(
    format=Format(
        name="npz",
        title="numpy arrays t, x, y, p (.npz; SpikingJelly, ES-ImageNet)",
        extensions=(".npz",),
        max_size=(65_536, 65_536),
        origin="upper-left",
    ),
    recognises=_recognises,
    opened=_opened,
    writer=_Writer,
)
