"""`Events`: what it promises, and what it refuses."""

import hashlib
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelet.errors import BoundsError, DtypeError, OrderError, ParameterError, ShapeError
from spikelet.events import Events, Report

T, X, Y, P = [5, 5, 9, 12], [0, 3, 1, 3], [2, 0, 1, 2], [1, 0, 0, 1]


def sample(**changes):
    columns = {"t": T, "x": X, "y": Y, "p": P} | changes
    return Events(*columns.values(), sensor_size=(4, 3))


def test_columns_have_their_exact_types_and_values():
    events = sample()
    assert [column.dtype.str for column in (events.t, events.x, events.y, events.p)] == [
        "<i8",
        "<u2",
        "<u2",
        "|b1",
    ]
    assert events.t.tolist() == T
    assert events.x.tolist() == X
    assert events.y.tolist() == Y
    assert events.p.tolist() == [True, False, False, True]
    assert len(events) == 4
    assert events.sensor_size == (4, 3)
    assert events.origin == "upper-left"
    assert events.duration_us == 7
    assert events.is_sorted
    assert events.report == Report(events=4)


@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.uint64, ">i4"]
)
def test_any_integer_type_whose_values_fit_is_taken(dtype):
    columns = [np.array(column, dtype=dtype) for column in (T, X, Y, P)]
    assert Events(*columns, sensor_size=(4, 3)) == sample()


def test_strided_columns_are_taken():
    wide = np.repeat(np.array([T, X, Y, P], dtype=np.int64), 2, axis=1)
    t, x, y, p = (row[::2] for row in wide)
    assert Events(t, x.astype(np.uint16)[:], y, p > 0, sensor_size=(4, 3)) == sample()


@pytest.mark.parametrize(
    "made",
    [
        lambda events: events,
        lambda events: events[::2],
        lambda events: events[1:],
        lambda events: events[np.array([True, False, True, True])],
        lambda events: events.between(start_us=6),
        lambda events: events.with_origin("lower-left"),
        lambda events: pickle.loads(pickle.dumps(events)),
        lambda events: Events.from_structured(events.to_structured(), sensor_size=(4, 3)),
        lambda events: Events.from_tonic(events.to_tonic(), sensor_size=(4, 3)),
        lambda events: Events.from_table(events.to_dict(), sensor_size=(4, 3)),
    ],
)
def test_columns_are_contiguous_and_closed_however_events_are_made(made):
    for column in made(sample()).to_dict().values():
        assert column.flags.c_contiguous
        assert not column.flags.writeable


def test_no_events_at_all_are_events():
    for nothing in ([], np.array([], dtype=np.int32)):
        events = Events(nothing, nothing, nothing, nothing, sensor_size=(1, 1))
        assert len(events) == 0
        assert events.duration_us == 0
        assert events.digest() == hashlib.sha256(b"").hexdigest()
        assert repr(events) == "Events(0 events, 1x1)"


def test_columns_cannot_be_written_to():
    events = sample()
    for column in (events.t, events.x, events.y, events.p, events[1:].t, events[events.p].x):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1
    with pytest.raises(AttributeError):
        events.t = events.t
    with pytest.raises(TypeError):
        events.metadata["key"] = "value"


def test_events_do_not_follow_the_arrays_they_were_made_of():
    t = np.array(T, dtype=np.int64)
    p = np.array(P, dtype=bool)
    events = sample(t=t, p=p)
    t[:] = 0
    p[:] = False
    assert events == sample()


def test_repr_says_how_many_where_and_when():
    assert repr(sample()) == "Events(4 events, 4x3, t 5..12 us, 2 on, 2 off)"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"t": [[5, 5, 9, 12]]}, ShapeError, r"`t` must have shape \[n\], got \[1, 4\]"),
        ({"x": 3}, ShapeError, r"`x` must have shape \[n\], got \[\]"),
        ({"y": [1, 2]}, ShapeError, r"`t`, `x`, `y`, `p` must have the same length, got t 4, x 4, y 2, p 4"),
        (
            {"t": [0.5, 1, 2, 3]},
            DtypeError,
            r"`t` must be a column of integers, got float64; .* microseconds",
        ),
        ({"x": np.array(X, dtype=np.float32)}, DtypeError, r"`x` must be a column of integers, got float32$"),
        ({"y": np.array(Y, dtype=object)}, DtypeError, r"`y` must be a column of integers, got object$"),
        ({"x": [True, False, True, True]}, DtypeError, r"`x` must be a column of integers, got bool$"),
        ({"x": [0, -1, 1, 3]}, BoundsError, r"`x` must be from 0 to 65535, got -1 at event 1"),
        ({"y": [0, 0, 1, 65_536]}, BoundsError, r"`y` must be from 0 to 65535, got 65536 at event 3"),
        (
            {"t": np.array([5, 5, 9, 1 << 63], dtype=np.uint64)},
            DtypeError,
            r"`t` must be from -\d{19} to 9223372036854775807, got 9223372036854775808 at event 3",
        ),
        (
            {"x": [0, 3, 4, 5]},
            BoundsError,
            r"must lie on the sensor of 4x3 pixels, got x = 4, y = 1 at event 2 \(events outside: 2\)",
        ),
        ({"y": [2, 3, 1, 2]}, BoundsError, r"pixels, got x = 3, y = 3 at event 1 \(events outside: 1\)"),
        (
            {"t": [5, 9, 5, 4]},
            OrderError,
            r"`t` must not go backwards, got 5 after 9 at event 2 \(steps back: 2\); sort all columns",
        ),
        ({"p": [1, -1, -1, 1]}, DtypeError, r"`p` must be 0 or 1, got -1 at event 1; pass `p > 0`"),
        ({"p": [1, 0, 2, 1]}, DtypeError, r"`p` must be 0 or 1, got 2 at event 2"),
        (
            {"p": [1.0, 0.0, 0.0, 1.0]},
            DtypeError,
            r"`p` must be a column of bool, or of integers 0 and 1, got float64",
        ),
    ],
)
def test_what_breaks_a_promise_is_refused(changes, error, message):
    with pytest.raises(error, match=message):
        sample(**changes)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (128, r"must be \(width, height\) in pixels, got 128; pass for example"),
        ((128,), r"must be \(width, height\) in pixels, got \(128,\)"),
        ((128, 128, 2), r"must be \(width, height\) in pixels, got \(128, 128, 2\)"),
        ((128.0, 128), r"got a side of 128\.0; pass whole numbers"),
        ((True, 128), r"got a side of True; pass whole numbers"),
        ((0, 128), r"each from 1 to 65536, got a side of 0"),
        ((128, 65_537), r"each from 1 to 65536, got a side of 65537"),
    ],
)
def test_a_sensor_size_that_is_none_is_refused(size, message):
    with pytest.raises(ParameterError, match=message):
        Events([], [], [], [], sensor_size=size)


def test_the_largest_sensor_takes_the_largest_coordinates():
    events = Events([0], [65_535], [65_535], [1], sensor_size=(65_536, 65_536))
    assert events.x.tolist() == [65_535]


def test_an_origin_that_is_no_corner_is_refused():
    with pytest.raises(ParameterError, match=r'`origin` must be "upper-left" or "lower-left", got \'top\''):
        Events([], [], [], [], sensor_size=(1, 1), origin="top")


def test_a_slice_is_events_that_share_memory():
    events = sample()
    part = events[1:3]
    assert isinstance(part, Events)
    assert part.t.tolist() == [5, 9]
    assert part.x.tolist() == [3, 1]
    assert part.sensor_size == (4, 3)
    assert np.shares_memory(part.t, events.t)
    assert events[::2].t.tolist() == [5, 9]
    assert events[::2].t.flags.c_contiguous
    assert events[-1:].t.tolist() == [12]
    assert len(events[4:]) == 0


def test_a_mask_takes_events():
    events = sample()
    assert events[events.p] == Events([5, 12], [0, 3], [2, 2], [1, 1], sensor_size=(4, 3))
    assert len(events[np.zeros(4, dtype=bool)]) == 0


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        (0, DtypeError, r"must be a slice or a boolean array, got int; `events\[i:i \+ 1\]` holds one event"),
        ("t", DtypeError, "got str"),
        (np.array([0, 2]), DtypeError, "got int64"),
        ([True, False, True, False], DtypeError, "got list"),
        (np.array([True, False]), ShapeError, r"mask of events must have shape \[4\], got \[2\]"),
        (slice(None, None, -1), ParameterError, "step of a slice of events must be above 0, got -1"),
    ],
)
def test_an_index_that_might_unsort_is_refused(index, error, message):
    with pytest.raises(error, match=message):
        sample()[index]


def test_between_takes_the_first_time_and_leaves_the_last():
    events = sample()
    assert events.between(start_us=5, stop_us=12).t.tolist() == [5, 5, 9]
    assert events.between(start_us=6).t.tolist() == [9, 12]
    assert events.between(stop_us=5).t.tolist() == []
    assert events.between().t.tolist() == T
    assert len(events.between(start_us=10, stop_us=3)) == 0


def test_another_origin_mirrors_the_rows_and_back():
    events = sample()
    mirrored = events.with_origin("lower-left")
    assert mirrored.origin == "lower-left"
    assert mirrored.y.tolist() == [0, 2, 1, 0]
    assert mirrored.x.tolist() == X
    assert mirrored.with_origin("upper-left") == events
    assert events.with_origin("upper-left") is events
    with pytest.raises(ParameterError, match="`origin` must be"):
        events.with_origin("centre")


def test_equality_sees_columns_size_and_origin():
    events = sample()
    assert events == sample()
    assert events != sample(p=[1, 1, 0, 1])
    assert events != sample(t=[5, 5, 9, 13])
    assert events != events[:3]
    assert events != Events(T, X, Y, P, sensor_size=(5, 3))
    assert events != Events(T, X, Y, P, sensor_size=(4, 3), origin="lower-left")
    assert events != "events"


def test_events_have_no_hash():
    with pytest.raises(TypeError, match="unhashable"):
        hash(sample())


def test_a_pickled_copy_is_equal_and_as_closed():
    events = Events(T, X, Y, P, sensor_size=(4, 3), origin="lower-left", metadata={"who": "me"})
    copy = pickle.loads(pickle.dumps(events))
    assert copy == events
    assert copy.metadata == {"who": "me"}
    assert copy.report == events.report
    with pytest.raises(ValueError, match="read-only"):
        copy.t[0] = 1


def test_digest_is_that_of_packed_records():
    records = b"".join(struct.pack("<qHHB", *row) for row in zip(T, X, Y, P, strict=True))
    assert sample().digest() == hashlib.sha256(records).hexdigest()


def test_structured_records_are_packed_and_in_order():
    records = sample().to_structured()
    assert records.dtype == np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")])
    assert records.itemsize == 13
    assert records[1].tolist() == (5, 3, 0, False)


def test_a_missing_field_is_named():
    records = np.zeros(3, dtype=[("timestamp", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")])
    with pytest.raises(
        DtypeError, match=r"must have the fields t, x, y, p, got timestamp, x, y, p; rename or add t"
    ):
        Events.from_structured(records, sensor_size=(1, 1))
    with pytest.raises(DtypeError, match="got a plain array"):
        Events.from_structured(np.zeros(3), sensor_size=(1, 1))


@st.composite
def any_events(draw):
    n = draw(st.integers(0, 30))
    width, height = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    t = sorted(draw(st.lists(st.integers(-(2**62), 2**62), min_size=n, max_size=n)))
    x = draw(st.lists(st.integers(0, width - 1), min_size=n, max_size=n))
    y = draw(st.lists(st.integers(0, height - 1), min_size=n, max_size=n))
    p = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return Events(t, x, y, p, sensor_size=(width, height))


@given(any_events())
def test_structured_records_lead_back_to_the_events(events):
    records = events.to_structured()
    assert Events.from_structured(records, sensor_size=events.sensor_size) == events
    aligned = np.zeros(
        len(events), dtype=np.dtype([("p", "u1"), ("y", "i4"), ("x", "i4"), ("t", "i8")], align=True)
    )
    for name in "txyp":
        aligned[name] = records[name]
    assert Events.from_structured(aligned, sensor_size=events.sensor_size) == events


@given(any_events(), st.data())
def test_slices_put_together_are_the_whole(events, data):
    cut = data.draw(st.integers(0, len(events)))
    joined = [
        np.concatenate([getattr(part, name) for part in (events[:cut], events[cut:])]) for name in "txyp"
    ]
    assert Events(*joined, sensor_size=events.sensor_size) == events
