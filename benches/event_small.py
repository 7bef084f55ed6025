"""Small files, as the samples of N-MNIST are: 4.5 thousand events of 40 bits, read and made into frames."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from peers import read_bin40
from spikelet import events, frames
from spikelet.events import Events

_FILES, _EVENTS, _SIDE, _FRAMES = 400, 4500, 34, 10
_TONIC = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])


def small_files(folder: Path) -> list[Path]:
    """The files, made once."""
    rng = np.random.default_rng(0)
    here = folder / "small"
    here.mkdir(exist_ok=True)
    paths = [here / f"{number:05d}.bin" for number in range(_FILES)]
    for path in paths:
        x, y = rng.integers(0, _SIDE, (2, _EVENTS)).astype(np.uint16)
        t = np.sort(rng.integers(0, 300_000, _EVENTS))
        p = rng.random(_EVENTS) < 0.5
        if not path.exists():
            events.write(path, Events(t, x, y, p, sensor_size=(_SIDE, _SIDE)), format="bin40")
    return paths


def load_candidates(paths: list[Path]) -> dict[str, Callable[[], Any]]:
    """Functions that read every file."""
    readers = _readers()
    for path in paths[:3]:
        ours = readers["spikelet"](path)
        for name, read in readers.items():
            found = read(path)
            t, x = (
                (found[0], found[1]) if isinstance(found, tuple) else (_field(found, "t"), _field(found, "x"))
            )
            np.testing.assert_array_equal(t, ours.t, err_msg=name)
            np.testing.assert_array_equal(x, ours.x, err_msg=name)
    return {name: partial(_all, read, paths) for name, read in readers.items()}


def frames_candidates(paths: list[Path]) -> dict[str, Callable[[], Any]]:
    """Functions that read every file and make ten frames of equal count."""
    readers = _readers()
    framing: dict[str, Callable[[Any], np.ndarray]] = {
        "spikelet": lambda found: frames.counts(
            found, window=frames.SpikingJellyByNumber(_FRAMES), threads=1
        ),
        "evio": _bincount,
        "peers.read_bin40": lambda found: _counted(*found[1:]),
    }
    if "spikingjelly" in readers:
        integrate = import_module("spikingjelly.datasets.utils").integrate_events_by_fixed_frames_number
        framing["spikingjelly"] = partial(integrate, split_by="number", frames_num=_FRAMES, H=_SIDE, W=_SIDE)
    made = {name: partial(_framed, readers[name], make) for name, make in framing.items() if name in readers}
    for name, make in made.items():
        np.testing.assert_array_equal(make(paths[0]), made["spikelet"](paths[0]), err_msg=name)
    return {name: partial(_all, make, paths) for name, make in made.items()}


def _readers() -> dict[str, Callable[[Path], Any]]:
    size = (_SIDE, _SIDE)
    found: dict[str, Callable[[Path], Any]] = {
        "spikelet": lambda path: events.read(path, format="bin40", sensor_size=size),
        "peers.read_bin40": read_bin40,
    }
    if find_spec("spikingjelly"):
        found["spikingjelly"] = import_module("spikingjelly.datasets.utils").load_ATIS_bin
    if find_spec("evio"):
        evio = import_module("evio").read
        found["evio"] = lambda path: evio(str(path))
    if find_spec("tonic"):
        tonic = import_module("tonic.io").read_mnist_file
        found["tonic"] = lambda path: tonic(str(path), dtype=_TONIC)
    return found


def _field(found: Any, name: str) -> np.ndarray:
    return getattr(found, name) if hasattr(found, name) else found[name]


def _framed(read: Callable[[Path], Any], make: Callable[[Any], np.ndarray], path: Path) -> np.ndarray:
    return make(read(path))


def _bincount(found: Any) -> np.ndarray:
    return _counted(*(_field(found, name) for name in "xyp"))


def _counted(x: np.ndarray, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    frame = np.minimum(np.arange(len(x)) // (len(x) // _FRAMES), _FRAMES - 1)
    index = ((frame * 2 + p) * _SIDE + y) * _SIDE + x
    counts = np.bincount(index, minlength=_FRAMES * 2 * _SIDE * _SIDE)
    return counts.reshape(_FRAMES, 2, _SIDE, _SIDE).astype(np.float32)


def _all(work: Callable[[Path], Any], paths: list[Path]) -> None:
    for path in paths:
        work(path)
