"""What stands beside the events, moved in time and on the sensor with them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelet.events import Beside, Exposures, Frame, Imu, Samples, Specials, Triggers
from spikelet.events.moved import counted_from, inside, placed, turned

PICTURE = np.arange(20, dtype=np.uint8).reshape(4, 5, 1)
FRAME = Frame(t=50, start=40, end=60, exposure_start=42, exposure_end=58, x=2, y=1, pixels=PICTURE)


def cut(box, *, frame=FRAME, origin="upper-left"):
    return inside(Beside(frames=(frame,)), box, origin=origin).frames


def test_a_box_inside_a_frame_is_filled_by_it():
    (got,) = cut((3, 2, 2, 2))
    assert (got.x, got.y) == (0, 0)
    np.testing.assert_array_equal(got.pixels, PICTURE[1:3, 1:3])


def test_a_frame_inside_a_box_keeps_all_pixels():
    (got,) = cut((1, 0, 100, 100))
    assert (got.x, got.y) == (1, 1)
    np.testing.assert_array_equal(got.pixels, PICTURE)


@pytest.mark.parametrize("box", [(0, 0, 2, 9), (7, 0, 9, 9), (0, 0, 9, 1), (0, 5, 9, 9)])
def test_a_frame_beside_the_box_is_gone(box):
    assert cut(box) == ()


def test_a_box_cuts_the_same_pixels_whatever_corner_y_counts_from():
    height = 8
    x, y, w, h = box = (3, 2, 2, 3)
    upwards = replace(FRAME, y=height - 1 - FRAME.y)
    (got,) = cut((x, height - y - h, w, h), frame=upwards, origin="lower-left")
    (expected,) = turned(Beside(frames=cut(box)), height=h).frames
    assert (got.x, got.y) == (expected.x, expected.y)
    np.testing.assert_array_equal(got.pixels, expected.pixels)


def test_times_count_from_the_start_and_what_was_before_is_gone():
    axes = np.zeros((2, 3), np.float32)
    beside = Beside(
        triggers=Triggers(np.array([49, 50]), np.zeros(2, np.uint8), np.array([True, False])),
        imu=Imu(
            t=np.array([10, 70]),
            accelerometer=axes,
            gyroscope=axes,
            magnetometer=axes,
            temperature=axes[:, 0],
            is_scaled=True,
        ),
        frames=(replace(FRAME, t=49), FRAME),
        specials=Specials(t=np.array([50, 51]), kind=np.zeros(2, np.uint8), data=np.zeros(2, np.uint32)),
    )
    got = counted_from(beside, 50)
    assert got.counts() == {"triggers": 1, "imu": 1, "frames": 1, "specials": 2}
    assert (got.triggers.t.tolist(), got.imu.t.tolist(), got.specials.t.tolist()) == ([0], [20], [0, 1])
    times = ("t", "start", "end", "exposure_start", "exposure_end")
    assert [getattr(got.frames[0], name) for name in times] == [0, -10, 10, -8, 8]


def exposed(t, x, y):
    return Exposures(
        t=np.array(t),
        x=np.array(x, np.uint16),
        y=np.array(y, np.uint16),
        is_second=np.arange(len(t)) % 2 == 1,
        index=np.arange(len(t), dtype=np.uint64),
    )


def test_a_box_and_a_start_take_readings_of_pixels_too():
    xy = np.array([3, 4], np.uint16)
    read, value = np.array([0, 1], np.uint8), np.array([700, 600], np.uint16)
    given = Beside(samples=Samples(t=np.array([7, 9]), x=xy, y=xy, read=read, value=value))
    got = inside(counted_from(given, 8), (1, 2, 5, 5), origin="lower-left").samples
    columns = [getattr(got, name).tolist() for name in ("t", "x", "y", "read", "value")]
    assert columns == [[1], [3], [2], [1], [600]]


def test_a_box_takes_the_exposures_of_its_pixels():
    got = inside(
        Beside(exposures=exposed([1, 2, 3, 4], [2, 3, 4, 5], [7, 7, 6, 9])), (3, 6, 2, 2), origin="lower-left"
    )
    assert (got.exposures.t.tolist(), got.exposures.is_second.tolist()) == ([2, 3], [True, False])
    assert (got.exposures.x.tolist(), got.exposures.y.tolist()) == ([0, 1], [1, 0])


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)), st.integers(0, 5))
def test_exposures_stand_behind_the_events_of_their_time(changes, exposures, after):
    changes, exposures = sorted(changes), sorted(exposures)
    beside = exposed(exposures, [0] * len(exposures), [0] * len(exposures))
    index = placed(beside, np.array(changes, np.int64), after=after).index
    assert index.dtype == np.uint64
    merged = sorted([(t, False) for t in changes] + [(t, True) for t in exposures])
    assert index.tolist() == [after + i for i, (_, is_exposure) in enumerate(merged) if is_exposure]
