"""Golden slices and frames; those of SpikingJelly were made by SpikingJelly 2.0.0 itself on these inputs."""

import numpy as np
import pytest

from spikelet import frames
from spikelet.errors import ParameterError
from spikelet.frames import (
    ByCount,
    ByTime,
    IntoByCount,
    IntoByTime,
    SpikingJellyByDuration,
    SpikingJellyByNumber,
    SpikingJellyByTime,
)

B = [0, 1, 2, 3, 10, 11, 12, 50, 51, 99, 100]


def off_and_on(events, window):
    return [tuple(int(channel.sum()) for channel in frame) for frame in frames.counts(events, window=window)]


@pytest.mark.parametrize(
    ("window", "starts", "stops"),
    [
        (SpikingJellyByNumber(2), [0, 6], [6, 12]),
        (SpikingJellyByNumber(3), [0, 4, 8], [4, 8, 12]),
        (SpikingJellyByNumber(5), [0, 2, 4, 6, 8], [2, 4, 6, 8, 12]),
        (SpikingJellyByTime(2), [0, 7], [7, 12]),
        (SpikingJellyByTime(3), [0, 6, 9], [6, 9, 12]),
        (SpikingJellyByTime(5), [0, 3, 7, 8, 9], [3, 7, 8, 9, 12]),
    ],
    ids=repr,
)
def test_spikingjelly_windows_cut_where_spikingjelly_cuts(golden, window, starts, stops):
    slices = frames.slices(golden, window)
    assert slices.dtype == np.int64
    assert slices.T.tolist() == [starts, stops]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (SpikingJellyByNumber(2), [(3, 3), (2, 4)]),
        (SpikingJellyByNumber(3), [(2, 2), (2, 2), (1, 3)]),
        (SpikingJellyByNumber(5), [(1, 1), (1, 1), (1, 1), (1, 1), (1, 3)]),
        (SpikingJellyByTime(2), [(3, 4), (2, 3)]),
        (SpikingJellyByTime(3), [(3, 3), (1, 2), (1, 2)]),
        (SpikingJellyByTime(5), [(1, 2), (2, 2), (1, 0), (0, 1), (1, 2)]),
        (SpikingJellyByDuration(duration_us=7), [(2, 2), (1, 2), (1, 1), (1, 1), (0, 1)]),
        (SpikingJellyByDuration(duration_us=10), [(3, 3), (1, 2), (1, 2)]),
        (SpikingJellyByDuration(duration_us=15), [(3, 4), (2, 3)]),
    ],
    ids=repr,
)
def test_spikingjelly_frames_hold_its_off_and_on_events(golden, window, expected):
    assert off_and_on(golden, window) == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (IntoByTime(3), [6, 3, 3]),
        (IntoByTime(5), [4, 3, 2, 1, 2]),
        (IntoByCount(5), [3, 2, 3, 2, 2]),
        (ByTime(us=10), [6, 3, 2, 1]),
        (ByTime(us=10, drop_last=True), [6, 3, 2]),
        (ByCount(5), [5, 5, 2]),
        (ByCount(5, drop_last=True), [5, 5]),
    ],
    ids=repr,
)
def test_own_windows_hold_their_golden_counts(golden, window, expected):
    assert [sum(pair) for pair in off_and_on(golden, window)] == expected


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.uint8])
def test_off_events_come_first_and_rows_follow_y(golden, dtype):
    frame = frames.counts(golden, window=IntoByTime(3), dtype=dtype)[0]
    assert frame.dtype == dtype
    assert frame.tolist() == [
        [[0, 1, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]],
        [[1, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]],
    ]


def test_more_spikingjelly_frames_than_events_leave_all_to_the_last(make_events):
    slices = frames.slices(make_events([1, 2, 3]), SpikingJellyByNumber(5))
    assert slices.tolist() == [[0, 0]] * 4 + [[0, 3]]


@pytest.mark.parametrize(
    ("t", "sums"), [([5, 6, 14, 15, 24, 25, 35], [3, 2, 2]), ([5, 6, 14, 15, 24, 25], [3, 3])]
)
def test_a_last_event_at_a_whole_duration_joins_the_frame_before(make_events, t, sums):
    slices = frames.slices(make_events(t), SpikingJellyByDuration(duration_us=10))
    assert np.diff(slices).ravel().tolist() == sums


def test_two_time_bins_of_b_are_cut_where_spikingjelly_cuts(make_events):
    assert frames.slices(make_events(B), SpikingJellyByTime(2)).tolist() == [[0, 7], [7, 11]]


@pytest.mark.parametrize(
    ("bins", "message"),
    [
        (3, "time bin 2 of 3 must hold an event, got none in the 33 us from t = 66"),
        (4, "time bin 1 of 4 must hold an event, got none in the 25 us from t = 25"),
        (10, "time bin 2 of 10 must hold an event, got none in the 10 us from t = 20"),
    ],
)
def test_an_empty_bin_is_an_error_where_spikingjelly_raises(make_events, bins, message):
    with pytest.raises(ParameterError, match=rf"^{message}; take `IntoByTime\({bins}\)`"):
        frames.counts(make_events(B), window=SpikingJellyByTime(bins))


def test_the_advised_window_gives_empty_frames(make_events):
    sums = frames.counts(make_events(B), window=IntoByTime(10)).sum((1, 2, 3))
    assert sums.tolist() == [5, 2, 0, 0, 1, 1, 0, 0, 0, 2]


def test_a_spikingjelly_duration_needs_two_instants(make_events):
    message = r"^the recording must last at least 1 us, got 2 events at one instant; take `ByTime\(us=10\)`"
    with pytest.raises(ParameterError, match=message):
        frames.slices(make_events([7, 7]), SpikingJellyByDuration(duration_us=10))
