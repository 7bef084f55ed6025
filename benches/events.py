"""Reading, streaming and writing recordings against other libraries and what people write by hand.

Run with `make bench-events`; `make bench-events BENCH="--only 'read aedat4*' --record events-NAME"` for some
rows of a record. No time is printed before every candidate has given the same events. Other libraries are
found where Python finds them; `--folder` keeps files from one run to the next. Some of them always take all
cores: `taskset -c 0 make bench-events` compares one thread with one.
"""

import tempfile
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

import numpy as np

from event_files import DSEC_OFFSET_US, RECORDINGS, made, write
from event_memory import peak_of
from event_peers import columns_of, readers_of, streams_of
from event_rows import ROWS
from event_small import frames_candidates, load_candidates, small_files
from event_writers import writers_of
from harness import Unit, compare, measured, parser, record, show, usable_cores, verdicts
from spikelet import events

# What is written goes there if it can: a disk's own speed differs from one round to the next.
_RAM_DISK = Path("/dev/shm")


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--events", type=float, default=10e6, help="in a recording (default 10 million)")
    options.add_argument("--only", default="*", help="patterns of rows, with commas between (default all)")
    options.add_argument("--folder", type=Path, help="where the files are kept (default: removed at the end)")
    options.add_argument("--list", action="store_true", help="print the names of the rows and stop")
    args = options.parse_args()
    chosen = [row for row in ROWS if any(fnmatch(row.name, only) for only in args.only.split(","))]
    if args.list:
        print("\n".join(row.name for row in chosen))
        return
    with tempfile.TemporaryDirectory() as removed:
        folder = args.folder or Path(removed)
        folder.mkdir(exist_ok=True)
        for row in chosen:
            found = _JOBS[row.job](folder, row.recording, args)
            show(found)
            verdicts(found, row.targets_on(usable_cores()), judge=row.judge)
            if args.record:
                record(args.record, found, add=True, events=int(args.events), rounds=args.rounds)


def _reading(folder, name, args):
    path, source = made(folder, name, int(args.events))
    candidates = {f"spikelet, threads={n}": _reader(path, name, n) for n in (1, 2) if n <= usable_cores()}
    candidates |= {peer: partial(read, path) for peer, read in readers_of(name).items()}
    right = _right_ones(candidates, source=source, name=name)
    right["copy of the columns"] = lambda: [column.copy() for column in _columns(source)]
    return _compared(_told("read", name, path, source), right, source, args)


def _streaming(folder, name, args):
    path, source = made(folder, name, int(args.events))
    counts = (n for n in (1, 2) if n <= usable_cores())
    candidates = {f"spikelet, threads={n}": partial(_streamed, path, name, n) for n in counts}
    candidates |= {peer: partial(count, path) for peer, count in streams_of(name).items()}
    right = {}
    for candidate, run in candidates.items():
        count = run()
        if count == len(source):
            right[candidate] = run
        else:
            print(f"\n{name}: {candidate} is left out: {count} of {len(source)} events")
    return _compared(_told("stream", name, path, source), right, source, args)


def _writing(folder, name, args):
    recording = RECORDINGS.get(name)
    _, source = made(folder, "evt2" if recording is None else name, int(args.events))
    with tempfile.TemporaryDirectory(dir=_RAM_DISK if _RAM_DISK.is_dir() else folder) as written:
        target = Path(written) / f"written{'.npz' if recording is None else recording.ending}"
        if recording is None:
            candidates = {"spikelet": partial(events.write, target, source)}
        else:
            ours = partial(write, target, source, recording)
            candidates = {
                f"spikelet, threads={n}": partial(ours, threads=n) for n in (1, 2) if n <= usable_cores()
            }
        right = {}
        for peer, run in (candidates | writers_of(name, source, folder)).items():
            run = run if peer in candidates else partial(run, target)
            try:
                run()
                size = target.stat().st_size / len(source)
                found = events.read(
                    target, format=recording and recording.format, sensor_size=source.sensor_size
                )
                _same(_columns(found), _columns(source), name)
            except Exception as error:
                print(f"\nwrite {name}: {peer} is left out: {_first_line(error)}")
                continue
            right[peer if peer in candidates else f"{peer}, {size:.2f} B/event"] = run
            if peer in candidates:
                ours_size = size
        job = f"write {name}; {len(source) / 1e6:.1f} million events, {ours_size:.2f} bytes an event"
        return _compared(job, right, source, args)


def _small(folder, name, args):
    files = small_files(folder)
    candidates = {"load": load_candidates, "frames": frames_candidates}[name](files)
    unit = Unit("us a file", len(files) * 1e-6, is_time=True)
    return compare(f"small {name}, 40-bit records", candidates, unit=unit, rounds=args.rounds)


def _memory(folder, name, args):
    path, source = made(folder, name, int(args.events))
    given = (path, RECORDINGS[name].format, source.sensor_size)
    job = f"memory {name}; {len(source) / 1e6:.1f} million events"
    return [
        measured(job, way, peak_of(way, *given)[0], "MB besides the output") for way in ("read", "stream")
    ]


_JOBS = {
    "read": _reading,
    "stream": _streaming,
    "write": _writing,
    "small": _small,
    "memory": _memory,
}


def _told(job, name, path, source):
    size = path.stat().st_size / len(source)
    return f"{job} {name}; {len(source) / 1e6:.1f} million events, {size:.2f} bytes an event"


def _compared(job, candidates, source, args):
    return compare(job, candidates, unit=Unit("Mev/s", len(source) / 1e6), rounds=args.rounds)


def _reader(path, name, threads):
    recording = RECORDINGS[name]
    given = {"format": recording.format, "sensor_size": recording.size, "threads": threads}
    return lambda: events.read(path, **given)


def _streamed(path, name, threads):
    recording = RECORDINGS[name]
    given = {"format": recording.format, "sensor_size": recording.size, "threads": threads}
    return sum(len(part) for part in events.stream(path, **given))


def _right_ones(candidates, *, source, name):
    """Those that give the events that were written; ours must, and who else does not is not timed."""
    right = {}
    for candidate, run in candidates.items():
        try:
            found = run()
            columns = _columns(found) if candidate.startswith("spikelet") else columns_of(found)
            if name == "aedat2" and candidate == "tonic":
                # As jAER shows them.
                t, x, y, p = columns
                columns = t, source.sensor_size[0] - 1 - x, source.sensor_size[1] - 1 - y, p
            _same(columns, _wanted(source, name), name)
        except Exception as error:
            if candidate.startswith("spikelet"):
                raise
            print(f"\n{name}: {candidate} is left out: {_first_line(error)}")
        else:
            right[candidate] = run
    return right


def _wanted(source, name):
    t, *rest = _columns(source)
    return (t + DSEC_OFFSET_US if name.startswith("dsec") else t), *rest


def _columns(source):
    return source.t, source.x, source.y, source.p


def _first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _same(ours, theirs, name):
    for column, mine, other in zip("txyp", ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other, err_msg=f"{name}: column {column}")


if __name__ == "__main__":
    main()
