"""Recordings as sheets: the pictures of all windows in one, row by row."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from os import PathLike, fspath
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.events.numbers import checked_integer
from spikelet.events.place import require_ending, whole_file
from spikelet.frames import Window, slices
from spikelet.plot.inks import DARK, Inks
from spikelet.plot.pictures import Picture, checked_scale, pictures
from spikelet.plot.png import PngFile

# Pixels between pictures, at their edges too.
_GAP = 2
# How far the colour of gaps goes from paper to even.
_GAP_SHARE = 0.25
# Viewers refuse larger ones.
_MOST_SIDE = 65_535


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What was written.

    Args:
        path: the file.
        frames: how many pictures it shows.
        columns: how many stand side by side.
        size: width and height in pixels.
    """

    path: str
    frames: int
    columns: int
    size: tuple[int, int]

    def to_dict(self) -> dict[str, Any]:
        """Everything by name, fit for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        width, height = self.size
        return f"{self.path}: {self.frames} frames, {self.columns} in a row, {width}x{height} pixels"


def write_png(
    path: str | PathLike[str],
    events: Events,
    *,
    window: Window,
    columns: int | None = None,
    scale: int = 1,
    inks: Inks = DARK,
    overwrite: bool = False,
) -> Sheet:
    """Writes one PNG with a picture per window, left to right and row by row, coloured as by `write_gif`.

    Args:
        path: where it goes, a name that ends in `.png`.
        events: sorted events.
        window: how the recording is cut.
        columns: pictures side by side; about as many pixels across as down where None.
        scale: pixels of a picture for one of the sensor, along each side.
        inks: the colours.
        overwrite: whether a file there may be replaced.
    Raises:
        OSError: the file cannot be written.
        ParameterError: a file stands there, there is no window, the sheet would have more than 65535 pixels
            along a side, or an argument is outside its rule.
        OrderError: the events were read with `backward="keep"` and step back, and `window` is by time.
    """
    require_ending(path, ".png")
    sheet = _planned(path, events, window=window, columns=columns, scale=scale)
    paper, even = (np.array(colour, np.float64) for colour in (inks.paper, inks.even))
    gap = np.rint(paper + _GAP_SHARE * (even - paper)).astype(np.uint8)
    palette = np.concatenate([inks.palette(), gap[None]])
    with whole_file(path, overwrite=overwrite) as part, part.open("wb") as file:
        png = PngFile(file, size=sheet.size, palette=palette)
        for rows in _rows(pictures(events, window, scale=scale), sheet, between=len(palette) - 1):
            png.write(rows)
        png.close()
    return sheet


def _planned(
    path: str | PathLike[str], events: Events, *, window: Window, columns: int | None, scale: int
) -> Sheet:
    factor = checked_scale(scale)
    frames = len(slices(events, window))
    if frames == 0:
        raise ParameterError("a sheet must have at least one frame, got a recording without a window")
    width, height = (side * factor + _GAP for side in events.sensor_size)
    wanted = max(1, round(math.sqrt(frames * height / width))) if columns is None else columns
    across = min(frames, checked_integer("columns", wanted, least=1))
    size = across * width + _GAP, -(-frames // across) * height + _GAP
    if max(size) > _MOST_SIDE:
        raise ParameterError(
            f"a sheet must have at most {_MOST_SIDE} pixels along each side, got {size[0]}x{size[1]}; "
            "take fewer windows or a smaller `scale`"
        )
    return Sheet(path=fspath(path), frames=frames, columns=across, size=size)


def _rows(shown: Iterator[Picture], sheet: Sheet, *, between: int) -> Iterator[NDArray[np.uint8]]:
    """The rows of the sheet, a row of pictures at a time; `between` is the colour of what is no picture."""
    width = sheet.size[0]
    while line := list(islice(shown, sheet.columns)):
        height = len(line[0])
        rows = np.full((height + _GAP, width), between, np.uint8)
        for place, picture in enumerate(line):
            left = _GAP + place * (picture.shape[1] + _GAP)
            rows[_GAP:, left : left + picture.shape[1]] = picture
        yield rows
    yield np.full((_GAP, width), between, np.uint8)
