"""`spikelet events crop, filter`: what stands beside the events is told where it stays behind."""

import numpy as np
import pytest

from spikelet import cli, events
from spikelet.events import Beside, Frame, Imu, Specials, Triggers


@pytest.fixture
def mixed(tmp_path, monkeypatch):
    """Events with two triggers, three inertial samples, a frame and a mark, in `m.aedat4`."""
    monkeypatch.chdir(tmp_path)
    made = events.Events([1, 5, 9, 13], [1, 2, 1, 2], [1, 1, 1, 1], [1, 0, 1, 0], sensor_size=(8, 8))
    axes = np.zeros((3, 3), np.float32)
    beside = Beside(
        triggers=Triggers(np.array([5, 9]), np.zeros(2, np.uint8), np.array([True, False])),
        imu=Imu(
            t=np.array([2, 3, 4]),
            accelerometer=axes,
            gyroscope=axes,
            magnetometer=axes,
            temperature=axes[0],
            is_scaled=True,
        ),
        frames=(
            Frame(
                t=6,
                start=6,
                end=7,
                exposure_start=6,
                exposure_end=7,
                x=0,
                y=0,
                pixels=np.zeros((8, 8, 1), np.uint8),
            ),
        ),
        specials=Specials(t=np.array([8]), kind=np.array([6], np.uint8), data=np.array([0], np.uint32)),
    )
    events.write("m.aedat4", made, beside=beside)
    return made


WORDS = [("crop", "--start", "0"), ("filter", "--refractory", "10"), ("filter", "--hot-pixels", "1e6")]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_everything_beside_the_events_is_told(mixed, asked, capsys, words):
    action, *options = words
    status, facts, _ = asked(action, "m.aedat4", "b.aedat4", *options)
    lost = {"special events": 1, "frames": 1, "inertial samples": 3, "triggers": 2}
    assert (status, facts["lost"]) == (0, lost)
    assert not events.read_raw("b.aedat4").beside.counts(), "what is told is what is missing"
    assert cli.main(["events", action, "m.aedat4", "c.aedat4", *options]) == 0
    told = [f"{name} left behind: {count}" for name, count in lost.items()]
    assert capsys.readouterr().out.splitlines()[-4:] == told


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_where_nothing_is_lost_nothing_is_told(given, asked, capsys, words):
    action, *options = words
    assert asked(action, "a.raw", "b.raw", *options)[1]["lost"] == {}
    assert cli.main(["events", action, "a.raw", "c.raw", *options]) == 0
    assert "left behind" not in capsys.readouterr().out
