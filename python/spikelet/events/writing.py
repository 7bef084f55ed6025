"""Recordings on their way to a file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from os import PathLike, fspath
from typing import Literal, final

from spikelet import _core
from spikelet.errors import OrderError, ParameterError
from spikelet.events.alongside import add, refuse_unheld
from spikelet.events.beside import Beside
from spikelet.events.container import Plan
from spikelet.events.containers import container_named
from spikelet.events.formats import checked_format, format_to_write, origin_of
from spikelet.events.numbers import checked_threads
from spikelet.events.recording import Writer
from spikelet.events.type import Events, require_events

Compression = Literal["none", "lz4", "zstd"]
ByteOrder = Literal["little", "legacy"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What `write` has put into a file.

    Args:
        format: name of the format.
        events: events written.
        bytes: size of the file.
        time_offset_us: microseconds lost to the period of the format's time counter; what is read
            back has `t - time_offset_us`.
    """

    format: str
    events: int
    bytes: int
    time_offset_us: int

    def to_dict(self) -> dict[str, int | str]:
        """All facts by name."""
        return asdict(self)


def write(  # noqa: PLR0913 -- one keyword for each thing that a caller may know or want
    path: str | PathLike[str],
    events: Events,
    *,
    format: str | None = None,
    chip: str | None = None,
    header: Mapping[str, str] | None = None,
    compression: Compression = "none",
    byte_order: ByteOrder = "little",
    beside: Beside | None = None,
    threads: int = 1,
) -> Written:
    """Writes a recording; under its final name stands a whole file or none.

    Args:
        path: where it goes; its ending says the format where only one is called so.
        events: what is written.
        format: name of the format.
        chip: name of the chip, for formats that store pixels by chip.
        header: more lines for the file's header, where the format has one.
        compression: `"lz4"` or `"zstd"` compresses the packets of AEDAT 4; nothing else can be compressed.
        byte_order: `"legacy"` writes the older order of halves of EVT 2.1; nothing else has two.
        beside: triggers, frames and so on, as far as the format holds them: `Format.holds` says what.
        threads: at most so many encode, which changes nothing but the time it takes.
    Raises:
        OSError: the file cannot be written.
        DtypeError: `events` is not an `Events`.
        ParameterError: the ending does not say the format, or the format cannot hold what is asked.
        BoundsError: an event or the sensor is too large for the format.
        OrderError: `events` were read with `backward="keep"` and step back, or something beside them does.
    """
    name = format_to_write(path) if format is None else checked_format(format)
    require_events(events)
    if not events.is_sorted:
        raise OrderError('`events` must be sorted to be written; read them with `backward="sort"` or "drop"')
    origin = origin_of(name)
    if events.origin != origin:
        raise ParameterError(
            f"`events` must count y from the {origin} corner to be written as {name}, got {events.origin}; "
            f'turn them with `events.with_origin("{origin}")`'
        )
    stands = Beside() if beside is None else beside
    refuse_unheld(name, stands)
    plan = Plan(
        sensor_size=events.sensor_size,
        header=list((header or {}).items()),
        chip=chip,
        compression=compression,
        byte_order=byte_order,
        beside=tuple(stands.counts()),
        threads=checked_threads(threads),
    )
    counts = _put(events, stands, writer_to(fspath(path), name, plan))
    return Written(
        format=name,
        events=counts["events"],
        bytes=counts["bytes"],
        time_offset_us=counts["time_offset"],
    )


def writer_to(path: str, name: str, plan: Plan) -> Writer:
    """A writer of the format called `name`."""
    container = container_named(name)
    if container is None:
        return _core.RawWriter(
            path,
            format=name,
            sensor_size=plan.sensor_size,
            chip=plan.chip,
            header=plan.header,
            compression=plan.compression,
            byte_order=plan.byte_order,
            beside=list(plan.beside),
            threads=plan.threads,
        )
    if plan.compression != "none":
        raise ParameterError(
            f'`compression` must be "none" for {name}, got {plan.compression!r}; leave it out'
        )
    if plan.byte_order != "little":
        raise ParameterError(
            f'`byte_order` must be "little" for {name}, got {plan.byte_order!r}; leave it out'
        )
    if container.writer is None:
        raise ParameterError(f"`format` must be one that is written, got {name!r}, which is only read")
    return container.writer(path, plan)


def _put(events: Events, beside: Beside, writer: Writer) -> dict[str, int]:
    try:
        add(writer, beside)
        writer.write(events.t, events.x, events.y, events.p)
        return writer.close()
    except BaseException:
        # An interrupted recording must not lie about under its temporary name.
        writer.abort()
        raise
