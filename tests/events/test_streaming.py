"""A stream is the recording in pieces: the same events, the same report, the same refusals."""

import re

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import BoundsError, OrderError, ParameterError, SpikeletError, TruncatedError
from spikelet.events import Events

BACKWARD = [(10, 1, 1, 1), (30, 2, 2, 0), (20, 3, 3, 1), (25, 4, 4, 0), (30, 5, 5, 0), (15, 6, 6, 1)]


def joined(chunks, *, sensor_size, origin="upper-left"):
    chunks = list(chunks)
    columns = [np.concatenate([getattr(chunk, name) for chunk in chunks] or [[]]) for name in "txyp"]
    t, x, y, p = (c.astype(d) for c, d in zip(columns, ("i8", "u2", "u2", "?"), strict=True))
    return Events(t, x, y, p, sensor_size=sensor_size, origin=origin)


def drained(stream):
    """All times up to the error, and the error."""
    times = []
    try:
        for part in stream:
            times += part.t.tolist()
    except SpikeletError as error:
        return times, error
    return times, None


@pytest.mark.parametrize("chunk", [1000, 65_536, 10_000_000])
def test_chunks_put_together_are_the_recording(recording, chunk):
    size = recording.size_to_give()
    whole = events.read(recording.path, sensor_size=size, lenient=True, backward="drop")
    stream = events.stream(recording.path, sensor_size=size, chunk=chunk, lenient=True)
    chunks = list(stream)
    assert joined(chunks, sensor_size=whole.sensor_size, origin=whole.origin) == whole
    assert stream.report == whole.report
    assert stream.metadata == whole.metadata
    assert stream.format == recording.format
    assert stream.origin == whole.origin
    assert all(0 < len(part) <= chunk for part in chunks)


@pytest.mark.parametrize("chunk", [1, 2, 7, 13, 100])
def test_small_chunks_cut_anywhere(edge, chunk):
    # EVT3 packs up to 12 events in one word: a chunk may end inside it.
    path = edge / "evt3_cut_in_vector_a.raw"
    whole = events.read(path)[:500]
    parts, taken = [], 0
    for part in events.stream(path, chunk=chunk):
        assert 0 < len(part) <= chunk
        parts.append(part)
        taken += len(part)
        if taken >= 500:
            break
    assert joined(parts, sensor_size=(1280, 720))[:500] == whole


def test_every_chunk_but_the_last_is_full(bin40):
    rows = [(i, i % 30, 1, i % 2) for i in range(23)]
    sizes = [len(part) for part in events.stream(bin40(rows), chunk=5, sensor_size=(34, 34))]
    assert sizes == [5, 5, 5, 5, 3]


def test_a_strict_stream_hands_out_what_is_whole_before_it_raises_on_a_cut_end(edge):
    stream = events.stream(edge / "evt3_odd_tail_a.raw", chunk=1000)
    assert sum(len(next(stream)) for _ in range(3)) == 3000
    with pytest.raises(TruncatedError, match=r"byte 17899 \(bytes left over: 1\)"):
        next(stream)
    with pytest.raises(StopIteration):
        next(stream)
    assert stream.report.tail_bytes == 1


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_a_strict_stream_stops_right_before_a_step_back(bin40, chunk):
    stream = events.stream(bin40(BACKWARD), chunk=chunk, sensor_size=(8, 8))
    times, error = drained(stream)
    assert times == [10, 30]
    with pytest.raises(OrderError, match=r"event 2 \(byte 10\) must not be earlier.* got t = 20"):
        raise error


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_a_strict_stream_stops_right_before_an_event_outside(bin40, chunk):
    rows = [(10, 1, 1, 1), (20, 2, 2, 0), (30, 3, 3, 1), (40, 9, 4, 0), (50, 1, 1, 1)]
    stream = events.stream(bin40(rows), chunk=chunk, sensor_size=(8, 8))
    times, error = drained(stream)
    assert times == [10, 20, 30]
    with pytest.raises(BoundsError, match=r"event 3 \(byte 15\) must lie on the sensor.* got x = 9, y = 4"):
        raise error


@pytest.mark.parametrize("chunk", [1, 2, 3, 4, 100])
def test_lenient_drop_does_not_depend_on_where_chunks_end(bin40, chunk):
    path = bin40(BACKWARD)
    whole = events.read(path, sensor_size=(8, 8), lenient=True, backward="drop")
    stream = events.stream(path, chunk=chunk, sensor_size=(8, 8), lenient=True)
    assert joined(stream, sensor_size=(8, 8)) == whole
    assert stream.report == whole.report


def test_lenient_drop_equals_the_plain_rule_on_random_times(bin40):
    rng = np.random.default_rng(3)
    rows = [
        (int(t), int(x), 1, 1)
        for t, x in zip(rng.integers(0, 60, 200), rng.integers(0, 10, 200), strict=True)
    ]
    latest, expected = -1, []
    for t, x, _, _ in rows:
        if x < 8 and t >= latest:
            latest = t
            expected.append((t, x))
    path = bin40(rows)
    for chunk in (1, 3, 64, 1000):
        parts = list(events.stream(path, chunk=chunk, sensor_size=(8, 8), lenient=True))
        found = [(int(t), int(x)) for part in parts for t, x in zip(part.t, part.x, strict=True)]
        assert found == expected


@pytest.mark.parametrize("chunk", [2, 100])
def test_lenient_keep_hands_out_everything(bin40, chunk):
    stream = events.stream(bin40(BACKWARD), chunk=chunk, sensor_size=(8, 8), lenient=True, backward="keep")
    times = [t for part in stream for t in part.t.tolist()]
    assert times == [row[0] for row in BACKWARD]
    assert stream.report.backward_steps == 2
    assert stream.report.dropped == 0


def test_a_stream_does_not_sort(bin40):
    with pytest.raises(ParameterError, match=r'must be "drop" or "keep" in a stream, got "sort"; .*`read`'):
        events.stream(bin40(BACKWARD), sensor_size=(8, 8), backward="sort")


@pytest.mark.parametrize("chunk", [0, -1, 2.5, True, "all"])
def test_a_chunk_that_is_no_number_of_events_is_refused(bin40, chunk):
    with pytest.raises(ParameterError, match=rf"`chunk` must be .* above 0, got {chunk!r}"):
        events.stream(bin40([]), sensor_size=(8, 8), chunk=chunk)


def test_a_stream_asks_for_the_sensor_size_even_when_lenient(bin40):
    path = bin40(BACKWARD)
    with pytest.raises(ParameterError, match=rf"^{re.escape(str(path))}: `sensor_size` must be given"):
        events.stream(path, lenient=True)


def test_chunks_count_what_was_met_so_far(bin40):
    path = bin40([(10, 9, 1, 1), (20, 1, 1, 1), (30, 9, 1, 0), (40, 2, 2, 0)])
    stream = events.stream(path, chunk=2, sensor_size=(8, 8), lenient=True)
    assert next(stream).report.dropped_out_of_bounds == 1
    assert next(stream).report.dropped_out_of_bounds == 2
