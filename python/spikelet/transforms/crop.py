"""Crops: a part of the sensor, or of the recording's time."""

from dataclasses import dataclass
from typing import final

import numpy as np

from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.events.columns import SensorSize, checked_size
from spikelet.events.numbers import checked_integer
from spikelet.transforms.base import RandomTransform, Transform, settle
from spikelet.transforms.changing import with_columns
from spikelet.transforms.rules import MOST_US
from spikelet.transforms.time import duration_of

_MOST_PIXELS = 65_536


@final
@dataclass(frozen=True, kw_only=True)
class Crop(Transform):
    r"""The events of a rectangle, on a sensor of its size: $x' = x - x_0$, $y' = y - y_0$.

    Args:
        x: first column taken.
        y: first row taken, counted from the events' origin.
        width: columns taken.
        height: rows taken.
    Raises:
        ParameterError: an argument is no whole number in its range; when called, the rectangle does not lie
            on the sensor.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        corner = {name: getattr(self, name) for name in ("x", "y")}
        sides = {name: getattr(self, name) for name in ("width", "height")}
        settle(
            self,
            **{
                name: checked_integer(name, it, least=0, most=_MOST_PIXELS - 1) for name, it in corner.items()
            },
            **{name: checked_integer(name, it, least=1, most=_MOST_PIXELS) for name, it in sides.items()},
        )

    def _applied(self, events: Events) -> Events:
        width, height = events.sensor_size
        if self.x + self.width > width or self.y + self.height > height:
            raise ParameterError(
                f"`Crop` must lie on the sensor of {width}x{height} pixels, got columns {self.x} to "
                f"{self.x + self.width - 1} and rows {self.y} to {self.y + self.height - 1}; take less"
            )
        return cropped(events, (self.x, self.y), (self.width, self.height))


@final
@dataclass(frozen=True)
class CenterCrop(Transform):
    """The events in the middle of the sensor, on a sensor of that size.

    As tonic's, where the middle falls between pixels the one before is taken; unlike tonic's, a size beyond
    the sensor is refused and not filled up.

    Args:
        size: width and height in pixels.
    Raises:
        ParameterError: `size` is none; when called, it is larger than the sensor.
    """

    size: SensorSize

    def __post_init__(self) -> None:
        settle(self, size=checked_size(self.size, name="size"))

    def _applied(self, events: Events) -> Events:
        room = _room(events, self.size, "CenterCrop")
        return cropped(events, (room[0] // 2, room[1] // 2), self.size)


@final
@dataclass(frozen=True)
class RandomCrop(RandomTransform):
    """The events of a rectangle drawn anywhere on the sensor, each place as likely, on a sensor of its size.

    tonic's of this name never takes the last place.

    Args:
        size: width and height in pixels.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `size` is none; when called, it is larger than the sensor.
    """

    size: SensorSize

    def _check(self) -> None:
        settle(self, size=checked_size(self.size, name="size"))

    def _applied(self, events: Events, rng: np.random.Generator) -> Events:
        room = _room(events, self.size, "RandomCrop")
        x, y = (int(rng.integers(most, endpoint=True)) for most in room)
        return cropped(events, (x, y), self.size)


@final
@dataclass(frozen=True, kw_only=True)
class CropTime(Transform):
    """The events from a first time on and before another, as `Events.between`, sharing memory.

    tonic's of this name takes events at its `max` too.

    Args:
        start_us: first time taken; from the beginning where None.
        stop_us: first time no longer taken; to the end where None.
    Raises:
        ParameterError: a time is no whole number of 64 bits, or `stop_us` lies before `start_us`.
    """

    start_us: int | None = None
    stop_us: int | None = None

    def __post_init__(self) -> None:
        for name in ("start_us", "stop_us"):
            value = getattr(self, name)
            if value is not None:
                settle(self, **{name: checked_integer(name, value, least=-MOST_US - 1, most=MOST_US)})
        if self.start_us is not None and self.stop_us is not None and self.stop_us < self.start_us:
            raise ParameterError(
                f"`stop_us` must not lie before `start_us` of {self.start_us}, got {self.stop_us}; "
                "swap the two"
            )

    def _applied(self, events: Events) -> Events:
        return events.between(start_us=self.start_us, stop_us=self.stop_us)


@final
@dataclass(frozen=True, kw_only=True)
class RandomCropTime(RandomTransform):
    """The events of a stretch of time that lies anywhere in the recording, sharing memory.

    Args:
        us: length of the stretch in microseconds; a recording that is not longer is taken whole.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `us` is not a whole number above 0.
    """

    us: int

    def _check(self) -> None:
        settle(self, us=checked_integer("us", self.us, least=1, most=MOST_US))

    def _applied(self, events: Events, rng: np.random.Generator) -> Events:
        # The last microsecond of the recording is taken too.
        room = duration_of(events) + 1 - self.us if len(events) > 0 else 0
        if room <= 0:
            return events
        start = int(events.t[0]) + int(rng.integers(room, endpoint=True))
        return events.between(start_us=start, stop_us=start + self.us)


def cropped(events: Events, corner: tuple[int, int], size: SensorSize) -> Events:
    """The events of a rectangle that lies on the sensor."""
    (x, y), (width, height) = corner, size
    # What lies before the corner wraps to large numbers.
    right, down = events.x - np.uint16(x), events.y - np.uint16(y)
    inside = (right < width) & (down < height)
    columns = events.t[inside], right[inside], down[inside], events.p[inside]
    return with_columns(events, columns, sensor_size=size)


def _room(events: Events, size: SensorSize, name: str) -> tuple[int, int]:
    """By how much the sensor is wider and higher than `size`."""
    (width, height), (taken_width, taken_height) = events.sensor_size, size
    if taken_width > width or taken_height > height:
        raise ParameterError(
            f"`size` of `{name}` must lie on the sensor of {width}x{height} pixels, got "
            f"{taken_width}x{taken_height}; take less"
        )
    return width - taken_width, height - taken_height
