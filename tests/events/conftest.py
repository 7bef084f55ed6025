"""Recordings for the tests of events: those of the manifest, and small ones made by plain loops."""

import hashlib
import json
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from spikelet import events

# The same folder as the fixture `shared_data`; parameters are needed before fixtures exist.
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "events"

FORMAT_OF_TITLE = {
    "EVT2 raw": "evt2",
    "EVT3 raw": "evt3",
    "EVT2.1 raw": "evt21",
    "EVT2.1 raw, legacy half order": "evt21",
    "DAT v1, Event2D (NavGesture layout)": "dat",
    "DAT v2": "dat",
    "DAT v2, Event2d": "dat",
    "DAT v2, EventCD": "dat",
    "Prophesee HDF5, ECF codec": "ecf",
    "AEDAT 1.0, DVS128": "aedat1",
    "AEDAT 2.0, DAVIS240C with IMU": "aedat2",
    "AEDAT 2.0, DVS128": "aedat2",
    "AEDAT 3.1": "aedat3",
    "AEDAT 4": "aedat4",
    "AEDAT 4, LZ4": "aedat4",
    "AEDAT 4, none": "aedat4",
    "AEDAT 4, zstd": "aedat4",
    "40-bit": "bin40",
    "Event Stream 2.0, dvs": "es",
    "CSV x,y,p,t": "csv",
    "CSV x,y,p,t (Metavision)": "csv",
    'text: first line "width height", then t[s] x y p': "rpg",
    "npy, structured array": "npy",
    "npz, arrays t x y p (spikingjelly layout)": "npz",
    "npz, deflate": "npz",
    "HDF5, DSEC layout": "dsec",
    "HDF5, DSEC layout, blosc zstd": "dsec",
    "HDF5, MVSEC layout": "mvsec",
    "40-bit big-endian records (N-MNIST, N-Caltech101, SLAYER bs2)": "bin40",
}

# Their facts are of other kinds, which test_es.py and test_spikes.py look at.
OTHER_FACTS = {
    "Event Stream 2.0, atis",
    "Event Stream 2.0, color",
    "Event Stream 2.0, generic",
    "HDF5, SHD / SSC layout",
}
# Formats without a place for the sensor size.
WITHOUT_SIZE = {"bin40", "csv", "npy", "npz", "dsec", "mvsec"}


# Formats that are read through a package which need not be installed.
PACKAGE_OF_FORMAT = {"ecf": "h5py", "dsec": "h5py", "mvsec": "h5py"}


@dataclass(frozen=True)
class Recording:
    """One entry of the manifest."""

    path: Path
    title: str
    format: str | None
    size: tuple[int, int] | None
    facts: dict

    def size_to_give(self):
        """The sensor size where the file does not hold it, the smallest where nobody knows it."""
        if self.size is None and "x_max" in self.facts:
            return self.facts["x_max"] + 1, self.facts["y_max"] + 1
        return self.size if self.format in WITHOUT_SIZE else None

    def size_to_find(self):
        """The sensor size that a reader must end up with, None where nobody knows it."""
        return self.size_to_give() or self.size

    def digest_to_find(self):
        """The checksum, that of nothing where the manifest has none."""
        return self.facts.get("sha256_txyp", hashlib.sha256().hexdigest())

    @property
    def triggers(self):
        """How many there are; the one special event of the AEDAT 3.1 recording is an edge."""
        return self.facts.get("triggers", self.facts.get("packets_by_type", {}).get("0", 0))


def _recordings():
    manifest = DATA / "MANIFEST.json"
    if not manifest.is_file():
        return []
    return [
        _recording(entry)
        for entry in json.loads(manifest.read_text(encoding="utf-8"))["files"]
        if entry["format"] not in OTHER_FACTS
    ]


def _recording(entry):
    title = entry["format"]
    # Two empty recordings say only `raw`; their names say more.
    name = Path(entry["file"]).name.split("_")[0] if title == "raw" else FORMAT_OF_TITLE.get(title)
    sensor = entry.get("sensor")
    size = (sensor["width"], sensor["height"]) if sensor else None
    return Recording(DATA / entry["file"], title, name, size, entry["facts"])


def _where_it_can_be_read(entry):
    package = PACKAGE_OF_FORMAT.get(entry.format or ("ecf" if "HDF5" in entry.title else None))
    is_missing = package is not None and find_spec(package) is None
    marks = [pytest.mark.skip(reason=f"{package} is not installed")] if is_missing else []
    return pytest.param(entry, id=entry.path.name, marks=marks)


def pytest_generate_tests(metafunc):
    if "recording" in metafunc.fixturenames:
        metafunc.parametrize("recording", [_where_it_can_be_read(entry) for entry in _recordings()])


@pytest.fixture
def edge(shared_data):
    """The folder of edge cases."""
    return shared_data / "events" / "edge"


def bin40_bytes(rows):
    """40-bit records of (t, x, y, p), by the book and one at a time."""
    return b"".join(bytes([x, y]) + (p << 23 | t).to_bytes(3, "big") for t, x, y, p in rows)


@pytest.fixture
def bin40(tmp_path):
    """Writes a 40-bit recording of the given rows and returns its path."""

    def make(rows, *, tail=b"", name="made.bin"):
        path = tmp_path / name
        path.write_bytes(bin40_bytes(rows) + tail)
        return path

    return make


@pytest.fixture
def random_events():
    """Sorted events on a 240x180 sensor, the same for the same arguments."""

    def make(n, *, seed=0, size=(240, 180), longest_us=8_000_000):
        rng = np.random.default_rng(seed)
        t = np.sort(rng.integers(0, longest_us, n))
        x, y = rng.integers(0, size[0], n), rng.integers(0, size[1], n)
        return events.Events(t, x, y, rng.integers(0, 2, n), sensor_size=size)

    return make


@pytest.fixture
def environment():
    """The environment for child processes: two threads at most."""
    return {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def recordings_by_name(shared_data):
    """Path and facts of the recording of the manifest that has a file name."""
    known = {entry.path.name: (entry.path, entry.facts) for entry in _recordings()}
    return known.__getitem__
