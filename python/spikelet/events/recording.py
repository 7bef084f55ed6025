"""One recording, whatever keeps it: what a format is, and what reading and writing one file offers.

`_core.RawReader` and `_core.RawWriter` are of these shapes, and so are the readers and writers of containers.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, final, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from spikelet.events.columns import Columns, Origin, SensorSize
from spikelet.events.report import Met

RecognisedBy = Literal["content", "extension", "given"]
TriggerColumns = tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format of event recordings.

    Args:
        name: how `format=` spells it.
        title: how people call it.
        extensions: usual endings of file names, with the dot.
        max_size: largest (width, height) in pixels that it can hold.
        origin: the corner from which it counts pixels.
        is_written: whether `write` knows it too.
        holds: what `write` has a place for beside events, by the names of `Beside`.
        trigger_inputs: how many inputs it tells apart in triggers.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    max_size: tuple[int, int]
    origin: Origin
    is_written: bool = True
    holds: tuple[str, ...] = ()
    trigger_inputs: int = 0


class Reader(Protocol):
    """An opened recording, decoded piece by piece."""

    @property
    def format(self) -> str:
        """Name of the format."""
        ...

    @property
    def recognised_by(self) -> RecognisedBy:
        """What told the format."""
        ...

    @property
    def sensor_size(self) -> SensorSize | None:
        """Width and height in pixels, None where nobody says."""
        ...

    @property
    def origin(self) -> Origin:
        """The corner where x = y = 0."""
        ...

    @property
    def header(self) -> list[tuple[str, str]]:
        """Lines of the header as (key, value), in order."""
        ...

    def use_threads(self, threads: int) -> None:
        """From now on at most so many work for `read_chunk`, where the format allows it."""
        ...

    def read_chunk(self, capacity: int) -> Columns | None:
        """The next `capacity` events as stored, fewer at the end, None after it."""
        ...

    def read_rest(self, *, threads: int = 1) -> Columns:
        """All events that remain, decoded by at most `threads` where the format allows it."""
        ...

    def triggers(self) -> TriggerColumns:
        """Edges at the external inputs met so far: times, numbers of the inputs, true where it rises."""
        ...

    def report(self) -> Met:
        """What was met so far."""
        ...

    def extremes(self) -> dict[str, int | None]:
        """The least and the largest of what was met so far, by the names of `Info`."""
        ...


@runtime_checkable
class PassesOver(Protocol):
    """A reader of a format that may hold an index of its times."""

    def pass_over(self, start_us: int) -> int:
        """Before the first reading: passes over events that are earlier by the index; how many."""
        ...


class Writer(Protocol):
    """A recording on its way to a file that takes its name once it is whole."""

    def write(
        self, t: NDArray[np.int64], x: NDArray[np.uint16], y: NDArray[np.uint16], p: NDArray[np.bool_]
    ) -> None:
        """Appends events; what the format cannot hold is refused by its index."""
        ...

    def close(self) -> dict[str, int]:
        """Gives the file its name; returns `events`, `bytes` and `time_offset`."""
        ...

    def abort(self) -> None:
        """Removes what was written; nothing happens after `close`."""
        ...


@runtime_checkable
class TakesTriggers(Protocol):
    """A writer of a format that has a place for triggers."""

    def add_triggers(self, t: NDArray[np.int64], id: NDArray[np.uint8], p: NDArray[np.bool_]) -> None:
        """Adds edges at external inputs, which are written with the events around them."""
        ...
