"""What a recording holds beside its events: frames, inertial samples, grey-level samples, marks."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core


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


def imu_of(reader: _core.RawReader) -> Imu:
    """The inertial samples of a recording that was read to its end."""
    return Imu(**reader.imu(), is_scaled=reader.format != "aedat2")


def frames_of(reader: _core.RawReader) -> tuple[Frame, ...]:
    """The frames of a recording that was read to its end; the reader gives them away."""
    return tuple(Frame(**frame) for frame in reader.frames())


def samples_of(reader: _core.RawReader) -> Samples:
    """The grey-level samples of a recording that was read to its end."""
    return Samples(**reader.samples())


def specials_of(reader: _core.RawReader) -> Specials:
    """The marks of a recording that was read to its end."""
    return Specials(**reader.specials())
