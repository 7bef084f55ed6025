"""Recordings from one format to another, in memory that does not grow with them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from os import PathLike
from typing import final

from spikelet.events.alongside import fitting, left_behind, turned
from spikelet.events.beside import Beside
from spikelet.events.formats import checked_format, format_named, format_to_write, origin_of
from spikelet.events.incremental import EventWriter, writer
from spikelet.events.place import refuse_existing
from spikelet.events.report import Progress, Report
from spikelet.events.streaming import EventStream, stream
from spikelet.events.type import Events

# Formats whose headers are lines of one kind: what one knows, such as the serial number, fits the others.
_LINES_FIT = frozenset({"evt2", "evt21", "evt3"})
# Formats whose recordings may hold more than events, for which a target's header must be ready.
_MIXED = frozenset({"evt2", "evt21", "evt3", "ecf", "aedat2", "aedat3", "aedat4"})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What `convert` carried over, and what it left behind; `str` of it is a text.

    Args:
        format: name of the target's format.
        events: events carried over.
        bytes: size of the target.
        time_offset_us: microseconds lost to the period of the target's time counter; what is read back has
            `t - time_offset_us`.
        is_turned: whether `y` was mirrored, because the formats count it from different corners.
        header_lines: lines of the source's header that the target holds too.
        carried: what stands beside the events in the target too, by the names of `Beside`.
        lost: what the target has no place for, by name: triggers, frame samples, header lines and so on.
        report: what the reading met and left out.
    """

    format: str
    events: int
    bytes: int
    time_offset_us: int
    is_turned: bool
    header_lines: int
    carried: Mapping[str, int]
    lost: Mapping[str, int]
    report: Report

    def to_dict(self) -> dict[str, object]:
        """Everything by name, fit for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [f"{self.events} events written as {self.format} in {self.bytes} bytes"]
        if self.time_offset_us != 0:
            lines.append(f"times are {self.time_offset_us} us earlier, for the format's counter is too short")
        if self.is_turned:
            lines.append("y was mirrored, for the formats count it from different corners")
        lines += [f"{name} carried over: {count}" for name, count in self.carried.items()]
        lines += [f"{name} left behind: {count}" for name, count in self.lost.items()]
        return "\n".join([*lines, *_troubles(self.report)])


def convert(
    source: str | PathLike[str] | EventStream | Events,
    target: str | PathLike[str],
    *,
    format: str | None = None,
    chip: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Converted:
    """Writes the events of one recording into another, which appears when it is whole.

    Where the formats count `y` from different corners it is mirrored, so that the picture stays. Triggers,
    frames, inertial samples and marks go along where the target holds them; the rest is counted in `lost`.

    Args:
        source: the recording, read strictly; to read it in another way, pass what `stream` or `read` gave.
        target: where the events go; its ending says the format where only one is called so.
        format: name of the target's format.
        chip: name of the chip, for targets that store pixels by chip.
        overwrite: whether a file at `target` may be replaced.
        progress: called after each chunk with the bytes of the source read so far.
    Raises:
        OSError: a file cannot be read or written.
        FormatError: the source is of no format that is known.
        BoundsError: an event lies outside the sensor, or outside what the target can hold.
        OrderError: a timestamp goes backwards.
        TruncatedError: the source ends inside a word.
        ParameterError: the target stands already or its format is not clear, or the source's sensor size is
            unknown.
    """
    refuse_existing(target, overwrite=overwrite)
    name = format_to_write(target) if format is None else checked_format(format)
    whole = source if isinstance(source, (EventStream, Events)) else stream(source)
    header = _header_for(name, whole)
    carried: Counter[str] = Counter()
    with writer(
        target,
        sensor_size=whole.sensor_size,
        format=name,
        chip=chip,
        header=header,
        overwrite=overwrite,
        beside=format_named(name).holds if _may_hold_more(whole) else (),
    ) as out:
        for part, beside in _parts(whole):
            out.write(part.with_origin(out.origin), beside=_along(whole, out, beside, carried))
            if progress is not None and len(part) > 0:
                progress(whole.report.bytes_read)
    written = out.written
    return Converted(
        format=written.format,
        events=written.events,
        bytes=written.bytes,
        time_offset_us=written.time_offset_us,
        is_turned=whole.origin != origin_of(name),
        header_lines=len(header),
        carried=dict(carried),
        lost=_lost(whole, header, carried),
        report=whole.report,
    )


def _parts(whole: EventStream | Events) -> Iterable[tuple[Events, Beside]]:
    return whole.with_beside() if isinstance(whole, EventStream) else ((whole, Beside()),)


def _may_hold_more(whole: EventStream | Events) -> bool:
    return isinstance(whole, EventStream) and whole.format in _MIXED


def _along(
    whole: EventStream | Events, out: EventWriter, beside: Beside, carried: Counter[str]
) -> Beside | None:
    """What of `beside` the target holds, counted in `carried`."""
    if not isinstance(whole, EventStream) or not beside.counts():
        return None
    held = fitting(out.format, beside, source=whole.format)
    carried.update(held.counts())
    is_turned = whole.origin != out.origin
    return turned(held, height=whole.sensor_size[1]) if is_turned else held


def _header_for(name: str, whole: EventStream | Events) -> Mapping[str, str]:
    fits = isinstance(whole, EventStream) and {name, whole.format} <= _LINES_FIT
    return whole.metadata if fits else {}


def _lost(
    whole: EventStream | Events, header: Mapping[str, str], carried: Mapping[str, int]
) -> dict[str, int]:
    triggers = whole.triggers if isinstance(whole, EventStream) else 0
    lost = left_behind(whole.report, triggers=triggers, carried=carried)
    lines = len(whole.metadata) - len(header)
    return {**lost, "header lines": lines} if lines > 0 else lost


def _troubles(report: Report) -> list[str]:
    # The first line counts events and bytes of the source, which were said.
    return str(report).splitlines()[1:]
