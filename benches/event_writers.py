"""Other libraries that write recordings, where they are installed."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from event_files import RECORDINGS, write
from spikelet.events import Events

Writer = Callable[[Path], Any]

_WRITERS: dict[str, tuple[str, ...]] = {
    "evt2": ("expelliarmus", "eventcv", "evutils", "faery"),
    "evt21": ("evutils",),
    "evt3": ("expelliarmus", "evutils", "faery"),
    "dat": ("expelliarmus", "eventcv", "evutils", "faery"),
    "aedat4": ("dv_processing", "evutils", "faery"),
    "aedat4-lz4": ("dv_processing", "eventcv", "faery"),
    "aedat4-zstd": ("dv_processing",),
    "es": ("event_stream", "faery"),
    "csv": ("polars", "eventcv", "evutils", "faery"),
    "npz": ("numpy",),
}


def writers_of(name: str, source: Events, folder: Path) -> dict[str, Writer]:
    """Functions that write the events to a path."""
    given = (name, source, folder)
    return {peer: _WRITE[peer](*given) for peer in _WRITERS.get(name, ()) if find_spec(peer) is not None}


def _records(source: Events, *fields: Any) -> np.ndarray:
    """Records whose four fields, in the order t x y p, have these names and types."""
    made = np.empty(len(source), list(fields))
    for name, column in zip(made.dtype.names, (source.t, source.x, source.y, source.p), strict=True):
        made[name] = column
    return made


def _expelliarmus(name: str, source: Events, _: Path) -> Writer:
    wizard = import_module("expelliarmus").Wizard(encoding=name)
    records = _records(source, ("t", "<i8"), ("x", "<i2"), ("y", "<i2"), ("p", "u1"))
    return lambda path: wizard.save(path, records)


def _eventcv(name: str, source: Events, _: Path) -> Writer:
    module = import_module("eventcv")
    rows = np.stack([source.x, source.y, source.t, source.p], axis=1).astype(np.float64)
    held = module.from_numpy(rows, sensor_size=source.sensor_size, time_unit="us")
    given = {"evt2": {"format": "evt2"}, "csv": {}, "dat": {}}.get(name, {"compression": True})
    return lambda path: module.save(held, str(path), **given)


def _evutils(name: str, source: Events, _: Path) -> Writer:
    writer = import_module("evutils.io").EventWriter
    held = import_module("evutils").EventArray(source.t, source.x, source.y, source.p.astype(np.uint8))
    width, height = source.sensor_size
    given = {"format": name} if name.startswith("evt") else {}

    def run(path: Path) -> None:
        opened = writer(path, width=width, height=height, **given)
        opened.write(held)
        opened.close()

    return run


def _faery(name: str, source: Events, _: Path) -> Writer:
    module = import_module("faery")
    records = _records(source, ("t", "<u8"), ("x", "<u2"), ("y", "<u2"), (("p", "on"), "?"))
    held = module.events_stream_from_array(records, source.sensor_size)
    given: dict[str, Any] = {"zero_t0": False}
    if name.startswith("evt"):
        given["version"] = name
    if name.startswith("aedat4"):
        given["compression"] = ("lz4", 1) if name == "aedat4-lz4" else None
    return lambda path: held.to_file(path, **given)


def _dv(name: str, source: Events, folder: Path) -> Writer:
    module = import_module("dv_processing")
    plain = folder / f"for-dv-{len(source)}.aedat4"
    if not plain.exists():
        write(plain, source, RECORDINGS["aedat4"])
    recording, store = module.io.MonoCameraRecording(str(plain)), module.EventStore()
    while recording.isRunning() and (part := recording.getNextEventBatch()) is not None:
        store.add(part)
    kinds = module.CompressionType
    packed = {"aedat4-lz4": kinds.LZ4, "aedat4-zstd": kinds.ZSTD}.get(name, kinds.NONE)
    config = module.io.MonoCameraWriter.EventOnlyConfig("camera", source.sensor_size, packed)

    def run(path: Path) -> None:
        writer = module.io.MonoCameraWriter(str(path), config)
        writer.writeEvents(store)
        del writer

    return run


def _event_stream(_: str, source: Events, __: Path) -> Writer:
    encoder = import_module("event_stream").Encoder
    records = _records(source, ("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("on", "?"))

    def run(path: Path) -> None:
        with encoder(str(path), "dvs", *source.sensor_size) as file:
            file.write(records)

    return run


def _polars(_: str, source: Events, __: Path) -> Writer:
    columns = {"x": source.x, "y": source.y, "p": source.p.astype(np.uint8), "t": source.t}
    frame = import_module("polars").DataFrame(columns)
    return lambda path: frame.write_csv(path, include_header=False)


def _numpy(_: str, source: Events, __: Path) -> Writer:
    return lambda path: np.savez(path, t=source.t, x=source.x, y=source.y, p=source.p)


_WRITE: dict[str, Callable[[str, Events, Path], Writer]] = {
    "expelliarmus": _expelliarmus,
    "eventcv": _eventcv,
    "evutils": _evutils,
    "faery": _faery,
    "dv_processing": _dv,
    "event_stream": _event_stream,
    "polars": _polars,
    "numpy": _numpy,
}
