"""How many threads read a recording changes nothing but the time it takes."""

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import OrderError, ParameterError


@pytest.fixture
def long_recording(tmp_path):
    """An EVT3 file of several pieces, with one step back in the middle."""
    rng = np.random.default_rng(3)
    n = 200_000
    t = np.cumsum(rng.integers(0, 30, n))
    x, y = rng.integers(0, 640, n), rng.integers(0, 480, n)
    path = tmp_path / "made.raw"
    events.write(path, events.Events(t, x, y, rng.random(n) < 0.5, sensor_size=(640, 480)), format="evt3")
    written = path.read_bytes()
    # The time goes back by less than half of what the counter holds, so it is no wrap.
    path.write_bytes(written + written.partition(b"% end\n")[2])
    return path


def told(raw):
    return raw.digest(), raw.report, len(raw.triggers)


def test_recordings_read_alike_by_any_number_of_threads(recording):
    size = recording.size_to_give()
    by_one, by_two, by_seven = (
        told(events.read_raw(recording.path, sensor_size=size, threads=threads)) for threads in (1, 2, 7)
    )
    assert by_one == by_two == by_seven


def test_long_recordings_read_alike_by_any_number_of_threads(long_recording):
    by_one = told(events.read_raw(long_recording, threads=1))
    assert by_one[1].backward_steps > 0
    for threads in (2, 7):
        assert told(events.read_raw(long_recording, threads=threads)) == by_one


@pytest.mark.parametrize("chunk", [1000, 65_536])
def test_chunks_are_alike_by_any_number_of_threads(recording, chunk):
    size = recording.size_to_give()
    by_one, by_two, by_seven = (
        events.stream(recording.path, sensor_size=size, chunk=chunk, lenient=True, threads=threads)
        for threads in (1, 2, 7)
    )
    for one, two, seven in zip(by_one, by_two, by_seven, strict=True):
        assert one == two == seven
    assert by_one.report == by_two.report == by_seven.report


def test_chunks_of_a_long_recording_are_alike_by_any_number_of_threads(long_recording):
    by_one, by_two = (
        events.stream(long_recording, lenient=True, backward="keep", threads=threads) for threads in (1, 2)
    )
    for one, two in zip(by_one, by_two, strict=True):
        assert one == two
        assert by_one.report == by_two.report


def test_a_stream_that_is_read_ahead_may_be_left_in_the_middle(long_recording):
    for _ in range(50):
        first = next(events.stream(long_recording, chunk=100, threads=2))
    assert len(first) == 100


def test_errors_do_not_depend_on_the_number_of_threads(long_recording):
    messages = set()
    for threads in (1, 2, 7):
        with pytest.raises(OrderError) as caught:
            events.read(long_recording, threads=threads)
        messages.add(str(caught.value))
        with pytest.raises(OrderError) as caught:
            list(events.stream(long_recording, chunk=1 << 20, threads=threads))
        messages.add(str(caught.value))
    assert len(messages) == 1


@pytest.mark.parametrize("threads", [0, 1025, 1.5, True])
def test_a_number_of_threads_that_cannot_be_is_refused(long_recording, threads):
    for door in (events.read, events.stream):
        with pytest.raises(ParameterError, match="`threads` must be"):
            door(long_recording, threads=threads)
