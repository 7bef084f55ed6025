"""How many threads read or write a recording changes nothing but the time it takes."""

import multiprocessing
import subprocess
import sys

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


# Of each format that the compiled core writes, the line of the header that is the time of writing.
DATED = {
    "aedat1": {},
    "aedat2": {},
    "aedat3": {"Start-Time": "2020-01-01 00:00:00"},
    "aedat4": {},
    "bin40": {},
    "csv": {},
    "dat": {"Date": "2020-01-01 00:00:00"},
    "es": {},
    "evt2": {"date": "2020-01-01 00:00:00"},
    "evt21": {"date": "2020-01-01 00:00:00"},
    "evt3": {"date": "2020-01-01 00:00:00"},
    "rpg": {},
}
ORIGIN = {found.name: found.origin for found in events.formats()}


def long_events(*, origin="upper-left", t=None):
    """Events of several blocks, the last of which is not whole, with rows of neighbours and pauses."""
    rng = np.random.default_rng(5)
    n = 120_001
    t = np.cumsum(rng.integers(0, 400, n) * (rng.random(n) < 0.2)) if t is None else t
    x, y = np.arange(n) * 3 % 128, rng.integers(0, 128, n // 50 + 1).repeat(50)[:n]
    return events.Events(t, x, y, rng.random(n) < 0.5, sensor_size=(128, 128), origin=origin)


def written(path, made, **how):
    events.write(path, made, **how)
    return path.read_bytes()


@pytest.mark.parametrize("name", DATED)
def test_recordings_are_written_alike_by_any_number_of_threads(tmp_path, name):
    made = long_events(origin=ORIGIN[name])
    how = {"format": name, "header": DATED[name]}
    by_one = written(tmp_path / "made", made, **how)
    assert events.read(tmp_path / "made", format=name, sensor_size=(128, 128)) == made
    for threads in (2, 7):
        assert written(tmp_path / "made", made, threads=threads, **how) == by_one


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_compressed_packets_are_written_alike_by_any_number_of_threads(tmp_path, compression):
    made = long_events()
    by_one, by_two, by_seven = (
        written(tmp_path / "made.aedat4", made, compression=compression, threads=threads)
        for threads in (1, 2, 7)
    )
    assert events.read(tmp_path / "made.aedat4") == made
    assert by_one == by_two == by_seven


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_parts_are_written_by_any_number_of_threads(tmp_path, threads):
    made = long_events()
    path = tmp_path / "made.aedat4"
    with events.writer(path, sensor_size=(128, 128), threads=threads) as out:
        out.write(made[:70_000])
        out.write(made[70_000:70_010])
        out.write(made[70_010:])
    assert events.read(path) == made
    assert events.convert(path, tmp_path / "made.dat", threads=threads).events == len(made)
    assert events.read(tmp_path / "made.dat", sensor_size=(128, 128)) == made


def test_refusals_of_writers_do_not_depend_on_the_number_of_threads(tmp_path):
    t = np.zeros(120_001, np.int64)
    # Pauses that the counter cannot tell from a step back, one in a block that is not the first, one later.
    t[70_000:] += 5 << 30
    t[110_000:] += 5 << 30
    messages = set()
    for threads in (1, 2, 7):
        with pytest.raises(ParameterError, match="70000") as caught:
            events.write(tmp_path / "made.dat", long_events(t=t), threads=threads)
        messages.add(str(caught.value))
    assert len(messages) == 1
    assert list(tmp_path.iterdir()) == []


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from spikelet import events
n = 200_000
zeros = np.zeros(n, int)
made = events.Events(np.arange(n), zeros, zeros, zeros, sensor_size=(8, 8))
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
target = Path(sys.argv[1]) / "made.aedat4"
try:
    events.write(target, made, threads=int(sys.argv[2]))
except OSError as error:
    print(error.filename == str(target), list(target.parent.iterdir()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its file is too long")
@pytest.mark.parametrize("threads", [1, 2])
def test_a_disk_that_is_full_is_pythons_own_error_and_leaves_no_file(tmp_path, environment, threads):
    words = [sys.executable, "-c", FULL, str(tmp_path), str(threads)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True, env=environment)
    assert done.stdout == "True []\n"


def bytes_by_two(path):
    return written(path, long_events(), threads=2)


@pytest.mark.skipif(sys.platform != "linux", reason="forking is safe to ask for on Linux alone")
def test_a_forked_process_writes_after_its_parent_has_written(tmp_path):
    here = bytes_by_two(tmp_path / "here.aedat4")
    paths = [tmp_path / f"{index}.aedat4" for index in range(3)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(bytes_by_two, paths).get(timeout=60) == [here] * 3


@pytest.mark.parametrize("threads", [0, 1025, 1.5, True])
def test_a_number_of_threads_that_cannot_write_is_refused(tmp_path, threads):
    with pytest.raises(ParameterError, match="`threads` must be"):
        events.write(tmp_path / "made.dat", long_events(), threads=threads)
    with pytest.raises(ParameterError, match="`threads` must be"):
        events.writer(tmp_path / "made.dat", sensor_size=(128, 128), threads=threads)
    assert list(tmp_path.iterdir()) == []
