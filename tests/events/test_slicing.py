"""A slice of time is what would be cut out of the whole."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelet import events
from spikelet.errors import BoundsError, OrderError, ParameterError, TruncatedError


def rows_of(found):
    return [tuple(int(v) for v in row) for row in zip(found.t, found.x, found.y, found.p, strict=True)]


def conserves(found, report):
    return (
        report.events
        == len(found) + report.dropped_out_of_bounds + report.dropped_backward + report.outside_slice
    )


def sides(recording):
    t = recording.t
    if len(t) == 0:
        return [(0, 10)]
    middle, late = int(np.quantile(t, 0.4)), int(np.quantile(t, 0.7))
    return [(middle, late), (None, middle), (late, None), (middle, middle), (int(t[-1]) + 1, None)]


def test_a_slice_is_the_part_of_every_recording(recording):
    size = recording.size_to_give()
    whole = events.read(recording.path, sensor_size=size, lenient=True)
    for start, stop in sides(whole):
        found = events.read(recording.path, sensor_size=size, lenient=True, start_us=start, stop_us=stop)
        assert found == whole.between(start_us=start, stop_us=stop)
        assert found.metadata == whole.metadata
        assert conserves(found, found.report)


def test_a_strict_slice_is_the_same_where_nothing_is_wrong(shared_data):
    path = shared_data / "events" / "prophesee" / "evt3_trigger_hd.raw"
    whole = events.read(path)
    for start, stop in sides(whole):
        assert events.read(path, start_us=start, stop_us=stop) == whole.between(start_us=start, stop_us=stop)
        parts = list(events.stream(path, chunk=5000, start_us=start, stop_us=stop))
        assert sum(map(len, parts)) == len(whole.between(start_us=start, stop_us=stop))
        assert all(len(part) > 0 for part in parts)


ROWS = [(10, 1, 1, 1), (20, 2, 2, 0), (30, 99, 3, 1), (25, 4, 4, 0), (40, 5, 5, 1)]


def test_trouble_behind_the_slice_is_not_looked_at(bin40):
    path = bin40([(t, 1, 1, 1) for t in range(0, 500_000)] + ROWS, tail=b"\x01")
    found = events.read(path, sensor_size=(8, 8), start_us=100, stop_us=200)
    assert found.t.tolist() == list(range(100, 200))
    assert found.report.bytes_read < path.stat().st_size
    stream = events.stream(path, sensor_size=(8, 8), chunk=1000, start_us=100, stop_us=200)
    assert sum(map(len, stream)) == 100
    assert (stream.report.events, stream.report.outside_slice) == (1000, 900)
    with pytest.raises(OrderError, match="event 500000"):
        events.read(path, sensor_size=(128, 128), start_us=499_990)


def test_trouble_before_the_end_of_the_slice_is_refused_with_the_lenient_part(bin40):
    path = bin40(ROWS)
    for size, error in (((8, 8), BoundsError), ((128, 128), OrderError)):
        with pytest.raises(error) as caught:
            events.read(path, sensor_size=size, start_us=20, stop_us=40)
        lenient = events.read(path, sensor_size=size, lenient=True, start_us=20, stop_us=40)
        assert caught.value.events == lenient
    with pytest.raises(TruncatedError, match=re.escape("(bytes left over: 2)")):
        events.read(bin40(ROWS[:2], tail=b"\x01\x02"), sensor_size=(8, 8), start_us=15)


@pytest.mark.parametrize("backward", ["sort", "drop", "keep"])
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 12), st.integers(0, 9), st.integers(0, 1)), max_size=60
    ),
    start=st.none() | st.integers(0, 60),
    length=st.none() | st.integers(0, 60),
    size=st.sampled_from([(8, 8), None]),
)
def test_lenient_slices_are_parts_of_lenient_recordings(bin40, backward, rows, start, length, size):
    path = bin40(rows)
    stop = None if length is None else (start or 0) + length
    whole = events.read(path, sensor_size=size, lenient=True, backward=backward)
    found = events.read(path, sensor_size=size, lenient=True, backward=backward, start_us=start, stop_us=stop)
    low, high = start or 0, 100 if stop is None else stop
    assert rows_of(found) == [row for row in rows_of(whole) if low <= row[0] < high]


def test_a_slice_is_two_whole_numbers_in_order(bin40):
    path = bin40(ROWS)
    for attempt in (events.read, events.stream):
        with pytest.raises(ParameterError, match=r"`start_us` must be a whole number of microsec.*got 1\.5"):
            attempt(path, sensor_size=(128, 128), start_us=1.5)
        with pytest.raises(ParameterError, match="`stop_us` must not be below `start_us`, got 3 after 4"):
            attempt(path, sensor_size=(128, 128), start_us=4, stop_us=3)
