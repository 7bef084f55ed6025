"""Slices of one's own, and windows that overlap."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelet import events as spikelet_events
from spikelet import frames
from spikelet.errors import OrderError, ParameterError, ShapeError
from spikelet.frames import ByCount, ByTime, Slices, TimeSlices, TonicIntoByTime


def test_slices_are_taken_as_they_are(golden):
    window = Slices([0, 8, 3, 12], [3, 12, 9, 12])
    assert frames.slices(golden, window).tolist() == [[0, 3], [8, 12], [3, 9], [12, 12]]
    assert frames.counts(golden, window=window).sum((1, 2, 3)).tolist() == [3, 4, 6, 0]
    assert frames.slices(golden, Slices([], [])).shape == (0, 2)


def test_time_slices_hold_the_times_from_start_to_before_stop(golden):
    window = TimeSlices(starts_us=[3, 12, -5, 34], stops_us=[12, 13, 3, 99])
    assert frames.slices(golden, window).tolist() == [[0, 4], [4, 6], [0, 0], [12, 12]]


@pytest.mark.parametrize("build", [Slices, lambda a, b: TimeSlices(starts_us=a, stops_us=b)])
def test_slices_are_values_whatever_they_were_made_from(build):
    window = build(np.array([1, 5]), (4, 9))
    assert window == build([1, 5], [4, 9])
    assert pickle.loads(pickle.dumps(window)) == window
    assert hash(window) == hash(build((1, 5), np.array([4, 9])))


def test_slices_outside_their_rule_are_refused(golden):
    with pytest.raises(ShapeError, match=r"^`starts`, `stops` must have one length, got 2, 1"):
        Slices([0, 1], [1])
    with pytest.raises(ParameterError, match=r"^`stops\[1\]` must not be below `starts\[1\]`, got 2 after 3"):
        Slices([0, 3], [1, 2])
    with pytest.raises(ParameterError, match=r"^`starts\[0\]` must be from 0 to"):
        Slices([-1], [2])
    with pytest.raises(ParameterError, match=r"^`stops_us\[0\]` must be a whole number, got 2\.5"):
        TimeSlices(starts_us=[1], stops_us=[2.5])
    with pytest.raises(ParameterError, match=r"^slice 1 must lie in the 12 events, got 3\.\.13"):
        frames.slices(golden, Slices([0, 3], [1, 13]))


def test_events_that_step_back_are_cut_by_number_and_not_by_time(tmp_path):
    path = tmp_path / "steps_back.bin"
    path.write_bytes(b"".join(bytes([1, 2, 0x80, 0, t]) for t in (5, 9, 7)))
    unsorted = spikelet_events.read(path, sensor_size=(4, 4), lenient=True, backward="keep")
    assert frames.counts(unsorted, window=Slices([1], [3])).sum() == 2
    with pytest.raises(OrderError, match=r"^events must be sorted to be cut by time"):
        frames.counts(unsorted, window=TimeSlices(starts_us=[0], stops_us=[9]))
    ordered = "^events must be sorted by time, got times that step back"
    with pytest.raises(OrderError, match=ordered):
        frames.voxel_grid(unsorted, window=Slices([1], [3]), bins=2)
    with pytest.raises(OrderError, match=ordered):
        frames.tore(unsorted, window=Slices([1], [3]), depth=1)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (ByTime(us=10, overlap_us=5), [6, 4, 3, 3, 2, 2]),
        (ByTime(us=10, overlap_us=5, drop_last=True), [6, 4, 3, 3, 2]),
        (ByTime(us=100, overlap_us=99), [12]),
        (ByCount(5, overlap=1), [5, 5, 4]),
        (ByCount(5, overlap=1, drop_last=True), [5, 5]),
    ],
    ids=repr,
)
def test_overlapping_windows_stop_at_the_first_that_holds_the_end(golden, window, expected):
    assert frames.counts(golden, window=window).sum((1, 2, 3)).tolist() == expected


@given(steps=st.lists(st.integers(0, 30), max_size=40), us=st.integers(1, 60), data=st.data())
def test_overlapping_windows_lose_nothing_and_hold_what_their_rule_says(steps, us, data):
    overlap = data.draw(st.integers(0, us - 1))
    t = np.cumsum(steps, dtype=np.int64)
    zeros = np.zeros(len(t), int)
    events = spikelet_events.Events(t, zeros, zeros, zeros, sensor_size=(1, 1))
    slices = frames.slices(events, ByTime(us=us, overlap_us=overlap))
    for k, (start, stop) in enumerate(slices):
        first = t[0] + k * (us - overlap)
        assert t[start:stop].tolist() == [time for time in t.tolist() if first <= time < first + us]
    covered = {index for start, stop in slices for index in range(start, stop)}
    assert covered == set(range(len(t)))


@given(
    ends=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted), max_size=6),
)
def test_what_is_in_no_slice_is_left_out(ends):
    t, zeros = np.arange(12), np.zeros(12, int)
    events = spikelet_events.Events(t, zeros, zeros, zeros, sensor_size=(1, 1))
    window = Slices([start for start, _ in ends], [stop for _, stop in ends])
    held = [index for start, stop in ends for index in range(start, stop)]
    assert frames.left_out(events, window) == 12 - len(set(held))
    again = len(held) - len(set(held))
    assert frames.counts(events, window=window).sum() == 12 - frames.left_out(events, window) + again


def test_windows_say_what_they_leave_out(golden):
    assert frames.left_out(golden, ByTime(us=10)) == 0
    assert frames.left_out(golden, ByTime(us=10, drop_last=True)) == 1
    assert frames.left_out(golden, ByCount(5, overlap=3)) == 0
    assert frames.left_out(golden, TonicIntoByTime(3)) == 1
    assert frames.left_out(golden[:0], ByTime(us=10)) == 0


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ByTime(us=5, overlap_us=5), "^`overlap_us` must be below `us`, got 5 of 5"),
        (lambda: ByCount(5, overlap=6), "^`overlap` must be below `n`, got 6 of 5"),
        (lambda: ByTime(us=5, overlap_us=-1), "^`overlap_us` must be from 0 to"),
        (lambda: ByCount(5, overlap=1.0), "^`overlap` must be a whole number, got 1.0"),
    ],
)
def test_an_overlap_must_leave_a_step(build, message):
    with pytest.raises(ParameterError, match=message):
        build()
