"""What a recording holds, found in one pass and bounded memory."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from os import PathLike
from typing import final

from spikelet.events.columns import Columns, Digest, Origin, SensorSize
from spikelet.events.door import Source, opened
from spikelet.events.report import Progress, Report

_EVENTS_AT_ONCE = 1 << 18
Event = tuple[int, int, int, int]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What a recording holds; `str` of it is a table.

    Args:
        path: the recording.
        bytes: its size.
        format: name of its format.
        recognised_by: what told the format: `content`, `extension`, or `given`.
        sensor_size: width and height in pixels, None where nobody says.
        origin: the corner where x = y = 0.
        header: lines of the header as (key, value), in order.
        events: how many.
        first: first event as (t, x, y, p), None where there are none.
        last: last event as (t, x, y, p).
        t_min: earliest time in microseconds.
        t_max: latest time in microseconds.
        x_max: largest column.
        y_max: largest row.
        on: events that became brighter.
        off: events that became darker.
        triggers: edges at the external trigger inputs.
        digest: checksum that does not depend on the format: sha256 over 13-byte records.
        report: what the decoder met and skipped.
    """

    path: str
    bytes: int
    format: str
    recognised_by: str
    sensor_size: SensorSize | None
    origin: Origin
    header: tuple[tuple[str, str], ...]
    events: int
    first: Event | None
    last: Event | None
    t_min: int | None
    t_max: int | None
    x_max: int | None
    y_max: int | None
    on: int
    off: int
    triggers: int
    digest: str
    report: Report

    @property
    def duration_us(self) -> int:
        """Microseconds from the earliest event to the latest; 0 where there are none."""
        return 0 if self.t_min is None or self.t_max is None else self.t_max - self.t_min

    @property
    def rate_hz(self) -> float | None:
        """Events per second, None where no time passes."""
        return self.events * 1e6 / self.duration_us if self.duration_us > 0 else None

    def to_dict(self) -> dict[str, object]:
        """Everything by name, fit for JSON; the counts of `report` stand under `report`."""
        return {**asdict(self), "duration_us": self.duration_us, "rate_hz": self.rate_hz}

    def __str__(self) -> str:
        rows = [*_rows_about_file(self), *_rows_about_events(self), *_rows_about_trouble(self)]
        # A line of a header that names nothing may be long, and stands alone.
        width = max(len(name) for name, value in rows if value != "")
        return "\n".join(f"{name:<{width}}  {value}".rstrip() for name, value in rows)


def info(
    path: str | PathLike[str],
    *,
    format: str | None = None,
    sensor_size: SensorSize | None = None,
    chip: str | None = None,
    progress: Progress | None = None,
    order: str | None = None,
    stream: int | None = None,
    keep_invalid: bool = False,
) -> Info:
    """What a recording holds, bad events included.

    Args:
        path: the recording.
        format: name of its format; recognised where None.
        sensor_size: width and height in pixels, against which events out of bounds are counted.
        chip: name of the chip, where the format needs it and the file does not name it.
        progress: called after each chunk with the bytes of the file read so far.
        order: columns of a text, as in `"t x y p"`; by its names or numbers where None.
        stream: number of the stream or source of the events, where a file holds several; its lowest or first
            where None.
        keep_invalid: take also the events that the camera's software marked invalid.
    Raises:
        OSError: the file cannot be opened or read.
        FormatError: the content is of another format, or of none that is known.
        ParameterError: an argument is outside its rule.
    """
    source = opened(
        path,
        format=format,
        sensor_size=sensor_size,
        chip=chip,
        order=order,
        stream=stream,
        keep_invalid=keep_invalid,
    )
    running = Digest()
    first: Event | None = None
    last: Event | None = None
    while (columns := source.reader.read_chunk(_EVENTS_AT_ONCE)) is not None:
        running.update(columns)
        if len(columns[0]) > 0:
            first = first or _event(columns, 0)
            last = _event(columns, -1)
        if progress is not None:
            progress(source.report().bytes_read)
    return _gathered(source, first=first, last=last, digest=running.hexdigest())


def _gathered(source: Source, *, first: Event | None, last: Event | None, digest: str) -> Info:
    reader, extremes, report = source.reader, source.reader.extremes(), source.report()
    on = extremes["on"] or 0
    return Info(
        path=source.path,
        bytes=report.bytes_read,
        format=reader.format,
        recognised_by=reader.recognised_by,
        sensor_size=reader.sensor_size,
        origin=source.origin,
        header=tuple(reader.header),
        events=report.events,
        first=first,
        last=last,
        t_min=extremes["t_min"],
        t_max=extremes["t_max"],
        x_max=extremes["x_max"],
        y_max=extremes["y_max"],
        on=on,
        off=report.events - on,
        triggers=len(reader.triggers()[0]),
        digest=digest,
        report=report,
    )


def _event(columns: Columns, index: int) -> Event:
    t, x, y, p = (int(column[index]) for column in columns)
    return t, x, y, p


Rows = list[tuple[str, object]]
# Headers may be hundreds of kilobytes of preferences; a table shows what fits a screen.
_MOST_HEADER_ROWS = 24
_MOST_HEADER_WIDTH = 80


def _rows_about_file(info: Info) -> Rows:
    told = "as given" if info.recognised_by == "given" else f"by {info.recognised_by}"
    size = "unknown" if info.sensor_size is None else "{} x {} pixels".format(*info.sensor_size)
    rows: Rows = [
        ("file", info.path),
        ("bytes", info.bytes),
        ("format", f"{info.format} ({told})"),
        ("sensor", f"{size}, origin {info.origin}"),
    ]
    for key, value in info.header[:_MOST_HEADER_ROWS]:
        rows.append((f"  {key}"[:_MOST_HEADER_WIDTH], value[:_MOST_HEADER_WIDTH]))
    if len(info.header) > _MOST_HEADER_ROWS:
        rows.append(
            ("  ...", f"{len(info.header) - _MOST_HEADER_ROWS} more header lines, all of them in `--json`")
        )
    return rows


def _rows_about_events(info: Info) -> Rows:
    rows: Rows = [("events", info.events)]
    if info.first is not None and info.last is not None:
        rows += [
            ("on, off", f"{info.on}, {info.off}"),
            ("first", "t {} us, x {}, y {}, p {}".format(*info.first)),
            ("last", "t {} us, x {}, y {}, p {}".format(*info.last)),
            ("largest", f"x {info.x_max}, y {info.y_max}"),
            ("duration", f"{info.duration_us / 1e6:.6f} s"),
        ]
    if info.rate_hz is not None:
        rows.append(("mean rate", f"{info.rate_hz:.1f} events per second"))
    return [*rows, ("triggers", info.triggers), ("digest", info.digest)]


def _rows_about_trouble(info: Info) -> Rows:
    report = info.report
    outside = "not counted, the sensor size is unknown" if info.sensor_size is None else report.out_of_bounds
    rows: Rows = [
        ("out of bounds", outside),
        ("backward steps", report.backward_steps),
        ("before time", report.dropped_before_time),
        ("tail bytes", report.tail_bytes),
    ]
    rest: Mapping[str, int] = {
        "missing bytes": report.missing_bytes,
        "time wraps": report.time_wraps,
        "overflow records": report.overflow_records,
        "special events": report.special_events,
        "frames": report.frames,
        "grey-level samples": report.aps_samples,
        "inertial samples": report.imu_samples,
        "vendor words": report.skipped_words,
        "reserved words": report.reserved_words,
        "bad packets": report.bad_packets,
        "exposure events": report.exposure_events,
        "payloads": report.payloads,
        "bad lines": report.bad_lines,
        "missing events": report.missing_events,
        "invalid events": report.invalid_events,
        "skipped packets": report.skipped_packets,
        "other streams": report.other_streams,
        "time resets": report.time_resets,
    }
    rows += [(name, count) for name, count in rest.items() if count > 0]
    return rows + [("note", note) for note in report.notes]
