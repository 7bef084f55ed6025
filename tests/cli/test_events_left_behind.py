"""`spikelet events crop, filter`: what stands beside the events goes along, or is told to stay behind."""

from dataclasses import replace

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


BESIDE = {"triggers": 2, "imu": 3, "frames": 1, "specials": 1}


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_everything_beside_the_events_goes_along(mixed, asked, words):
    action, *options = words
    status, facts, _ = asked(action, "m.aedat4", "b.aedat4", *options)
    assert (status, facts["carried"], list(facts["lost"])) == (0, BESIDE, ["header lines"])
    before, after = events.read_raw("m.aedat4"), events.read_raw("b.aedat4")
    assert after.beside.counts() == BESIDE
    for kind in ("triggers", "imu", "specials"):
        assert getattr(after, kind).t.tolist() == getattr(before, kind).t.tolist()
    np.testing.assert_array_equal(after.frames[0].pixels, before.frames[0].pixels)


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_what_the_target_has_no_place_for_is_told(mixed, asked, capsys, words):
    action, *options = words
    status, facts, _ = asked(action, "m.aedat4", "b.bin", *options)
    lost = {"special events": 1, "frames": 1, "inertial samples": 3, "triggers": 2}
    lines = facts["lost"].pop("header lines")
    assert (status, facts["lost"], facts["carried"]) == (0, lost, {})
    assert cli.main(["events", action, "m.aedat4", "c.bin", *options]) == 0
    told = [f"{name} left behind: {count}" for name, count in {**lost, "header lines": lines}.items()]
    assert [line for line in capsys.readouterr().out.splitlines() if "left behind" in line] == told


def test_a_crop_takes_what_lies_in_its_time_and_counts_it_from_the_first_event(mixed, asked):
    _, facts, _ = asked("crop", "m.aedat4", "b.aedat4", "--start", "4", "--stop", "9")
    assert list(facts["lost"]) == ["header lines"], "what lies at other times is not asked for"
    part = events.read_raw("b.aedat4")
    assert (part.t.tolist(), part.triggers.t.tolist(), part.imu.t.tolist()) == ([5], [5], [4])
    assert (len(part.frames), part.specials.t.tolist()) == (1, [8])
    status, facts, _ = asked("crop", "m.aedat4", "c.aedat4", "--start", "4", "--stop", "9", "--zero")
    assert (status, facts["lost"]["inertial samples"]) == (0, 1), "the one at 4 lies before the first event"
    zero = events.read_raw("c.aedat4")
    assert (zero.t.tolist(), zero.triggers.t.tolist(), zero.specials.t.tolist()) == ([0], [0], [3])
    assert (zero.frames[0].t, zero.frames[0].exposure_end) == (1, 2)


def test_a_box_cuts_frames_as_it_cuts_events(mixed, asked):
    picture = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    frame = replace(events.read_raw("m.aedat4").frames[0], pixels=picture)
    events.write("p.aedat4", mixed, beside=Beside(frames=(frame,)))
    status, facts, _ = asked("crop", "p.aedat4", "b.aedat4", "--box", "1,2,4,3")
    assert (status, facts["carried"]) == (0, {"frames": 1})
    (cut,) = events.read_raw("b.aedat4").frames
    assert (cut.x, cut.y) == (0, 0)
    np.testing.assert_array_equal(cut.pixels, picture[2:5, 1:5])


def test_the_header_goes_along(given, asked):
    events.write("h.dat", events.read("a.raw"), header={"Serial": "157"})
    asked("crop", "h.dat", "b.dat", "--stop", "1.0")
    assert events.info("b.dat").header[-1] == ("Serial", "157")


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_where_nothing_is_lost_nothing_is_told(given, asked, capsys, words):
    action, *options = words
    assert asked(action, "a.raw", "b.raw", *options)[1]["lost"] == {}
    assert cli.main(["events", action, "a.raw", "c.raw", *options]) == 0
    assert "left behind" not in capsys.readouterr().out


def all_of(found):
    return np.ones(len(found), np.bool_)


def of_the_box(found):
    return (found["x"] >= 100) & (found["x"] < 160) & (found["y"] >= 50) & (found["y"] < 140)


def of_the_slice(found):
    return found["t"] >= 1


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        (("crop", "--box", "0,0,320,240"), all_of),
        (("crop", "--box", "100,50,60,90"), of_the_box),
        (("crop", "--start", "1"), of_the_slice),
        (("filter", "--refractory", "50"), all_of),
        (("filter", "--hot-pixels-sigmas", "3"), all_of),
    ],
)
def test_exposures_of_an_event_stream_go_along(shared_data, tmp_path, asked, words, taken):
    source, target = shared_data / "events" / "es" / "atis_a.es", tmp_path / "b.es"
    action, *options = words
    status, facts, _ = asked(action, str(source), str(target), *options)
    before, after = (events.read_raw(path).flat() for path in (source, target))
    wanted = before[before["is_exposure"] & taken(before)]
    kept = after[after["is_exposure"]]
    assert (status, facts["carried"]) == (0, {"exposures": len(wanted)})
    assert 0 < len(wanted) == len(kept) < len(after)
    assert (kept["t"].tolist(), kept["p"].tolist()) == (wanted["t"].tolist(), wanted["p"].tolist())
