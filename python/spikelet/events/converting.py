"""Recordings from one format to another, in memory that does not grow with them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from os import PathLike, fspath
from typing import final

from spikelet.events.alongside import WORDS, fitting, left_behind
from spikelet.events.beside import Beside
from spikelet.events.columns import SensorSize
from spikelet.events.formats import checked_format, format_named, format_to_write
from spikelet.events.incremental import writer
from spikelet.events.moved import of_pixels, placed, turned
from spikelet.events.place import refuse_existing
from spikelet.events.report import Progress, Report
from spikelet.events.streaming import EventStream, stream
from spikelet.events.type import Events

# Formats with headers of lines, those together whose lines say the same: the serial number fits the others.
_HEADERS = ({"evt2", "evt21", "evt3"}, {"dat"}, {"aedat1"}, {"aedat2"}, {"aedat3"})
# What stands beside events as the report counts it.
_BESIDE = ("special_events", "frames", "aps_samples", "imu_samples", "exposure_events", "payloads")
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
        lines += [f"{WORDS[kind]} carried over: {count}" for kind, count in self.carried.items()]
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
    threads: int = 1,
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
        threads: at most so many encode, which changes nothing but the time it takes.
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
    whole = source if isinstance(source, (EventStream, Events)) else stream(source)
    place = Target(path=fspath(target), format=format, chip=chip, overwrite=overwrite, threads=threads)
    return rewritten(whole, parts_of(whole, progress=progress), place, is_whole=True)


Parts = Iterable[tuple[Events, Beside]]
"""Events in order of time, and what stands beside them."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a recording is written, and as what; as for `convert`."""

    path: str
    format: str | None
    chip: str | None
    overwrite: bool
    threads: int = 1


def parts_of(whole: EventStream | Events, *, progress: Progress | None = None) -> Parts:
    """All of a recording, told to the one who shows how far it is."""
    if isinstance(whole, Events):
        yield whole, Beside()
        return
    for part, beside in whole.with_beside():
        yield part, beside
        if progress is not None and len(part) > 0:
            progress(whole.report.bytes_read)


def rewritten(
    whole: EventStream | Events,
    parts: Parts,
    target: Target,
    *,
    sensor_size: SensorSize | None = None,
    is_whole: bool = False,
) -> Converted:
    """Writes what `parts` make of a recording, all of it or less, and says what stays behind.

    Args:
        whole: where header, origin and report are taken from.
        parts: what is written.
        target: where, and as what.
        sensor_size: of the parts, where it is not that of `whole`.
        is_whole: whether they are all of it, so that exposures keep their places; else they stand behind the
            events of their microsecond.
    """
    name = format_to_write(target.path) if target.format is None else checked_format(target.format)
    header = _header_for(name, whole)
    kinds = _kinds_for(name, whole)
    size = sensor_size or whole.sensor_size
    keeps_places = is_whole and isinstance(whole, EventStream) and whole.is_complete
    kept = parts if keeps_places else _placed(parts, size)
    carried: Counter[str] = Counter()
    with writer(
        target.path,
        sensor_size=size,
        format=name,
        chip=target.chip,
        header=header,
        overwrite=target.overwrite,
        beside=kinds,
        threads=target.threads,
    ) as out:
        is_turned = whole.origin != out.origin
        for part, beside in kept:
            held = fitting(name, beside, kinds=kinds)
            carried.update(held.counts())
            held = turned(held, height=size[1]) if is_turned else held
            out.write(part.with_origin(out.origin), beside=held)
    written = out.written
    return Converted(
        format=written.format,
        events=written.events,
        bytes=written.bytes,
        time_offset_us=written.time_offset_us,
        is_turned=is_turned,
        header_lines=len(header),
        carried=dict(carried),
        lost=_lost(whole, header, carried),
        report=whole.report,
    )


def _placed(parts: Parts, size: SensorSize) -> Parts:
    """The same with exposures of pixels of the sensor, at places among the events that are there."""
    items = 0
    for part, beside in parts:
        exposures = placed(of_pixels(beside.exposures, (0, 0, *size)), part.t, after=items)
        yield part, replace(beside, exposures=exposures)
        items += len(part) + len(exposures)


def _kinds_for(name: str, whole: EventStream | Events) -> list[str]:
    """What may stand beside the events of `whole` and finds its place in the format called `name`."""
    kinds: set[str] = set()
    if isinstance(whole, EventStream) and whole.format in _MIXED:
        kinds = {"triggers", "imu", "frames", "samples"}
        # Marks are numbered by each format in its own way.
        kinds |= {"specials"} if whole.format == name else set()
    elif isinstance(whole, EventStream) and whole.metadata.get("type") == "atis":
        kinds = {"exposures"}
    return [kind for kind in format_named(name).holds if kind in kinds]


def _header_for(name: str, whole: EventStream | Events) -> Mapping[str, str]:
    if not isinstance(whole, EventStream):
        return {}
    fits = any({name, whole.format} <= alike for alike in _HEADERS)
    return whole.metadata if fits else {}


def _lost(
    whole: EventStream | Events, header: Mapping[str, str], carried: Mapping[str, int]
) -> dict[str, int]:
    lost = left_behind(whole.beside if isinstance(whole, EventStream) else {}, carried=carried)
    lines = len(whole.metadata) - len(header)
    return {**lost, "header lines": lines} if lines > 0 else lost


def _troubles(report: Report) -> list[str]:
    # The first line counts events and bytes of the source, which were said, as what stands beside them was.
    rest = replace(report, **dict.fromkeys(_BESIDE, 0))
    return str(rest).splitlines()[1:]
