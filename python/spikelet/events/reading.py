"""Whole recordings in memory: `read` with promises, `read_raw` with none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import cast, final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import SpikeletError
from spikelet.events.beside import Beside, HasBeside, beside_of
from spikelet.events.columns import MOST_PIXELS, Columns, Origin, SensorSize, digest, taken
from spikelet.events.door import (
    Backward,
    Source,
    checked_backward,
    cleaned,
    opened,
    refuse_without_changes,
    tail_trouble,
    through,
    trouble,
    unknown_size,
)
from spikelet.events.numbers import checked_threads
from spikelet.events.report import Report, passes_strictly, report_of
from spikelet.events.slicing import TimeSlice
from spikelet.events.streaming import EventStream
from spikelet.events.type import Events

# Events looked at together where a part of them is kept: 3.4 MB of columns.
_EVENTS_AT_ONCE = 1 << 18


_FLAT = np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?"), ("is_exposure", "?")])


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RawEvents(HasBeside):
    """What a recording stores, in its order, with no promise about time or bounds.

    What stands beside the events has the names of `Beside`.

    Args:
        t: `[n]` times in microseconds, wraps of the counter undone.
        x: `[n]` columns of the sensor as stored.
        y: `[n]` rows of the sensor as stored.
        p: `[n]` polarities; true is brighter.
        sensor_size: width and height in pixels, None where nobody says.
        origin: the corner where x = y = 0.
        format: name of the file's format.
        metadata: the header by key.
        report: what the decoder met and skipped.
    """

    t: NDArray[np.int64]
    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    p: NDArray[np.bool_]
    sensor_size: SensorSize | None
    origin: Origin
    format: str
    metadata: Mapping[str, str]
    report: Report

    def __len__(self) -> int:
        return len(self.t)

    @property
    def beside(self) -> Beside:
        """Everything beside the events, as `write` takes it."""
        return Beside(**self.kinds())

    def flat(self) -> NDArray[np.void]:
        """`[n]` records `t x y p is_exposure`: events of change and of exposure in the order of the file.

        Where `is_exposure`, `p` says whether the second threshold was crossed.
        """
        of_exposure = np.zeros(len(self) + len(self.exposures), np.bool_)
        of_exposure[self.exposures.index] = True
        records = np.zeros(len(of_exposure), _FLAT)
        records["is_exposure"] = of_exposure
        for name in ("t", "x", "y", "p"):
            records[name][~of_exposure] = getattr(self, name)
            records[name][of_exposure] = getattr(self.exposures, "is_second" if name == "p" else name)
        return records

    def digest(self) -> str:
        """Checksum that does not depend on the file format: sha256 over 13-byte records, little endian."""
        return digest((self.t, self.x, self.y, self.p))


def read(  # noqa: PLR0913 -- one keyword for each thing that a caller may know or want
    path: str | PathLike[str],
    *,
    format: str | None = None,
    sensor_size: SensorSize | None = None,
    chip: str | None = None,
    order: str | None = None,
    stream: int | None = None,
    keep_invalid: bool = False,
    lenient: bool = False,
    backward: Backward = "sort",
    start_us: int | None = None,
    stop_us: int | None = None,
    threads: int = 1,
) -> Events:
    """The events of a recording, sorted and on the sensor, or an error that says where they are not.

    Such an error carries in `error.events` what `lenient=True` would have returned. A slice of time is what
    `between` would cut out of the whole, in the memory of the slice; where times only grow, the file is read
    up to the first event behind it, and what follows is not looked at. Nor is, unless `lenient`, what lies
    before it by an index in the file, as DSEC and Prophesee HDF5 have one; `report.passed_over` counts it.

    Args:
        path: the recording.
        format: name of its format; recognised where None.
        sensor_size: width and height in pixels; needed where the file does not hold them.
        chip: name of the chip, where the format needs it and the file does not name it.
        order: columns of a text, as in `"t x y p"`; by its names or numbers where None.
        stream: number of the stream or source of the events, where a file holds several; its lowest or first
            where None.
        keep_invalid: take also the events that the camera's software marked invalid.
        lenient: drop what is out of bounds, deal with backward steps as told, ignore a cut end, take
            an unknown sensor size from the largest coordinates, and count it all in `events.report`.
        backward: `"sort"` all stably by time, `"drop"` what is behind the latest time, or `"keep"` it.
        start_us: first time taken, in microseconds as in `t`; from the beginning where None.
        stop_us: first time no longer taken; to the end where None.
        threads: at most so many decode a whole recording, which changes nothing but the time it takes.
    Raises:
        OSError: the file cannot be opened or read.
        FormatError: the content is of no format that is known, or of another.
        BoundsError: an event lies outside the sensor.
        OrderError: a timestamp goes backwards.
        TruncatedError: the file ends inside a word.
        ParameterError: the sensor size is unknown, or an argument is outside its rule.
    """
    checked_backward(backward)
    workers = checked_threads(threads)
    is_whole = start_us is None and stop_us is None
    part = None if is_whole else TimeSlice(start_us=start_us, stop_us=stop_us)

    def reopened() -> Source:
        return opened(
            path,
            format=format,
            sensor_size=sensor_size,
            chip=chip,
            order=order,
            stream=stream,
            keep_invalid=keep_invalid,
        )

    source = reopened()
    refuse_without_changes(source)
    size = source.reader.sensor_size
    if size is None and not lenient:
        raise unknown_size(source, advice=" or `lenient=True` to take the largest coordinates")
    if part is None:
        columns = source.reader.read_rest(threads=workers)
        met = source.reader.report()
        if size is not None and passes_strictly(met):
            return through(source, columns, size=size, report=met)
        report = report_of(met)
        found = _let_through(source, columns, report, backward=backward)
        if not lenient:
            _refuse_trouble(source, columns, report, found=found)
        return found
    if lenient:
        return _sliced(source, part, backward=backward)
    return _sliced_strictly(source, part, backward=backward, reopened=reopened)


def read_raw(
    path: str | PathLike[str],
    *,
    format: str | None = None,
    sensor_size: SensorSize | None = None,
    chip: str | None = None,
    order: str | None = None,
    stream: int | None = None,
    keep_invalid: bool = False,
    threads: int = 1,
) -> RawEvents:
    """Everything that the decoder finds, as stored: unsorted and out of bounds where the file is.

    Args:
        path: the recording.
        format: name of its format; recognised where None.
        sensor_size: width and height in pixels, against which `report.out_of_bounds` counts.
        chip: name of the chip, where the format needs it and the file does not name it.
        order: columns of a text, as in `"t x y p"`; by its names or numbers where None.
        stream: number of the stream or source of the events, where a file holds several; its lowest or first
            where None.
        keep_invalid: take also the events that the camera's software marked invalid.
        threads: at most so many decode it, which changes nothing but the time it takes.
    Raises:
        OSError: the file cannot be opened or read.
        FormatError: the content is of another format, or of none that is known.
        ParameterError: an argument is outside its rule.
    """
    workers = checked_threads(threads)
    source = opened(
        path,
        format=format,
        sensor_size=sensor_size,
        chip=chip,
        order=order,
        stream=stream,
        keep_invalid=keep_invalid,
    )
    t, x, y, p = source.reader.read_rest(threads=workers)
    return RawEvents(
        t=t,
        x=x,
        y=y,
        p=p,
        sensor_size=source.reader.sensor_size,
        origin=source.origin,
        format=source.reader.format,
        metadata=source.metadata,
        report=source.report(),
        **beside_of(source.reader).kinds(),
    )


def _sliced_strictly(
    source: Source, part: TimeSlice, *, backward: Backward, reopened: Callable[[], Source]
) -> Events:
    size = cast("SensorSize", source.reader.sensor_size)
    try:
        stream = EventStream(
            source, size=size, chunk=_EVENTS_AT_ONCE, lenient=False, backward="drop", part=part
        )
        return _joined(source, stream)
    except SpikeletError as error:
        # A pipe cannot be read a second time.
        if Path(source.path).is_file():
            vars(error)["events"] = _sliced(reopened(), part, backward=backward)
        raise


def _joined(source: Source, stream: EventStream) -> Events:
    growing = _core.Growing()
    for chunk in stream:
        growing.add(chunk.t, chunk.x, chunk.y, chunk.p)
    columns = growing.done()
    size, report = _with_size(source, columns, stream.report)
    return through(source, columns, size=size, report=report)


def _sliced(source: Source, part: TimeSlice, *, backward: Backward) -> Events:
    if backward == "drop":
        # What lies behind the latest time depends on events outside the slice, which a stream keeps track of.
        size = source.reader.sensor_size or (MOST_PIXELS, MOST_PIXELS)
        stream = EventStream(
            source, size=size, chunk=_EVENTS_AT_ONCE, lenient=True, backward=backward, part=part
        )
        return _joined(source, stream)
    growing = _core.Growing()
    outside = 0
    while (columns := source.reader.read_chunk(_EVENTS_AT_ONCE)) is not None:
        inside = part.mask(columns[0])
        growing.add(*taken(columns, inside))
        outside += len(inside) - int(np.count_nonzero(inside))
    met = replace(source.report(), outside_slice=outside)
    return _let_through(source, growing.done(), met, backward=backward)


def _let_through(source: Source, columns: Columns, met: Report, *, backward: Backward) -> Events:
    size, report = _with_size(source, columns, met)
    columns, report = cleaned(columns, report, size=size, backward=backward)
    return through(source, columns, size=size, report=report)


def _with_size(source: Source, columns: Columns, report: Report) -> tuple[SensorSize, Report]:
    size = source.reader.sensor_size
    if size is not None:
        return size, report
    return _largest(columns), replace(report, sensor_size_from="largest coordinates")


def _refuse_trouble(source: Source, columns: Columns, met: Report, *, found: Events) -> None:
    error = trouble(source, met, columns) or tail_trouble(source, met)
    if error is not None:
        vars(error)["events"] = found
        raise error


def _largest(columns: Columns) -> SensorSize:
    if len(columns[0]) == 0:
        return 1, 1
    return int(columns[1].max()) + 1, int(columns[2].max()) + 1
