"""Whether a recording is sound, and whether two hold the same events."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from os import PathLike
from typing import final

import numpy as np

from spikelet.events.columns import Columns, SensorSize, taken
from spikelet.events.container import Asked
from spikelet.events.door import Source, opened, unknown_size
from spikelet.events.information import Event, Info, info
from spikelet.events.report import Progress

_EVENTS_AT_ONCE = 1 << 18
# What a sound recording has none of, by its name in the report.
_FAULTS = {
    "out_of_bounds": "events outside the sensor",
    "backward_steps": "steps back in time",
    "dropped_before_time": "events before the first time",
    "reserved_words": "words that the format does not define",
    "bad_packets": "packets that break their format's rules",
    "bad_lines": "lines that hold no event and should",
    "missing_events": "events that the file declares and does not hold",
    "missing_bytes": "bytes that the header announces, missing",
    "tail_bytes": "bytes after the last whole word or record",
}
_FIRST_EVENT = {"out_of_bounds": "first_out_of_bounds", "backward_steps": "first_backward"}
_FIRST_BYTE = {
    "out_of_bounds": "first_out_of_bounds_byte",
    "backward_steps": "first_backward_byte",
    "bad_packets": "first_bad_byte",
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a recording.

    Args:
        name: what, as `Report` calls it.
        count: how often.
        event: index of the first event with it, None where it is not an event or not known.
        byte: place of the first in the file, None where it is not known.
    """

    name: str
    count: int
    event: int | None
    byte: int | None

    def __str__(self) -> str:
        place = "" if self.byte is None else f", first at byte {self.byte}"
        if self.event is not None:
            place = f", first at event {self.event} (byte {self.byte})"
        return f"{_FAULTS[self.name]}: {self.count}{place}"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where another recording parts from the one that was verified; true where it does.

    Args:
        path: the other recording.
        events: how many it holds.
        time_offset_us: microseconds that its times were expected to be earlier.
        event: index of the first event that differs or that one of them lacks, None where all are the same.
        here: that event in the verified recording as (t, x, y, p), None where it ends before.
        there: the same place of the other, put right by the expected offset and corner.
    """

    path: str
    events: int
    time_offset_us: int
    event: int | None
    here: Event | None
    there: Event | None

    def __bool__(self) -> bool:
        return self.event is not None

    def __str__(self) -> str:
        if self.event is None:
            return f"{self.path} holds the same {self.events} events"
        here, there = (
            "no event" if event is None else "t {} us, x {}, y {}, p {}".format(*event)
            for event in (self.here, self.there)
        )
        return f"{self.path} differs from event {self.event} on: {there} instead of {here}"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What `verify` found; true where all is well, `str` of it is a table.

    Args:
        info: what the recording holds.
        faults: what is wrong with it; empty where it is sound.
        difference: how another recording compares, None where there was none to compare with.
    """

    info: Info
    faults: tuple[Fault, ...]
    difference: Difference | None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong: a strict `read` would return every event."""
        return len(self.faults) == 0

    @property
    def is_bounds_checked(self) -> bool:
        """Whether events outside the sensor could be found: its size must be known."""
        return self.info.sensor_size is not None

    def __bool__(self) -> bool:
        return self.is_sound and not self.difference

    def to_dict(self) -> dict[str, object]:
        """Everything by name, fit for JSON."""
        return {
            "is_sound": self.is_sound,
            "is_bounds_checked": self.is_bounds_checked,
            "is_same": None if self.difference is None else not self.difference,
            "faults": [asdict(fault) for fault in self.faults],
            "difference": None if self.difference is None else asdict(self.difference),
            "info": self.info.to_dict(),
        }

    def __str__(self) -> str:
        verdict = "sound" if self.is_sound else "not sound"
        unchecked = "" if self.is_bounds_checked else " (bounds not checked: the sensor size is unknown)"
        lines = [str(self.info), "", f"the recording is {verdict}{unchecked}"]
        lines += [f"  {fault}" for fault in self.faults]
        return "\n".join(lines if self.difference is None else [*lines, str(self.difference)])


def verify(  # noqa: PLR0913 -- one keyword for each thing that a caller may know or want
    path: str | PathLike[str],
    against: str | PathLike[str] | None = None,
    *,
    format: str | None = None,
    sensor_size: SensorSize | None = None,
    chip: str | None = None,
    order: str | None = None,
    stream: int | None = None,
    keep_invalid: bool = False,
    time_offset_us: int = 0,
    progress: Progress | None = None,
) -> Verification:
    """Reads all of a recording and says what is wrong with it, and whether another one holds the same events.

    True where the recording is sound and the other one, if there is one, holds the same events in the same
    order; `y` is compared from one corner.

    Args:
        path: the recording.
        against: another one, of any format, such as what `convert` made of it.
        format: name of the format of `path`.
        sensor_size: width and height in pixels; for both.
        chip: name of the chip, where the format needs it and the file does not name it.
        order: columns of a text at `path`, as in `"t x y p"`; by its names or numbers where None.
        stream: number of the stream or source of the events in `path`, where it holds several; its lowest or
            first where None.
        keep_invalid: take also the events of `path` that the camera's software marked invalid.
        time_offset_us: microseconds that the times of `against` are earlier, as `Converted` says it.
        progress: called after each chunk with the bytes of `path` read so far.
    Raises:
        OSError: a file cannot be opened or read.
        FormatError: the content is of another format, or of none that is known.
        ParameterError: an argument is outside its rule, or `y` counts from different corners of a sensor
            whose size is unknown.
    """
    asked = Asked(
        format=format,
        sensor_size=sensor_size,
        chip=chip,
        order=order,
        stream=stream,
        keep_invalid=keep_invalid,
    )
    found = info(path, **asdict(asked), progress=progress)
    difference = None
    if against is not None:
        here = opened(path, **asdict(asked))
        there = opened(against, sensor_size=sensor_size or found.sensor_size, chip=chip)
        difference = _difference(here, there, time_offset_us=time_offset_us)
    return Verification(info=found, faults=_faults(found), difference=difference)


def _faults(found: Info) -> tuple[Fault, ...]:
    counts = found.report.to_dict()
    faults: list[Fault] = []
    for name in _FAULTS:
        count = counts.get(name, 0)
        if isinstance(count, int) and count > 0:
            event, byte = counts.get(_FIRST_EVENT.get(name, "")), counts.get(_FIRST_BYTE.get(name, ""))
            if name == "tail_bytes":
                byte = found.report.bytes_read - count
            faults.append(Fault(name=name, count=count, event=_place(event), byte=_place(byte)))
    return tuple(faults)


def _place(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _difference(here: Source, there: Source, *, time_offset_us: int) -> Difference:
    height = None
    if here.origin != there.origin:
        if there.reader.sensor_size is None:
            raise unknown_size(there, advice="")
        height = there.reader.sensor_size[1]
    ours = _chunks(here)
    theirs = (_put_right(columns, height, time_offset_us) for columns in _chunks(there))
    index, pair = _first_difference(ours, theirs)
    for rest in (ours, theirs):
        # To the end, so that the count is of the whole file.
        for _ in rest:
            pass
    first_here, first_there = pair
    return Difference(
        path=there.path,
        events=there.report().events,
        time_offset_us=time_offset_us,
        event=index,
        here=first_here,
        there=first_there,
    )


def _chunks(source: Source) -> Iterator[Columns]:
    while (columns := source.reader.read_chunk(_EVENTS_AT_ONCE)) is not None:
        if len(columns[0]) > 0:
            yield columns


def _put_right(columns: Columns, height: int | None, offset: int) -> Columns:
    t, x, y, p = columns
    if height is not None:
        # Out of bounds rows wrap around, and differ as they should.
        y = np.subtract(height - 1, y, dtype=np.uint16, casting="unsafe")
    return t + offset, x, y, p


def _first_difference(
    ours: Iterator[Columns], theirs: Iterator[Columns]
) -> tuple[int | None, tuple[Event | None, Event | None]]:
    index = 0
    here, there = next(ours, None), next(theirs, None)
    while here is not None and there is not None:
        count = min(len(here[0]), len(there[0]))
        parts = (taken(here, slice(count)), taken(there, slice(count)))
        differs = np.any([a != b for a, b in zip(*parts, strict=True)], axis=0)
        if differs.any():
            first = int(np.argmax(differs))
            return index + first, (_event(here, first), _event(there, first))
        index += count
        here = taken(here, slice(count, None)) if len(here[0]) > count else next(ours, None)
        there = taken(there, slice(count, None)) if len(there[0]) > count else next(theirs, None)
    if here is None and there is None:
        return None, (None, None)
    return index, (_event(here, 0), _event(there, 0))


def _event(columns: Columns | None, index: int) -> Event | None:
    if columns is None:
        return None
    t, x, y, p = (int(column[index]) for column in columns)
    return t, x, y, p
