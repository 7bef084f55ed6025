"""What a recording holds beside its events: frames, inertial samples, exposures, payloads and so on."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.events.recording import Reader


@final
@dataclass(frozen=True, slots=True, eq=False)
class Triggers:
    """Edges seen at the camera's external trigger inputs.

    Args:
        t: `[n]` times in microseconds.
        id: `[n]` number of the input.
        p: `[n]` true where the edge rises.
    """

    t: NDArray[np.int64]
    id: NDArray[np.uint8]
    p: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.t)


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Imu:
    """Samples of the inertial sensor; NaN where the format has no place for a value.

    Args:
        t: `[n]` times in microseconds.
        accelerometer: `[n, 3]` acceleration along x, y, z, in multiples of the earth's gravity.
        gyroscope: `[n, 3]` rotation about x, y, z, in degrees per second.
        magnetometer: `[n, 3]` magnetic field along x, y, z, in microtesla.
        temperature: `[n]` degrees Celsius.
        is_scaled: whether the values are in these units; AEDAT 2 stores plain counts of the chip.
    """

    t: NDArray[np.int64]
    accelerometer: NDArray[np.float32]
    gyroscope: NDArray[np.float32]
    magnetometer: NDArray[np.float32]
    temperature: NDArray[np.float32]
    is_scaled: bool

    def __len__(self) -> int:
        return len(self.t)


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frame:
    """One ordinary picture that the sensor took between events.

    Args:
        t: time in microseconds, as the format gives one for all of it.
        start: when the camera began with it.
        end: when the camera was done with it.
        exposure_start: when its exposure began.
        exposure_end: when its exposure ended.
        x: column of the sensor under its first pixel.
        y: row of the sensor under its first pixel.
        pixels: `[H, W, C]` uint8 or uint16, rows from the top, channels as stored (AEDAT 4: blue first).
    """

    t: int
    start: int
    end: int
    exposure_start: int
    exposure_end: int
    x: int
    y: int
    pixels: NDArray[np.uint8] | NDArray[np.uint16]


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Samples:
    """Readings of single pixels' grey levels, of which AEDAT 2 makes its frames.

    Args:
        t: `[n]` times in microseconds.
        x: `[n]` columns of the sensor as stored.
        y: `[n]` rows of the sensor as stored.
        read: `[n]` 0 for the reading after reset, 1 for the one after exposure.
        value: `[n]` what the converter read, 10 bits.
    """

    t: NDArray[np.int64]
    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    read: NDArray[np.uint8]
    value: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.t)


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Specials:
    """Marks in time that are neither events nor edges at a trigger input, as the format numbers them.

    AEDAT 1 and 2: kind 0, an external event with its address. AEDAT 3.1: 0 time wrap, 1 time reset, 5 row
    only. AEDAT 4: 0 time reset, 4 and 5 generator rising and falling, 6 and 7 frame begin and end, 8 and 9
    exposure begin and end.

    Args:
        t: `[n]` times in microseconds.
        kind: `[n]` what they mark.
        data: `[n]` their other bits.
    """

    t: NDArray[np.int64]
    kind: NDArray[np.uint8]
    data: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.t)


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Exposures:
    """Events of exposure of an ATIS sensor, which lie between its events of change.

    Args:
        t: `[n]` times in microseconds.
        x: `[n]` columns of the sensor as stored.
        y: `[n]` rows of the sensor as stored.
        is_second: `[n]` whether the second threshold was crossed, else the first.
        index: `[n]` their places in the file among events of both kinds.
    """

    t: NDArray[np.int64]
    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    is_second: NDArray[np.bool_]
    index: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.t)


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Payloads:
    """Bytes with a time, of a generic Event Stream; `payloads[i]` are the bytes of one.

    Args:
        t: `[n]` times in microseconds.
        ends: `[n]` where each ends in `data`; it begins where the one before ends.
        data: all bytes, one payload after another.
    """

    t: NDArray[np.int64]
    ends: NDArray[np.uint64]
    data: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.t)

    def __getitem__(self, index: int) -> bytes:
        place = range(len(self))[index]
        start = int(self.ends[place - 1]) if place > 0 else 0
        return self.data[start : int(self.ends[place])].tobytes()


_Kind = TypeVar("_Kind", Triggers, Imu, Samples, Specials, Exposures)


def picked(items: _Kind, index: NDArray[Any]) -> _Kind:
    """Those that `index` takes, an order of places or a mask."""
    return replace(items, **{name: column[index] for name, column in _columns(items).items()})


def joined(parts: Sequence[_Kind]) -> _Kind:
    """Those of all parts, of which there is one at least, one behind the other."""
    names = _columns(parts[0])
    return replace(
        parts[0], **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )


def _columns(items: _Kind) -> dict[str, NDArray[Any]]:
    named = {each.name: getattr(items, each.name) for each in fields(items)}
    return {name: column for name, column in named.items() if isinstance(column, np.ndarray)}


_I64, _U64 = np.empty(0, np.int64), np.empty(0, np.uint64)
_U8, _U16, _U32 = np.empty(0, np.uint8), np.empty(0, np.uint16), np.empty(0, np.uint32)
_F32, _AXES = np.empty(0, np.float32), np.empty((0, 3), np.float32)
_BOOL = np.empty(0, np.bool_)


def _no_colors() -> NDArray[np.uint8]:
    return np.empty((0, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HasBeside:
    """What may stand beside the events of one recording, kind by kind; the base of those who hold it."""

    triggers: Triggers = Triggers(t=_I64, id=_U8, p=_BOOL)
    imu: Imu = Imu(
        t=_I64, accelerometer=_AXES, gyroscope=_AXES, magnetometer=_AXES, temperature=_F32, is_scaled=True
    )
    frames: tuple[Frame, ...] = ()
    samples: Samples = Samples(t=_I64, x=_U16, y=_U16, read=_U8, value=_U16)
    specials: Specials = Specials(t=_I64, kind=_U8, data=_U32)
    exposures: Exposures = Exposures(t=_I64, x=_U16, y=_U16, is_second=_BOOL, index=_U64)
    colors: NDArray[np.uint8] = field(default_factory=_no_colors)
    payloads: Payloads = Payloads(t=_I64, ends=_U64, data=_U8)

    def kinds(self) -> dict[str, Any]:
        """All of it by name, empty ones too."""
        return {kind.name: getattr(self, kind.name) for kind in fields(HasBeside)}


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Beside(HasBeside):
    """What stands beside the events of one recording, read or to be written; empty where left out.

    Args:
        triggers: edges at the external inputs.
        imu: samples of the inertial sensor.
        frames: pictures that the sensor took.
        samples: readings of single pixels' grey levels.
        specials: marks that are neither events nor edges.
        exposures: events of exposure of an ATIS sensor.
        colors: `[n, 3]` red, green, blue of each event of a colour stream, else `[0, 3]`.
        payloads: bytes with a time, of a stream without pixels.
    """

    def counts(self) -> dict[str, int]:
        """How many there are of each kind, by the names above; kinds of which there is none are left out."""
        return {name: len(items) for name, items in self.kinds().items() if len(items) > 0}

    def only(self, kinds: Container[str]) -> "Beside":
        """The same with nothing of all other kinds."""
        return Beside(**{name: items for name, items in self.kinds().items() if name in kinds})


def has_plain_counts(format: str) -> bool:
    """Whether the format has inertial samples in plain counts of the chip, and not in units."""
    return format == "aedat2"


def beside_of(reader: Reader, *, skip: int = 0) -> Beside:
    """What stands beside the events that were read; the reader gives frames away.

    Args:
        reader: a recording that was read to its end, or that was told to keep what it meets.
        skip: how many triggers were taken before.
    """
    if not isinstance(reader, _core.RawReader):
        t, inputs, p = reader.triggers()
        return Beside(triggers=Triggers(t[skip:], inputs[skip:], p[skip:]))
    return Beside(
        triggers=Triggers(*reader.triggers(skip=skip)),
        imu=Imu(**reader.imu(), is_scaled=not has_plain_counts(reader.format)),
        frames=tuple(Frame(**frame) for frame in reader.frames()),
        samples=Samples(**reader.samples()),
        specials=Specials(**reader.specials()),
        exposures=Exposures(**reader.exposures()),
        colors=reader.colors(),
        payloads=Payloads(**reader.payloads()),
    )


def beside_met(reader: Reader) -> Callable[[], Beside]:
    """From now on each call gives what was met beside the events since the call before."""
    taken = 0
    if isinstance(reader, _core.RawReader):
        reader.keep_beside()

    def met() -> Beside:
        nonlocal taken
        beside = beside_of(reader, skip=taken)
        taken += len(beside.triggers)
        if isinstance(reader, _core.RawReader):
            reader.forget_beside()
        return beside

    return met
