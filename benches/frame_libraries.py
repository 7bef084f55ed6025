"""Frames, surfaces and filters of other libraries, where they are installed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from spikelet import events
from spikelet.events import Events


@dataclass(frozen=True)
class Peer:
    """What is timed, and how its result becomes ours; where it is another product, what differs."""

    run: Callable[[], Any]
    view: Callable[[Any], Any] | None = None
    differs: str = ""


def libraries(job: str, recording: Events, *, frames: int, tau_us: int, period_us: int) -> dict[str, Peer]:
    """What the libraries have for a job of `frames.py`."""
    found: dict[str, Peer] = {}
    if find_spec("spikingjelly"):
        found |= _spikingjelly(job, recording, frames)
    if find_spec("evutils"):
        found |= _evutils(job, recording, frames, tau_us)
    if find_spec("eventcv"):
        found |= _eventcv(job, recording, tau_us, period_us)
    if find_spec("dv_processing"):
        found |= _dv(job, recording, period_us)
    return found


def _spikingjelly(job: str, recording: Events, frames: int) -> dict[str, Peer]:
    if job not in ("by number", "by duration"):
        return {}
    module = import_module("spikingjelly.datasets.utils")
    columns = {name: getattr(recording, name) for name in "txyp"}
    width, height = recording.sensor_size
    if job == "by number":
        make, given = module.integrate_events_by_fixed_frames_number, ("number", frames)
    else:
        make, given = module.integrate_events_by_fixed_duration, (_duration(recording, frames),)
    return {"spikingjelly": Peer(lambda: make(columns, *given, height, width), lambda made: made)}


def _duration(recording: Events, frames: int) -> int:
    return -(-int(recording.t[-1] - recording.t[0]) // frames)


def _evutils(job: str, recording: Events, frames: int, tau_us: int) -> dict[str, Peer]:
    dense, array = import_module("evutils.dense"), import_module("evutils").EventArray
    width, height = recording.sensor_size
    size = {"width": width, "height": height}

    def part(start: int, stop: int) -> Any:
        columns = (getattr(recording, name)[start:stop] for name in "txy")
        return array(*columns, recording.p[start:stop].astype(np.uint8))

    whole = part(0, len(recording))
    if job == "counts uint8":
        edges = [-(-k * len(recording) // frames) for k in range(frames + 1)]
        parts = [part(start, stop) for start, stop in pairwise(edges)]
        return {
            "evutils, an image a window": Peer(
                lambda: [dense.histogram(each, **size) for each in parts],
                # Off is the last of its three channels.
                lambda made: np.stack(made)[..., [2, 0]].transpose(0, 3, 1, 2),
            )
        }
    if job == "signed surface":
        surface = Peer(lambda: dense.timesurface(whole, **size, tau=tau_us), lambda made: made[None])
        return {"evutils": surface}
    if job == "tore":
        queues = Peer(lambda: dense.tore(whole, **size, n_events=4, tau=tau_us), differs="exponential")
        return {"evutils": queues}
    return {}


def _eventcv(job: str, recording: Events, tau_us: int, period_us: int) -> dict[str, Peer]:
    rows = np.stack([recording.x, recording.y, recording.t, recording.p], axis=1).astype(np.float64)
    size = recording.sensor_size
    held = import_module("eventcv").from_numpy(rows, sensor_size=size, time_unit="us")
    whole_us = int(recording.t[-1] - recording.t[0])
    jobs: dict[str, Peer] = {
        "image": Peer(lambda: held.count(), lambda made: made.numpy()),
        "voxels": Peer(lambda: held.voxel(bins=5, window_us=whole_us), lambda made: made.numpy()),
        # On comes first.
        "surface": Peer(lambda: held.tsurf(tau_us=tau_us), lambda made: made.numpy()[::-1]),
        "refractory": Peer(lambda: held.refractory_filter(period_us), _columns),
        # An event still supports its neighbours when the period ends, and ours no longer does.
        "background": Peer(lambda: held.background_activity_filter(period_us - 1), _columns),
        "hot pixels": Peer(lambda: held.hot_pixel_filter(3.0), _columns),
    }
    return {"eventcv": jobs[job]} if job in jobs else {}


def _columns(stream: Any) -> tuple[np.ndarray, ...]:
    """Columns `t x y p` of what eventcv holds."""
    x, y, t, p = stream.numpy().T
    return t, x, y, p


def _dv(job: str, recording: Events, period_us: int) -> dict[str, Peer]:
    if job not in ("image", "surface", "background"):
        return {}
    module = import_module("dv_processing")
    store = _store(module, recording)
    size = recording.sensor_size

    def image() -> Any:
        edges = module.EdgeMapAccumulator(size)
        edges.accept(store)
        return edges.generateFrame()

    def surface() -> Any:
        made = module.TimeSurface(size)
        made.accept(store)
        return made.generateFrame()

    def background() -> Any:
        period = timedelta(microseconds=period_us)
        noise = module.noise.BackgroundActivityNoiseFilter(size, period)
        noise.accept(store)
        return noise.generateEvents()

    jobs = {
        "image": Peer(image, differs="at most 255"),
        "surface": Peer(surface, differs="linear, 8 bits"),
        "background": Peer(background, differs="its own rule"),
    }
    return {"dv_processing": jobs[job]}


def _store(module: Any, recording: Events) -> Any:
    """Events as it holds them, by way of a file: nothing else of it takes many at once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "events.aedat4"
        events.write(path, recording)
        source, store = module.io.MonoCameraRecording(str(path)), module.EventStore()
        while source.isRunning() and (part := source.getNextEventBatch()) is not None:
            store.add(part)
    return store
