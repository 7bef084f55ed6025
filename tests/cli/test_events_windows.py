"""Overlaps and slices of one's own, as `spikelet events frames` and `play` take them."""

from pathlib import Path

import numpy as np
import pytest

from spikelet import cli, frames
from spikelet.frames import ByCount, ByTime, Slices, TimeSlices


@pytest.mark.parametrize(
    ("words", "window", "left_out"),
    [
        (("--by-time", "0.5", "--overlap", "0.1"), ByTime(us=500_000, overlap_us=100_000), 0),
        (("--by-time", "500000", "--overlap", "0"), ByTime(us=500_000), 0),
        (("--by-count", "1000", "--overlap", "250"), ByCount(1000, overlap=250), 0),
        (("--slices", "0..100,50..150, 4000..4001"), Slices([0, 50, 4000], [100, 150, 4001]), 4849),
        (
            ("--time-slices", "0.5..1500000,-7..00:03"),
            TimeSlices(starts_us=[500_000, -7], stops_us=[1_500_000, 3_000_000]),
            0,
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_frames_overlap_and_lie_where_told(given, asked, words, window, left_out):
    status, facts, err = asked("frames", "a.raw", "b.npz", *words)
    assert (status, err) == (0, "")
    with np.load("b.npz") as got:
        assert np.array_equal(got["slices"], frames.slices(given, window))
        assert np.array_equal(got["frames"], frames.counts(given, window=window))
    assert (facts["events"], facts["left_out"]) == (5000 - left_out, left_out)
    assert facts["window"]["name"] == type(window).__name__


def test_events_in_no_frame_are_told(given, capsys):
    assert cli.main(["events", "frames", "a.raw", "b.npy", "--slices", "0..100,50..150"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["events in no frame: 4850"]
    assert cli.main(["events", "frames", "a.raw", "c.npy", "--by-count", "9"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_slices_come_from_a_text_too(given, asked):
    Path("mine.txt").write_text("0..100\n50..150,200..300\n\n")
    facts = asked("frames", "a.raw", "b.npy", "--slices", "@mine.txt")[1]
    assert facts["window"] == {"name": "Slices", "starts": [0, 50, 200], "stops": [100, 150, 300]}
    status, _, err = asked("frames", "a.raw", "c.npy", "--time-slices", "@none.txt")
    assert (status, err) == (1, "spikelet: none.txt: No such file or directory\n")


def test_films_overlap_too(given, asked):
    facts = asked("play", "a.raw", "--gif", "b.gif", "--by-count", "1000", "--overlap", "500")[1]
    assert facts["gif"]["frames"] == len(frames.slices(given, ByCount(1000, overlap=500))) == 9
    assert asked("play", "a.raw", "--gif", "c.gif", "--slices", "0..9,5..7")[1]["gif"]["frames"] == 2


def test_slices_behind_the_last_event_are_refused(given, asked):
    status, _, err = asked("frames", "a.raw", "b.npy", "--slices", "0..5001")
    assert (status, err) == (1, "spikelet: slice 0 must lie in the 5000 events, got 0..5001\n")
    assert not Path("b.npy").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--by-time", "0.5", "--overlap", "0.5"), "--overlap: `overlap_us` must be below `us`, got 500000"),
        (("--by-time", "5", "--overlap", "soon"), "--overlap: a time must be microseconds as 1500"),
        (
            ("--by-count", "5", "--overlap", "0.5"),
            "--overlap: it must be a whole number, 0 or above",
        ),
        (("--into-by-count", "5", "--overlap", "1"), "--overlap: it goes with --by-time or --by-count"),
        (("--slices", "5"), "--slices: a slice must be START..STOP, got '5'"),
        (("--slices", "7..5"), "--slices: `stops[0]` must not be below `starts[0]`, got 5 after 7"),
        (("--slices", ","), "--slices: there must be a slice at least, got ','"),
        (("--slices", "1..x"), "--slices: it must be a whole number, 0 or above, got 'x'"),
        (("--time-slices", "3...5"), "--time-slices: a slice must be START..STOP, got '3...5'"),
        (("--slices", "0..1", "--by-count", "5"), "not allowed with argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.parametrize("action", [("frames", "a.raw", "b.npy"), ("play", "a.raw", "--gif", "b.gif")])
def test_a_wrong_window_is_status_2_and_writes_nothing(given, asked, action, words, message):
    status, facts, err = asked(*action, *words)
    assert (status, facts) == (2, None)
    assert message in err
    assert [entry.name for entry in Path().iterdir()] == ["a.raw"]


def test_an_overlap_without_a_window_is_refused(given, asked):
    status, _, err = asked("play", "a.raw", "--gif", "b.gif", "--overlap", "5")
    assert status == 2
    assert "--overlap: it goes with --by-time or --by-count" in err
