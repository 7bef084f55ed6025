"""Crops, mirrors, sizes and times: what happens to single events."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelet import transforms as tr
from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.frames import ByTime, IntoByCount
from transform_cases import differentiated, integrated, made, recordings, rows


@given(events=recordings(sizes=[(13, 11)]), x=st.integers(0, 12), y=st.integers(0, 10), data=st.data())
def test_a_crop_is_its_rectangle_moved_to_the_origin(events, x, y, data):
    width, height = data.draw(st.integers(1, 13 - x)), data.draw(st.integers(1, 11 - y))
    found = tr.Crop(x=x, y=y, width=width, height=height)(events)
    inside = [
        (t, a - x, b - y, p) for t, a, b, p in rows(events) if x <= a < x + width and y <= b < y + height
    ]
    assert rows(found) == inside
    assert found.sensor_size == (width, height)


def test_a_crop_of_the_largest_sensor_keeps_all():
    events = Events([0, 1], [0, 65_535], [0, 65_535], [0, 1], sensor_size=(65_536, 65_536))
    assert tr.Crop(x=0, y=0, width=65_536, height=65_536)(events) == events


@given(events=recordings(), size=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_tiles_hold_every_event_once(events, size):
    tiles = tr.SliceByArea(size)(events)
    assert sum(map(len, tiles)) == len(events)
    (width, height), across = events.sensor_size, -(-events.sensor_size[0] // size[0])
    moved = [
        (t, x + number % across * size[0], y + number // across * size[1], p)
        for number, tile in enumerate(tiles)
        for t, x, y, p in rows(tile)
    ]
    assert sorted(moved) == sorted(rows(events))
    areas = [tile.sensor_size[0] * tile.sensor_size[1] for tile in tiles]
    assert sum(areas) == width * height


def test_a_center_crop_leaves_as_much_on_both_sides():
    events = Events(range(11), range(11), [0] * 11, [1] * 11, sensor_size=(11, 1))
    assert tr.CenterCrop((5, 1))(events).t.tolist() == [3, 4, 5, 6, 7]
    # Where the middle falls between pixels, the one before is taken.
    assert tr.CenterCrop((4, 1))(events).t.tolist() == [3, 4, 5, 6]


def test_random_crops_reach_both_ends():
    events = Events(range(4), range(4), [0] * 4, [1] * 4, sensor_size=(4, 1))
    crop = tr.RandomCrop((3, 1), seed=0)
    assert {tuple(crop(events).t.tolist()) for _ in range(50)} == {(0, 1, 2), (1, 2, 3)}


def test_random_stretches_of_time_have_their_length_and_reach_both_ends():
    events = Events(range(10, 15), [0] * 5, [0] * 5, [1] * 5, sensor_size=(1, 1))
    crop = tr.RandomCropTime(us=3, seed=0)
    assert {tuple(crop(events).t.tolist()) for _ in range(80)} == {(10, 11, 12), (11, 12, 13), (12, 13, 14)}
    assert tr.RandomCropTime(us=5)(events) == events


def test_a_crop_in_time_is_half_open():
    events = Events([1, 2, 3, 4], [0] * 4, [0] * 4, [1] * 4, sensor_size=(1, 1))
    assert tr.CropTime(start_us=2, stop_us=4)(events).t.tolist() == [2, 3]
    assert tr.CropTime(stop_us=2)(events).t.tolist() == [1]
    assert tr.CropTime(start_us=4)(events).t.tolist() == [4]


@given(events=recordings(), flip=st.sampled_from([tr.FlipLeftRight(), tr.FlipUpDown(), tr.FlipPolarity()]))
def test_two_flips_are_none(events, flip):
    assert flip(flip(events)) == events


def test_each_flip_turns_its_own_axis():
    events = Events([5], [1], [2], [1], sensor_size=(10, 7))
    assert rows(tr.FlipLeftRight()(events)) == [(5, 8, 2, True)]
    assert rows(tr.FlipUpDown()(events)) == [(5, 1, 4, True)]
    assert rows(tr.FlipPolarity()(events)) == [(5, 1, 2, False)]


@given(events=recordings(), flips=st.booleans())
def test_time_reversed_twice_is_the_recording(events, flips):
    turn = tr.ReverseTime(flip_polarities=flips)
    assert turn(turn(events)) == events


def test_time_reversed_keeps_its_ends():
    whole = Events([-(2**63), 7, 2**63 - 1], [0, 1, 2], [0] * 3, [0, 0, 1], sensor_size=(3, 1))
    assert rows(tr.ReverseTime()(whole)) == [
        (-(2**63), 2, 0, False),
        (-8, 1, 0, True),
        (2**63 - 1, 0, 0, True),
    ]


@given(events=recordings())
def test_aligned_times_begin_at_zero_and_keep_their_distances(events):
    found = tr.TimeAlignment()(events)
    np.testing.assert_array_equal(np.diff(found.t), np.diff(events.t))
    assert found.t[:1].tolist() == [0] * len(events[:1])


@given(events=recordings(), factor=st.sampled_from([0.25, 0.5, 2, 3]), offset=st.integers(-50, 50))
def test_skewed_times_are_the_line_cut_down(events, factor, offset):
    found = tr.TimeSkew(factor, offset)(events)
    assert found.t.tolist() == [int(np.floor(t * factor + offset)) for t in events.t.tolist()]


def test_times_that_floats_do_not_hold_are_refused():
    late = Events([2**53 + 1], [0], [0], [1], sensor_size=(1, 1))
    for transform in (tr.TimeSkew(1.0), tr.TimeJitter(std_us=1), tr.Downsample(time_factor=0.5)):
        with pytest.raises(
            ParameterError, match=r"times must be from -2\^53 to 2\^53 us .* got 9007199254740993"
        ):
            transform(late)
    with pytest.raises(
        ParameterError, match=r"got 1\.8014.*e\+16 at event 0; move them with `TimeAlignment`"
    ):
        tr.TimeSkew(2.0)(Events([2**53], [0], [0], [1], sensor_size=(1, 1)))


def test_a_recording_longer_than_64_bits_is_not_aligned():
    whole = Events([-(2**63), 2**63 - 1], [0, 0], [0, 0], [1, 1], sensor_size=(1, 1))
    for transform in (
        tr.TimeAlignment(),
        tr.RandomCropTime(us=5),
        tr.DropEventByTime(),
        tr.HotPixelFilter(rate_hz=1),
    ):
        with pytest.raises(
            ParameterError, match=rf"events must last at most {2**63 - 1} us .* got {2**64 - 1} us"
        ):
            transform(whole)


@given(events=recordings(), size=st.tuples(st.integers(1, 40), st.integers(1, 40)))
def test_a_resize_is_exact_and_drops_nothing(events, size):
    found = tr.Resize(size)(events)
    (width, height) = events.sensor_size
    assert rows(found) == [(t, x * size[0] // width, y * size[1] // height, p) for t, x, y, p in rows(events)]
    assert found.sensor_size == size


@given(events=recordings(), factor=st.sampled_from([0.1, 0.25, 0.3, 1, 1.7, 2]))
def test_a_downsample_multiplies_pixels_and_drops_nothing(events, factor):
    found = tr.Downsample(spatial_factor=factor)(events)
    assert rows(found) == [(t, int(x * factor), int(y * factor), p) for t, x, y, p in rows(events)]


def test_a_sensor_downsampled_is_as_large_as_its_scaled_sides():
    events = Events([0], [33], [33], [1], sensor_size=(34, 34))
    assert tr.Downsample(spatial_factor=0.25)(events).sensor_size == (9, 9)
    assert tr.Downsample(spatial_factor=(2, 0.5))(events).sensor_size == (68, 17)
    with pytest.raises(ParameterError, match=r"sides of at most 65536 pixels, got 2000\.0 for 34"):
        tr.Downsample(spatial_factor=2_000)(events)


@given(
    events=recordings(),
    size=st.sampled_from([(1, 1), (3, 2), (13, 11)]),
    dt_us=st.integers(1, 500),
    threshold=st.integers(1, 4),
)
def test_integrating_pixels_are_those_of_the_plain_loop(events, size, dt_us, threshold):
    found = tr.IntegratorDownsampling(size, dt_us=dt_us, threshold=threshold)(events)
    assert rows(found) == integrated(events, size, dt_us, threshold)
    assert found.sensor_size == size


@given(
    events=recordings(),
    size=st.sampled_from([(1, 1), (3, 2), (13, 11)]),
    window=st.integers(1, 200),
    bins=st.integers(1, 3),
)
def test_differentiating_pixels_are_those_of_the_plain_loop(events, size, window, bins):
    found = tr.DifferentiatorDownsampling(size, dt_us=window * bins, bins=bins)(events)
    assert rows(found) == differentiated(events, size, window * bins, threshold=1, bins=bins)


def test_at_most_one_event_is_fired_for_threshold_events():
    events = made(1000)
    for threshold in (1, 2, 5):
        assert (
            len(tr.IntegratorDownsampling((4, 4), dt_us=10, threshold=threshold)(events)) <= 1000 // threshold
        )


def test_merged_polarities_are_all_off():
    found, events = tr.MergePolarities()(made()), made()
    assert not found.p.any()
    assert [row[:3] for row in rows(found)] == [row[:3] for row in rows(events)]


def test_slices_are_those_of_the_window():
    events = made()
    for window in (ByTime(us=300), IntoByCount(7)):
        parts = tr.SliceByWindow(window)(events)
        assert [row for part in parts for row in rows(part)] == rows(events)
    assert len(tr.SliceByWindow(IntoByCount(7))(events)) == 7
