"""Candidates in processes of their own, asked one at a time while all others sleep.

What one library leaves behind in a process, such as threads that spin after a loop and memory that its
allocator keeps, then disturbs none of the others.
"""

import multiprocessing
import os
import re
import statistics
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from harness import timed_calls

try:
    import resource
except ImportError:  # Windows counts no page faults.
    resource = None

# A fork server forks before any thread is started, and imports once what all candidates need.
_CONTEXT = multiprocessing.get_context(
    "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
)


class MissingError(Exception):
    """A candidate needs what is not installed."""


class Worker:
    """One candidate: what `make()` returns is timed, in a process of its own that has imported `modules`."""

    def __init__(self, make: Callable[[], Callable[[], object]], *, modules: list[str]) -> None:
        _CONTEXT.set_forkserver_preload(modules)
        self._pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs, make), daemon=True)
        self._process.start()
        theirs.close()
        self._calls = self._faults = 0
        self._answer()

    def seconds(self) -> float:
        """Takes one sample."""
        self._pipe.send("time")
        seconds, calls, faults = self._answer()
        self._calls += calls
        self._faults += faults
        return seconds

    def faults(self) -> float:
        """Page faults of a timed call, in the mean."""
        return self._faults / max(self._calls, 1)

    def peak(self) -> int:
        """Bytes that one run needs at its peak, over what the process held before it."""
        self._pipe.send("peak")
        return self._answer()

    def close(self) -> None:
        """Ends the process."""
        self._pipe.send("end")
        self._process.join()

    def _answer(self):
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            self._process.join()
            raise answer
        return answer


def _serve(pipe, make) -> None:
    try:
        run = make()
        _warm(run)
    except ImportError as missing:
        return pipe.send(MissingError(str(missing)))
    except Exception:
        return pipe.send(RuntimeError(traceback.format_exc()))
    pipe.send(None)
    jobs = {"time": _sample, "peak": _peak}
    while (asked := pipe.recv()) != "end":
        pipe.send(jobs[asked](run))
    return None


def _warm(run) -> None:
    """Runs until three runs in a row have found all their memory in place, or for a few seconds."""
    calm, until = 0, time.perf_counter() + 2
    run()
    while calm < 3 and time.perf_counter() < until:
        before = _faults()
        run()
        calm = calm + 1 if _faults() == before else 0
    _settle()


def _sample(run) -> tuple[float, int, int]:
    """Median seconds of some calls, their number, and the page faults of all of them."""
    before = _faults()
    times = timed_calls(run, least=3, seconds=0.2)
    faults = _faults() - before
    _settle()
    return statistics.median(times), len(times), faults


def _settle() -> None:
    """Waits until no thread of this process spins any more."""
    for _ in range(20):
        before = time.process_time()
        time.sleep(0.05)
        if time.process_time() - before < 0.002:
            return


def _faults() -> int:
    return 0 if resource is None else resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def _peak(run) -> int:
    """As `Worker.peak`; Linux alone can forget an earlier peak."""
    # Twice, so that what the first call builds for all later ones is not counted.
    run()
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    run()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None, name
    return 1024 * int(found[1])


def pin(threads: int) -> None:
    """Leaves this process as many processors as it is to have threads, for not every library can be told."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
