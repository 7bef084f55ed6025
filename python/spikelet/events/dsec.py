"""DSEC: HDF5 with one data set for each of t, x, y, p, and the beginning of the clock apart."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from spikelet.errors import FormatError
from spikelet.events.blosc import BLOSC, Rows
from spikelet.events.columns import Columns
from spikelet.events.container import Asked, Container, Contents
from spikelet.events.fields import Exact
from spikelet.events.h5 import damage_told, dataset, found_dataset, is_h5, opened_h5
from spikelet.events.recording import Format
from spikelet.events.time_index import TimeIndex

if TYPE_CHECKING:
    from spikelet.events.h5 import Dataset, File

# Deflate, shuffle, checksum, and the compressor of the published recordings.
_FILTERS = frozenset({1, 2, 3, BLOSC})
# Whole chunks are read at a time, of about so many events for each thread.
_AT_ONCE = 1 << 17
# Events of which columns are made at a time, in the second-level cache.
_CONVERTED = 1 << 14
# The number of the first event of each millisecond.
_INDEX = "ms_to_idx"
_INDEX_US = 1000
# A chunk is unpacked at once; longer ones stand in no recording.
_LONGEST_CHUNK = 1 << 26


def _recognises(path: str, head: bytes) -> Literal["content"] | None:
    if not is_h5(head):
        return None
    with damage_told(path), opened_h5(path) as file:
        is_known = all(found_dataset(file, f"events/{name}") is not None for name in "txyp")
    return "content" if is_known else None


def _opened(path: str, asked: Asked) -> Contents:
    with damage_told(path), opened_h5(path) as file:
        events = _columns(file)["t"].shape[0]
        offset = _offset(file)
        has_index = found_dataset(file, _INDEX) is not None
    contents = Contents(pieces=iter(()), events=events, header=[("t_offset", str(offset))])

    def pieces(first: int) -> Iterator[Columns]:
        return _pieces(path, offset, contents, first=first)

    contents.pieces = pieces(0)
    if has_index:
        contents.index = TimeIndex(mark=lambda start_us: _mark(path, offset, start_us), pieces=pieces)
    return contents


def _mark(path: str, offset: int, start_us: int) -> tuple[int, int]:
    """The first event of the millisecond of a time, or of the last in the index, and its beginning."""
    with damage_told(path), opened_h5(path) as file:
        index = dataset(file, _INDEX, filters=_FILTERS)
        _refuse_long_chunks(index)
        if index.ndim != 1 or index.dtype.kind not in "iu":
            raise FormatError(f"{path}: `{_INDEX}` must be whole numbers of shape [n], got {index}")
        place = min((start_us - offset) // _INDEX_US, index.shape[0] - 1)
        if place < 1:
            return 0, start_us
        ((first,),) = Rows([index]).read(place, place + 1)
        return int(first), place * _INDEX_US + offset


def _columns(file: "File") -> "dict[str, Dataset]":
    found = {name: dataset(file, f"events/{name}", filters=_FILTERS) for name in "txyp"}
    shapes = [column.shape for column in found.values()]
    if any(len(shape) != 1 or shape != shapes[0] for shape in shapes):
        listed = ", ".join(str(list(shape)) for shape in shapes)
        raise FormatError(f"{file.filename}: t, x, y, p must have one shape [n], got {listed}")
    for column in found.values():
        _refuse_long_chunks(column)
    return found


def _refuse_long_chunks(found: "Dataset") -> None:
    length = found.dtype.itemsize * (found.chunks or (1,))[0]
    if length > _LONGEST_CHUNK:
        raise FormatError(
            f"{found.file.filename}: chunks of `{found.name}` must be at most {_LONGEST_CHUNK} bytes long, "
            f"got {length}"
        )


def _offset(file: "File") -> int:
    """What is added to every time, 0 where the file does not say."""
    if found_dataset(file, "t_offset") is None:
        return 0
    stored = dataset(file, "t_offset")
    if stored.shape != () or stored.dtype.kind not in "iu" or abs(int(stored[()])) >= 2**62:
        raise FormatError(f"{file.filename}: `t_offset` must be one whole number of microseconds below 2**62")
    return int(stored[()])


def _pieces(path: str, offset: int, contents: Contents, *, first: int) -> Iterator[Columns]:
    exact = Exact(path, contents.notes, start=first)
    with damage_told(path), opened_h5(path) as file:
        found = _columns(file)
        rows = Rows([found[name] for name in "txyp"])
        chunk = (found["t"].chunks or (1,))[0]
        step = max(1, contents.threads * _AT_ONCE // chunk) * chunk
        for start in range(first, found["t"].shape[0], step):
            read = rows.read(start, start + step, threads=contents.threads)
            for at in range(0, len(read[0]), _CONVERTED):
                t, x, y, p = exact.columns(*(column[at : at + _CONVERTED] for column in read))
                if abs(int(t.max())) + abs(offset) >= 2**63:
                    raise FormatError(f"{path}: times must stay below 2**63 with `t_offset` added")
                yield t + offset, x, y, p


CONTAINER = Container(
    format=Format(
        name="dsec",
        title="HDF5, DSEC layout",
        extensions=(".h5",),
        max_size=(65_536, 65_536),
        origin="upper-left",
        is_written=False,
    ),
    recognises=_recognises,
    opened=_opened,
)
