"""Prophesee HDF5: the container through h5py, the ECF codec of its chunks in the compiled core.

No filter plug-in of HDF5 is needed: chunks are read and written as stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import FormatError, ParameterError
from spikelet.events.columns import MOST_PIXELS, Columns, SensorSize, taken
from spikelet.events.container import Asked, Container, Contents, Plan, joined, no_events, no_triggers
from spikelet.events.ecf_index import Index, marked
from spikelet.events.h5 import (
    created_h5,
    damage_told,
    dataset,
    filter_numbers,
    found_dataset,
    growing_dataset,
    is_h5,
    opened_h5,
    refuse_missing_chunks,
    stored_chunks,
    text_attributes,
)
from spikelet.events.recording import Format, TriggerColumns
from spikelet.events.time_index import TimeIndex
from spikelet.events.unfinished import Unfinished

if TYPE_CHECKING:
    from spikelet.events.h5 import Dataset, File

_ECF = 36559
_INDEX = "CD/indexes"
# Filters that every build of HDF5 has: deflate, shuffle, checksum.
_PLAIN = frozenset({1, 2, 3})
_EVENT = np.dtype(
    {"names": ["x", "y", "p", "t"], "formats": ["<u2", "<u2", "<i2", "<i8"], "offsets": [0, 2, 4, 8]}
)
_TRIGGER = np.dtype(
    {"names": ["p", "t", "id"], "formats": ["<i2", "<i8", "<i2"], "offsets": [0, 8, 16], "itemsize": 24}
)
_CHUNK_EVENTS = 16_384
# Of triggers and indexes, which are stored as they are and whole chunks at a time: 16 KB, or 2 s of an index.
_CHUNK_RECORDS = 1024
# 131,072 events: 1.7 MB of columns.
_CHUNKS_AT_ONCE = 8
_MOST_SIDE = 2048
_MOST_INPUT = 255
# Keys of other formats' headers that say how bytes are to be decoded, and ours.
_DECODING_KEYS = frozenset({"format", "evt", "endianness", "end", "width", "height", "geometry", "version"})


def _recognises(path: str, head: bytes) -> Literal["content"] | None:
    if not is_h5(head):
        return None
    with opened_h5(path) as file, damage_told(path):
        return None if found_dataset(file, "CD/events") is None else "content"


def _opened(path: str, _: Asked) -> Contents:
    with damage_told(path), opened_h5(path) as file:
        events = _records(file, "CD/events", _EVENT)
        header = text_attributes(file)
        contents = Contents(
            pieces=iter(()),
            events=len(events),
            sensor_size=_size(file, dict(header)),
            header=header,
            triggers=_triggers(file),
            counts={"bad_packets": 0},
        )
        has_index = found_dataset(file, _INDEX) is not None

    def pieces(first: int) -> Iterator[Columns]:
        return _pieces(path, contents, first=first)

    contents.pieces = pieces(0)
    if has_index:
        contents.index = TimeIndex(mark=lambda start_us: _mark(path, start_us), pieces=pieces)
    return contents


def _mark(path: str, start_us: int) -> tuple[int, int]:
    with damage_told(path), opened_h5(path) as file:
        return marked(dataset(file, _INDEX, filters=_PLAIN), start_us)


def _records(file: "File", name: str, wanted: "np.dtype[np.void]") -> "Dataset":
    """The data set of records at `name`, all of whose chunks are there."""
    found = dataset(file, name, filters=_PLAIN | {_ECF})
    fields: Any = found.dtype.fields or {}
    fits = [field in fields and np.can_cast(fields[field][0], wanted[field]) for field in wanted.names or ()]
    if found.ndim != 1 or not all(fits):
        raise FormatError(
            f"{file.filename}: `{name}` must be a column of records with the integers "
            f"{', '.join(wanted.names or ())}, got {found.dtype} of shape {found.shape}"
        )
    refuse_missing_chunks(found)
    return found


def _size(file: "File", header: dict[str, str]) -> SensorSize | None:
    geometry = header.get("geometry")
    if geometry is None:
        return None
    sides = geometry.strip().split("x")
    if len(sides) != 2 or not all(side.isdecimal() and 0 < int(side) <= MOST_PIXELS for side in sides):
        raise FormatError(
            f"{file.filename}: attribute `geometry` must read a width and a height in pixels, "
            f"got {geometry!r}; correct it"
        )
    return int(sides[0]), int(sides[1])


def _triggers(file: "File") -> TriggerColumns:
    if found_dataset(file, "EXT_TRIGGER/events") is None:
        return no_triggers()
    records = _records(file, "EXT_TRIGGER/events", _TRIGGER)[:]
    inputs = records["id"]
    outside = np.flatnonzero((inputs < 0) | (inputs > _MOST_INPUT))
    if len(outside) > 0:
        raise FormatError(
            f"{file.filename}: inputs of triggers must be numbered 0 to {_MOST_INPUT}, "
            f"got {inputs[outside[0]]} at trigger {outside[0]}; the file is damaged"
        )
    return records["t"].astype(np.int64), inputs.astype(np.uint8), records["p"] > 0


def _pieces(path: str, contents: Contents, *, first: int) -> Iterator[Columns]:
    with damage_told(path), opened_h5(path) as file:
        events = _records(file, "CD/events", _EVENT)
        if _ECF in filter_numbers(events):
            yield from _decoded_from(first, events, contents)
        else:
            for start in range(first, len(events), _CHUNKS_AT_ONCE * _CHUNK_EVENTS):
                yield _columns(events[start : start + _CHUNKS_AT_ONCE * _CHUNK_EVENTS])


def _decoded_from(first: int, events: "Dataset", contents: Contents) -> Iterator[Columns]:
    within = first % (events.chunks or (1,))[0]
    damaged = contents.counts["bad_packets"]
    for columns in _decoded(events, contents, start=first - within):
        if within > 0 and contents.counts["bad_packets"] > damaged:
            raise FormatError(
                f"{events.file.filename}: the chunk of event {first} must be whole, got a damaged one"
            )
        yield taken(columns, slice(within, None))
        within = 0


def _columns(records: NDArray[Any]) -> Columns:
    return (
        records["t"].astype(np.int64),
        records["x"].astype(np.uint16),
        records["y"].astype(np.uint16),
        records["p"] > 0,
    )


def _decoded(events: "Dataset", contents: Contents, *, start: int) -> Iterator[Columns]:
    """The events of all chunks from one on, those of damaged ones left out and counted."""
    # Chunks are decoded many at a time; one that the filter was left out for stands by itself.
    for (is_plain, _), chunks in groupby(
        _stored(events, start), key=lambda chunk: (chunk.is_plain, chunk.number // _CHUNKS_AT_ONCE)
    ):
        together = list(chunks)
        if is_plain:
            yield from (_plain(chunk, events.dtype, contents.counts) for chunk in together)
            continue
        columns, damaged = _core.ecf_decode(
            [chunk.data for chunk in together],
            [chunk.events for chunk in together],
            threads=contents.threads,
        )
        for index in damaged:
            _count_bad(together[index], contents.counts)
        yield columns


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """A chunk as stored, and how many events shall be in it."""

    number: int
    place: int
    events: int
    is_plain: bool
    data: bytes


def _stored(events: "Dataset", start: int) -> Iterator[_Chunk]:
    for number, (length, info, data) in enumerate(stored_chunks(events, start=start)):
        is_plain = bool(info.filter_mask & 1)
        yield _Chunk(number=number, place=info.byte_offset, events=length, is_plain=is_plain, data=data)


def _plain(chunk: _Chunk, dtype: "np.dtype[np.void]", counts: dict[str, int]) -> Columns:
    if len(chunk.data) < chunk.events * dtype.itemsize:
        _count_bad(chunk, counts)
        return no_events()
    return _columns(np.frombuffer(chunk.data, dtype, count=chunk.events))


def _count_bad(chunk: _Chunk, counts: dict[str, int]) -> None:
    counts["bad_packets"] += 1
    counts.setdefault("first_bad_byte", chunk.place)


@final
class _Writer:
    """A `Writer` of such files."""

    def __init__(self, path: str, plan: Plan) -> None:
        width, height = plan.sensor_size
        if max(width, height) > _MOST_SIDE:
            raise ParameterError(
                f"{path}: `sensor_size` must be 1x1 to {_MOST_SIDE}x{_MOST_SIDE} for ecf, "
                f"got {width}x{height}; choose another format"
            )
        self._unfinished = Unfinished(path)
        try:
            self._file = created_h5(self._unfinished.path)
        except BaseException:
            self._unfinished.abort()
            raise
        try:
            self._events = _begun(self._file, plan)
        except BaseException:
            self.abort()
            raise
        self._index = Index(self._file, _INDEX, chunk=_CHUNK_RECORDS)
        # Less than a chunk of them.
        self._waiting: Columns = no_events()
        self._count = 0
        self._triggers: list[TriggerColumns] = []

    def write(
        self, t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.bool_]
    ) -> None:
        """Appends events."""
        columns: Columns = (t, x, y, p)
        start = _CHUNK_EVENTS - len(self._waiting[0])
        self._waiting = joined([self._waiting, taken(columns, slice(start))])
        while len(self._waiting[0]) == _CHUNK_EVENTS:
            self._put(self._waiting)
            self._waiting = taken(columns, slice(start, start + _CHUNK_EVENTS))
            start += _CHUNK_EVENTS

    def add_triggers(self, t: NDArray[np.int64], id: NDArray[np.uint8], p: NDArray[np.bool_]) -> None:
        """Adds edges at external inputs."""
        self._triggers.append((t, id, p))

    def close(self) -> dict[str, int]:
        """Writes the last chunk and the triggers, and gives the file its name."""
        if len(self._waiting[0]) > 0:
            self._put(self._waiting)
        self._index.close()
        self._put_triggers()
        self._file.close()
        return {"events": self._count, "bytes": self._unfinished.done(), "time_offset": 0}

    def abort(self) -> None:
        """Removes what was written."""
        self._file.close()
        self._unfinished.abort()

    def _put_triggers(self) -> None:
        index = Index(self._file, "EXT_TRIGGER/indexes", chunk=_CHUNK_RECORDS)
        t, inputs, p = (np.concatenate(column) for column in zip(no_triggers(), *self._triggers, strict=True))
        order = np.argsort(t, kind="stable")
        records = np.zeros(len(t), _TRIGGER)
        records["t"], records["id"], records["p"] = t[order], inputs[order], p[order]
        edges = dataset(self._file, "EXT_TRIGGER/events")
        edges.resize((len(t),))
        edges[:] = records
        if len(t) > 0:
            index.add(records["t"], first=0)
        index.close()

    def _put(self, columns: Columns) -> None:
        chunk = _core.ecf_encode(*columns)
        self._index.add(columns[0], first=self._count)
        start, self._count = self._count, self._count + len(columns[0])
        self._events.resize((self._count,))
        self._events.id.write_direct_chunk((start,), chunk)


def _begun(file: "File", plan: Plan) -> "Dataset":
    """The attributes of a new file and its empty data sets, in the vendor's types."""
    width, height = plan.sensor_size
    for key, value in plan.header:
        if key not in _DECODING_KEYS:
            _keep(file, key, value)
    file.attrs["version"] = "1.0"
    file.attrs["geometry"] = f"{width}x{height}"
    growing_dataset(file, "EXT_TRIGGER/events", _TRIGGER, chunk=_CHUNK_RECORDS)
    return growing_dataset(file, "CD/events", _EVENT, chunk=_CHUNK_EVENTS, filter_number=_ECF)


def _keep(file: "File", key: str, value: str) -> None:
    try:
        file.attrs[key] = value
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise ParameterError(
            f"`header` must hold what HDF5 keeps as an attribute, got {key!r}: {value!r} ({error})"
        ) from error


CONTAINER = Container(
    format=Format(
        name="ecf",
        title="Prophesee HDF5 with the ECF codec",
        extensions=(".hdf5", ".h5"),
        max_size=(_MOST_SIDE, _MOST_SIDE),
        origin="upper-left",
        holds=("triggers",),
        trigger_inputs=_MOST_INPUT + 1,
    ),
    recognises=_recognises,
    opened=_opened,
    writer=_Writer,
)
