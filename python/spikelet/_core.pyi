"""The compiled core. Exact types only; the public functions above it accept more and explain more."""

from os import PathLike
from typing import Literal, Self, TypeAlias, TypedDict, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Kernel",
    "RawReader",
    "RawWriter",
    "Window",
    "__version__",
    "audit",
    "available_threads",
    "clean",
    "count_into_frames",
    "cuda_source",
    "formats",
    "simulate_saccades",
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

@final
class RawReader:
    def __new__(
        cls,
        path: str | PathLike[str],
        *,
        format: str | None = None,
        sensor_size: tuple[int, int] | None = None,
        chip: str | None = None,
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
    def read_chunk(self, capacity: int) -> _Columns | None: ...
    def read_rest(self) -> _Columns: ...
    def triggers(self) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]: ...
    def imu(self) -> _ImuColumns: ...
    def frames(self) -> list[_FrameRow]: ...
    def samples(self) -> _SampleColumns: ...
    def specials(self) -> _SpecialColumns: ...
    def report(self) -> dict[str, int | None]: ...

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
    ) -> Self: ...
    def write(
        self, t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.bool_]
    ) -> None: ...
    def close(self) -> dict[str, int]: ...
    def abort(self) -> None: ...

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

# frames

@final
class Window:
    @staticmethod
    def by_time(us: int, drop_last: bool) -> Window: ...
    @staticmethod
    def by_count(n: int, drop_last: bool) -> Window: ...
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
def count_into_frames(
    t: NDArray[np.int64],
    x: NDArray[np.uint16],
    y: NDArray[np.uint16],
    p: NDArray[np.bool_],
    slices: NDArray[np.int64],
    frames: NDArray[np.float32] | NDArray[np.uint16] | NDArray[np.uint8],
    threads: int,
) -> tuple[int, int | None]: ...

# simulate

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
    def forward(
        self,
        shape: tuple[int, int, int],
        x: int,
        z: int,
        state: int,
        last: int,
        params: list[tuple[int, int]],
        numbers: list[float],
        keep: int,
        kept: int,
        threads: int,
        rest: list[float],
    ) -> None: ...
    def backward(
        self,
        shape: tuple[int, int, int],
        grad_z: int,
        grad_last: int,
        x: int,
        state: int,
        params: list[tuple[int, int]],
        numbers: list[float],
        keep: int,
        kept: int,
        grad_x: int,
        grad_initial: int,
        grads: list[int],
        threads: int,
    ) -> None: ...

# cuda

def cuda_source(name: str) -> str: ...
