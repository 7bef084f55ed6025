"""The most memory that reading or streaming a file takes, in a process of its own.

It is the highest resident size above that before the read, less the columns that are handed out.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from spikelet import events

# Of a column of each of t, x, y, p.
_EVENT_BYTES = 13
# What is loaded with the first recording that is read is no part of it.
_WARM_EVENTS = 1000


def peak_of(job: str, path: Path, format: str, sensor_size: tuple[int, int]) -> tuple[float, int]:
    """Megabytes besides the output, and the number of events."""
    given = [job, str(path), format, *map(str, sensor_size)]
    command = [sys.executable, str(Path(__file__)), *given]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told["bytes"] / 1e6, told["events"]


def _resident(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def _read(path: str, format: str, size: tuple[int, int]) -> tuple[int, int]:
    found = events.read(path, format=format, sensor_size=size)
    return len(found), len(found) * _EVENT_BYTES


def _stream(path: str, format: str, size: tuple[int, int]) -> tuple[int, int]:
    return sum(len(part) for part in events.stream(path, format=format, sensor_size=size)), 0


def main(job: str, path: str, format: str, width: str, height: str) -> None:
    size = int(width), int(height)
    run = {"read": _read, "stream": _stream}[job]
    first = next(iter(events.stream(path, format=format, sensor_size=size, chunk=_WARM_EVENTS)), None)
    del first
    np.zeros(_WARM_EVENTS)
    # From here on the high-water mark counts anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = _resident("VmRSS")
    count, kept = run(path, format, size)
    print(json.dumps({"events": count, "bytes": _resident("VmHWM") - before - kept}))


if __name__ == "__main__":
    main(*sys.argv[1:])
