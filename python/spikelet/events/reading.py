"""Whole recordings in memory: `read` with promises, `read_raw` with none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet.events.beside import Frame, Imu, Samples, Specials, frames_of, imu_of, samples_of, specials_of
from spikelet.events.columns import Columns, Origin, SensorSize, digest
from spikelet.events.door import (
    Backward,
    Source,
    checked_backward,
    cleaned,
    opened,
    packet_trouble,
    tail_trouble,
    through,
    trouble,
    unknown_size,
)
from spikelet.events.report import Report
from spikelet.events.type import Events


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
class RawEvents:
    """What a recording stores, in its order, with no promise about time or bounds.

    Args:
        t: `[n]` times in microseconds, wraps of the counter undone.
        x: `[n]` columns of the sensor as stored.
        y: `[n]` rows of the sensor as stored.
        p: `[n]` polarities; true is brighter.
        triggers: edges at the external inputs.
        imu: samples of the inertial sensor.
        frames: pictures that the sensor took.
        samples: readings of single pixels' grey levels.
        specials: marks that are neither events nor edges.
        sensor_size: width and height in pixels, None where nobody says.
        origin: the corner where x = y = 0.
        format: name of the file's format.
        metadata: the header by key.
        report: what the decoder met and skipped.
    """

    t: NDArray[np.int64]
    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    p: NDArray[np.bool_]
    triggers: Triggers
    imu: Imu
    frames: tuple[Frame, ...]
    samples: Samples
    specials: Specials
    sensor_size: SensorSize | None
    origin: Origin
    format: str
    metadata: Mapping[str, str]
    report: Report

    def __len__(self) -> int:
        return len(self.t)

    def digest(self) -> str:
        """Checksum that does not depend on the file format: sha256 over 13-byte records, little endian."""
        return digest((self.t, self.x, self.y, self.p))


def read(
    path: str | PathLike[str],
    *,
    format: str | None = None,
    sensor_size: SensorSize | None = None,
    chip: str | None = None,
    stream: int | None = None,
    keep_invalid: bool = False,
    lenient: bool = False,
    backward: Backward = "sort",
) -> Events:
    """The events of a recording, sorted and on the sensor, or an error that says where they are not.

    Such an error carries in `error.events` what `lenient=True` would have returned.

    Args:
        path: the recording.
        format: name of its format; recognised where None.
        sensor_size: width and height in pixels; needed where the file does not hold them.
        chip: name of the chip, where the format needs it and the file does not name it.
        stream: number of the stream or source of the events, where a file holds several; its lowest or first
            where None.
        keep_invalid: take also the events that the camera's software marked invalid.
        lenient: drop what is out of bounds, deal with backward steps as told, ignore a cut end, take
            an unknown sensor size from the largest coordinates, and count it all in `events.report`.
        backward: `"sort"` all stably by time, `"drop"` what is behind the latest time, or `"keep"` it.
    Raises:
        OSError: the file cannot be opened or read.
        FormatError: the content is of no format that is known, or of another.
        BoundsError: an event lies outside the sensor.
        OrderError: a timestamp goes backwards.
        TruncatedError: the file ends inside a word.
        ParameterError: the sensor size is unknown, or an argument is outside its rule.
    """
    checked_backward(backward)
    source = opened(
        path, format=format, sensor_size=sensor_size, chip=chip, stream=stream, keep_invalid=keep_invalid
    )
    if source.reader.sensor_size is None and not lenient:
        raise unknown_size(source, advice=" or `lenient=True` to take the largest coordinates")
    columns = source.reader.read_rest()
    found = _let_through(source, columns, backward=backward)
    if not lenient:
        _refuse_trouble(source, columns, found)
    return found


def read_raw(
    path: str | PathLike[str],
    *,
    format: str | None = None,
    sensor_size: SensorSize | None = None,
    chip: str | None = None,
    stream: int | None = None,
    keep_invalid: bool = False,
) -> RawEvents:
    """Everything that the decoder finds, as stored: unsorted and out of bounds where the file is.

    Args:
        path: the recording.
        format: name of its format; recognised where None.
        sensor_size: width and height in pixels, against which `report.out_of_bounds` counts.
        chip: name of the chip, where the format needs it and the file does not name it.
        stream: number of the stream or source of the events, where a file holds several; its lowest or first
            where None.
        keep_invalid: take also the events that the camera's software marked invalid.
    Raises:
        OSError: the file cannot be opened or read.
        FormatError: the content is of another format, or of none that is known.
        ParameterError: an argument is outside its rule.
    """
    source = opened(
        path, format=format, sensor_size=sensor_size, chip=chip, stream=stream, keep_invalid=keep_invalid
    )
    t, x, y, p = source.reader.read_rest()
    return RawEvents(
        t=t,
        x=x,
        y=y,
        p=p,
        triggers=Triggers(*source.reader.triggers()),
        imu=imu_of(source.reader),
        frames=frames_of(source.reader),
        samples=samples_of(source.reader),
        specials=specials_of(source.reader),
        sensor_size=source.reader.sensor_size,
        origin=source.origin,
        format=source.reader.format,
        metadata=source.metadata,
        report=source.report(),
    )


def _let_through(source: Source, columns: Columns, *, backward: Backward) -> Events:
    report = source.report()
    size = source.reader.sensor_size
    if size is None:
        size = _largest(columns)
        report = replace(report, sensor_size_from="largest coordinates")
    columns, report = cleaned(columns, report, size=size, backward=backward)
    return through(source, columns, size=size, report=report)


def _refuse_trouble(source: Source, columns: Columns, found: Events) -> None:
    error = trouble(source, columns) or packet_trouble(source) or tail_trouble(source)
    if error is not None:
        vars(error)["events"] = found
        raise error


def _largest(columns: Columns) -> SensorSize:
    if len(columns[0]) == 0:
        return 1, 1
    return int(columns[1].max()) + 1, int(columns[2].max()) + 1
