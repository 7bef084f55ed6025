"""The recordings that are read: each made once, kept in a folder, and the events that it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from scene import HEIGHT, WIDTH, Columns, full_rows, lone_events, moving_edges
from spikelet import events
from spikelet.events import Events

DSEC_OFFSET_US = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Recording:
    """How a file is made of the scene."""

    format: str
    # Some libraries go by it.
    ending: str
    size: tuple[int, int] = (WIDTH, HEIGHT)
    # Times are squeezed below it, for formats that hold no more.
    period_us: int | None = None
    # Of the events asked for: fewer where a peer is slow.
    share: float = 1.0
    scene: Callable[[int], Columns] = moving_edges
    origin: str = "upper-left"
    chip: str | None = None
    compression: str = "none"
    # What makes the file, where spikelet does not.
    make: Callable[[Path, Events], None] | None = None


def made(folder: Path, name: str, wanted: int) -> tuple[Path, Events]:
    """The file called `name` of about so many events, and what must be read from it."""
    recording = RECORDINGS[name]
    source = _source(folder, recording, int(wanted * recording.share))
    path = folder / f"{name}-{len(source)}{recording.ending}"
    if not path.exists():
        unfinished = path.with_name(f"unfinished-{path.name}")
        if recording.make is not None:
            recording.make(unfinished, source)
        else:
            write(unfinished, source, recording)
        unfinished.rename(path)
    return path, source


def write(path: Path, source: Events, recording: Recording, *, threads: int = 1) -> None:
    """Writes the recording by spikelet."""
    events.write(
        path,
        source,
        format=recording.format,
        chip=recording.chip,
        compression=recording.compression,
        threads=threads,
    )


def _source(folder: Path, recording: Recording, wanted: int) -> Events:
    cache = folder / f"{recording.scene.__name__}-{wanted}.npz"
    if not cache.exists():
        np.savez(cache, **dict(zip("txyp", recording.scene(wanted), strict=True)))
    with np.load(cache) as scene:
        t, x, y, p = (scene[name] for name in "txyp")
    width, height = recording.size
    if recording.size != (WIDTH, HEIGHT):
        x, y = x % np.uint16(width), y % np.uint16(height)
    if recording.period_us is not None:
        t = t * recording.period_us // max(int(t[-1]) + 1, 1)
    return Events(t, x, y, p, sensor_size=recording.size, origin=recording.origin)


def _text_txyp(path: Path, source: Events) -> None:
    """Lines `t,x,y,p`, by way of ours."""
    import_module("polars").DataFrame(
        {"t": source.t, "x": source.x, "y": source.y, "p": source.p.astype(np.uint8)}
    ).write_csv(path, include_header=False)


def _text_without_size(path: Path, source: Events) -> None:
    """The text of RPG without its first line, at which others stumble."""
    events.write(path, source, format="rpg")
    _, _, rest = path.read_bytes().partition(b"\n")
    path.write_bytes(rest)


def _dsec(path: Path, source: Events, packed: dict[str, object] | None = None) -> None:
    """The layout of DSEC: times from an offset on, and the index of each millisecond."""
    t = source.t
    columns = {"t": t.astype(np.uint32), "x": source.x, "y": source.y, "p": source.p.astype(np.uint8)}
    with import_module("h5py").File(path, "w") as file:
        for name, column in columns.items():
            file.create_dataset(f"events/{name}", data=column, **(packed or {"chunks": (1 << 17,)}))
        starts = np.searchsorted(t, np.arange(0, int(t[-1]) + 1, 1000))
        file["ms_to_idx"] = starts.astype(np.uint64)
        file["t_offset"] = np.int64(DSEC_OFFSET_US)


def _dsec_blosc(path: Path, source: Events) -> None:
    """As the data set is published: blosc with zstd."""
    blosc = import_module("hdf5plugin").Blosc(cname="zstd", clevel=1, shuffle=1)
    _dsec(path, source, {"chunks": (1 << 17,), "compression": blosc})


RECORDINGS: dict[str, Recording] = {
    "evt2": Recording(format="evt2", ending=".raw"),
    "evt21": Recording(format="evt21", ending=".raw"),
    "evt3": Recording(format="evt3", ending=".raw"),
    "evt3-sparse": Recording(format="evt3", ending=".raw", share=0.5, scene=lone_events),
    "evt3-dense": Recording(format="evt3", ending=".raw", share=0.5, scene=full_rows),
    "dat": Recording(format="dat", ending=".dat"),
    "bin40": Recording(format="bin40", ending=".bin", size=(240, 180), period_us=2**23),
    "aedat1": Recording(format="aedat1", ending=".aedat", size=(128, 128), origin="lower-left"),
    "aedat2": Recording(
        format="aedat2", ending=".aedat", size=(346, 260), origin="lower-left", chip="davis346"
    ),
    "aedat3": Recording(format="aedat3", ending=".aedat"),
    "aedat3-small": Recording(format="aedat3", ending=".aedat", share=1 / 30),
    "aedat4": Recording(format="aedat4", ending=".aedat4"),
    "aedat4-lz4": Recording(format="aedat4", ending=".aedat4", compression="lz4"),
    "aedat4-zstd": Recording(format="aedat4", ending=".aedat4", compression="zstd"),
    "es": Recording(format="es", ending=".es", origin="lower-left"),
    "csv": Recording(format="csv", ending=".csv"),
    "csv-txyp": Recording(format="csv", ending=".csv", make=_text_txyp),
    "rpg": Recording(format="rpg", ending=".txt", share=1 / 6, make=_text_without_size),
    "npy": Recording(format="npy", ending=".npy"),
    "dsec": Recording(format="dsec", ending=".h5", make=_dsec),
    "dsec-blosc": Recording(format="dsec", ending=".h5", make=_dsec_blosc),
    "ecf": Recording(format="ecf", ending=".hdf5"),
}
