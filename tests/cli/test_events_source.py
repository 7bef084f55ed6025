"""`--order`, `--stream`, `--keep-invalid`: what every action takes about its recording."""

import struct
from pathlib import Path

import numpy as np
import pytest

from spikelet import events

ACTIONS = {
    "info": [],
    "convert": ["b.raw", "--to", "evt2"],
    "crop": ["b.raw", "--to", "evt2", "--start", "0"],
    "filter": ["b.raw", "--to", "evt2", "--refractory", "1"],
    "frames": ["b.npy", "--into-by-time", "2"],
    "play": ["--page", "b.html", "--no-open"],
    "verify": [],
}


def counted(action, facts):
    """How many events the action says it met."""
    if action == "play":
        return facts["page"]["events"]
    return facts["info"]["events"] if action == "verify" else facts["events"]


@pytest.fixture
def text(tmp_path, monkeypatch):
    """Rows p, y, x, t without a name of a column."""
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("1 2 3 100\n0 4 5 200\n1 6 7 300\n")


@pytest.fixture
def marked(tmp_path, monkeypatch):
    """An AEDAT 3.1 of three events, the second marked invalid."""
    monkeypatch.chdir(tmp_path)
    made = events.Events([100, 200, 300], [1, 2, 3], [1, 2, 3], [1, 0, 1], sensor_size=(8, 8))
    events.write("a.aedat", made, format="aedat3")
    content = bytearray(Path("a.aedat").read_bytes())
    first = content.index(b"#!END-HEADER\r\n") + len(b"#!END-HEADER\r\n") + 28
    content[first + 8] &= ~1
    Path("a.aedat").write_bytes(content)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_takes_the_columns_of_a_text(text, asked, action):
    line = (action, "a.txt", *ACTIONS[action], "--sensor-size", "8x8", "--order", "p y x t")
    status, facts, err = asked(*line)
    assert (status, err) == (0, "")
    assert counted(action, facts) == 3


def test_columns_are_taken_in_the_order_given(text, asked):
    options = ("--sensor-size", "8x8", "--order", "p y x t")
    assert asked("info", "a.txt", *options)[1]["first"] == [100, 3, 2, 1]
    assert asked("convert", "a.txt", "b.raw", "--to", "evt2", "--verify", *options)[1]["is_same"] is True
    got = events.read("b.raw")
    assert [got.t.tolist(), got.x.tolist(), got.y.tolist()] == [[100, 200, 300], [3, 5, 7], [2, 4, 6]]
    assert asked("crop", "a.txt", "c.raw", "--to", "evt2", "--start", "150", *options)[1]["events"] == 2
    assert asked("frames", "a.txt", "b.npy", "--by-count", "3", *options)[0] == 0
    assert np.argwhere(np.load("b.npy")).tolist() == [[0, 0, 4, 5], [0, 1, 2, 3], [0, 1, 6, 7]]


def test_columns_of_what_is_no_text_are_refused(given, asked):
    status, _, err = asked("info", "a.raw", "--order", "t x y p")
    assert (status, err) == (
        1,
        "spikelet: a.raw: `--order` must be left out for evt2, which is no text, got 't x y p'\n",
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_may_keep_invalid_events(marked, asked, action):
    line = (action, "a.aedat", *ACTIONS[action])
    assert counted(action, asked(*line)[1]) == 2
    more = ["--overwrite"] if action not in ("info", "verify") else []
    status, facts, err = asked(*line, *more, "--keep-invalid")
    assert (status, err) == (0, "")
    assert counted(action, facts) == 3


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_takes_the_stream_of_the_events(marked, asked, action):
    event = struct.pack("<Ii", 4 << 17 | 5 << 2 | 1, 400)
    packet = struct.pack("<hh6i", 1, 2, 8, 4, 0, 1, 1, 1) + event
    content = Path("a.aedat").read_bytes().replace(b"#!END-HEADER", b"#Source 2: DVS128\r\n#!END-HEADER")
    Path("a.aedat").write_bytes(content + packet)
    line = (action, "a.aedat", *ACTIONS[action])
    assert counted(action, asked(*line)[1]) == 2
    more = ["--overwrite"] if action not in ("info", "verify") else []
    status, facts, err = asked(*line, *more, "--stream", "2")
    assert (status, err) == (0, "")
    assert counted(action, facts) == 1


def test_a_stream_of_a_format_that_holds_one_is_refused(given, asked):
    status, _, err = asked("info", "a.raw", "--stream", "1")
    assert status == 1
    assert "`--stream` must be left out for evt2, which holds one stream only, got 1" in err


@pytest.mark.parametrize("stream", ["-1", "first"])
def test_a_stream_that_is_no_number_is_status_2(marked, asked, stream):
    status, _, err = asked("info", "a.aedat", f"--stream={stream}")
    assert status == 2
    assert f"argument --stream: it must be a whole number, 0 or above, got '{stream}'" in err
