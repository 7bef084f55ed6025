"""Reports made of a decoder's counts, which names only what it met."""

import pickle
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from spikelet.events import Report
from spikelet.events.report import passes_strictly, report_of

MET = {"events": 3, "bytes_read": 15, "first_out_of_bounds": 0, "out_of_bounds": 1}


@pytest.fixture
def report():
    return report_of({**MET, "tail_bytes": 0, "sensor_size_from": "file", "notes": ("a note",)})


def test_counts_make_the_report_that_their_names_make(report):
    by_name = Report(**MET, sensor_size_from="file", notes=("a note",))
    assert report == by_name
    assert (hash(report), repr(report), str(report)) == (hash(by_name), repr(by_name), str(by_name))


@pytest.mark.parametrize(
    ("met", "passes"),
    [
        ({}, True),
        ({"tail_bytes": 0, "frames": 2, "time_wraps": 1, "dropped_before_time": 3}, True),
        ({"tail_bytes": 1}, False),
        ({"missing_bytes": 2}, False),
        ({"missing_events": 1}, False),
        ({"bad_packets": 1}, False),
        ({"bad_lines": 1}, False),
        ({"backward_steps": 1}, False),
        ({"out_of_bounds": 1}, False),
    ],
)
def test_a_strict_reader_refuses_what_it_lists(met, passes):
    assert passes_strictly({"events": 3, **met}) == passes
    assert passes_strictly(vars(Report(**met))) == passes


def test_what_was_not_met_is_there_all_the_same(report):
    assert (report.time_wraps, report.first_backward) == (0, None)
    assert list(report.to_dict()) == [field.name for field in fields(Report)]
    assert replace(report, time_wraps=2).to_dict() == {**report.to_dict(), "time_wraps": 2}
    assert pickle.loads(pickle.dumps(report)) == report


@pytest.mark.parametrize("name", ["events", "time_wraps", "remark"])
def test_a_report_does_not_change(report, name):
    with pytest.raises(FrozenInstanceError):
        setattr(report, name, 4)
