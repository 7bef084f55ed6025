"""Recordings as films: each window of a recording is one picture."""

from dataclasses import asdict, dataclass
from os import PathLike, fspath
from typing import Any, final

from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.events.place import require_ending, whole_file
from spikelet.frames import Window, slices
from spikelet.plot import mp4
from spikelet.plot.gif import GifFile
from spikelet.plot.inks import DARK, Inks
from spikelet.plot.pictures import checked_scale, pictures

_MOST_GIF_SIDE = 65_535
# Browsers take shorter ones for 100 ms.
_SHORTEST_GIF_MS = 20


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What was written.

    Args:
        path: the file.
        frames: how many pictures it shows.
        size: width and height in pixels.
        frame_ms: how long each is shown.
    """

    path: str
    frames: int
    size: tuple[int, int]
    frame_ms: int

    def to_dict(self) -> dict[str, Any]:
        """Everything by name, fit for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        seconds = self.frames * self.frame_ms / 1000
        return "{}: {} frames of {}x{} pixels, {:g} s".format(self.path, self.frames, *self.size, seconds)


def write_gif(
    path: str | PathLike[str],
    events: Events,
    *,
    window: Window,
    frame_ms: int = 40,
    scale: int = 1,
    inks: Inks = DARK,
    overwrite: bool = False,
) -> Film:
    """Writes an animated GIF with one picture per window, exact to the pixel.

    A pixel's colour says whether on or off events prevail, its strength how many: 1, 2, 4, 8, 16 or more.

    Args:
        path: where it goes, a name that ends in `.gif`.
        events: sorted events.
        window: how the recording is cut.
        frame_ms: how long each picture is shown, a multiple of 10, at least 20.
        scale: pixels of the film for one of the sensor, along each side.
        inks: the colours.
        overwrite: whether a file there may be replaced.
    Raises:
        OSError: the file cannot be written.
        ParameterError: a file stands there, there is no window, or an argument is outside its rule.
        OrderError: the events were read with `backward="keep"` and step back, and `window` is by time.
    """
    require_ending(path, ".gif")
    if frame_ms < _SHORTEST_GIF_MS or frame_ms % 10 != 0:
        raise ParameterError(
            f"`frame_ms` must be a multiple of 10, at least {_SHORTEST_GIF_MS}, in a GIF, got {frame_ms}"
        )
    film = _planned(path, events, window=window, frame_ms=frame_ms, scale=scale)
    if max(film.size) > _MOST_GIF_SIDE:
        raise ParameterError(
            f"`scale` must keep a GIF below {_MOST_GIF_SIDE + 1} pixels a side, got {max(film.size)}"
        )
    with whole_file(path, overwrite=overwrite) as part, part.open("wb") as file:
        gif = GifFile(file, size=film.size, palette=inks.palette(), frame_ms=frame_ms)
        for picture in pictures(events, window, scale=scale):
            gif.write(picture)
        gif.close()
    return film


def write_mp4(
    path: str | PathLike[str],
    events: Events,
    *,
    window: Window,
    frame_ms: int = 40,
    scale: int = 1,
    inks: Inks = DARK,
    overwrite: bool = False,
) -> Film:
    """Writes an MP4 film (H.264) with one picture per window, coloured as `write_gif` does; needs PyAV.

    Args:
        path: where it goes, a name that ends in `.mp4`.
        events: sorted events.
        window: how the recording is cut.
        frame_ms: how long each picture is shown.
        scale: pixels of the film for one of the sensor, along each side.
        inks: the colours.
        overwrite: whether a file there may be replaced.
    Raises:
        OSError: the file cannot be written.
        ImportError: PyAV is not installed.
        ParameterError: a file stands there, there is no window, or an argument is outside its rule.
        OrderError: the events were read with `backward="keep"` and step back, and `window` is by time.
    """
    require_ending(path, ".mp4")
    if frame_ms < 1:
        raise ParameterError(f"`frame_ms` must be above 0, got {frame_ms}")
    film = _planned(path, events, window=window, frame_ms=frame_ms, scale=scale)
    palette = inks.palette()
    with whole_file(path, overwrite=overwrite) as part:
        coloured = (palette[picture] for picture in pictures(events, window, scale=scale))
        mp4.write_frames(part, coloured, size=film.size, frame_ms=frame_ms)
    return film


def _planned(path: str | PathLike[str], events: Events, *, window: Window, frame_ms: int, scale: int) -> Film:
    factor = checked_scale(scale)
    frames = len(slices(events, window))
    if frames == 0:
        raise ParameterError("a film must have at least one frame, got a recording without a window")
    width, height = events.sensor_size
    return Film(path=fspath(path), frames=frames, size=(width * factor, height * factor), frame_ms=frame_ms)
