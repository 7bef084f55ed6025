"""`Events`: sorted events inside a sensor, checked once."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikelet import _core
from spikelet.errors import BoundsError, DtypeError, OrderError, ParameterError, ShapeError
from spikelet.events.arrow_table import arrow_table
from spikelet.events.columns import (
    Columns,
    Origin,
    SensorSize,
    checked_origin,
    checked_size,
    digest,
    own_columns,
    packed,
    taken,
)
from spikelet.events.pandas_frame import pandas_frame
from spikelet.events.polars_frame import polars_frame
from spikelet.events.report import Met, Report, report_of
from spikelet.events.tables import Table, aligned_records, named_columns, size_of_tonic, tonic_records

if TYPE_CHECKING:
    import pandas
    import polars

_FIELDS = ("t", "x", "y", "p")


# A plain tuple, for an object of a class takes longer to make, and every short recording has one.
_Facts = tuple[SensorSize, Origin, Report | Met, dict[str, str], bool]
"""What is known of events besides their columns: size, origin, report, metadata, whether they are sorted."""


@final
class Events:
    r"""Events of one recording: `t` never goes backwards, every pixel lies on the sensor.

    $e_k = (t_k, x_k, y_k, p_k)$ with $t_k \le t_{k+1}$, $0 \le x_k < W$, $0 \le y_k < H$.

    The columns are contiguous copies that cannot be written to. Slices share their memory; equality
    compares columns, sensor size and origin.

    Args:
        t: `[n]` integers, times in microseconds.
        x: `[n]` integers, columns of the sensor.
        y: `[n]` integers, rows of the sensor.
        p: `[n]` bool or 0 and 1; true is brighter.
        sensor_size: width and height in pixels.
        origin: the corner where x = y = 0.
        metadata: what is known of the recording, by name.
    Raises:
        ShapeError: a column is not of rank 1, or lengths differ.
        DtypeError: a column does not hold integers, or `p` other values than 0 and 1.
        BoundsError: an event lies outside the sensor.
        OrderError: a timestamp goes backwards.
        ParameterError: `sensor_size` or `origin` is none.
    """

    __slots__ = ("_columns", "_facts")

    def __init__(
        self,
        t: ArrayLike,
        x: ArrayLike,
        y: ArrayLike,
        p: ArrayLike,
        *,
        sensor_size: SensorSize,
        origin: Origin = "upper-left",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        size = checked_size(sensor_size)
        columns = own_columns(t, x, y, p)
        _refuse_unfit(columns, size)
        report = Report(events=len(columns[0]))
        _core.seal(*columns)
        self._columns = columns
        self._facts: _Facts = size, checked_origin(origin), report, dict(metadata or {}), True

    @property
    def t(self) -> NDArray[np.int64]:
        """`[n]` times in microseconds."""
        return self._columns[0]

    @property
    def x(self) -> NDArray[np.uint16]:
        """`[n]` columns of the sensor."""
        return self._columns[1]

    @property
    def y(self) -> NDArray[np.uint16]:
        """`[n]` rows of the sensor, counted from the origin."""
        return self._columns[2]

    @property
    def p(self) -> NDArray[np.bool_]:
        """`[n]` polarities; true is brighter."""
        return self._columns[3]

    @property
    def sensor_size(self) -> SensorSize:
        """Width and height in pixels."""
        return self._facts[0]

    @property
    def origin(self) -> Origin:
        """The corner where x = y = 0, as the file's format has it."""
        return self._facts[1]

    @property
    def report(self) -> Report:
        """What the reading met and left out; slices keep the report of their recording."""
        size, origin, report, metadata, is_sorted = self._facts
        if not isinstance(report, Report):
            report = report_of(report)
            self._facts = size, origin, report, metadata, is_sorted
        return report

    @property
    def metadata(self) -> Mapping[str, str]:
        """The file's header by key, or what the constructor was given."""
        return MappingProxyType(self._facts[3])

    @property
    def is_sorted(self) -> bool:
        """Whether `t` never goes backwards: always, unless read with `backward="keep"`."""
        return self._facts[4]

    @property
    def duration_us(self) -> int:
        """Microseconds from the first event to the last; 0 where there are none."""
        return int(self.t.max() - self.t.min()) if len(self) > 0 else 0

    def __len__(self) -> int:
        return len(self._columns[0])

    def __getitem__(self, index: slice | NDArray[np.bool_]) -> "Events":
        _refuse_index(index, len(self))
        return self._with_columns(taken(self._columns, index))

    def between(self, *, start_us: int | None = None, stop_us: int | None = None) -> "Events":
        """The events with `start_us <= t < stop_us`, sharing memory.

        Args:
            start_us: first time taken, in microseconds as in `t`; from the beginning where None.
            stop_us: first time no longer taken; to the end where None.
        Raises:
            OrderError: the events were read with `backward="keep"` and step back.
        """
        if not self.is_sorted:
            raise OrderError('events must be sorted to be cut by time; read with `backward="sort"` or "drop"')
        first = 0 if start_us is None else int(self.t.searchsorted(start_us))
        last = len(self) if stop_us is None else int(self.t.searchsorted(stop_us))
        return self[first : max(first, last)]

    def with_origin(self, origin: Origin) -> "Events":
        r"""The same events with `y` counted from `origin`: $y \to H - 1 - y$ where that is another corner.

        Args:
            origin: the corner where x = y = 0 shall be.
        Raises:
            ParameterError: `origin` is no corner that a format uses.
        """
        if checked_origin(origin) == self.origin:
            return self
        t, x, y, p = self._columns
        mirrored = np.subtract(self.sensor_size[1] - 1, y, dtype=np.uint16)
        size, _, report, metadata, is_sorted = self._facts
        return _rebuilt((t, x, mirrored, p), (size, origin, report, metadata, is_sorted))

    def digest(self) -> str:
        """Checksum that does not depend on the file format: sha256 over 13-byte records, little endian."""
        return digest(self._columns)

    def to_structured(self, *, is_aligned: bool = False) -> NDArray[np.void]:
        """`[n]` records with the fields `t x y p`, a copy: packed in 13 bytes, or aligned in 16."""
        return aligned_records(self._columns) if is_aligned else packed(self._columns)

    def to_tonic(self) -> NDArray[np.void]:
        """`[n]` records with the fields `x y t p`, as tonic's transforms take them, a copy.

        Raises:
            BoundsError: a pixel lies beyond 32767.
        """
        return tonic_records(self._columns)

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """The columns by `t`, `x`, `y`, `p`, as SpikingJelly takes them; they share memory."""
        return dict(zip(_FIELDS, self._columns, strict=True))

    def to_pandas(self) -> "pandas.DataFrame":
        """A data frame with the columns `t x y p`.

        Raises:
            MissingPackageError: pandas is not installed.
        """
        return pandas_frame(self._columns)

    def to_polars(self) -> "polars.DataFrame":
        """A data frame with the columns `t x y p`.

        Raises:
            MissingPackageError: polars is not installed.
        """
        return polars_frame(self._columns)

    def to_arrow(self) -> Any:
        """A `pyarrow.Table` with the columns `t x y p`.

        Raises:
            MissingPackageError: pyarrow is not installed.
        """
        return arrow_table(self._columns)

    @classmethod
    def from_table(
        cls,
        table: Table,
        *,
        sensor_size: SensorSize,
        origin: Origin = "upper-left",
        metadata: Mapping[str, str] | None = None,
    ) -> "Events":
        """Events from columns by name: a dictionary, an archive of numpy, a frame or table of any package.

        Polarities of -1 and 1 become off and on, which `report.notes` says.

        Args:
            table: columns `t`, `x`, `y`, `p`, or called by other names that people use for them.
            sensor_size: width and height in pixels.
            origin: the corner where x = y = 0.
            metadata: what is known of the recording, by name.
        Raises:
            DtypeError: a column is missing; otherwise as `Events` raises.
        """
        columns, notes = named_columns(table)
        found = cls(**columns, sensor_size=sensor_size, origin=origin, metadata=metadata)
        report = replace(found.report, notes=notes)
        return adopted(
            found._columns,
            sensor_size=found.sensor_size,
            origin=found.origin,
            report=report,
            metadata=dict(found.metadata),
        )

    @classmethod
    def from_tonic(cls, records: NDArray[np.void], *, sensor_size: tuple[int, ...]) -> "Events":
        """Events from records as tonic's data sets give them.

        Args:
            records: `[n]` structured array.
            sensor_size: width and height in pixels, and perhaps the number of polarities.
        Raises:
            DtypeError: a field is missing; otherwise as `Events` raises.
        """
        size = checked_size(size_of_tonic(sensor_size))
        return cls.from_structured(records, sensor_size=size)

    @classmethod
    def from_structured(
        cls,
        records: NDArray[np.void],
        *,
        sensor_size: SensorSize,
        origin: Origin = "upper-left",
        metadata: Mapping[str, str] | None = None,
    ) -> "Events":
        """Events from records with the fields `t x y p`, in any order and of any fitting integer type.

        Args:
            records: `[n]` structured array.
            sensor_size: width and height in pixels.
            origin: the corner where x = y = 0.
            metadata: what is known of the recording, by name.
        Raises:
            DtypeError: a field is missing; otherwise as `Events` raises.
        """
        names = np.asarray(records).dtype.names or ()
        missing = [name for name in _FIELDS if name not in names]
        if missing:
            raise DtypeError(
                f"`records` must have the fields t, x, y, p, got {', '.join(names) or 'a plain array'}; "
                f"rename or add {', '.join(missing)}"
            )
        t, x, y, p = (records[name] for name in _FIELDS)
        return cls(t, x, y, p, sensor_size=sensor_size, origin=origin, metadata=metadata)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Events):
            return NotImplemented
        return (
            self.sensor_size == other.sensor_size
            and self.origin == other.origin
            and all(map(np.array_equal, self._columns, other._columns))
        )

    __hash__ = None  # pyright: ignore[reportAssignmentType]: numpy columns have no hash either

    def __repr__(self) -> str:
        width, height = self.sensor_size
        if len(self) == 0:
            return f"Events(0 events, {width}x{height})"
        on = int(np.count_nonzero(self.p))
        return (
            f"Events({len(self)} events, {width}x{height}, t {self.t.min()}..{self.t.max()} us, "
            f"{on} on, {len(self) - on} off)"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self._columns, self._facts)

    def _with_columns(self, columns: Columns) -> "Events":
        size, origin, report, metadata, is_sorted = self._facts
        return _rebuilt(columns, (size, origin, report, metadata, is_sorted or _is_sorted(columns[0])))


def adopted(
    columns: Columns,
    *,
    sensor_size: SensorSize,
    origin: Origin,
    report: Report | Met,
    metadata: dict[str, str],
) -> Events:
    """Events over columns and metadata that a reader has checked and gives away, without a copy."""
    met = report if isinstance(report, dict) else vars(report)
    is_sorted = not met.get("backward_steps") or _is_sorted(columns[0])
    return _rebuilt(columns, (sensor_size, origin, report, metadata, is_sorted))


def require_events(events: object) -> Events:
    """`events`, where it is an `Events`.

    Raises:
        DtypeError: it is not.
    """
    if not isinstance(events, Events):
        raise DtypeError(
            f"`events` must be an `Events`, got {type(events).__name__}; "
            "build one with `Events(t, x, y, p, sensor_size=(width, height))`"
        )
    return events


def _refuse_index(index: object, length: int) -> None:
    if isinstance(index, slice):
        if index.step is not None and index.step < 1:
            raise ParameterError(f"step of a slice of events must be above 0, got {index.step}")
        return
    if not isinstance(index, np.ndarray) or index.dtype != bool:
        kind = str(index.dtype) if isinstance(index, np.ndarray) else type(index).__name__
        raise DtypeError(
            f"index of events must be a slice or a boolean array, got {kind}; "
            "`events[i:i + 1]` holds one event"
        )
    if index.shape != (length,):
        raise ShapeError(f"mask of events must have shape [{length}], got {list(index.shape)}")


def _rebuilt(columns: Columns, facts: _Facts) -> Events:
    events = Events.__new__(Events)
    # In one call: those of `setflags` make up a part of the time of a small file.
    _core.seal(*columns)
    events._columns = columns  # pyright: ignore[reportPrivateUsage]: the second constructor
    events._facts = facts  # pyright: ignore[reportPrivateUsage]: the second constructor
    return events


def _is_sorted(t: NDArray[np.int64]) -> bool:
    return bool(np.all(t[1:] >= t[:-1]))


def _refuse_unfit(columns: Columns, size: SensorSize) -> None:
    found = _core.audit(*columns, *size)
    t, x, y, _ = columns
    outside, backward = found["first_out_of_bounds"], found["first_backward"]
    if outside is not None:
        raise BoundsError(
            f"`x`, `y` must lie on the sensor of {size[0]}x{size[1]} pixels, got x = {x[outside]}, "
            f"y = {y[outside]} at event {outside} (events outside: {found['out_of_bounds']}); "
            "correct `sensor_size` or leave them out by a mask"
        )
    if backward is not None:
        raise OrderError(
            f"`t` must not go backwards, got {t[backward]} after {t[backward - 1]} at event {backward} "
            f"(steps back: {found['backward_steps']}); "
            'sort all columns by `numpy.argsort(t, kind="stable")`'
        )
