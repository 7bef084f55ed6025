"""`spikelet events frames`: counts of events as arrays, as a sheet of pictures, or as a film."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelet import frames
from spikelet.cli.events.answer import answer
from spikelet.cli.events.film import add_columns, add_film, filmed, refuse_idle, sheet
from spikelet.cli.events.source import add_lenient, add_source, whole
from spikelet.cli.events.target import add_overwrite
from spikelet.cli.events.window import add_window, window_asked
from spikelet.events import Events
from spikelet.events.place import refuse_existing, whole_file
from spikelet.frames import Window

_DTYPES: dict[str, type[Any]] = {"float32": np.float32, "uint16": np.uint16, "uint8": np.uint8}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's own arguments to its parser."""
    add_source(parser)
    parser.add_argument(
        "target", help="where the frames go; its ending says how: .npy, .npz, .png, .gif or .mp4"
    )
    add_overwrite(parser)
    add_lenient(parser)
    add_window(parser, default=None)
    parser.add_argument("--dtype", choices=sorted(_DTYPES), help="of an array (default float32)")
    add_film(parser)
    add_columns(parser)


def run(args: argparse.Namespace) -> int:
    """Writes the frames, says what they are, and returns 0."""
    writes = _WRITERS.get(Path(args.target).suffix.lower())
    if writes is None:
        args.refuse(f"the target must end in one of {', '.join(_WRITERS)}, got {args.target!r}")
        return 2
    idle, goes_with = _IDLE[writes]
    refuse_idle(args, idle, goes_with=goes_with)
    window = window_asked(args)
    refuse_existing(args.target, overwrite=args.overwrite)
    recording = whole(args)
    facts, text = writes(args, recording, window)
    told = {"name": type(window).__name__, **asdict(window)}
    left_out = frames.left_out(recording, window)
    events = {"events": len(recording) - left_out, "left_out": left_out}
    text += f"\nevents in no frame: {left_out}" if left_out > 0 else ""
    answer(args, {"source": args.file, "target": args.target, "window": told, **events, **facts}, text)
    return 0


Answer = tuple[dict[str, Any], str]


def _npy(args: argparse.Namespace, recording: Events, window: Window) -> Answer:
    grid = _grid(args, recording, window)
    with whole_file(args.target, overwrite=args.overwrite) as part, part.open("wb") as file:
        np.save(file, grid)
    return _about(args, grid)


def _npz(args: argparse.Namespace, recording: Events, window: Window) -> Answer:
    grid = _grid(args, recording, window)
    cut = frames.slices(recording, window)
    with whole_file(args.target, overwrite=args.overwrite) as part, part.open("wb") as file:
        np.savez_compressed(file, frames=grid, slices=cut)
    return _about(args, grid)


def _film(args: argparse.Namespace, recording: Events, window: Window) -> Answer:
    film = filmed(args.target, recording, args, window=window)
    return film.to_dict(), str(film)


def _sheet(args: argparse.Namespace, recording: Events, window: Window) -> Answer:
    written = sheet(args.target, recording, args, window=window)
    return written.to_dict(), str(written)


_WRITERS: dict[str, Callable[[argparse.Namespace, Events, Window], Answer]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".png": _sheet,
    ".gif": _film,
    ".mp4": _film,
}

# Options that a writer does not look at, and what they are for.
_IDLE: dict[Callable[..., Answer], tuple[tuple[str, ...], str]] = {
    _npy: (("frame_ms", "scale", "light", "columns"), "pictures and films: .png, .gif or .mp4"),
    _npz: (("frame_ms", "scale", "light", "columns"), "pictures and films: .png, .gif or .mp4"),
    _sheet: (("frame_ms", "dtype"), "films or arrays: .gif, .mp4, .npy or .npz"),
    _film: (("columns", "dtype"), "sheets or arrays: .png, .npy or .npz"),
}


def _grid(args: argparse.Namespace, recording: Events, window: Window) -> NDArray[Any]:
    return frames.counts(recording, window=window, dtype=_DTYPES[args.dtype or "float32"])


def _about(args: argparse.Namespace, grid: NDArray[Any]) -> Answer:
    shape = list(grid.shape)
    return {"shape": shape, "dtype": str(grid.dtype)}, f"{args.target}: {shape} {grid.dtype}"
