"""Interleaved timing: every round runs every candidate once, so that drift of the machine hits all alike."""

import argparse
import json
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

RECORD = Path(__file__).resolve().parent / "record"
# The system goes on giving back what one candidate freed, on a core that the next one may want.
_REST_S = 0.3
# In one sample, which is their median.
_MOST_CALLS = 20


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


@dataclass(frozen=True)
class Peak:
    """Memory that one run of a candidate needs at its peak, over what the process held before it."""

    job: str
    candidate: str
    peak_bytes: int
    bytes_a_step: float
    peak_over_ours: float

    @classmethod
    def of(cls, job: str, candidate: str, peak: int, steps: int, *, ours: int) -> "Peak":
        """`steps`: neurons times time steps of the run."""
        return cls(job, candidate, peak, peak / steps, peak / max(ours, 1))


@dataclass(frozen=True)
class Staged:
    """A run in two parts, of which the second alone is timed; it is given what the first returned."""

    first: Callable[[], object]
    then: Callable[[object], object]

    def __call__(self) -> object:
        return self.then(self.first())


def compare(job: str, candidates: dict[str, Callable[[], object]], *, unit: Unit, rounds: int) -> list[Row]:
    """Times `candidates` in turn, `rounds` times after one warm-up; the first one is ours."""
    watches = {name: partial(_seconds, run) for name, run in candidates.items()}
    for watch in watches.values():
        watch()
    return interleave(job, watches, unit=unit, rounds=rounds)


def interleave(job: str, watches: dict[str, Callable[[], float]], *, unit: Unit, rounds: int) -> list[Row]:
    """Asks `watches` for the seconds of one more run, each once a round and in another order each time."""
    seconds: dict[str, list[float]] = {name: [] for name in watches}
    draw, order = random.Random(0), list(watches)
    for _ in range(rounds):
        draw.shuffle(order)
        for name in order:
            time.sleep(_REST_S)
            seconds[name].append(watches[name]())
    ours = seconds[next(iter(watches))]
    rows = []
    for name, times in seconds.items():
        median = statistics.median(times)
        ratio = statistics.median(theirs / mine for mine, theirs in zip(ours, times, strict=True))
        speed = unit.of(median)
        rows.append(Row(job, name, median, min(times), max(times), speed, unit.name, ratio))
    return rows


def timed_calls(run: Callable[[], object], *, least: int = 1, seconds: float = 0.1) -> list[float]:
    """Seconds of up to 20 calls in a row, of fewer where they take `seconds` together.

    The first one after a rest finds clocks and caches asleep: where calls are short, it tells of the machine.
    """
    times: list[float] = []
    while len(times) < least or (len(times) < _MOST_CALLS and sum(times) < seconds):
        given = run.first() if isinstance(run, Staged) else None
        start = time.perf_counter()
        result = run.then(given) if isinstance(run, Staged) else run()
        times.append(time.perf_counter() - start)
        del given, result
    return times


def _seconds(run: Callable[[], object]) -> float:
    return statistics.median(timed_calls(run))


def show(rows: list[Row]) -> None:
    """Prints the rows of one comparison."""
    print(f"\n{rows[0].job}")
    for row in rows:
        span = f"[{row.best_s * 1e3:.2f} to {row.worst_s * 1e3:.2f}]"
        speed = f"{row.speed:9.3f} {row.unit}   {row.time_over_ours:7.2f} times ours"
        print(f"  {row.candidate:<30} {row.median_s * 1e3:9.2f} ms  {span:<22} {speed}")


def verdicts(rows: list[Row], targets: dict[str, float], *, judge: str | None = None) -> None:
    """Prints, for each of ours that has a target, the fastest peer's time over it and whether that is met.

    The target is about the peer `judge`, where it was timed, and else about the fastest one. Candidates of
    ours begin with `spikelet`, and a copy of the result is no peer.
    """
    peers = [row for row in rows if not row.candidate.startswith(("spikelet", "copy"))]
    copies = [row for row in rows if row.candidate.startswith("copy")]
    for ours in (row for row in rows if row.candidate.startswith("spikelet")):
        target = next((least for name, least in targets.items() if name in ours.candidate), None)
        words = [f"  {ours.candidate}: {ours.speed:.1f} {ours.unit}"]
        if peers:
            fastest = min(peers, key=lambda row: row.median_s)
            judges = [row for row in peers if row.candidate == judge] or [fastest]
            told = [fastest] if judges == [fastest] else [fastest, *judges]
            words += [f"{peer.median_s / ours.median_s:.2f} times {peer.candidate}" for peer in told]
            ratio = judges[0].median_s / ours.median_s
            if target is not None:
                words.append(f"target {target:g} {'met' if ratio >= target else 'MISSED'}")
        words += [
            f"{copy.median_s / ours.median_s:.2f} of the speed of a {copy.candidate}" for copy in copies
        ]
        print(", ".join(words), flush=True)


def verdict(rows: list[Row], peer: str, least: float) -> None:
    """Prints the time of one peer over ours, the first row, and whether that is what we want."""
    for row in rows[1:]:
        if row.candidate.startswith(peer):
            met = "met" if row.time_over_ours >= least else "MISSED"
            print(f"  {row.time_over_ours:.2f} times {row.candidate}, target {least:g} {met}", flush=True)


def measured(job: str, candidate: str, amount: float, unit: str) -> Row:
    """A row of something that is no time."""
    return Row(job, candidate, 0.0, 0.0, 0.0, amount, unit, 1.0)


def usable_cores() -> int:
    """Cores that this process may run on: fewer than there are where it is pinned."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def show_peaks(rows: list[Peak]) -> None:
    """Prints the peaks of one job."""
    print(f"\n{rows[0].job}")
    for row in rows:
        size = f"{row.peak_bytes / 2**20:9.1f} MiB   {row.bytes_a_step:7.2f} bytes a neuron-step"
        print(f"  {row.candidate:<30} {size}   {row.peak_over_ours:7.2f} times ours")


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
        "cores_used": usable_cores(),
        "python": platform.python_version(),
        "os": platform.system(),
    }


def parser(description: str) -> argparse.ArgumentParser:
    """The options that every bench has."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--rounds", type=int, default=7, help="timed rounds after one warm-up (default 7)")
    made.add_argument("--record", metavar="NAME", help="also write benches/record/NAME.json")
    return made


def record(name: str, rows: Sequence[Row | Peak], *, add: bool = False, **facts: object) -> Path:
    """Writes the rows with machine and sizes to `benches/record/<name>.json`.

    With `add` what it holds of other jobs stays, if machine and `facts` are the same: candidates are compared
    within a job, and a long bench may be run in parts. Sizes may follow the name of a job behind a semicolon.
    """
    RECORD.mkdir(exist_ok=True)
    path = RECORD / f"{name}.json"
    content: dict[str, object] = {"machine": machine(), **facts}
    made = [asdict(row) for row in rows]
    if add and path.exists():
        jobs = {_subject(row.job) for row in rows}
        before = json.loads(path.read_text(encoding="utf-8"))
        kept = [row for row in before.pop("rows") if _subject(row["job"]) not in jobs]
        if before != json.loads(json.dumps(content)):
            raise SystemExit(f"{path} was measured elsewhere or otherwise: {before}, now {content}")
        made = kept + made
    path.write_text(json.dumps(content | {"rows": made}, indent=1) + "\n", encoding="utf-8")
    return path


def _subject(job: str) -> str:
    return job.split(";")[0]
