"""What a recording holds beside its events: frames, inertial samples, exposures, payloads and so on."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.events.recording import Reader


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


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Beside:
    """Everything beside the events of one recording; all empty for containers, which hold nothing else."""

    imu: Imu
    frames: tuple[Frame, ...]
    samples: Samples
    specials: Specials
    exposures: Exposures
    colors: NDArray[np.uint8]
    payloads: Payloads


def beside_of(reader: Reader) -> Beside:
    """What stands beside the events of a recording that was read to its end; the reader gives frames away."""
    if not isinstance(reader, _core.RawReader):
        return _NOTHING
    return Beside(
        imu=Imu(**reader.imu(), is_scaled=reader.format != "aedat2"),
        frames=tuple(Frame(**frame) for frame in reader.frames()),
        samples=Samples(**reader.samples()),
        specials=Specials(**reader.specials()),
        exposures=Exposures(**reader.exposures()),
        colors=reader.colors(),
        payloads=Payloads(**reader.payloads()),
    )


_I64, _U64 = np.empty(0, np.int64), np.empty(0, np.uint64)
_U8, _U16, _U32 = np.empty(0, np.uint8), np.empty(0, np.uint16), np.empty(0, np.uint32)
_F32, _AXES = np.empty(0, np.float32), np.empty((0, 3), np.float32)
_NOTHING = Beside(
    imu=Imu(
        t=_I64, accelerometer=_AXES, gyroscope=_AXES, magnetometer=_AXES, temperature=_F32, is_scaled=True
    ),
    frames=(),
    samples=Samples(t=_I64, x=_U16, y=_U16, read=_U8, value=_U16),
    specials=Specials(t=_I64, kind=_U8, data=_U32),
    exposures=Exposures(t=_I64, x=_U16, y=_U16, is_second=np.empty(0, np.bool_), index=_U64),
    colors=np.empty((0, 3), np.uint8),
    payloads=Payloads(t=_I64, ends=_U64, data=_U8),
)
