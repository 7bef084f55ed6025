"""A process forked from one whose threads are warm counts as well as its parent."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

WARM = """
import multiprocessing, os, warnings
import numpy as np
from spikelet import frames
from spikelet.events import Events

# Python 3.12 and later warn of any fork beside other threads; that it is safe here is what is tested.
warnings.filterwarnings("ignore", message=".*multi-threaded.*", category=DeprecationWarning)
rng = np.random.default_rng(0)
n = 100_000
events = Events(np.arange(n), rng.integers(0, 9, n), rng.integers(0, 9, n), rng.integers(0, 2, n),
                sensor_size=(9, 9))

def checksum(threads):
    grid = frames.counts(events, window=frames.IntoByTime(16), threads=threads)
    return int((grid * np.arange(grid.size).reshape(grid.shape)).sum())

expected = checksum(2)
"""

FORK = """
for threads in (2, 3, None):
    child = os.fork()
    if child == 0:
        # Twice: the pool that the child builds must serve again. Its own child too.
        if checksum(threads) != expected or checksum(threads) != expected:
            os._exit(1)
        grandchild = os.fork()
        if grandchild == 0:
            os._exit(0 if checksum(threads) == expected else 2)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, threads
assert checksum(2) == expected
"""

WORKERS = """
context = multiprocessing.get_context("fork")
with context.Pool(2) as workers:
    assert workers.map(checksum, [2, 2, 1, 3, None, 2]) == [expected] * 6
assert checksum(2) == expected
"""

FORK_WHILE_COUNTING = """
import threading
stop = threading.Event()

def count():
    while not stop.is_set():
        checksum(2)
        checksum(3)

counting = threading.Thread(target=count)
counting.start()
try:
    for _ in range(20):
        child = os.fork()
        if child == 0:
            os._exit(0 if checksum(2) == expected else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
finally:
    stop.set()
    counting.join()
"""


def run(scenario):
    """Runs `scenario` in a session of its own: a hang is a failure here, and leaves no process behind."""
    process = subprocess.Popen([sys.executable, "-W", "error", "-c", scenario], start_new_session=True)
    try:
        assert process.wait(timeout=120) == 0
    finally:
        # The group outlives its leader where a forked child hangs.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(
    "scenario", [FORK, WORKERS, FORK_WHILE_COUNTING], ids=["fork", "workers", "busy parent"]
)
def test_a_forked_process_of_a_warm_parent_does_not_hang(scenario):
    run(WARM + scenario)


def test_threads_of_one_process_count_side_by_side():
    scenario = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as callers:
    assert set(callers.map(checksum, [1, 2, 3, None] * 10)) == {expected}
"""
    run(WARM + scenario)
