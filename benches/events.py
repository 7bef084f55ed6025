"""Reading and framing against what people write by hand in numpy and numba, on the same files.

Run with `make bench`; `make bench BENCH="--events 3e7 --record events-NAME"` for a record.
No time is printed before every candidate has given the same events.
"""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from harness import Unit, compare, parser, record, show
from peers import (
    counts_numba,
    counts_numpy,
    expelliarmus_reads,
    read_bin40,
    read_dat,
    read_evt2,
    read_evt3,
    read_evt21,
    read_expelliarmus,
)
from scene import HEIGHT, WIDTH, moving_edges
from spikelet import events, frames
from spikelet.events import Events

FRAMES = 10
# expelliarmus goes by them.
ENDINGS = {"bin40": ".bin", "dat": ".dat"}


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--events", type=float, default=10e6, help="in the recording (default 10 million)")
    args = options.parse_args()
    columns = moving_edges(int(args.events))
    with tempfile.TemporaryDirectory() as folder:
        rows = [*_reading(Path(folder), columns, args.rounds), *_framing(columns, args.rounds)]
    if args.record:
        facts = {
            "events": len(columns[0]),
            "sensor": [WIDTH, HEIGHT],
            "rounds": args.rounds,
            "frames": FRAMES,
        }
        print(f"\nwritten to {record(args.record, rows, **facts)}")


def _reading(folder, columns, rounds):
    recording = Events(*columns, sensor_size=(WIDTH, HEIGHT))
    small = _for_bin40(columns)
    rows = []
    for name, source, peer in (
        ("evt3", recording, read_evt3),
        ("evt2", recording, read_evt2),
        ("evt21", recording, read_evt21),
        ("dat", recording, read_dat),
        ("bin40", small, read_bin40),
    ):
        path = folder / f"{name}{ENDINGS.get(name, '.raw')}"
        events.write(path, source, format=name)
        ours, theirs = _readers(path, name, source.sensor_size, peer)
        _same(ours(), theirs(), name)
        size = path.stat().st_size / len(source)
        job = f"read {name}, {len(source) / 1e6:.1f} million events, {size:.2f} bytes an event, one thread"
        candidates = {"spikelet": ours, f"{peer.__module__}.{peer.__name__}": theirs}
        if expelliarmus_reads(name):
            records = read_expelliarmus(path, name)
            _same(ours(), [records[column] for column in "txyp"], name)
            candidates["expelliarmus"] = partial(read_expelliarmus, path, name)
        rows += compare(job, candidates, unit=_speed(source), rounds=rounds)
        show(rows[-len(candidates) :])
    return rows


def _readers(path, name, sensor_size, peer):
    header = 0 if name == "bin40" else _header_bytes(path)

    def ours():
        read = events.read(path, format=name, sensor_size=sensor_size)
        return read.t, read.x, read.y, read.p

    return ours, (lambda: peer(path)) if name == "bin40" else (lambda: peer(path, header))


def _header_bytes(path):
    head = path.read_bytes()[:65536]
    # DAT headers end with the event type, RAW headers with a line.
    closing = b"\x0c\x08" if head.startswith(b"% Data file") else b"% end\n"
    return head.index(closing) + len(closing)


def _for_bin40(columns):
    """The scene folded onto a sensor and a duration that 40-bit records hold without overflow."""
    t, x, y, p = columns
    t = t * (2**23 - 1) // max(int(t[-1]), 1)
    return Events(t, x % 240, y % 180, p, sensor_size=(240, 180))


def _framing(columns, rounds):
    recording = Events(*columns, sensor_size=(WIDTH, HEIGHT))
    window = frames.IntoByCount(FRAMES)
    size = {"frames": FRAMES, "width": WIDTH, "height": HEIGHT}
    candidates = {
        "spikelet": lambda: frames.counts(recording, window=window),
        "peers.counts_numba": lambda: counts_numba(columns, **size),
        "peers.counts_numpy": lambda: counts_numpy(columns, **size),
    }
    wanted = candidates["spikelet"]()
    for run in candidates.values():
        np.testing.assert_array_equal(run(), wanted)
    job = f"counts [{FRAMES}, 2, {HEIGHT}, {WIDTH}] float32, {len(recording) / 1e6:.1f} million events"
    rows = compare(job, candidates, unit=_speed(recording), rounds=rounds)
    show(rows)
    return rows


def _speed(recording):
    return Unit("Mev/s", len(recording) / 1e6)


def _same(ours, theirs, name):
    for column, mine, other in zip("txyp", ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other, err_msg=f"{name}: column {column}")


if __name__ == "__main__":
    main()
