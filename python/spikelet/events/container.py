"""Recordings inside containers that another library opens, in the shape of the compiled readers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import FormatError
from spikelet.events.columns import Columns, Origin, SensorSize, checked_size, taken
from spikelet.events.recording import Format, RecognisedBy, TriggerColumns, Writer
from spikelet.events.report import Met
from spikelet.events.time_index import TimeIndex

# A declared number of events sets memory aside only as far as the bytes of the file can bear it out.
_MOST_EVENTS_PER_BYTE = 64


# Not frozen, which would take a microsecond more to make; nobody changes it.
@final
@dataclass(slots=True, kw_only=True)
class Asked:
    """What the caller of a reader knows better than the file.

    Args:
        format: name of the format, None where it is to be recognised.
        sensor_size: width and height in pixels, None where the file shall say.
        chip: name of the chip.
        order: columns of a text.
        stream: number of the stream of the events.
        keep_invalid: take also events that were marked invalid.
    Raises:
        ParameterError: `sensor_size` is no size of a sensor.
    """

    format: str | None = None
    sensor_size: SensorSize | None = None
    chip: str | None = None
    order: str | None = None
    stream: int | None = None
    keep_invalid: bool = False

    def __post_init__(self) -> None:
        if self.sensor_size is not None:
            self.sensor_size = checked_size(self.sensor_size)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a writer is told before the first event.

    Args:
        sensor_size: width and height in pixels.
        header: lines as (key, value).
        chip: name of the chip.
        compression: how packets are packed, for formats of packets.
        byte_order: order of the halves of words, for formats that have two.
        beside: kinds of what will stand beside the events.
        threads: how many may encode, for formats where several can.
    """

    sensor_size: SensorSize
    header: list[tuple[str, str]]
    chip: str | None = None
    compression: str = "none"
    byte_order: str = "little"
    beside: tuple[str, ...] = ()
    threads: int = 1


def no_triggers() -> TriggerColumns:
    """Empty columns, for recordings without triggers."""
    return np.empty(0, np.int64), np.empty(0, np.uint8), np.empty(0, np.bool_)


@final
@dataclass(slots=True, kw_only=True)
class Contents:
    """An opened recording of a container format, before its events are read.

    Args:
        pieces: the events in file order, in pieces of any length, each made when it is asked for, perhaps in
            the memory of the piece before.
        events: how many there will be, where the container says so; a hint, never trusted.
        sensor_size: width and height in pixels, None where the file does not say.
        header: lines as (key, value).
        triggers: edges at the external inputs.
        counts: more counts by the names of `Report`; `pieces` may change them as it goes.
        notes: what had to be concluded because the file does not say it.
        threads: how many may make a piece, as whoever reads the pieces says.
        index: where times lie, if the container knows.
    """

    pieces: Iterator[Columns]
    events: int | None = None
    sensor_size: SensorSize | None = None
    header: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    triggers: TriggerColumns = field(default_factory=no_triggers)
    counts: dict[str, int] = field(default_factory=dict[str, int])
    notes: list[str] = field(default_factory=list[str])
    threads: int = 1
    index: TimeIndex | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One format that is a layout inside a container.

    Args:
        format: what `formats` says of it.
        recognises: whether the file at a path is one, given its first 4096 bytes too; None where it is not.
        opened: opens the file at a path.
        writer: starts a file at a path, None where the format is only read.
    """

    format: Format
    recognises: Callable[[str, bytes], Literal["content", "extension"] | None]
    opened: Callable[[str, Asked], Contents]
    writer: Callable[[str, Plan], Writer] | None = None


@final
class ContainerReader:
    """A `Reader` over the contents of a container: chunks of any length, counts of what is wrong."""

    def __init__(self, path: str, container: Container, *, asked: Asked, recognised_by: RecognisedBy) -> None:
        self._bytes = Path(path).stat().st_size
        self._format = container.format
        self._recognised_by: RecognisedBy = recognised_by
        self._contents = container.opened(path, asked)
        self._is_size_given = asked.sensor_size is not None
        self._size = asked.sensor_size or self._contents.sensor_size
        self._audit = _core.Audit(self._size)
        # Taken from the contents, not handed out yet.
        self._waiting: Columns | None = None
        self._passed_over = 0

    @property
    def format(self) -> str:
        """Name of the format."""
        return self._format.name

    @property
    def recognised_by(self) -> RecognisedBy:
        """What told the format."""
        return self._recognised_by

    @property
    def sensor_size(self) -> SensorSize | None:
        """Width and height in pixels, None where nobody says."""
        return self._size

    @property
    def origin(self) -> Origin:
        """The corner where x = y = 0."""
        return self._format.origin

    @property
    def header(self) -> list[tuple[str, str]]:
        """Lines of the header as (key, value), in order."""
        return list(self._contents.header)

    def use_threads(self, threads: int) -> None:
        """From now on at most so many make the pieces."""
        self._contents.threads = threads

    def read_chunk(self, capacity: int) -> Columns | None:
        """The next `capacity` events as stored, fewer at the end, None after it."""
        growing = _core.Growing(min(capacity, self._events_ahead()))
        while len(growing) < capacity and (part := self._next(capacity - len(growing))) is not None:
            self._add(part, growing)
        return growing.done() if len(growing) > 0 else None

    def read_rest(self, *, threads: int = 1) -> Columns:
        """All events that remain."""
        self.use_threads(threads)
        growing = _core.Growing(self._events_ahead())
        while (part := self._next(None)) is not None:
            self._add(part, growing)
        return growing.done()

    def pass_over(self, start_us: int) -> int:
        """Before the first reading: passes over events that are earlier by the container's index; how many.

        0 where it has no index, or one that disagrees with the events it points to, which is noted.
        """
        contents = self._contents
        if contents.index is None:
            return 0
        counts = dict(contents.counts)
        try:
            self._passed_over, contents.pieces = contents.index.pieces_before(start_us)
        except FormatError:
            # Whatever is wrong there, a reading from the beginning meets and tells.
            contents.counts = counts
            contents.notes.append("the file's index of times disagrees with its events and was left aside")
        return self._passed_over

    def triggers(self) -> TriggerColumns:
        """Edges at the external inputs."""
        return self._contents.triggers

    def report(self) -> Met:
        """What was met so far."""
        found: Met = {"bytes_read": self._bytes, **self._audit.report(), **self._contents.counts}
        if not self._is_size_given:
            found["sensor_size_from"] = "file"
        if self._contents.notes:
            found["notes"] = tuple(self._contents.notes)
        if self._passed_over > 0:
            found["passed_over"] = self._passed_over
            for name in ("first_out_of_bounds", "first_backward"):
                if (index := found.get(name)) is not None:
                    found[name] = index + self._passed_over
        return found

    def extremes(self) -> dict[str, int | None]:
        """The least and the largest of what was met so far, by the names of `Info`."""
        return self._audit.extremes()

    def __del__(self) -> None:
        # Pieces know the contents that hold them and keep the file open, which others may want to write to.
        if hasattr(self, "_contents"):
            self._contents.pieces = iter(())

    def _next(self, most: int | None) -> Columns | None:
        """The next events, at most so many, None at the end."""
        columns, self._waiting = self._waiting, None
        while columns is None or len(columns[0]) == 0:
            columns = next(self._contents.pieces, None)
            if columns is None:
                return None
        if most is not None and len(columns[0]) > most:
            self._waiting = taken(columns, slice(most, None))
            columns = taken(columns, slice(most))
        return columns

    def _events_ahead(self) -> int:
        """As many events as the file says that there are, where its bytes can bear that out."""
        return min(self._contents.events or 0, _MOST_EVENTS_PER_BYTE * self._bytes)

    def _add(self, columns: Columns, growing: _core.Growing) -> None:
        t, x, y, p = columns
        growing.add(_in_row(t), _in_row(x), _in_row(y), _in_row(p), audit=self._audit)


def _in_row(column: NDArray[Any]) -> NDArray[Any]:
    """The values one behind the other, each where its type may stand."""
    return np.require(column, requirements=("C", "A"))


def no_events() -> Columns:
    """Empty columns."""
    return _core.Growing().done()


def joined(parts: list[Columns]) -> Columns:
    """Columns one behind the other, at least one of each, in memory of their own."""
    t, x, y, p = zip(*parts, strict=True)
    return np.concatenate(t), np.concatenate(x), np.concatenate(y), np.concatenate(p)
