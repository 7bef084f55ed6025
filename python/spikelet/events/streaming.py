"""Recordings of any length in bounded memory: `stream` hands out `Events` chunk by chunk."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from os import PathLike
from typing import final

import numpy as np

from spikelet.errors import ParameterError
from spikelet.events.beside import Beside, beside_met
from spikelet.events.columns import Columns, Origin, SensorSize, taken
from spikelet.events.container import no_events
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
from spikelet.events.recording import PassesOver
from spikelet.events.report import Report
from spikelet.events.slicing import TimeSlice
from spikelet.events.type import Events


@final
class EventStream:
    """Chunks of a recording in order, each an `Events`; made by `stream`.

    An iterator: each chunk is decoded when it is asked for. `report` counts what was met up to the
    last chunk handed out, and everything once the stream has ended.
    """

    def __init__(
        self,
        source: Source,
        *,
        size: SensorSize,
        chunk: int,
        lenient: bool,
        backward: Backward,
        part: TimeSlice,
    ) -> None:
        self._source = source
        self._size = size
        self._chunk = chunk
        self._backward: Backward = backward
        self._report = source.report()
        self._latest: int | None = None
        self._is_lenient = lenient
        # A strict stream ends where times step back.
        self._is_ordered = not lenient or backward == "drop"
        self._part = part
        self._is_complete = not lenient and part.is_everything
        self._outside = 0
        self._beside: Counter[str] = Counter()
        chunks = self._lenient() if lenient else self._strict()
        self._chunks = chunks if part.is_everything else self._cut(chunks)

    @property
    def format(self) -> str:
        """Name of the file's format."""
        return self._source.reader.format

    @property
    def sensor_size(self) -> SensorSize:
        """Width and height in pixels."""
        return self._size

    @property
    def origin(self) -> Origin:
        """The corner where x = y = 0."""
        return self._source.origin

    @property
    def metadata(self) -> Mapping[str, str]:
        """The file's header by key."""
        return self._source.metadata

    @property
    def is_complete(self) -> bool:
        """Whether every event of the file is handed out, or an error raised."""
        return self._is_complete

    @property
    def triggers(self) -> int:
        """How many edges at the external trigger inputs were met so far."""
        return len(self._source.reader.triggers()[0])

    @property
    def beside(self) -> Mapping[str, int]:
        """How many things `with_beside` has handed out beside the events, by the names of `Beside`."""
        return dict(self._beside)

    @property
    def report(self) -> Report:
        """What was met and left out so far."""
        return replace(self._report, outside_slice=self._outside)

    def __iter__(self) -> Iterator[Events]:
        return self

    def __next__(self) -> Events:
        return next(self._chunks)

    def with_beside(self) -> Iterator[tuple[Events, Beside]]:
        """The chunks that follow, each with what was met beside its events while it was read.

        The last pair holds what came after the last event. What is met lies about where the file has it,
        which need not be the times of the chunk.
        """
        met = beside_met(self._source.reader)
        for part in self:
            yield part, self._handed_out(met())
        yield self._through(no_events()), self._handed_out(met())

    def _handed_out(self, beside: Beside) -> Beside:
        inside = self._part.beside(beside)
        self._beside.update(inside.counts())
        return inside

    def _strict(self) -> Iterator[Events]:
        start = self._passed_over()
        while (columns := self._source.reader.read_chunk(self._chunk)) is not None:
            self._report = self._source.report()
            error = trouble(self._source, self._report, columns, start=start)
            if error is not None:
                yield from self._before_trouble(columns, start=start)
                raise error
            start += len(columns[0])
            yield self._through(columns)
        self._report = self._source.report()
        if (error := tail_trouble(self._source, self._report)) is not None:
            raise error

    def _passed_over(self) -> int:
        reader, start_us = self._source.reader, self._part.start_us
        return (
            reader.pass_over(int(start_us)) if start_us is not None and isinstance(reader, PassesOver) else 0
        )

    def _before_trouble(self, columns: Columns, *, start: int) -> Iterator[Events]:
        report = self._report
        firsts = (report.first_out_of_bounds, report.first_backward, report.events_before_bad_line)
        stop = min(first for first in firsts if first is not None) - start
        if stop > 0:
            yield self._through(taken(columns, slice(stop)))

    def _lenient(self) -> Iterator[Events]:
        while (columns := self._source.reader.read_chunk(self._chunk)) is not None:
            counted = self._counted()
            columns, self._report = cleaned(columns, counted, size=self._size, backward=self._backward)
            if self._backward == "drop":
                columns = self._ahead_of_the_last_chunk(columns)
            if len(columns[0]) > 0:
                self._latest = int(columns[0][-1])
                yield self._through(columns)
        self._report = self._counted()

    def _cut(self, chunks: Iterator[Events]) -> Iterator[Events]:
        """The part of each chunk inside the slice of time; where times only grow, no chunk after its end."""
        for chunk in chunks:
            inside = self._part.cut(chunk)
            self._outside += len(chunk) - len(inside)
            if len(inside) > 0:
                yield inside
            if self._is_ordered and self._part.is_over(chunk):
                self._refuse_missing_packets()
                return

    def _refuse_missing_packets(self) -> None:
        """Raises where a strict stream has met a damaged packet, whose events may belong to the slice."""
        if not self._is_lenient and self._report.bad_packets > 0:
            error = tail_trouble(self._source, self._report)
            if error is not None:
                raise error

    def _counted(self) -> Report:
        """The decoder's counts so far, with what this stream has dropped."""
        return replace(
            self._source.report(),
            dropped_out_of_bounds=self._report.dropped_out_of_bounds,
            dropped_backward=self._report.dropped_backward,
        )

    def _ahead_of_the_last_chunk(self, columns: Columns) -> Columns:
        # The chunk is sorted by now, so what lies behind the chunk before is at its beginning.
        behind = 0 if self._latest is None else int(np.searchsorted(columns[0], self._latest))
        dropped = self._report.dropped_backward + behind
        self._report = replace(self._report, dropped_backward=dropped)
        return taken(columns, slice(behind, None))

    def _through(self, columns: Columns) -> Events:
        return through(self._source, columns, size=self._size, report=self._report)


def stream(  # noqa: PLR0913 -- one keyword for each thing that a caller may know or want
    path: str | PathLike[str],
    *,
    chunk: int = 65_536,
    format: str | None = None,
    sensor_size: SensorSize | None = None,
    chip: str | None = None,
    order: str | None = None,
    stream: int | None = None,
    keep_invalid: bool = False,
    lenient: bool = False,
    backward: Backward = "drop",
    start_us: int | None = None,
    stop_us: int | None = None,
    threads: int = 1,
) -> EventStream:
    """A recording in chunks of `chunk` events, in memory that does not grow with the file.

    A strict stream hands out every event before the first bad one, then raises as `read` does. Where times
    only grow, a stream ends at the first event behind its slice of time, and what follows is not looked
    at; nor is, in a strict one, what lies before the slice by an index in the file.

    Args:
        path: the recording.
        chunk: events per chunk; the last has fewer, and so have those a lenient reading dropped from.
        format: name of its format; recognised where None.
        sensor_size: width and height in pixels; needed where the file does not hold them.
        chip: name of the chip, where the format needs it and the file does not name it.
        order: columns of a text, as in `"t x y p"`; by its names or numbers where None.
        stream: number of the stream or source of the events, where a file holds several; its lowest or first
            where None.
        keep_invalid: take also the events that the camera's software marked invalid.
        lenient: drop and count what is out of bounds, deal with backward steps as told, count a cut end.
        backward: `"drop"` events behind the latest time, or `"keep"` them, unsorted.
        start_us: first time taken, in microseconds as in `t`; from the beginning where None.
        stop_us: first time no longer taken; to the end where None.
        threads: at most so many work, which changes nothing but the time it takes: one reads the file ahead
            of the other, and chunks of HDF5 are unpacked by all.
    Raises:
        OSError: the file cannot be opened or read.
        FormatError: the content is of another format, or of none that is known.
        ParameterError: the sensor size is unknown, or an argument is outside its rule.
    """
    if isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1:  # pyright: ignore[reportUnnecessaryIsInstance]: users pass other things
        raise ParameterError(f"`chunk` must be a whole number of events above 0, got {chunk!r}")
    if checked_backward(backward) == "sort":
        raise ParameterError(
            '`backward` must be "drop" or "keep" in a stream, got "sort"; '
            "sorting needs the whole recording, which `read` takes in"
        )
    workers = checked_threads(threads)
    part = TimeSlice(start_us=start_us, stop_us=stop_us)
    source = opened(
        path,
        format=format,
        sensor_size=sensor_size,
        chip=chip,
        order=order,
        stream=stream,
        keep_invalid=keep_invalid,
    )
    refuse_without_changes(source)
    if source.reader.sensor_size is None:
        raise unknown_size(source, advice="")
    source.reader.use_threads(workers)
    size = source.reader.sensor_size
    return EventStream(source, size=size, chunk=chunk, lenient=lenient, backward=backward, part=part)
