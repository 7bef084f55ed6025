"""Interleaved timing: every round runs every candidate once, so that drift of the machine hits all alike."""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

RECORD = Path(__file__).resolve().parent / "record"


@dataclass(frozen=True)
class Row:
    """One candidate of one comparison: seconds over all rounds, and its speed in the bench's own unit."""

    job: str
    candidate: str
    median_s: float
    best_s: float
    worst_s: float
    speed: float
    unit: str
    # Median over rounds of this candidate's time over ours; 1 for ours.
    time_over_ours: float


@dataclass(frozen=True)
class Unit:
    """How seconds become a speed: `amount` pieces of work, as pieces a second or as time a piece."""

    name: str
    amount: float
    is_time: bool = False

    def of(self, seconds: float) -> float:
        """The speed of a run that took `seconds`."""
        return seconds / self.amount if self.is_time else self.amount / seconds


def compare(job: str, candidates: dict[str, Callable[[], object]], *, unit: Unit, rounds: int) -> list[Row]:
    """Times `candidates` in turn, `rounds` times after one warm-up; the first one is ours."""
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for round_index in range(rounds + 1):
        for name, run in candidates.items():
            start = time.perf_counter()
            result = run()
            elapsed = time.perf_counter() - start
            del result
            if round_index > 0:
                seconds[name].append(elapsed)
    ours = seconds[next(iter(candidates))]
    rows = []
    for name, times in seconds.items():
        median = statistics.median(times)
        ratio = statistics.median(theirs / mine for mine, theirs in zip(ours, times, strict=True))
        speed = unit.of(median)
        rows.append(Row(job, name, median, min(times), max(times), speed, unit.name, ratio))
    return rows


def show(rows: list[Row]) -> None:
    """Prints the rows of one comparison."""
    print(f"\n{rows[0].job}")
    for row in rows:
        span = f"[{row.best_s * 1e3:.2f} to {row.worst_s * 1e3:.2f}]"
        speed = f"{row.speed:9.3f} {row.unit}   {row.time_over_ours:7.2f} times ours"
        print(f"  {row.candidate:<30} {row.median_s * 1e3:9.2f} ms  {span:<22} {speed}")


def machine() -> dict[str, str | int]:
    """What the numbers were measured on."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    return {
        "cpu": model,
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "os": platform.system(),
    }


def parser(description: str) -> argparse.ArgumentParser:
    """The options that every bench has."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--rounds", type=int, default=7, help="timed rounds after one warm-up (default 7)")
    made.add_argument("--record", metavar="NAME", help="also write benches/record/NAME.json")
    return made


def record(name: str, rows: list[Row], **facts: object) -> Path:
    """Writes the rows with machine and sizes to `benches/record/<name>.json`."""
    RECORD.mkdir(exist_ok=True)
    path = RECORD / f"{name}.json"
    content = {"machine": machine(), **facts, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path
