"""Filters with a memory, against plain loops."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelet import _core
from spikelet import transforms as tr
from spikelet.errors import ParameterError
from spikelet.events import Events
from transform_cases import decimation, denoise, made, recordings, refractory_period, rows

periods = st.one_of(st.integers(0, 400), st.just(2**63 - 1))


@given(events=recordings(), us=periods, paralyzable=st.booleans())
def test_refractory_period_is_that_of_the_plain_loop(events, us, paralyzable):
    found = tr.RefractoryPeriod(us=us, paralyzable=paralyzable).keeps(events)
    assert found.tolist() == refractory_period(events, us, paralyzable=paralyzable)


@given(
    events=recordings(), us=st.one_of(st.integers(1, 400), st.just(2**63 - 1)), near=st.sampled_from([4, 8])
)
def test_denoise_is_that_of_the_plain_loop(events, us, near):
    found = tr.Denoise(us=us, neighbours=near).keeps(events)
    assert found.tolist() == denoise(events, us, neighbours=near)


@given(events=recordings(), n=st.integers(1, 5))
def test_decimation_is_that_of_the_plain_loop(events, n):
    assert tr.Decimation(n).keeps(events).tolist() == decimation(events, n)


@given(events=recordings(), us=st.integers(1, 400))
def test_events_that_stay_are_apart_by_the_refractory_period(events, us):
    last = {}
    for t, x, y, _ in rows(tr.RefractoryPeriod(us=us)(events)):
        assert t - last.get((x, y), t - us) >= us
        last[x, y] = t


@given(events=recordings(), us=st.integers(0, 400))
def test_a_second_refractory_period_drops_nothing_more(events, us):
    once = tr.RefractoryPeriod(us=us)(events)
    assert tr.RefractoryPeriod(us=us)(once) == once


@given(events=recordings(), us=st.integers(1, 400))
def test_what_four_neighbours_support_eight_do_too(events, us):
    four, eight = tr.Denoise(us=us, neighbours=4).keeps(events), tr.Denoise(us=us).keeps(events)
    assert not np.any(four & ~eight)


# The very last microsecond is left out: a period that ends behind it ends there.
@pytest.mark.parametrize("first", [-(2**63), 2**63 - 4])
def test_filters_hold_at_the_ends_of_time(first):
    events = Events([first, first, first + 2], [1, 1, 2], [1, 1, 1], [1, 1, 1], sensor_size=(4, 4))
    for us in (1, 2, 3, 2**63 - 1):
        assert tr.Denoise(us=us).keeps(events).tolist() == denoise(events, us, neighbours=8)
        for paralyzable in (False, True):
            found = tr.RefractoryPeriod(us=us, paralyzable=paralyzable).keeps(events)
            assert found.tolist() == refractory_period(events, us, paralyzable=paralyzable)


@pytest.mark.parametrize(
    "transform",
    [
        tr.RefractoryPeriod(us=40),
        tr.RefractoryPeriod(us=40, paralyzable=True),
        tr.Denoise(us=50),
        tr.Decimation(3),
        tr.DropPixel([(3, 3)]),
    ],
    ids=repr,
)
@given(cuts=st.lists(st.integers(0, 300), max_size=6))
def test_parts_of_a_recording_give_what_the_whole_gives(transform, cuts):
    events = made()
    edges = [0, *sorted(cuts), len(events)]
    parts = [events[start:stop] for start, stop in pairwise(edges)]
    found = [row for part in transform.over(parts) for row in rows(part)]
    assert found == rows(transform(events))


def test_parts_of_two_sensors_are_refused():
    parts = tr.Denoise(us=50).over([made(), made(size=(5, 5))])
    with pytest.raises(ParameterError, match=r"parts must be of one sensor, got \(5, 5\) after \(13, 11\)"):
        list(parts)


def test_a_filter_called_twice_begins_anew():
    transform, events = tr.RefractoryPeriod(us=10**9), made()
    assert transform(events) == transform(events)


def test_hot_pixels_by_rate_are_those_above_it():
    # 1 second: pixel (0, 0) fires at 10 Hz, pixel (1, 0) at 11 Hz.
    t = [*range(0, 1_000_001, 100_000), *range(1, 1_000_001, 100_000)]
    x = [1] * 11 + [0] * 10
    order = np.argsort(t, kind="stable")
    events = Events(np.array(t)[order], np.array(x)[order], [0] * 21, [1] * 21, sensor_size=(3, 1))
    assert tr.HotPixelFilter(rate_hz=10).pixels(events) == ((1, 0),)
    assert set(tr.HotPixelFilter(rate_hz=10)(events).x.tolist()) == {0}
    assert tr.HotPixelFilter(rate_hz=11).pixels(events) == ()


def test_hot_pixels_by_statistics_are_counted_over_active_pixels():
    x = [*range(1, 10), *[0] * 91]
    events = Events(range(100), x, [0] * 100, [1] * 100, sensor_size=(1000, 1))
    counts = np.array([91, *[1] * 9])
    z = (91 - counts.mean()) / counts.std()
    assert tr.HotPixelFilter(sigmas=z - 0.01).pixels(events) == ((0, 0),)
    assert tr.HotPixelFilter(sigmas=z + 0.01).pixels(events) == ()


def test_hot_pixels_are_given_as_x_and_y():
    x, y = [2] * 50 + list(range(5)), [1] * 50 + [0] * 5
    events = Events(range(55), x, y, [1] * 55, sensor_size=(5, 3))
    hot = tr.HotPixelFilter(sigmas=1)
    assert hot.pixels(events) == ((2, 1),)
    assert hot(events) == tr.DropPixel(hot.pixels(events))(events)


@given(events=recordings())
def test_dropped_pixels_are_silent_and_no_others(events):
    found = tr.DropPixel([(0, 0), (2, 1)])(events)
    assert rows(found) == [row for row in rows(events) if row[1:3] not in [(0, 0), (2, 1)]]


def test_a_sensor_of_too_many_pixels_is_refused():
    events = Events([0], [0], [0], [1], sensor_size=(65_536, 65_536))
    with pytest.raises(ParameterError, match=r"a sensor must have 1 to 268435456 pixels .* got 4294967296"):
        tr.Denoise(us=5)(events)


def test_threads_may_share_one_filter_of_the_core():
    events = made(2_000)
    shared = _core.Filter.decimation(events.sensor_size, 2)
    with ThreadPoolExecutor(8) as pool:
        masks = list(pool.map(lambda _: shared.mask(events.t, events.x, events.y, events.p), range(40)))
    # Whoever comes first: every pixel keeps one of two events over all calls.
    x, y = events.x.astype(int), events.y.astype(int)
    kept = np.bincount(y * 13 + x, weights=np.sum(masks, axis=0))
    np.testing.assert_array_equal(kept, 20 * np.bincount(y * 13 + x))
