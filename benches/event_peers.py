"""Other libraries that read recordings, where they are installed."""

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from peers import read_bin40, read_dat, read_evt2, read_evt3, read_evt21

Reader = Callable[[Path], Any]

_EVT3 = ("evutils", "evt3", "eventcv", "by_hand")

# Whole files into arrays. Who is wrong about a file is told by its events and left out.
_READERS: dict[str, tuple[str, ...]] = {
    "evt2": ("evutils", "expelliarmus", "faery", "eventcv", "by_hand"),
    "evt21": ("by_hand",),
    "evt3": _EVT3,
    "evt3-sparse": _EVT3,
    "evt3-dense": _EVT3,
    "dat": ("evutils", "expelliarmus", "faery", "eventcv", "evio", "by_hand"),
    "aedat1": ("evutils",),
    "aedat2": ("evutils", "tonic"),
    "aedat3": ("evutils",),
    "aedat3-small": ("spikingjelly",),
    "aedat4": ("evutils", "dv_processing", "eventcv", "faery", "aedat", "tonic"),
    "aedat4-lz4": ("evutils", "aestream", "dv_processing", "eventcv", "faery", "aedat", "tonic"),
    "aedat4-zstd": ("evutils", "dv_processing", "eventcv", "faery", "aedat", "tonic"),
    "es": ("event_stream",),
    "bin40": ("evio", "spikingjelly", "by_hand"),
    "csv": ("polars", "numpy"),
    "csv-txyp": ("evutils",),
    "rpg": ("eventcv", "numpy"),
    "npy": ("numpy",),
    "dsec": ("h5py", "evutils"),
    "dsec-blosc": ("h5py", "evutils"),
    # The vendor's filter is in no package index: nobody else reads these chunks.
    "ecf": (),
}
# Chunk by chunk, nothing kept.
_STREAMS: dict[str, tuple[str, ...]] = {
    "evt2": ("evutils", "expelliarmus", "faery"),
    "evt21": ("evutils", "by_hand"),
    "dat": ("evutils", "expelliarmus", "faery"),
    "evt3": ("evutils", "evt3"),
    "evt3-sparse": ("evutils", "evt3"),
    "evt3-dense": ("evutils", "evt3"),
    "aedat4": ("evutils", "dv_processing", "aedat", "faery"),
    "aedat4-lz4": ("evutils", "dv_processing", "aedat", "faery"),
    "es": ("event_stream", "faery"),
}
_BY_HAND = {
    "evt3": read_evt3,
    "evt3-sparse": read_evt3,
    "evt3-dense": read_evt3,
    "evt2": read_evt2,
    "evt21": read_evt21,
    "dat": read_dat,
    "bin40": read_bin40,
}


def readers_of(name: str) -> dict[str, Reader]:
    """Functions from a path to what each library keeps in memory."""
    found = {}
    for peer in _READERS.get(name, ()):
        if peer == "by_hand":
            found[f"peers.{_BY_HAND[name].__name__}"] = _by_hand(name)
        elif find_spec(peer) is None:
            print(f"\n{name}: {peer} is not installed")
        else:
            try:
                found[peer] = _READ[peer](name)
            except (ImportError, RuntimeError) as error:
                print(f"\n{name}: {peer} is left out: {error}")
    return found


def streams_of(name: str) -> dict[str, Callable[[Path], int]]:
    """Functions from a path to the number of events seen."""
    peers = _STREAMS.get(name, ())
    found = {
        peer: _counted(peer, name) for peer in peers if peer != "by_hand" and find_spec(peer) is not None
    }
    if "by_hand" in peers:
        read = _by_hand(name)
        # In one piece: by hand nobody streams.
        found[f"peers.{_BY_HAND[name].__name__}"] = lambda path: len(read(path)[0])
    return found


def columns_of(found: Any) -> tuple[np.ndarray, ...]:
    """Columns `t x y p` of whatever a library returned."""
    if isinstance(found, tuple):
        return found
    if isinstance(found, list):
        found = np.concatenate(found)
    if isinstance(found, dict) or hasattr(found, "write_csv"):
        return tuple(np.asarray(found[name]) for name in "txyp")
    if hasattr(found, "numpy"):
        x, y, t, p = found.numpy().T[:4]
        return t, x, y, p
    names = getattr(getattr(found, "dtype", None), "names", None)
    if names is None:
        return tuple(np.asarray(getattr(found, name)) for name in "txyp")
    spelt = {"t": ("t", "timestamp"), "x": ("x",), "y": ("y",), "p": ("p", "on", "polarity")}
    return tuple(found[next(name for name in spelt[column] if name in names)] for column in "txyp")


def _by_hand(name: str) -> Reader:
    read = _BY_HAND[name]
    return lambda path: read(path) if name == "bin40" else read(path, _header_bytes(path))


def _header_bytes(path: Path) -> int:
    with path.open("rb") as file:
        head = file.read(65_536)
    # DAT headers end with the event type, RAW headers with a line.
    closing = b"\x0c\x08" if head.startswith(b"% Data file") else b"% end\n"
    return head.index(closing) + len(closing)


def _evutils(name: str) -> Reader:
    reader = import_module("evutils.io").EventReader
    # What it takes for the end of a longer recording otherwise.
    limits = {"max_events": 1 << 31}
    if name == "csv-txyp":
        limits["order"] = list("txyp")
    return lambda path: reader(path, **limits).read_all()


def _expelliarmus(name: str) -> Reader:
    wizard = import_module("expelliarmus").Wizard
    return lambda path: wizard(encoding=name).read(str(path))


def _evt3(_: str) -> Reader:
    decode = import_module("evt3").decode_file
    return lambda path: decode(str(path))


def _eventcv(name: str) -> Reader:
    load = import_module("eventcv").load
    given = {"time_unit": "seconds"} if name == "rpg" else {}
    return lambda path: load(str(path), **given)


def _evio(_: str) -> Reader:
    read = import_module("evio").read
    return lambda path: read(str(path))


def _aestream(_: str) -> Reader:
    source = import_module("aestream").FileInput
    return lambda path: source(str(path), (1280, 720)).load()


def _tonic(name: str) -> Reader:
    module = import_module("tonic.io")
    if name != "aedat2":
        return lambda path: module.read_aedat4(str(path))

    def read(path: Path) -> Any:
        *_, found = module.read_davis_346(str(path))
        return found

    return read


def _spikingjelly(name: str) -> Reader:
    module = import_module("spikingjelly.datasets.utils")
    return module.load_ATIS_bin if name == "bin40" else module.load_aedat_v3


def _polars(_: str) -> Reader:
    polars = import_module("polars")
    schema = {"x": polars.UInt16, "y": polars.UInt16, "p": polars.UInt8, "t": polars.Int64}
    return lambda path: polars.read_csv(path, has_header=False, schema=schema)


def _numpy(name: str) -> Reader:
    if name == "npy":
        return lambda path: _columns_copied(np.load(path))
    if name == "rpg":
        seconds = np.dtype([("t", "f8"), ("x", "u2"), ("y", "u2"), ("p", "u1")])
        return lambda path: _in_microseconds(np.loadtxt(path, seconds))
    names = np.dtype([("x", "u2"), ("y", "u2"), ("p", "u1"), ("t", "i8")])
    return lambda path: np.loadtxt(path, names, delimiter=",")


def _columns_copied(records: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(np.ascontiguousarray(records[name]) for name in "txyp")


def _in_microseconds(records: np.ndarray) -> tuple[np.ndarray, ...]:
    t = np.rint(records["t"] * 1e6).astype(np.int64)
    return t, records["x"], records["y"], records["p"]


def _h5py(_: str) -> Reader:
    package = import_module("h5py")
    if find_spec("hdf5plugin"):
        import_module("hdf5plugin")

    def read(path: Path) -> tuple[np.ndarray, ...]:
        with package.File(path) as file:
            t, x, y, p = (file[f"events/{name}"] for name in "txyp")
            return t[:].astype(np.int64) + file["t_offset"][()], x[:], y[:], p[:].view(np.bool_)

    return read


def _parts(peer: str, name: str) -> Callable[[Path], Iterator[Any]]:
    """Functions from a path to arrays one after another."""
    module = import_module(peer)
    if peer == "evutils":
        reader = import_module("evutils.io").EventReader
        return lambda path: iter(reader(path, n_events=262_144))
    if peer == "aedat":
        return lambda path: (packet["events"] for packet in module.Decoder(str(path)) if "events" in packet)
    if peer == "faery":
        return lambda path: iter(module.events_stream_from_file(path))
    if peer == "event_stream":
        return lambda path: iter(module.Decoder(str(path)))
    if peer == "dv_processing":
        return lambda path: _stores(module.io.MonoCameraRecording(str(path)))
    if peer == "expelliarmus":
        return lambda path: module.Wizard(encoding=name, fpath=path, chunk_size=65_536).read_chunk()
    return lambda path: module.decode_file_batches(str(path))


def _stores(recording: Any) -> Iterator[np.ndarray]:
    while recording.isRunning():
        store = recording.getNextEventBatch()
        if store is None:
            return
        yield store.numpy()


def _collected(peer: str) -> Callable[[str], Reader]:
    def of_format(name: str) -> Reader:
        parts = _parts(peer, name)
        return lambda path: np.concatenate(list(parts(path)))

    return of_format


def _counted(peer: str, name: str) -> Callable[[Path], int]:
    parts = _parts(peer, name)
    return lambda path: sum(len(getattr(part, "t", part)) for part in parts(path))


_READ: dict[str, Callable[[str], Reader]] = {
    "evutils": _evutils,
    "expelliarmus": _expelliarmus,
    "evt3": _evt3,
    "eventcv": _eventcv,
    "evio": _evio,
    "aestream": _aestream,
    "tonic": _tonic,
    "spikingjelly": _spikingjelly,
    "polars": _polars,
    "numpy": _numpy,
    "h5py": _h5py,
    **{peer: _collected(peer) for peer in ("faery", "aedat", "dv_processing", "event_stream")},
}
