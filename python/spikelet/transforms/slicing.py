"""One recording cut into many: by time or count, or by area."""

from dataclasses import dataclass
from typing import final

from spikelet.events import Events
from spikelet.events.columns import SensorSize, checked_size
from spikelet.frames.slicing import Window, slices
from spikelet.transforms.base import settle
from spikelet.transforms.crop import cropped
from spikelet.transforms.rules import checked_events


@final
@dataclass(frozen=True)
class SliceByWindow:
    """The slices of a recording, as frames would be made of: `SliceByWindow(ByTime(us=10_000))`.

    Args:
        window: any window of `spikelet.frames`.
    """

    window: Window

    def __call__(self, events: Events) -> tuple[Events, ...]:
        """The slices, in order, sharing memory with the whole.

        Raises:
            DtypeError: `events` is not an `Events`, or `window` is no window.
            OrderError: the events were read with `backward="keep"` and step back.
            ParameterError: there are too many slices, or a SpikingJelly window has no events where that
                library raises.
        """
        ends = slices(checked_events(events), self.window)
        return tuple(events[start:stop] for start, stop in ends.tolist())


@final
@dataclass(frozen=True)
class SliceByArea:
    """Tiles of the sensor, each a recording on a sensor of its own; the last ones are as large as is left.

    Every event is in one tile.

    Args:
        size: width and height of a tile in pixels.
    Raises:
        ParameterError: `size` is none.
    """

    size: SensorSize

    def __post_init__(self) -> None:
        settle(self, size=checked_size(self.size, name="size"))

    def __call__(self, events: Events) -> tuple[Events, ...]:
        """The tiles, from the origin on, along x first.

        Raises:
            DtypeError: `events` is not an `Events`.
            OrderError: the events were read with `backward="keep"` and step back.
        """
        width, height = checked_events(events).sensor_size
        return tuple(
            cropped(events, (x, y), (min(self.size[0], width - x), min(self.size[1], height - y)))
            for y in range(0, height, self.size[1])
            for x in range(0, width, self.size[0])
        )
