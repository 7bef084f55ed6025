"""A recording as a GIF or an MP4 film, by the ending of its name, or as a PNG sheet of its frames."""

import argparse
from pathlib import Path

from spikelet import plot
from spikelet.cli.events.spelling import count
from spikelet.events import Events
from spikelet.frames import Window
from spikelet.plot import DARK, LIGHT, Film, Sheet

_FRAME_MS = 40
# Pictures of a sheet stand beside others.
_COMFORTABLE_PICTURE = 160
# Films of small sensors would be stamps: they are magnified to about this many pixels.
_COMFORTABLE_SIDE = 480


def add_film(parser: argparse.ArgumentParser) -> None:
    """Adds the options of films."""
    film = parser.add_argument_group("films and pictures")
    film.add_argument(
        "--frame-ms",
        type=count,
        metavar="MS",
        help=f"time of a frame in milliseconds (default {_FRAME_MS})",
    )
    film.add_argument(
        "--scale",
        type=count,
        metavar="N",
        help="pixels for one of the sensor (default: larger for small sensors)",
    )
    film.add_argument("--light", action="store_true", help="on white paper")


def refuse_idle(args: argparse.Namespace, names: tuple[str, ...], *, goes_with: str) -> None:
    """Ends the program where one of these options was given, for nothing that is asked for looks at it."""
    for name in names:
        if getattr(args, name):
            args.refuse(f"--{name.replace('_', '-')} goes with {goes_with}")


def filmed(path: str, recording: Events, args: argparse.Namespace, *, window: Window) -> Film:
    """Writes the film that the options ask for."""
    writes = plot.write_mp4 if Path(path).suffix.lower() == ".mp4" else plot.write_gif
    return writes(
        path,
        recording,
        window=window,
        frame_ms=args.frame_ms or _FRAME_MS,
        scale=args.scale or max(1, _COMFORTABLE_SIDE // max(recording.sensor_size)),
        inks=LIGHT if args.light else DARK,
        overwrite=args.overwrite,
    )


def add_columns(parser: argparse.ArgumentParser) -> None:
    """Adds the option of sheets."""
    parser.add_argument(
        "--columns",
        type=count,
        metavar="N",
        help="pictures of a .png side by side (default: about as many pixels across as down)",
    )


def sheet(path: str, recording: Events, args: argparse.Namespace, *, window: Window) -> Sheet:
    """Writes the sheet that the options ask for."""
    return plot.write_png(
        path,
        recording,
        window=window,
        columns=args.columns,
        scale=args.scale or max(1, _COMFORTABLE_PICTURE // max(recording.sensor_size)),
        inks=LIGHT if args.light else DARK,
        overwrite=args.overwrite,
    )
