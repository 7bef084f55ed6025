"""The compiled core. Exact types only; the public functions above it accept more and explain more."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, Self, TypeAlias, TypedDict, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Audit",
    "EventSensor",
    "Filter",
    "Growing",
    "Kernel",
    "RawReader",
    "RawWriter",
    "Window",
    "__version__",
    "audit",
    "available_threads",
    "averaged_surfaces_into_frames",
    "clean",
    "count_into_frames",
    "counts_spread",
    "cuda_source",
    "ecf_decode",
    "ecf_encode",
    "formats",
    "gif_image_data",
    "integrate",
    "last_event_times_of",
    "last_times_into_frames",
    "mark_into_frames",
    "pixel_counts",
    "seal",
    "select",
    "simulate_saccades",
    "spare",
    "time_surface_into_frames",
    "tore_into_frames",
    "unpack_blosc",
    "voxel_grid_into_frames",
]

__version__: str

# events

_Columns: TypeAlias = tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_]]

class _FormatRow(TypedDict):
    name: str
    title: str
    extensions: list[str]
    max_size: tuple[int, int]
    origin: Literal["upper-left", "lower-left"]
    holds: list[str]
    trigger_inputs: int

class _ImuColumns(TypedDict):
    t: NDArray[np.int64]
    accelerometer: NDArray[np.float32]
    gyroscope: NDArray[np.float32]
    magnetometer: NDArray[np.float32]
    temperature: NDArray[np.float32]

class _FrameRow(TypedDict):
    t: int
    start: int
    end: int
    exposure_start: int
    exposure_end: int
    x: int
    y: int
    pixels: NDArray[np.uint8] | NDArray[np.uint16]

class _SampleColumns(TypedDict):
    t: NDArray[np.int64]
    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    read: NDArray[np.uint8]
    value: NDArray[np.uint16]

class _SpecialColumns(TypedDict):
    t: NDArray[np.int64]
    kind: NDArray[np.uint8]
    data: NDArray[np.uint32]

class _ExposureColumns(TypedDict):
    t: NDArray[np.int64]
    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    is_second: NDArray[np.bool_]
    index: NDArray[np.uint64]

class _PayloadColumns(TypedDict):
    t: NDArray[np.int64]
    ends: NDArray[np.uint64]
    data: NDArray[np.uint8]

@final
class RawReader:
    def __new__(
        cls,
        path: str | PathLike[str],
        *,
        format: str | None = None,
        sensor_size: tuple[int, int] | None = None,
        chip: str | None = None,
        order: str | None = None,
        stream: int | None = None,
        keep_invalid: bool = False,
    ) -> Self: ...
    @property
    def format(self) -> str: ...
    @property
    def recognised_by(self) -> Literal["content", "extension", "given"]: ...
    @property
    def sensor_size(self) -> tuple[int, int] | None: ...
    @property
    def origin(self) -> Literal["upper-left", "lower-left"]: ...
    @property
    def header(self) -> list[tuple[str, str]]: ...
    def use_threads(self, threads: int) -> None: ...
    def read_chunk(self, capacity: int) -> _Columns | None: ...
    def read_rest(self, *, threads: int = 1) -> _Columns: ...
    def keep_beside(self) -> None: ...
    def forget_beside(self) -> None: ...
    def triggers(
        self, *, skip: int = 0
    ) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]: ...
    def imu(self) -> _ImuColumns: ...
    def frames(self) -> list[_FrameRow]: ...
    def samples(self) -> _SampleColumns: ...
    def specials(self) -> _SpecialColumns: ...
    def exposures(self) -> _ExposureColumns: ...
    def colors(self) -> NDArray[np.uint8]: ...
    def payloads(self) -> _PayloadColumns: ...
    def report(self) -> dict[str, Any]: ...
    def extremes(self) -> dict[str, int | None]: ...

@final
class Audit:
    def __new__(cls, sensor_size: tuple[int, int] | None = None) -> Self: ...
    def add(
        self, t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.bool_]
    ) -> None: ...
    def report(self) -> dict[str, int | None]: ...
    def extremes(self) -> dict[str, int | None]: ...

@final
class Growing:
    def __new__(cls, room: int = 0) -> Self: ...
    def add(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        p: NDArray[np.bool_],
        *,
        audit: Audit | None = None,
    ) -> None: ...
    def __len__(self) -> int: ...
    def done(self) -> _Columns: ...

@final
class RawWriter:
    def __new__(
        cls,
        path: str | PathLike[str],
        *,
        format: str,
        sensor_size: tuple[int, int],
        chip: str | None = None,
        header: list[tuple[str, str]] = ...,
        compression: str = "none",
        byte_order: str = "little",
        beside: list[str] = ...,
        threads: int = 1,
    ) -> Self: ...
    def write(
        self, t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.bool_]
    ) -> None: ...
    def add_triggers(self, t: NDArray[np.int64], id: NDArray[np.uint8], p: NDArray[np.bool_]) -> None: ...
    def add_imu(
        self,
        t: NDArray[np.int64],
        accelerometer: NDArray[np.float32],
        gyroscope: NDArray[np.float32],
        magnetometer: NDArray[np.float32],
        temperature: NDArray[np.float32],
    ) -> None: ...
    def add_frame(
        self,
        times: tuple[int, int, int, int, int],
        place: tuple[int, int],
        pixels: NDArray[np.uint8] | NDArray[np.uint16],
    ) -> None: ...
    def add_specials(
        self, t: NDArray[np.int64], kind: NDArray[np.uint8], data: NDArray[np.uint32]
    ) -> None: ...
    def add_samples(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        read: NDArray[np.uint8],
        value: NDArray[np.uint16],
    ) -> None: ...
    def add_exposures(
        self,
        t: NDArray[np.int64],
        x: NDArray[np.uint16],
        y: NDArray[np.uint16],
        is_second: NDArray[np.bool_],
        index: NDArray[np.uint64],
    ) -> None: ...
    def add_colors(self, colors: NDArray[np.uint8]) -> None: ...
    def close(self) -> dict[str, int]: ...
    def abort(self) -> None: ...

def ecf_decode(chunks: list[bytes], events: list[int], *, threads: int = 1) -> tuple[_Columns, list[int]]: ...
def ecf_encode(
    t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.bool_]
) -> bytes: ...
def unpack_blosc(
    chunks: list[bytes], out: list[NDArray[np.uint8]], *, threads: int = 1
) -> tuple[int, str] | None: ...
def formats() -> list[_FormatRow]: ...
def audit(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.bool_],
    width: int,
    height: int,
) -> dict[str, int | None]: ...
def clean(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.bool_],
    width: int,
    height: int,
    backward: str,
) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_], dict[str, int]]: ...

# filters

@final
class Filter:
    @staticmethod
    def refractory_period(size: tuple[int, int], us: int, paralyzable: bool) -> Filter: ...
    @staticmethod
    def denoise(size: tuple[int, int], us: int, corners: bool) -> Filter: ...
    @staticmethod
    def decimation(size: tuple[int, int], n: int) -> Filter: ...
    @staticmethod
    def drop_pixels(size: tuple[int, int], pixels: list[tuple[int, int]]) -> Filter: ...
    @staticmethod
    def drop_above(size: tuple[int, int], counts: NDArray[np.uint32], most: int) -> Filter: ...
    def mask(
        self, t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.bool_]
    ) -> NDArray[np.bool_]: ...

def pixel_counts(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.bool_],
    size: tuple[int, int],
) -> NDArray[np.uint32]: ...
def counts_spread(counts: NDArray[np.uint32]) -> tuple[float, float]: ...
def seal(*arrays: NDArray[Any]) -> None: ...
def select(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.bool_],
    mask: NDArray[np.bool_],
) -> _Columns: ...
def integrate(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.bool_],
    size: tuple[int, int],
    target: tuple[int, int],
    us: int,
    threshold: int,
) -> _Columns: ...

# frames

@final
class Window:
    @staticmethod
    def by_time(us: int, drop_last: bool) -> Window: ...
    @staticmethod
    def by_count(n: int, drop_last: bool) -> Window: ...
    @staticmethod
    def sliding_by_time(us: int, stride_us: int, drop_last: bool) -> Window: ...
    @staticmethod
    def sliding_by_count(n: int, stride: int, drop_last: bool) -> Window: ...
    @staticmethod
    def into_by_time(n: int) -> Window: ...
    @staticmethod
    def into_by_count(n: int) -> Window: ...
    @staticmethod
    def spikingjelly_by_time(n: int) -> Window: ...
    @staticmethod
    def spikingjelly_by_number(n: int) -> Window: ...
    @staticmethod
    def spikingjelly_by_duration(us: int) -> Window: ...
    def frames(self, t: NDArray[np.int64]) -> int: ...
    def slices(self, t: NDArray[np.int64], limit: int) -> NDArray[np.int64]: ...

def available_threads() -> int: ...

# Columns, slices or the rule that makes them, sensor size, threads.
_Given: TypeAlias = tuple[_Columns, NDArray[np.int64] | Window, tuple[int, int], int]
# Polarity, and whether earlier events count.
_Surface: TypeAlias = tuple[str, bool]

def count_into_frames(
    given: _Given,
    frames: NDArray[np.float32] | NDArray[np.int16] | NDArray[np.uint16] | NDArray[np.uint8],
    polarity: str,
) -> tuple[int, int | None]: ...
def mark_into_frames(
    given: _Given,
    frames: NDArray[np.float32] | NDArray[np.int16] | NDArray[np.uint16] | NDArray[np.uint8],
    polarity: str,
) -> None: ...
def voxel_grid_into_frames(
    given: _Given,
    frames: NDArray[np.float32],
    polarity: str,
    bins: int,
    kernel: tuple[str, float],
    measure: str,
) -> None: ...
def last_event_times_of(given: _Given) -> NDArray[np.int64]: ...
def last_times_into_frames(given: _Given, frames: NDArray[np.float64], surface: _Surface) -> None: ...
def time_surface_into_frames(
    given: _Given,
    frames: NDArray[np.float32],
    surface: _Surface,
    fading: tuple[str, float],
    references: NDArray[np.int64],
) -> None: ...
def tore_into_frames(
    given: _Given,
    frames: NDArray[np.float32],
    surface: _Surface,
    depth: int,
    ages: tuple[float, float],
    references: NDArray[np.int64],
) -> None: ...
def averaged_surfaces_into_frames(
    given: _Given,
    frames: NDArray[np.float32],
    polarity: str,
    cell_and_radius: tuple[int, int],
    window_us: int,
    fading: tuple[str, float],
) -> None: ...

# pictures

def gif_image_data(pixels: NDArray[np.uint8], bits: int) -> bytes: ...

# simulate

@final
class EventSensor:
    def __new__(
        cls,
        size: tuple[int, int],
        *,
        threshold_on: float,
        threshold_off: float,
        threshold_mismatch: float,
        refractory_us: int,
        leak_rate_hz: float,
        shot_noise_rate_hz: float,
        bandwidth_hz: float,
        log_offset: float,
        seed: int,
        threads: int,
    ) -> Self: ...
    def expose(self, image: NDArray[np.float32], t_us: int) -> None: ...
    def take(self) -> _Columns: ...
    def dropped_refractory(self) -> int: ...

def simulate_saccades(
    image: NDArray[np.float32],
    *,
    sensor_size: tuple[int, int],
    magnification: float,
    background: float,
    amplitude_px: float,
    move_us: int,
    step_us: int,
    on_threshold: float,
    off_threshold: float,
    refractory_us: int,
    log_offset: float,
) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], NDArray[np.bool_], int]: ...

# neurons

@final
class Kernel:
    served_by: str
    def __new__(cls, program: str) -> Self: ...
    def left_out(self, params: bool) -> int: ...
    def forward(
        self,
        shape: tuple[int, int, int],
        x: int,
        z: int,
        start: list[int],
        rest: list[float],
        last: int,
        params: list[tuple[int, int]],
        numbers: Sequence[float],
        keep: int,
        kept: int,
        threads: int,
    ) -> None: ...
    def backward(
        self,
        shape: tuple[int, int, int],
        grad_z: int,
        grad_last: int,
        x: int,
        state: int,
        params: list[tuple[int, int]],
        numbers: Sequence[float],
        keep: int,
        kept: int,
        grad_x: int,
        grad_initial: int,
        grads: list[int],
        threads: int,
        rest: list[float],
    ) -> None: ...

# pages

def spare(len: int) -> NDArray[np.float32] | None: ...

# cuda

def cuda_source(name: str) -> str: ...
