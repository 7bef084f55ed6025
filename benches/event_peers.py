"""Other libraries that read recordings, where they are installed and right about the format."""

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

# Whole files into arrays; who is wrong about a format is not timed (tests/events/test_peers.py says who is).
_READERS: dict[str, tuple[str, ...]] = {
    "evt2": ("evutils", "expelliarmus", "faery", "eventcv"),
    "evt3": ("evutils", "evt3", "eventcv"),
    "dat": ("evutils", "expelliarmus", "faery", "eventcv", "evio"),
    "aedat4": ("evutils", "dv_processing", "eventcv", "faery", "aedat"),
    "es": ("event_stream",),
    "bin40": ("evio",),
}
# Chunk by chunk, nothing kept.
_STREAMS: dict[str, tuple[str, ...]] = {
    "evt2": ("expelliarmus", "faery"),
    "dat": ("expelliarmus", "faery"),
    "evt3": ("evt3",),
    "aedat4": ("dv_processing", "aedat", "faery"),
    "es": ("event_stream",),
}


def readers_of(name: str) -> dict[str, Callable[[Path], Any]]:
    """Functions from a path to what each library keeps in memory."""
    return {peer: _READ[peer](name) for peer in _READERS.get(name, ()) if find_spec(peer) is not None}


def streams_of(name: str) -> dict[str, Callable[[Path], int]]:
    """Functions from a path to the number of events seen."""
    return {peer: _counted(peer, name) for peer in _STREAMS.get(name, ()) if find_spec(peer) is not None}


def columns_of(found: Any) -> tuple[np.ndarray, ...]:
    """Columns `t x y p` of whatever a library returned."""
    if isinstance(found, list):
        found = np.concatenate(found)
    if hasattr(found, "numpy"):
        x, y, t, p = found.numpy().T[:4]
        return t, x, y, p
    names = getattr(getattr(found, "dtype", None), "names", None)
    if names is None:
        return tuple(np.asarray(getattr(found, name)) for name in "txyp")
    spelt = {"t": ("t", "timestamp"), "x": ("x",), "y": ("y",), "p": ("p", "on", "polarity")}
    return tuple(found[next(name for name in spelt[column] if name in names)] for column in "txyp")


def _evutils(_: str) -> Callable[[Path], Any]:
    reader = import_module("evutils.io").EventReader
    return lambda path: reader(path).read_all()


def _expelliarmus(name: str) -> Callable[[Path], Any]:
    wizard = import_module("expelliarmus").Wizard
    return lambda path: wizard(encoding=name).read(str(path))


def _evt3(_: str) -> Callable[[Path], Any]:
    decode = import_module("evt3").decode_file
    return lambda path: decode(str(path))


def _eventcv(_: str) -> Callable[[Path], Any]:
    load = import_module("eventcv").load
    return lambda path: load(str(path))


def _evio(_: str) -> Callable[[Path], Any]:
    read = import_module("evio").read
    return lambda path: read(str(path))


def _parts(peer: str, name: str) -> Callable[[Path], Iterator[Any]]:
    """Functions from a path to arrays one after another."""
    module = import_module(peer)
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


def _collected(peer: str) -> Callable[[str], Callable[[Path], Any]]:
    def of_format(name: str) -> Callable[[Path], Any]:
        parts = _parts(peer, name)
        return lambda path: np.concatenate(list(parts(path)))

    return of_format


def _counted(peer: str, name: str) -> Callable[[Path], int]:
    parts = _parts(peer, name)
    return lambda path: sum(len(getattr(part, "t", part)) for part in parts(path))


_READ: dict[str, Callable[[str], Callable[[Path], Any]]] = {
    "evutils": _evutils,
    "expelliarmus": _expelliarmus,
    "evt3": _evt3,
    "eventcv": _eventcv,
    "evio": _evio,
    **{peer: _collected(peer) for peer in ("faery", "aedat", "dv_processing", "event_stream")},
}
