"""Strict reading raises and names the place; lenient reading counts; nothing is lost on the way."""

import re

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import BoundsError, OrderError, ParameterError, TruncatedError

ROWS = [(10, 1, 1, 1), (20, 2, 2, 0), (30, 3, 3, 1), (40, 4, 4, 0)]
BACKWARD = [(10, 1, 1, 1), (30, 2, 2, 0), (20, 3, 3, 1), (25, 4, 4, 0), (30, 5, 5, 0), (15, 6, 6, 1)]


def rows_of(found):
    return [tuple(int(v) for v in row) for row in zip(found.t, found.x, found.y, found.p, strict=True)]


def conserves(found):
    report = found.report
    return report.events == len(found) + report.dropped_out_of_bounds + report.dropped_backward


STRICT_ERRORS = {
    "evt2_odd_tail_a.raw": (TruncatedError, r"byte 19067 \(bytes left over: 3\); .* keep the 3000 events"),
    "aedat4_cut_a.aedat4": (TruncatedError, r"keep the 24576 events"),
    "aedat4_cut_no_table_a.aedat4": (TruncatedError, r"keep the 24576 events"),
    "evt3_odd_tail_a.raw": (TruncatedError, r"byte 17899 \(bytes left over: 1\); .* keep the 3000 events"),
    "dat_odd_tail_a.dat": (TruncatedError, r"byte 24101 \(bytes left over: 5\); .* keep the 3000 events"),
    "dat_backward_a.dat": (
        OrderError,
        r"event 1500 \(byte 12101\) must not be earlier than the one before, got t = \d+ after \d+",
    ),
    "dat_no_type_a.dat": (
        TruncatedError,
        r"must go on after its header, got its end at byte 71 \(bytes missing before the first event: 2\)",
    ),
    "es_cut_a.es": (TruncatedError, r"byte 13156 \(bytes left over: 2\); .* keep the 2627 events"),
    "evt2_out_of_range_a.raw": (
        BoundsError,
        r"sensor of 1280x720 pixels, got x = \d+, y = \d+ \(events outside: 15\)",
    ),
}


def test_strict_reading_raises_where_the_edge_table_says_and_nowhere_else(recording):
    size = recording.size_to_give()
    if recording.path.name not in STRICT_ERRORS:
        found = events.read(recording.path, sensor_size=size)
        assert found.digest() == recording.digest_to_find()
        assert found.sensor_size == recording.size_to_find()
        assert found.report.dropped_out_of_bounds == found.report.dropped_backward == 0
        return
    error, message = STRICT_ERRORS[recording.path.name]
    with pytest.raises(error, match=message) as caught:
        events.read(recording.path)
    assert str(caught.value).startswith(f"{recording.path}: ")
    assert caught.value.events == events.read(recording.path, lenient=True)


def test_lenient_reading_never_raises_and_conserves_events(recording):
    found = events.read(recording.path, sensor_size=recording.size_to_give(), lenient=True)
    assert found.report.events == recording.facts["events"]
    assert conserves(found)
    assert found.is_sorted
    assert np.all(np.diff(found.t) >= 0)


def test_out_of_range_events_are_dropped_and_counted_when_lenient(edge):
    found = events.read(edge / "evt2_out_of_range_a.raw", lenient=True)
    assert len(found) == 2985
    assert found.report.out_of_bounds == found.report.dropped_out_of_bounds == 15
    assert found.report.dropped == 15
    raw = events.read_raw(edge / "evt2_out_of_range_a.raw")
    inside = (raw.x < 1280) & (raw.y < 720)
    for name in "txyp":
        np.testing.assert_array_equal(getattr(found, name), getattr(raw, name)[inside])
    assert found.report.first_out_of_bounds == np.flatnonzero(~inside)[0]


def test_events_before_the_first_time_are_counted_and_no_error(edge):
    found = events.read(edge / "evt3_before_time_a.raw")
    assert found.report.dropped_before_time == 2
    assert found.report.dropped == 2
    assert len(found) == 3000


def test_a_cut_end_is_counted_when_lenient(edge):
    assert events.read(edge / "evt2_odd_tail_a.raw", lenient=True).report.tail_bytes == 3
    assert events.read(edge / "evt3_odd_tail_a.raw", lenient=True).report.tail_bytes == 1


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_record_cut_short_names_its_byte_and_keeps_the_rest(bin40, cut):
    path = bin40(ROWS, tail=b"\x05\x05\x00\x00"[:cut])
    message = (
        f"{path}: the file must end after a whole word or record, got a part of one at byte 20 "
        f"(bytes left over: {cut}); pass `lenient=True` to keep the 4 events before it"
    )
    with pytest.raises(TruncatedError, match=f"^{re.escape(message)}$") as caught:
        events.read(path, sensor_size=(34, 34))
    assert rows_of(caught.value.events) == ROWS


def test_an_event_outside_the_sensor_is_named_with_its_byte(bin40):
    path = bin40(ROWS)
    message = (
        f"{path}: event 2 (byte 10) must lie on the sensor of 3x8 pixels, got x = 3, y = 3 "
        "(events outside: 2); pass `lenient=True` to drop and count them"
    )
    with pytest.raises(BoundsError, match=f"^{re.escape(message)}$") as caught:
        events.read(path, sensor_size=(3, 8))
    kept = caught.value.events
    assert rows_of(kept) == ROWS[:2]
    assert (kept.report.first_out_of_bounds, kept.report.first_out_of_bounds_byte) == (2, 10)
    assert conserves(kept)


def test_a_step_back_in_time_is_named_with_its_byte(bin40):
    path = bin40(BACKWARD)
    message = (
        f"{path}: event 2 (byte 10) must not be earlier than the one before, got t = 20 after 30 "
        '(steps back: 2); pass `lenient=True` with `backward="drop"` or "keep", or `read` with "sort"'
    )
    with pytest.raises(OrderError, match=f"^{re.escape(message)}$") as caught:
        events.read(path, sensor_size=(8, 8))
    assert rows_of(caught.value.events) == sorted(BACKWARD, key=lambda row: row[0])


def test_the_trouble_that_comes_first_is_the_one_that_is_raised(bin40):
    path = bin40(BACKWARD, tail=b"\x00")
    with pytest.raises(OrderError, match="event 2"):
        events.read(path, sensor_size=(4, 8))
    with pytest.raises(BoundsError, match="event 1"):
        events.read(path, sensor_size=(2, 8))


def test_lenient_sort_is_stable_and_loses_nothing(bin40):
    found = events.read(bin40(BACKWARD), sensor_size=(8, 8), lenient=True)
    assert rows_of(found) == sorted(BACKWARD, key=lambda row: row[0])
    assert found.report.backward_steps == 2
    assert found.report.moved_by_sort == 3
    assert found.report.dropped == 0
    assert found.is_sorted


def test_lenient_drop_leaves_out_what_is_behind_the_latest_time(bin40):
    found = events.read(bin40(BACKWARD), sensor_size=(8, 8), lenient=True, backward="drop")
    assert rows_of(found) == [BACKWARD[0], BACKWARD[1], BACKWARD[4]]
    assert found.report.dropped_backward == 3
    assert conserves(found)


def test_lenient_keep_says_that_events_are_not_sorted(bin40, tmp_path):
    found = events.read(bin40(BACKWARD), sensor_size=(8, 8), lenient=True, backward="keep")
    assert rows_of(found) == BACKWARD
    assert not found.is_sorted
    assert found[:2].is_sorted
    assert not found[1:3].is_sorted
    assert found.duration_us == 20
    with pytest.raises(OrderError, match="must be sorted to be cut by time"):
        found.between(start_us=3)
    with pytest.raises(OrderError, match="must be sorted to be written"):
        events.write(tmp_path / "kept.bin", found)


def test_a_latter_event_outside_the_sensor_does_not_hide_a_step_back(bin40):
    rows = [(10, 1, 1, 1), (50, 60, 1, 1), (20, 2, 2, 0)]
    found = events.read(bin40(rows), sensor_size=(8, 8), lenient=True, backward="drop")
    # The event outside is gone before order is looked at, so nothing is behind it.
    assert rows_of(found) == [rows[0], rows[2]]
    assert conserves(found)


def test_backward_is_one_of_three_words(bin40):
    with pytest.raises(ParameterError, match=r'`backward` must be "keep", "sort" or "drop", got \'clamp\''):
        events.read(bin40(ROWS), sensor_size=(8, 8), backward="clamp")


def test_a_recording_without_a_sensor_size_asks_for_it(bin40):
    path = bin40(ROWS)
    message = (
        f"{path}: `sensor_size` must be given, for this bin40 file does not hold it; "
        "pass for example `sensor_size=(128, 128)` or `lenient=True` to take the largest coordinates"
    )
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        events.read(path)


def test_a_lenient_reading_says_that_it_guessed_the_sensor_size(bin40):
    found = events.read(bin40(ROWS), lenient=True)
    assert found.sensor_size == (5, 5)
    assert found.report.sensor_size_from == "largest coordinates"
    assert str(found.report) == "4 events in 20 bytes\nsensor size taken from the largest coordinates"
    assert events.read(bin40([]), lenient=True).sensor_size == (1, 1)


def test_a_given_sensor_size_wins_over_the_header(edge):
    path = edge / "evt2_wrap_a.raw"
    assert events.read(path).report.sensor_size_from == "file"
    found = events.read(path, sensor_size=(2048, 2048))
    assert found.sensor_size == (2048, 2048)
    assert found.report.sensor_size_from == "given"


def test_the_report_names_what_is_not_zero(edge):
    report = events.read(edge / "evt2_out_of_range_a.raw", lenient=True).report
    assert str(report).splitlines() == [
        "3000 events in 19067 bytes",
        "events outside the sensor, dropped: 15",
        "events outside the sensor, in the file: 15",
    ]
    assert report.to_dict()["dropped_out_of_bounds"] == 15


def test_read_events_carry_header_and_origin(shared_data):
    found = events.read(shared_data / "events" / "prophesee" / "evt2_gen3_vga.raw")
    assert found.metadata["system_ID"] == "21"
    assert found.origin == "upper-left"
    assert events.read(shared_data / "events" / "aedat" / "aedat2_dvs128.aedat").origin == "lower-left"
