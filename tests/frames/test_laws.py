"""Laws of every window: nothing is lost, and the frames are those of the plain loops."""

from math import prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oracle import frame_counts, frame_of_events
from spikelet import frames
from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.frames import (
    ByCount,
    ByTime,
    IntoByCount,
    IntoByTime,
    SpikingJellyByDuration,
    SpikingJellyByNumber,
    SpikingJellyByTime,
)

KINDS = [
    ByCount,
    IntoByTime,
    IntoByCount,
    SpikingJellyByTime,
    SpikingJellyByNumber,
    lambda us: ByTime(us=us),
    lambda us: SpikingJellyByDuration(duration_us=us),
]
numbers = st.integers(1, 40)
windows = st.builds(lambda kind, number: kind(number), st.sampled_from(KINDS), numbers)
dropping = st.one_of(
    st.builds(ByCount, numbers, drop_last=st.just(True)),
    st.builds(ByTime, us=numbers, drop_last=st.just(True)),
)


@st.composite
def recordings(draw):
    """Sorted events with ties and silence, on sensors of odd sizes."""
    width, height = draw(st.sampled_from([(1, 1), (5, 3), (7, 1), (13, 11)]))
    steps = draw(st.lists(st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 300)), max_size=60))
    t = draw(st.integers(-1000, 1000)) + np.cumsum(steps, dtype=np.int64)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x, y, p = (rng.integers(0, most, len(t)) for most in (width, height, 2))
    return Events(t, x, y, p, sensor_size=(width, height))


def expected(events, window, number_of_frames):
    number = getattr(window, "n", None) or getattr(window, "us", None)
    number = number or getattr(window, "frames_number", None) or window.duration_us
    kind = type(window).__name__
    frame_of = frame_of_events(events.t, kind, number, drop_last=getattr(window, "drop_last", False))
    size = events.sensor_size
    return frame_counts(events.x, events.y, events.p, frame_of, frames=number_of_frames, size=size)


def counts_or_skip(events, window, dtype):
    try:
        return frames.counts(events, window=window, dtype=dtype)
    except ParameterError:
        # SpikingJelly's windows refuse empty bins; where they must is tested apart.
        assume(not isinstance(window, (SpikingJellyByTime, SpikingJellyByDuration)))
        raise


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.uint8])
@given(events=recordings(), window=st.one_of(windows, dropping))
def test_frames_are_those_of_the_plain_loops(events, window, dtype):
    found = counts_or_skip(events, window, dtype)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected(events, window, len(found)))


@given(events=recordings(), window=windows)
def test_every_event_is_counted_once(events, window):
    assert counts_or_skip(events, window, np.float32).sum() == len(events)


@given(events=recordings(), window=dropping)
def test_what_drop_last_leaves_out_is_behind_the_last_slice(events, window):
    slices = frames.slices(events, window)
    taken = int(slices[-1, 1]) if len(slices) else 0
    assert frames.counts(events, window=window).sum() == taken
    length = window.n if isinstance(window, ByCount) else window.us
    left_out = events[taken:]
    assert len(left_out) < length if isinstance(window, ByCount) else left_out.duration_us < length


@given(events=recordings(), window=st.one_of(windows, dropping))
def test_slices_adjoin_from_the_first_event(events, window):
    try:
        slices = frames.slices(events, window)
    except ParameterError:
        assume(not isinstance(window, (SpikingJellyByTime, SpikingJellyByDuration)))
        raise
    assert slices[:1, 0].tolist() == [0] * len(slices[:1])
    np.testing.assert_array_equal(slices[1:, 0], slices[:-1, 1])
    assert (slices[:, 0] <= slices[:, 1]).all()


@pytest.mark.parametrize(
    ("window", "number"),
    [
        (IntoByTime(4), 4),
        (IntoByCount(4), 4),
        (SpikingJellyByNumber(4), 4),
        (ByTime(us=4), 0),
        (ByCount(4), 0),
    ],
    ids=repr,
)
def test_no_events_give_n_empty_frames_or_none(make_events, window, number):
    found = frames.counts(make_events([]), window=window)
    assert found.shape == (number, 2, 3, 5)
    assert not found.any()
    assert frames.slices(make_events([]), window).shape == (number, 2)


def test_windows_of_one_event_at_the_ends_of_time(make_events):
    events = make_events([-(2**63), 0, 2**63 - 1])
    assert frames.slices(events, IntoByTime(2)).tolist() == [[0, 1], [1, 3]]
    assert frames.slices(events, ByTime(us=2**63 - 1)).tolist() == [[0, 1], [1, 2], [2, 3]]


def test_many_more_frames_than_events(make_events):
    found = frames.counts(make_events(10), window=IntoByTime(1009), dtype=np.uint8)
    assert found.shape == (1009, 2, 3, 5)
    assert found.sum() == 10


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.uint8])
@pytest.mark.parametrize("size", [(1, 1), (63, 1), (127, 65)], ids=str)
def test_the_number_of_threads_changes_nothing(make_events, dtype, size):
    events = make_events(60_000, size=size)
    for window in (IntoByTime(1), IntoByTime(16), ByTime(us=37_001)):
        alone = frames.counts(events, window=window, dtype=dtype, threads=1, saturate=True)
        for threads in (2, 7, None):
            shared = frames.counts(events, window=window, dtype=dtype, threads=threads, saturate=True)
            np.testing.assert_array_equal(shared, alone)


def test_frames_of_a_slice_of_events_are_those_of_its_copy(make_events):
    events = make_events(1000)
    for part in (events[100:900], events[::3], events[events.p]):
        copied = Events(part.t, part.x, part.y, part.p, sensor_size=part.sensor_size)
        window = IntoByTime(7)
        np.testing.assert_array_equal(
            frames.counts(part, window=window), frames.counts(copied, window=window)
        )


def test_a_given_array_is_overwritten_and_returned(make_events):
    events = make_events(1000)
    fresh = frames.counts(events, window=IntoByCount(9))
    out = np.full(fresh.shape, np.nan, np.float32)
    assert frames.counts(events, window=IntoByCount(9), out=out) is out
    np.testing.assert_array_equal(out, fresh)


def test_new_frames_own_zeroed_memory_in_c_order(make_events):
    found = frames.counts(make_events(100), window=IntoByTime(3))
    assert found.flags.c_contiguous
    assert found.flags.writeable
    assert found.size == prod((3, 2, 3, 5))
