"""Recordings written part by part: the way back from `stream`."""

from collections.abc import Collection, Mapping
from os import PathLike, fspath
from types import TracebackType
from typing import Self, final

from spikelet.errors import OrderError, ParameterError
from spikelet.events.alongside import add, refuse_unheld
from spikelet.events.beside import Beside
from spikelet.events.columns import Origin, SensorSize, checked_size
from spikelet.events.container import Plan
from spikelet.events.formats import checked_format, format_to_write, origin_of
from spikelet.events.numbers import checked_threads
from spikelet.events.place import refuse_existing
from spikelet.events.recording import Writer
from spikelet.events.type import Events, require_events
from spikelet.events.writing import Written, writer_to


@final
class EventWriter:
    """A recording that grows part by part; made by `writer`, used in a `with` block.

    The file takes its name when the block ends. Where the block ends by an error, or by Ctrl-C, nothing
    of it is left.
    """

    def __init__(self, raw: Writer, *, path: str, format: str, size: SensorSize) -> None:
        self._raw = raw
        self._path = path
        self._format = format
        self._size = size
        self._latest: int | None = None
        self._written: Written | None = None

    @property
    def format(self) -> str:
        """Name of the file's format."""
        return self._format

    @property
    def sensor_size(self) -> SensorSize:
        """Width and height in pixels."""
        return self._size

    @property
    def origin(self) -> Origin:
        """The corner from which the format counts pixels."""
        return origin_of(self._format)

    @property
    def written(self) -> Written:
        """What was put into the file, once it is closed.

        Raises:
            ParameterError: the recording is not closed yet.
        """
        if self._written is None:
            raise ParameterError(
                f"{self._path}: the recording must be closed to say what it holds, got an open one; "
                "ask after the `with` block"
            )
        return self._written

    def write(self, events: Events, *, beside: Beside | None = None) -> None:
        """Appends events.

        Args:
            events: not earlier than what was written before, of the recording's sensor and origin.
            beside: triggers, frames and so on; those after the last event wait for the events around them.
        Raises:
            OSError: the file cannot be written.
            DtypeError: `events` is not an `Events`.
            OrderError: `events` step back, in themselves or behind what was written before.
            ParameterError: they are of another sensor or count `y` from another corner.
            BoundsError: an event is outside what the format can hold.
        """
        self._refuse_unfit(events)
        if beside is not None:
            refuse_unheld(self._format, beside)
            add(self._raw, beside)
        if len(events) > 0:
            self._raw.write(events.t, events.x, events.y, events.p)
            self._latest = int(events.t[-1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._raw.abort()
            return
        counts = self._raw.close()
        self._written = Written(
            format=self._format,
            events=counts["events"],
            bytes=counts["bytes"],
            time_offset_us=counts["time_offset"],
        )

    def _refuse_unfit(self, events: Events) -> None:
        require_events(events)
        if events.sensor_size != self._size:
            wanted, got = ("{}x{}".format(*size) for size in (self._size, events.sensor_size))
            raise ParameterError(
                f"{self._path}: `events` must be of a sensor of {wanted} pixels, got {got}; "
                "write each sensor into its own recording"
            )
        if events.origin != self.origin:
            raise ParameterError(
                f"{self._path}: `events` must count y from the {self.origin} corner, got {events.origin}; "
                f'turn them with `events.with_origin("{self.origin}")`'
            )
        if not events.is_sorted:
            raise OrderError(
                f'{self._path}: `events` must be sorted to be written; read them with `backward="drop"`'
            )
        if len(events) > 0 and self._latest is not None and events.t[0] < self._latest:
            raise OrderError(
                f"{self._path}: `events` must not be earlier than those written before, got "
                f"t = {events.t[0]} after {self._latest}; write the parts in their order"
            )


def writer(
    path: str | PathLike[str],
    *,
    sensor_size: SensorSize,
    format: str | None = None,
    chip: str | None = None,
    header: Mapping[str, str] | None = None,
    overwrite: bool = False,
    beside: Collection[str] = (),
    threads: int = 1,
) -> EventWriter:
    """A recording to be written part by part, in memory that does not grow with it.

    Args:
        path: where it goes; its ending says the format where only one is called so.
        sensor_size: width and height in pixels.
        format: name of the format.
        chip: name of the chip, for formats that store pixels by chip.
        header: more lines for the file's header, where the format has one.
        overwrite: whether a file at `path` may be replaced.
        beside: kinds of what will stand beside the events, for AEDAT 4 and Event Stream, which say so at the
            beginning; by the names of `Beside`.
        threads: at most so many encode a part, which changes nothing but the time it takes.
    Raises:
        OSError: the file cannot be written.
        ParameterError: a file stands there, the ending does not say the format, or the format cannot hold
            what is asked.
        BoundsError: the sensor is too large for the format.
    """
    name = format_to_write(path) if format is None else checked_format(format)
    size = checked_size(sensor_size)
    refuse_existing(path, overwrite=overwrite)
    plan = Plan(
        sensor_size=size,
        header=list((header or {}).items()),
        chip=chip,
        beside=tuple(beside),
        threads=checked_threads(threads),
    )
    raw = writer_to(fspath(path), name, plan)
    return EventWriter(raw, path=fspath(path), format=name, size=size)
