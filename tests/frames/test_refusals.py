"""Every wrong use says what is wrong, where, and what to do."""

import pickle
import re

import numpy as np
import pytest

from spikelet import _core, frames
from spikelet import events as spikelet_events
from spikelet.errors import BoundsError, DtypeError, OrderError, ParameterError, ShapeError
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


def starts_with(text):
    return "^" + re.escape(text)


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda value: ByTime(us=value), "us"),
        (ByCount, "n"),
        (IntoByTime, "n"),
        (IntoByCount, "n"),
        (SpikingJellyByTime, "frames_number"),
        (SpikingJellyByNumber, "frames_number"),
        (lambda value: SpikingJellyByDuration(duration_us=value), "duration_us"),
    ],
    ids=["ByTime", "ByCount", "IntoByTime", "IntoByCount", "ByTimeSJ", "ByNumberSJ", "ByDurationSJ"],
)
def test_a_window_takes_whole_numbers_above_0_alone(build, name):
    for value in (0, -1, 2**63):
        with pytest.raises(
            ParameterError, match=starts_with(f"`{name}` must be from 1 to {2**63 - 1}, got {value}")
        ):
            build(value)
    for value in (2.0, True, "10", None):
        with pytest.raises(
            ParameterError, match=starts_with(f"`{name}` must be a whole number, got {value!r}")
        ):
            build(value)
    assert build(np.int32(7)) == build(7)
    assert type(getattr(build(np.int32(7)), name)) is int


def test_drop_last_is_true_or_false():
    with pytest.raises(ParameterError, match=starts_with("`drop_last` must be True or False, got 1")):
        ByTime(us=1, drop_last=1)
    with pytest.raises(ParameterError, match=starts_with("`drop_last` must be True or False, got None")):
        ByCount(1, drop_last=None)


@pytest.mark.parametrize(
    "window",
    [
        ByTime(us=3, drop_last=True),
        ByCount(3),
        IntoByTime(3),
        IntoByCount(3),
        SpikingJellyByTime(3),
        SpikingJellyByNumber(3),
        SpikingJellyByDuration(duration_us=3),
    ],
    ids=repr,
)
def test_windows_are_values(window):
    copy = pickle.loads(pickle.dumps(window))
    assert copy == window
    assert hash(copy) == hash(window)
    assert isinstance(window, frames.Window)
    name = next(iter(vars(window)))
    with pytest.raises(AttributeError):
        setattr(window, name, 4)


def test_windows_of_different_kinds_are_not_equal():
    assert IntoByTime(3) != IntoByCount(3)
    assert ByTime(us=3) != ByTime(us=3, drop_last=True)


@pytest.mark.parametrize(
    "function", [lambda e, w: frames.counts(e, window=w), frames.slices], ids=["counts", "slices"]
)
def test_what_is_no_events_or_no_window_is_named(function, golden):
    columns = {"t": [1], "x": [0], "y": [0], "p": [True]}
    with pytest.raises(
        DtypeError, match=starts_with("`events` must be an `Events`, got dict; build one with `Events(")
    ):
        function(columns, IntoByTime(1))
    with pytest.raises(
        DtypeError, match=starts_with("`window` must be a window, got 10; pass for example `ByTime(")
    ):
        function(golden, 10)
    with pytest.raises(DtypeError, match=starts_with("`window` must be a window, got <class")):
        function(golden, ByTime)


@pytest.fixture
def unsorted(tmp_path):
    path = tmp_path / "steps_back.bin"
    # 40-bit records: x, y, then polarity and 23 bits of time, high byte first.
    path.write_bytes(b"".join(bytes([1, 2, 0x80, 0, t]) for t in (5, 9, 7)))
    return spikelet_events.read(path, sensor_size=(4, 4), lenient=True, backward="keep")


@pytest.mark.parametrize(
    "window",
    [ByTime(us=3), IntoByTime(3), SpikingJellyByTime(1), SpikingJellyByDuration(duration_us=3)],
    ids=repr,
)
def test_events_that_step_back_are_not_cut_by_time(unsorted, window):
    message = 'events must be sorted to be cut by time, got times that step back; read with `backward="sort"`'
    with pytest.raises(OrderError, match=starts_with(message)):
        frames.counts(unsorted, window=window)
    with pytest.raises(OrderError, match=starts_with(message)):
        frames.slices(unsorted, window)


@pytest.mark.parametrize("window", [ByCount(2), IntoByCount(2), SpikingJellyByNumber(2)], ids=repr)
def test_events_that_step_back_are_cut_by_count(unsorted, window):
    assert frames.counts(unsorted, window=window).sum() == 3


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        (np.float64, "float64"),
        (np.int32, "int32"),
        (bool, "bool"),
        (">f4", ">f4"),
        (None, "None"),
        ("dense", "dense"),
    ],
)
def test_counts_come_in_four_types_alone(golden, dtype, name):
    message = f"`dtype` must be numpy.float32, numpy.int16, numpy.uint16 or numpy.uint8, got {name}"
    with pytest.raises(DtypeError, match=starts_with(message) + "$"):
        frames.counts(golden, window=IntoByTime(1), dtype=dtype)


@pytest.mark.parametrize(
    ("dtype", "full", "advice"),
    [
        (np.uint8, 255, "take `dtype=np.float32` or `dtype=np.uint16`, or `saturate=True`"),
        (np.int16, 32_767, "take `dtype=np.float32` or `dtype=np.uint16`, or `saturate=True`"),
        (np.uint16, 65_535, "take `dtype=np.float32`, or `saturate=True`"),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_count_that_does_not_fit_is_refused(make_events, dtype, full, advice, threads):
    events = make_events(np.repeat([0, 10], [5, full + 3]), size=(1, 1))
    on = Events(events.t, events.x, events.y, np.ones(len(events), bool), sensor_size=(1, 1))
    message = (
        f"`dtype` must hold the count of every cell, got 3 events beyond the {full} that a cell of "
        f"{np.dtype(dtype)} holds, the first in frame 1; {advice}"
    )
    with pytest.raises(ParameterError, match=starts_with(message)):
        frames.counts(on, window=IntoByTime(2), dtype=dtype, threads=threads)
    kept = frames.counts(on, window=IntoByTime(2), dtype=dtype, threads=threads, saturate=True)
    assert kept.ravel().tolist() == [0, 5, 0, full]
    # Exactly full is not too many.
    assert frames.counts(on[: 5 + full], window=IntoByTime(2), dtype=dtype)[1, 1, 0, 0] == full


def test_one_wrong_time_does_not_take_all_memory(make_events):
    events = make_events([0, 1, 2**60])
    number = 2**60 // 1000 + 1
    message = (
        f"`window` must give frames of at most 8589934592 bytes, got [{number}, 2, 3, 5] float32 of "
        f"{number * 120} bytes; take fewer or longer windows, look for a wrong time among those from 0 to "
        f"{2**60} us, or raise `max_bytes`"
    )
    with pytest.raises(ParameterError, match=starts_with(message) + "$"):
        frames.counts(events, window=ByTime(us=1000))
    with pytest.raises(
        ParameterError, match=starts_with("`window` must give slices of at most 8589934592 bytes, got 2305")
    ):
        frames.slices(events, ByTime(us=500))
    with pytest.raises(
        ParameterError, match=starts_with("`window` must give frames of at most 8589934592 bytes")
    ):
        frames.counts(make_events([]), window=IntoByCount(2**62))
    with pytest.raises(
        ParameterError, match=starts_with("`window` must give frames of at most 8589934592 bytes")
    ):
        frames.counts(events, window=SpikingJellyByTime(2**62))


def test_the_memory_limit_is_exact(golden):
    needed = 3 * 2 * 3 * 4 * 4
    assert frames.counts(golden, window=IntoByTime(3), max_bytes=needed).nbytes == needed
    with pytest.raises(
        ParameterError, match=starts_with(f"`window` must give frames of at most {needed - 1} bytes")
    ):
        frames.counts(golden, window=IntoByTime(3), max_bytes=needed - 1)
    assert len(frames.slices(golden, IntoByTime(3), max_bytes=48)) == 3
    with pytest.raises(
        ParameterError, match=starts_with("`window` must give slices of at most 47 bytes, got 3 slices")
    ):
        frames.slices(golden, IntoByTime(3), max_bytes=47)
    with pytest.raises(ParameterError, match=starts_with("`max_bytes` must be a whole number, got 1.0")):
        frames.counts(golden, window=IntoByTime(3), max_bytes=1.0)


def test_frames_smaller_than_their_slices_count_as_these():
    pixel = Events([0, 9], [0, 0], [0, 0], [True, False], sensor_size=(1, 1))
    assert len(frames.counts(pixel, window=IntoByTime(5), dtype=np.uint8, max_bytes=80)) == 5
    with pytest.raises(ParameterError, match=starts_with("`window` must give frames of at most 79 bytes")):
        frames.counts(pixel, window=IntoByTime(5), dtype=np.uint8, max_bytes=79)


def test_a_given_array_must_fit(golden):
    window = IntoByTime(3)
    with pytest.raises(
        DtypeError, match=starts_with("`out` must be an array of float32, got float64; pass its type")
    ):
        frames.counts(golden, window=window, out=np.zeros((3, 2, 3, 4)))
    with pytest.raises(DtypeError, match=starts_with("`out` must be an array of uint8, got list")):
        frames.counts(golden, window=window, dtype=np.uint8, out=[])
    with pytest.raises(ShapeError, match=starts_with("`out` must have shape [3, 2, 3, 4], got [3, 2, 4, 3]")):
        frames.counts(golden, window=window, out=np.zeros((3, 2, 4, 3), np.float32))
    message = starts_with("`out` must be contiguous and writeable, got a view that is not")
    with pytest.raises(ShapeError, match=message):
        frames.counts(golden, window=window, out=np.zeros((3, 2, 3, 8), np.float32)[..., ::2])
    locked = np.zeros((3, 2, 3, 4), np.float32)
    locked.flags.writeable = False
    with pytest.raises(ShapeError, match=message):
        frames.counts(golden, window=window, out=locked)


def test_a_refused_call_leaves_the_given_array_alone(make_events):
    out = np.full((3, 2, 3, 5), 7, np.float32)
    with pytest.raises(ParameterError, match="must hold an event"):
        frames.counts(make_events([0, 1, 1000]), window=SpikingJellyByTime(3), out=out)
    assert (out == 7).all()


@pytest.mark.parametrize("threads", [0, -1, 1025])
def test_threads_outside_their_range_are_refused(golden, threads):
    with pytest.raises(ParameterError, match=starts_with(f"`threads` must be from 1 to 1024, got {threads}")):
        frames.counts(golden, window=IntoByTime(1), threads=threads)
    with pytest.raises(ParameterError, match=starts_with("`threads` must be a whole number, got 1.5")):
        frames.counts(golden, window=IntoByTime(1), threads=1.5)


@pytest.mark.parametrize(
    ("slices", "message"),
    [
        ([[0, 13]], "slice 0 must lie in the 12 events, got 0..13"),
        ([[0, 1], [-1, 5]], "slice 1 must lie in the 12 events, got"),
        ([[0, 1], [1, 5]], "`frames` must have 48 cells, got 24"),
        ([[5, 4]], "slice 0 must lie in the 12 events, got 5..4"),
        ([[0, 1, 2]], "`slices` must have shape [T, 2], got [1, 3]"),
    ],
)
def test_the_core_refuses_slices_outside_the_recording(golden, slices, message):
    grid = np.zeros((1, 2, 3, 4), np.float32)
    columns = (golden.t, golden.x, golden.y, golden.p)
    with pytest.raises(ShapeError, match=starts_with(message)):
        _core.count_into_frames((columns, np.array(slices), (4, 3), 1), grid, "two-channel")


def test_the_core_refuses_events_outside_its_frames(golden):
    grid = np.zeros((1, 2, 3, 3), np.float32)
    columns = (golden.t, golden.x, golden.y, golden.p)
    message = "event 3 lies at x = 3, y = 0 but the sensor has 3x3 pixels"
    for threads in (1, 2):
        with pytest.raises(BoundsError, match=starts_with(message)):
            _core.count_into_frames((columns, np.array([[0, 12]]), (3, 3), threads), grid, "two-channel")
