"""What needs a process of its own: imports, memory, Ctrl-C, forks."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spikelet import events


def run(code, *arguments, environment):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env=environment,
    ).stdout


def many_records(path, n):
    """`n` 40-bit records on a 128x128 sensor, times sorted, in pieces."""
    block = 1_000_000
    with path.open("wb") as file:
        for start in range(0, n, block):
            index = np.arange(start, min(start + block, n), dtype=np.int64)
            t = index * ((1 << 23) - 1) // n
            x, y, p = index % 128, index // 7 % 128, index & 1
            records = np.stack([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255], axis=1)
            file.write(records.astype(np.uint8).tobytes())
    return path


def test_importing_events_brings_no_torch(environment):
    code = "import sys, spikelet.events; print('torch' in sys.modules, 'numpy' in sys.modules)"
    assert run(code, environment=environment).split() == ["False", "True"]


# The peak of this program alone: `ru_maxrss` would begin with that of the process which started it.
PEAK = """
import sys
from pathlib import Path
from spikelet import events

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

"""

READ = (
    PEAK
    + """
events.read(sys.argv[2], sensor_size=(128, 128))
before = peak()
found = events.read(sys.argv[1], sensor_size=(128, 128))
print(len(found), peak() - before)
"""
)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process its own peak")
@pytest.mark.parametrize("n", [5_000_000, pytest.param(60_000_000, marks=pytest.mark.slow)])
def test_reading_needs_its_output_and_64_megabytes(tmp_path, environment, n):
    path = many_records(tmp_path / "many.bin", n)
    warm = many_records(tmp_path / "few.bin", 1000)
    count, grown = map(int, run(READ, path, warm, environment=environment).split())
    assert count == n
    assert 13 * n * 0.8 < grown < 13 * n + (64 << 20)


STREAM = (
    PEAK
    + """
before = peak()
count = sum(len(part) for part in events.stream(sys.argv[1], sensor_size=(128, 128)))
print(count, peak() - before)
"""
)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process its own peak")
def test_a_stream_needs_memory_for_its_chunks_alone(tmp_path, environment):
    path = many_records(tmp_path / "many.bin", 5_000_000)
    count, grown = map(int, run(STREAM, path, environment=environment).split())
    assert count == 5_000_000
    assert grown < 32 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process its own peak")
def test_hdf5_files_need_no_more_than_others(tmp_path, environment, random_events):
    pytest.importorskip("h5py")
    path, warm = tmp_path / "many.hdf5", tmp_path / "few.hdf5"
    events.write(path, random_events(2_000_000, size=(128, 128)))
    events.write(warm, random_events(1000, size=(128, 128)))
    count, grown = map(int, run(READ, path, warm, environment=environment).split())
    assert count == 2_000_000
    assert grown < 13 * count + (64 << 20)
    count, grown = map(int, run(STREAM, path, environment=environment).split())
    assert count == 2_000_000
    # The first import of h5py is in it.
    assert grown < 48 << 20


INTERRUPTED = """
import sys
from spikelet import events
try:
    WORK
except KeyboardInterrupt:
    print("interrupted")
"""

LONG_WORK = {
    "read": "events.read(sys.argv[1], sensor_size=(128, 128))",
    "info": "events.info(sys.argv[1])",
}


def fed_until_it_closes(fifo, child, *, megabytes):
    """Sends Ctrl-C once the child has read a megabyte, goes on feeding it, and says whether it let go."""
    with fifo.open("wb", buffering=0) as pipe:
        pipe.write(bytes(1_000_000))
        child.send_signal(signal.SIGINT)
        try:
            for _ in range(megabytes):
                pipe.write(bytes(1_000_000))
        except BrokenPipeError:
            return True
    return False


@pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="needs a named pipe, to know that the reading is under way"
)
@pytest.mark.parametrize("work", LONG_WORK)
def test_ctrl_c_ends_a_reading_that_is_under_way(tmp_path, environment, work):
    fifo = tmp_path / "endless.bin"
    os.mkfifo(fifo)
    code = INTERRUPTED.replace("WORK", LONG_WORK[work])
    words = [sys.executable, "-c", code, str(fifo)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as child:
        try:
            assert fed_until_it_closes(fifo, child, megabytes=50)
            output, _ = child.communicate(timeout=20)
        finally:
            child.kill()
    assert output == "interrupted\n"
    assert child.returncode == 0


@pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="needs a named pipe, to know that the reading is under way"
)
def test_ctrl_c_ends_the_command_with_status_130(tmp_path, environment):
    fifo = tmp_path / "endless.bin"
    os.mkfifo(fifo)
    words = [Path(sys.executable).with_name("spikelet"), "events", "info", str(fifo)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment) as child:
        try:
            assert fed_until_it_closes(fifo, child, megabytes=50)
            _, errors = child.communicate(timeout=20)
        finally:
            child.kill()
    assert errors == "spikelet: interrupted\n"
    assert child.returncode == 130


def digest_of(path):
    return events.read(path, sensor_size=(128, 128)).digest()


@pytest.mark.skipif(sys.platform != "linux", reason="forking is safe to ask for on Linux alone")
def test_a_forked_process_reads_after_its_parent_has_read(tmp_path):
    path = many_records(tmp_path / "many.bin", 200_000)
    here = digest_of(path)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(digest_of, [path] * 4).get(timeout=60) == [here] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="forking is safe to ask for on Linux alone")
def test_a_stream_that_is_read_ahead_goes_on_in_a_forked_process_and_in_its_parent(tmp_path, environment):
    code = """
import os, sys
from spikelet import events

stream = events.stream(sys.argv[1], sensor_size=(128, 128), chunk=1000, threads=2)
next(stream)
child = os.fork()
rest = sum(len(part) for part in stream)
if child:
    os.waitpid(child, 0)
print(rest, flush=True)
"""
    path = many_records(tmp_path / "many.bin", 400_000)
    assert run(code, path, environment=environment).split() == ["399000", "399000"]
