"""What an event sensor reports of images or of a video."""

from collections.abc import Iterator
from math import inf
from multiprocessing import parent_process
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikelet import _core
from spikelet.errors import DtypeError, OrderError, ParameterError, ShapeError
from spikelet.events.columns import checked_size
from spikelet.events.numbers import MOST_THREADS, checked_integer, checked_threads
from spikelet.events.report import Report
from spikelet.events.sensor import Sensor
from spikelet.events.type import Events, adopted
from spikelet.events.video import frames_of

Frame = tuple[int, NDArray[Any]]

_IDEAL = Sensor()
_WHITE = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65_535.0}
# Far above any useful noise, far below what takes all memory.
_MOST_NOISE = 2**31


def simulate(
    frames: NDArray[Any] | str | PathLike[str],
    *,
    times_us: ArrayLike | None = None,
    sensor: Sensor = _IDEAL,
    seed: int = 0,
    threads: int | None = None,
) -> Events:
    r"""The events of a simulated sensor before which images pass.

    Between images the logarithm of intensity runs linearly in time; events stand at the microseconds where it
    meets the levels of `sensor`. The first image only sets these. The events are the same for the same
    `seed`, whatever the number of threads: each pixel draws from a stream of its own. `metadata` holds the
    number of events lost to the refractory time.

    Args:
        frames: `[T, H, W]` images, or a video file, of which the brightness (luma) is taken. Values are taken
            as linear in light; uint8 and uint16 are scaled so that 1 is white, floats are taken as they are.
        times_us: `[T]` whole microseconds, rising, 0 or above; a video brings its own.
        sensor: what the pixels are like.
        seed: what mismatch and noise are drawn by.
        threads: threads that share the rows; None takes every core that this process may use, and one in a
            worker of `multiprocessing`.
    Raises:
        DtypeError: `frames` are neither images of one of the types nor a path, `times_us` are no integers, or
            `sensor` is no `Sensor`.
        ShapeError: the images are not `[T, H, W]`, or there is not one time for each.
        OrderError: times do not rise.
        ParameterError: an intensity is not finite, is negative, or has no logarithm; the noise alone would
            give 2^31 events or more; or an argument is outside its rule.
        FormatError: the video's file holds none.
        ImportError: `frames` is a video and PyAV is not installed.
        OSError: the video cannot be read.
    """
    if not isinstance(sensor, Sensor):  # pyright: ignore[reportUnnecessaryIsInstance]: any object may come
        raise DtypeError(f"`sensor` must be a `Sensor`, got {type(sensor).__name__}")
    shown = _shown(frames, times_us)
    first = next(shown, None)
    if first is None:
        raise ShapeError("`frames` must hold one image at least, got none")
    height, width = first[1].shape
    size = checked_size((width, height))
    pixels = _sensor_of(size, sensor, seed=seed, threads=threads)
    last = _expose_all(pixels, first, shown, sensor=sensor)
    columns = pixels.take()
    lost = {"dropped_refractory": str(pixels.dropped_refractory()), "duration_us": str(last - first[0])}
    report = Report(events=len(columns[0]))
    return adopted(columns, sensor_size=size, origin="upper-left", report=report, metadata=lost)


def _shown(frames: Any, times_us: ArrayLike | None) -> Iterator[Frame]:
    """The images one by one, each with its time."""
    if isinstance(frames, (str, PathLike)):
        if times_us is not None:
            raise ParameterError("`times_us` must be left out for a video, which brings its own")
        return frames_of(fspath(frames))
    images = _checked_images(frames)
    return zip(_checked_times(times_us, count=len(images)), images, strict=True)


def _checked_images(frames: Any) -> NDArray[Any]:
    kinds = (np.uint8, np.uint16, np.float32, np.float64)
    if not isinstance(frames, np.ndarray) or frames.dtype not in kinds:
        kind = str(frames.dtype) if isinstance(frames, np.ndarray) else type(frames).__name__
        raise DtypeError(
            f"`frames` must be an array of uint8, uint16, float32 or float64, or a path, got {kind}"
        )
    if frames.ndim != 3 or frames.size == 0:
        advice = {
            2: "; one image is `image[None]`",
            4: "; average the colours of an image to one intensity first",
        }.get(frames.ndim, "")
        raise ShapeError(f"`frames` must have shape [T, H, W], got {list(frames.shape)}{advice}")
    return frames


def _checked_times(times_us: ArrayLike | None, *, count: int) -> list[int]:
    if times_us is None:
        raise ParameterError(
            "`times_us` must be given with images, got None; pass for example `numpy.arange(T) * 1000`"
        )
    times = np.asarray(times_us)
    if times.dtype.kind not in "iu":
        raise DtypeError(
            f"`times_us` must be whole microseconds, got {times.dtype}; scale and round them first"
        )
    if times.shape != (count,):
        raise ShapeError(f"`times_us` must have shape [{count}], one for each image, got {list(times.shape)}")
    return times.tolist()


def _sensor_of(size: tuple[int, int], sensor: Sensor, *, seed: int, threads: int | None) -> _core.EventSensor:
    if threads is not None:
        workers = checked_threads(threads)
    else:
        workers = 1 if parent_process() is not None else min(_core.available_threads(), MOST_THREADS)
    if max(size) > 65_535:
        raise ShapeError(f"images must be at most 65535 pixels wide and high to be simulated, got {size}")
    return _core.EventSensor(
        size,
        threshold_on=sensor.threshold_on,
        threshold_off=sensor.threshold_off,
        threshold_mismatch=sensor.threshold_mismatch,
        refractory_us=sensor.refractory_us,
        leak_rate_hz=sensor.leak_rate_hz,
        shot_noise_rate_hz=sensor.shot_noise_rate_hz,
        bandwidth_hz=inf if sensor.bandwidth_hz is None else sensor.bandwidth_hz,
        log_offset=sensor.log_offset,
        seed=checked_integer("seed", seed, most=2**64 - 1),
        threads=workers,
    )


def _expose_all(pixels: _core.EventSensor, first: Frame, rest: Iterator[Frame], *, sensor: Sensor) -> int:
    """Shows every image, and returns the last one's time."""
    shape, start = first[1].shape, first[0]
    last = -1
    for number, (t_us, image) in enumerate(_from(first, rest)):
        if t_us <= last:
            raise OrderError(
                f"`times_us` must rise from 0 or above, got {t_us} at image {number}"
                + (f" after {last}" if number > 0 else "")
            )
        if image.shape != shape:
            raise ShapeError(f"images must be of one size, got {image.shape} after {shape} at image {number}")
        _refuse_flood(sensor, pixels=image.size, duration_us=t_us - start)
        pixels.expose(_intensity(image, number, log_offset=sensor.log_offset), t_us)
        last = t_us
    return last


def _from(first: Frame, rest: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from rest


def _refuse_flood(sensor: Sensor, *, pixels: int, duration_us: int) -> None:
    rate = sensor.leak_rate_hz + sensor.shot_noise_rate_hz
    events = rate * pixels * duration_us * 1e-6
    if events >= _MOST_NOISE:
        raise ParameterError(
            f"leak and shot noise must give fewer than 2^31 events, got about {events:.3g} from {pixels} "
            f"pixels in {duration_us} us; look at `times_us`, or lower the rates"
        )


def _intensity(image: NDArray[Any], number: int, *, log_offset: float) -> NDArray[np.float32]:
    """The image as float32, 1 for white where its type says what white is."""
    intensity = np.ascontiguousarray(image, dtype=np.float32)
    white = _WHITE.get(image.dtype)
    if white is not None:
        intensity = intensity / np.float32(white)
    unfit = np.flatnonzero(~(np.isfinite(intensity) & (intensity >= 0) & (intensity + log_offset > 0)))
    if len(unfit) > 0:
        y, x = divmod(int(unfit[0]), image.shape[1])
        raise ParameterError(
            "intensities must be finite, not negative and above 0 once `log_offset` is added, got "
            f"{image[y, x]} at x = {x}, y = {y} of image {number}; scale the images or raise `log_offset`"
        )
    return intensity
