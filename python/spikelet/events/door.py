"""The door between a decoder, which keeps everything, and `Events`, which promises order and bounds."""

from dataclasses import dataclass, replace
from os import PathLike, fspath
from typing import Literal, cast, final, get_args

from spikelet import _core
from spikelet.errors import (
    BoundsError,
    FormatError,
    OrderError,
    ParameterError,
    SpikeletError,
    TruncatedError,
)
from spikelet.events.columns import Columns, Origin, SensorSize, checked_size
from spikelet.events.container import Asked
from spikelet.events.containers import container_named, reader_given, reader_recognised
from spikelet.events.formats import checked_format, formats
from spikelet.events.recording import Reader
from spikelet.events.report import Met, Report, passes_strictly, report_of
from spikelet.events.type import Events, adopted

Backward = Literal["keep", "sort", "drop"]
_BACKWARD: tuple[Backward, ...] = get_args(Backward)
_COMPILED = tuple(entry["name"] for entry in _core.formats())


# Not frozen, which would take a microsecond more to make; nobody changes it.
@final
@dataclass(slots=True)
class Source:
    """An opened recording and what its beginning says."""

    path: str
    reader: Reader

    @property
    def origin(self) -> Origin:
        """The corner where x = y = 0."""
        return self.reader.origin

    @property
    def metadata(self) -> dict[str, str]:
        """The header by key; of a repeated key the last value."""
        return dict(self.reader.header)

    def report(self) -> Report:
        """What the decoder has met so far."""
        return report_of(self.reader.report())


def opened(
    path: str | PathLike[str],
    *,
    format: str | None = None,
    sensor_size: SensorSize | None = None,
    chip: str | None = None,
    order: str | None = None,
    stream: int | None = None,
    keep_invalid: bool = False,
) -> Source:
    """The recording at `path`, its header read; the arguments are those of `read`."""
    place = fspath(path)
    size = None if sensor_size is None else checked_size(sensor_size)
    refusal: FormatError | None = None
    reader: Reader | None = None
    if format is None or format in _COMPILED or container_named(checked_format(format)) is None:
        try:
            reader = _core.RawReader(
                place,
                format=format,
                sensor_size=size,
                chip=chip,
                order=order,
                stream=stream,
                keep_invalid=keep_invalid,
            )
        except FormatError as error:
            # Its traceback would tie this frame to itself, and with it all that the callers' frames hold.
            refusal = error.with_traceback(None)
    if reader is None:
        asked = Asked(
            format=format,
            sensor_size=size,
            chip=chip,
            order=order,
            stream=stream,
            keep_invalid=keep_invalid,
        )
        reader = _contained(place, asked, refusal=refusal)
    if order is not None or stream is not None:
        _refuse_unused(place, reader, order=order, stream=stream)
    return Source(place, reader)


def _contained(path: str, asked: Asked, *, refusal: FormatError | None) -> Reader:
    """The container's reader; `refusal` is what the compiled one said, where it was asked."""
    if refusal is None:
        return reader_given(path, asked)
    # Asked second, for most files are native and one look at the beginning is enough for them.
    reader = reader_recognised(path, asked) if asked.format is None else None
    if reader is None:
        raise _with_all_formats(refusal)
    return reader


def _with_all_formats(refusal: FormatError) -> FormatError:
    """The same refusal; where it lists the formats of the compiled core, the others stand behind them."""
    names = [entry.name for entry in formats()]
    compiled = ", ".join(_COMPILED)
    told = str(refusal).replace(f"({compiled})", f"({', '.join(names)})")
    return refusal if told == str(refusal) else FormatError(told)


def _refuse_unused(path: str, reader: Reader, *, order: str | None, stream: int | None) -> None:
    if order is not None and "order" not in dict(reader.header):
        raise ParameterError(
            f"{path}: `order` must be left out for {reader.format}, which is no text, got {order!r}"
        )
    if stream is not None and not isinstance(reader, _core.RawReader):
        raise ParameterError(
            f"{path}: `stream` must be left out for {reader.format}, which holds one, got {stream!r}"
        )


def checked_backward(backward: object) -> Backward:
    """`backward` where it is one of the three words."""
    for word in _BACKWARD:
        if backward == word:
            return word
    raise ParameterError(f'`backward` must be "keep", "sort" or "drop", got {backward!r}')


def unknown_size(source: Source, *, advice: str) -> ParameterError:
    """The refusal of a recording that does not say how large its sensor is."""
    return ParameterError(
        f"{source.path}: `sensor_size` must be given, for this {source.reader.format} file does not hold it; "
        f"pass for example `sensor_size=(128, 128)`{advice}"
    )


def refuse_without_changes(source: Source) -> None:
    """Raises for recordings whose items are no changes of brightness.

    Raises:
        FormatError: it is an Event Stream of colours or of payloads.
    """
    if source.reader.format != "es":
        return
    beside = {"color": "colors", "generic": "payloads"}.get(source.metadata.get("type", ""))
    if beside is not None:
        raise FormatError(
            f"{source.path}: events must have a polarity, got an Event Stream of {beside}; "
            f"`read_raw` gives them as `{beside}`"
        )


def trouble(source: Source, report: Report, columns: Columns, *, start: int = 0) -> SpikeletError | None:
    """What a strict reader raises for `columns`, event `start` of the file and on, or None.

    The place that comes first in the columns speaks; a tail of the file comes last. `report` is what the
    reader has met up to their end.
    """
    if passes_strictly(vars(report)):
        return None
    outside = _index_within(report.first_out_of_bounds, columns, start=start)
    backward = _index_within(report.first_backward, columns, start=start)
    firsts = [index for index in (outside, backward) if index is not None]
    bad = report.events_before_bad_line
    if bad is not None and bad - start <= min(firsts, default=len(columns[0])):
        return _bad_line(source, report)
    if outside is not None and (backward is None or outside <= backward):
        return _out_of_bounds(source, report, columns, outside)
    if backward is not None:
        return _backward(source, report, columns, backward)
    return None


def _index_within(index: int | None, columns: Columns, *, start: int) -> int | None:
    return index - start if index is not None and index - start < len(columns[0]) else None


def _bad_line(source: Source, report: Report) -> FormatError:
    return FormatError(
        f"{source.path}: line {report.first_bad_line} must hold {source.metadata.get('order')} as numbers, "
        f"got another row (bad lines: {report.bad_lines}); pass `lenient=True` to leave them out, or `order`"
    )


def _out_of_bounds(source: Source, report: Report, columns: Columns, index: int) -> BoundsError:
    width, height = cast("SensorSize", source.reader.sensor_size)
    return BoundsError(
        f"{source.path}: event {report.first_out_of_bounds}{_at(report.first_out_of_bounds_byte)} "
        f"must lie on the sensor of {width}x{height} pixels, got x = {columns[1][index]}, "
        f"y = {columns[2][index]} (events outside: {report.out_of_bounds}); "
        "pass `lenient=True` to drop and count them"
    )


def _backward(source: Source, report: Report, columns: Columns, index: int) -> OrderError:
    before = f" after {columns[0][index - 1]}" if index > 0 else ""
    return OrderError(
        f"{source.path}: event {report.first_backward}{_at(report.first_backward_byte)} "
        f"must not be earlier than the one before, got t = {columns[0][index]}{before} "
        f"(steps back: {report.backward_steps}); "
        'pass `lenient=True` with `backward="drop"` or "keep", or `read` with "sort"'
    )


def _at(byte: int | None) -> str:
    # Events of a container stand at no byte of their own.
    return "" if byte is None else f" (byte {byte})"


def tail_trouble(source: Source, report: Report) -> FormatError | None:
    """What a strict reader raises at the end of a file that has damaged parts or stops too early, or None."""
    if report.bad_lines > 0:
        return _bad_line(source, report)
    if report.missing_events > 0:
        return TruncatedError(
            f"{source.path}: the file must hold the {report.events + report.missing_events} events that it "
            f"declares, got {report.events}; pass `lenient=True` to keep these"
        )
    if report.bad_packets > 0:
        return FormatError(
            f"{source.path}: packets must follow the rules of {source.reader.format}, got one that does not"
            f"{_at(report.first_bad_byte)} (bad packets: {report.bad_packets}); "
            f"pass `lenient=True` to keep the {report.events} events of the others"
        )
    if report.missing_bytes > 0:
        return TruncatedError(
            f"{source.path}: the file must go on after its header, got its end at byte {report.bytes_read} "
            f"(bytes missing before the first event: {report.missing_bytes}); "
            "pass `lenient=True` to take it for an empty recording"
        )
    if report.tail_bytes == 0:
        return None
    return TruncatedError(
        f"{source.path}: the file must end after a whole word or record, got a part of one at "
        f"byte {report.bytes_read - report.tail_bytes} (bytes left over: {report.tail_bytes}); "
        f"pass `lenient=True` to keep the {report.events} events before it"
    )


def cleaned(
    columns: Columns, report: Report, *, size: SensorSize, backward: Backward
) -> tuple[Columns, Report]:
    """In-bounds columns with backward steps dealt with as told, and the report that counts it."""
    if report.out_of_bounds == 0 and report.backward_steps == 0:
        return columns, report
    t, x, y, p, counts = _core.clean(*columns, *size, backward)
    return (t, x, y, p), replace(
        report,
        dropped_out_of_bounds=report.dropped_out_of_bounds + counts["dropped_out_of_bounds"],
        dropped_backward=report.dropped_backward + counts["dropped_backward"],
        moved_by_sort=report.moved_by_sort + counts["moved_by_sort"],
    )


def through(source: Source, columns: Columns, *, size: SensorSize, report: Report | Met) -> Events:
    """Events over columns that may pass."""
    reader = source.reader
    metadata = dict(reader.header)
    return adopted(columns, sensor_size=size, origin=reader.origin, report=report, metadata=metadata)
