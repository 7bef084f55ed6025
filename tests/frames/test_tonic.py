"""Tonic's slicing on input A, made by tonic 1.7.0 itself; with `-m peers`, tonic and these side by side."""

import re

import numpy as np
import pytest

from spikelet import frames
from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.frames import (
    ByCount,
    Exponential,
    IntoByCount,
    Linear,
    TonicByCount,
    TonicByTime,
    TonicIntoByCount,
    TonicIntoByTime,
)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (TonicIntoByTime(3), [6, 3, 2]),
        (TonicIntoByTime(5), [3, 4, 1, 1, 2]),
        (TonicIntoByTime(3, overlap=0.1), [6, 3, 3]),
        (TonicIntoByCount(3), [4, 4, 4]),
        (TonicIntoByCount(5), [2, 2, 2, 2, 2]),
        (TonicByTime(time_window_us=10), [6, 3, 2]),
        (TonicByTime(time_window_us=10, include_incomplete=True), [6, 3, 2]),
        (TonicByTime(time_window_us=10, overlap_us=5), [6, 4, 3, 3, 2]),
        (TonicByTime(time_window_us=10, start_us=0, end_us=40), [4, 3, 3, 2]),
        (TonicByCount(5), [5, 5]),
        (TonicByCount(5, include_incomplete=True), [5, 5, 2]),
    ],
    ids=repr,
)
def test_tonic_windows_hold_its_golden_counts(golden, window, expected):
    assert frames.counts(golden, window=window).sum((1, 2, 3)).tolist() == expected


def test_windows_longer_than_the_recording_are_one(golden):
    assert frames.slices(golden, TonicByTime(time_window_us=2**62)).tolist() == [[0, 12]]
    assert frames.slices(golden, TonicByCount(99)).tolist() == [[0, 12]]
    assert frames.slices(golden, TonicIntoByCount(13)).tolist() == [[0, 0]] * 13


def test_no_events_are_refused_where_tonic_looks_at_the_first(make_events):
    message = "^events must not be empty where Tonic starts at the first one; take `ByTime`"
    for window in (TonicByTime(time_window_us=3), TonicIntoByTime(3)):
        with pytest.raises(ParameterError, match=message):
            frames.slices(make_events([]), window)
    between = TonicByTime(time_window_us=3, start_us=0, end_us=6)
    assert frames.slices(make_events([]), between).tolist() == [[0, 0], [0, 0]]
    assert frames.slices(make_events([]), TonicByCount(3)).tolist() == [[0, 0]]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: TonicByTime(time_window_us=5, overlap_us=5),
            "`overlap_us` must be below `time_window_us`, got 5",
        ),
        (lambda: TonicByTime(time_window_us=0), "`time_window_us` must be from 1 to"),
        (lambda: TonicByTime(time_window_us=5, start_us=1.5), "`start_us` must be a whole number, got 1.5"),
        (
            lambda: TonicByTime(time_window_us=5, start_us=9, end_us=8),
            "`end_us` must not be below `start_us`",
        ),
        (lambda: TonicByCount(4, overlap=4), "`overlap` must be below `event_count`, got 4 of 4"),
        (lambda: TonicByCount(4, include_incomplete=1), "`include_incomplete` must be True or False, got 1"),
        (lambda: TonicIntoByTime(4, overlap=1.0), "`overlap` must be from 0 to below 1, got 1.0"),
        (lambda: TonicIntoByCount(4, overlap=-0.5), "`overlap` must be from 0 to below 1, got -0.5"),
        (lambda: TonicIntoByCount(4, overlap="a"), "`overlap` must be a number, got 'a'"),
    ],
)
def test_windows_outside_their_rule_are_refused(build, message):
    with pytest.raises(ParameterError, match="^" + re.escape(message)):
        build()


@pytest.fixture
def tonic():
    pytest.importorskip("tonic", reason="tonic is not installed")
    return pytest.importorskip("tonic.functional")


def for_tonic(events):
    """Records as tonic takes them; a copy each time, for it changes some in place."""
    records = np.empty(len(events), [("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")])
    for name in "xytp":
        records[name] = getattr(events, name)
    return records


CUTS = [
    (TonicByTime(time_window_us=300), {"time_window": 300}),
    (TonicByTime(time_window_us=300, overlap_us=77), {"time_window": 300, "overlap": 77}),
    (
        TonicByTime(time_window_us=301, include_incomplete=True),
        {"time_window": 301, "include_incomplete": True},
    ),
    (
        TonicByTime(time_window_us=999, start_us=-50, end_us=9000),
        {"time_window": 999, "start_time": -50, "end_time": 9000},
    ),
    (TonicIntoByTime(7), {"n_time_bins": 7}),
    (TonicIntoByTime(7, overlap=0.3), {"n_time_bins": 7, "overlap": 0.3}),
    (TonicByCount(37), {"event_count": 37}),
    (TonicByCount(37, overlap=11), {"event_count": 37, "overlap": 11}),
    (TonicByCount(37, include_incomplete=True), {"event_count": 37, "include_incomplete": True}),
    (TonicIntoByCount(7), {"n_event_bins": 7}),
    (TonicIntoByCount(7, overlap=0.3), {"n_event_bins": 7, "overlap": 0.3}),
]


@pytest.mark.peers
@pytest.mark.parametrize(("window", "options"), CUTS, ids=lambda value: repr(value))
@pytest.mark.parametrize("seed", range(5))
def test_frames_equal_those_of_tonic(tonic, make_events, window, options, seed):
    events = make_events(1000, seed=seed)
    expected = tonic.to_frame_numpy(for_tonic(events), (5, 3, 2), **options)
    found = frames.counts(events, window=window, dtype=np.int16)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.peers
@pytest.mark.parametrize("seed", range(5))
def test_time_surfaces_equal_those_of_tonic(tonic, make_events, seed):
    events = make_events(1000, seed=seed)
    window = TonicByTime(time_window_us=700)
    expected = tonic.to_timesurface_numpy(for_tonic(events), (5, 3, 2), dt=700, tau=500)
    # Tonic looks from the end of each window, counted from the first event.
    at = events.t[0] + 700 * (1 + np.arange(len(expected)))
    found = frames.time_surface(events, window=window, fading=Exponential(tau_us=500), at_us=at)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.peers
@pytest.mark.parametrize(("decay", "fading"), [("exp", Exponential(tau_us=90)), ("lin", Linear(span_us=270))])
@pytest.mark.parametrize("seed", range(3))
def test_averaged_surfaces_equal_those_of_tonic(tonic, make_events, decay, fading, seed):
    events = make_events(300, size=(10, 7), seed=seed)
    given = {"cell_size": 4, "surface_size": 3}
    expected = tonic.to_averaged_timesurface_numpy(
        for_tonic(events), (10, 7, 2), time_window=200, tau=90, decay=decay, **given
    )
    # Tonic looks back from max(0, t - window): no event here has a negative time.
    found = frames.averaged_time_surfaces(
        events, window=IntoByCount(1), history_us=200, fading=fading, **given
    )
    np.testing.assert_allclose(found[0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.peers
def test_tonics_voxel_grid_is_another_one(tonic, golden):
    """Documented disagreement: tonic multiplies by B where the paper has B - 1, so the last event vanishes
    and the last bin is half weighted; it also turns the caller's 0 into -1. The paper's grid is ours.
    """
    records = for_tonic(golden)
    records = records.astype([*records.dtype.descr[:3], ("p", "i1")])
    theirs = tonic.to_voxel_grid_numpy(records, (4, 3, 2), n_time_bins=3)
    ours = frames.voxel_grid(golden, window=IntoByCount(1), bins=3)
    assert theirs.sum() == pytest.approx(0.7)
    assert ours.sum() == pytest.approx(2.0)


@pytest.mark.peers
def test_tonics_remainder_is_lost_and_ours_kept(tonic, golden):
    """Documented disagreement: by count, tonic drops an incomplete last window unless told otherwise."""
    theirs = tonic.to_frame_numpy(for_tonic(golden), (4, 3, 2), event_count=5)
    assert theirs.sum() == 10
    assert frames.counts(golden, window=ByCount(5)).sum() == len(golden)


@pytest.mark.peers
def test_counts_do_not_wrap_where_tonics_do(tonic):
    """Documented disagreement: tonic counts in int16 and goes below 0 after 32767; here that is refused."""
    n = 32_768
    events = Events(np.zeros(n, int), np.zeros(n, int), np.zeros(n, int), np.ones(n, int), sensor_size=(1, 1))
    theirs = tonic.to_frame_numpy(for_tonic(events), (1, 1, 2), event_count=n)
    assert theirs.min() < 0
    with pytest.raises(ParameterError, match="1 events beyond the 32767"):
        frames.counts(events, window=ByCount(n), dtype=np.int16)
