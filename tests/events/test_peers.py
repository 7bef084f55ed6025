"""Every recording of the manifest by every other reader of its format, and who is right where they differ."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from reader_disagreements import DISAGREEMENTS, NOT_ALIKE
from spikelet import events

pytestmark = pytest.mark.peers

WORKER = Path(__file__).with_name("peer_calls.py")
LONGEST_S = 60

READERS = {
    "evt2": ("evutils", "expelliarmus", "faery", "eventcv", "evlib", "aestream"),
    "evt21": ("evutils", "faery", "evlib"),
    "evt3": ("evutils", "expelliarmus", "faery", "evt3", "eventcv", "evlib", "aestream"),
    "dat": ("evutils", "expelliarmus", "faery", "eventcv", "evio", "aestream"),
    "aedat1": (),
    "aedat2": ("evutils", "eventcv"),
    "aedat3": ("evutils",),
    "aedat4": ("faery", "aedat", "dv_processing", "eventcv", "aestream"),
    "es": ("event_stream", "faery"),
    "bin40": ("evio",),
    # Texts have no rule of their own: each library wants its columns in another order.
    "dsec": ("evutils", "eventcv"),
}


def outcome(peer, name, path, raw, folder):
    """What another library makes of a recording, beside ours."""
    out = folder / f"{peer}.npz"
    command = [sys.executable, str(WORKER), peer, name, str(path), str(out)]
    limits = {"timeout": LONGEST_S, "env": {**os.environ, "OMP_NUM_THREADS": "1"}, "capture_output": True}
    try:
        process = subprocess.run(command, check=False, **limits)
    except subprocess.TimeoutExpired:
        return "hangs"
    if process.returncode != 0:
        return "refuses"
    with np.load(out) as found:
        if len(found["t"]) != len(raw):
            return f"{len(found['t'])} of {len(raw)}"
        different = [column for column in "txyp" if not np.array_equal(found[column], getattr(raw, column))]
    return f"differs in {''.join(different)}" if different else "alike"


def installed(name):
    return [peer for peer in READERS.get(name, ()) if find_spec(peer) is not None]


def test_others_read_recordings_alike_or_as_the_table_says(recording, tmp_path):
    peers = installed(recording.format)
    if not peers:
        pytest.skip(f"no other reader of {recording.format} is installed")
    raw = events.read_raw(recording.path, format=recording.format, sensor_size=recording.size_to_give())
    found = {peer: outcome(peer, recording.format, recording.path, raw, tmp_path) for peer in peers}
    wanted = {peer: DISAGREEMENTS.get((peer, recording.path.name), ("alike", ""))[0] for peer in peers}
    assert found == wanted


ENDINGS = {"evt2": ".raw", "evt3": ".raw", "dat": ".dat", "aedat4": ".aedat4", "bin40": ".bin", "es": ".es"}


@pytest.mark.parametrize("name", sorted(ENDINGS))
def test_others_read_what_is_written_here(name, tmp_path, random_events):
    peers = installed(name)
    if not peers:
        pytest.skip(f"no other reader of {name} is installed")
    made = random_events(20_000)
    if name == "es":
        columns = (made.t, made.x, made.y, made.p)
        made = events.Events(*columns, sensor_size=made.sensor_size, origin="lower-left")
    path = tmp_path / f"made{ENDINGS[name]}"
    events.write(path, made, format=name)
    found = {peer: outcome(peer, name, path, made, tmp_path) for peer in peers}
    differing = {peer for peer in peers if found[peer] != "alike"}
    assert differing == {peer for peer in peers if (peer, name) in NOT_ALIKE}, found
