"""Reading and framing against other libraries and what people write by hand in numpy, on the same files.

Run with `make bench`; `make bench BENCH="--events 3e7 --record events-NAME"` for a record.
No time is printed before every candidate has given the same events.
"""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from event_peers import columns_of, readers_of, streams_of
from harness import Unit, compare, parser, record, show
from peers import (
    counts_numba,
    counts_numpy,
    read_bin40,
    read_dat,
    read_evt2,
    read_evt3,
    read_evt21,
)
from scene import HEIGHT, WIDTH, moving_edges
from spikelet import events, frames
from spikelet.events import Events

FRAMES = 10
# Some libraries go by them.
ENDINGS = {
    "bin40": ".bin",
    "dat": ".dat",
    "aedat4": ".aedat4",
    "aedat3": ".aedat",
    "es": ".es",
    "csv": ".csv",
}
BY_HAND = {
    "evt3": read_evt3,
    "evt2": read_evt2,
    "evt21": read_evt21,
    "dat": read_dat,
    "bin40": read_bin40,
    "aedat3": None,
    "aedat4": None,
    "es": None,
    "csv": None,
}


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
    special = {
        "bin40": _for_bin40(columns),
        "es": Events(*columns, sensor_size=(WIDTH, HEIGHT), origin="lower-left"),
    }
    rows = []
    for name, by_hand in BY_HAND.items():
        source = special.get(name, recording)
        path = folder / f"{name}{ENDINGS.get(name, '.raw')}"
        rows += _writing(path, name, source, rounds)
        size = path.stat().st_size / len(source)
        job = f"{name}, {len(source) / 1e6:.1f} million events, {size:.2f} bytes an event"
        whole = {f"spikelet, threads={n}": _reader(path, name, source.sensor_size, n) for n in (1, 2)}
        whole |= {peer: partial(read, path) for peer, read in readers_of(name).items()}
        if by_hand is not None:
            header = () if name == "bin40" else (_header_bytes(path),)
            whole[f"peers.{by_hand.__name__}"] = partial(by_hand, path, *header)
        whole = _right_ones(whole, recording=source, name=name)
        rows += _compared(f"read {job}", whole, source, rounds)
        streams = {"spikelet": partial(_streamed, path, name, source.sensor_size)}
        streams |= {peer: partial(count, path) for peer, count in streams_of(name).items()}
        rows += _compared(f"stream {job}", streams, source, rounds)
        path.unlink()
    return rows


def _compared(job, candidates, recording, rounds):
    rows = compare(job, candidates, unit=_speed(recording), rounds=rounds)
    show(rows)
    return rows


def _writing(path, name, recording, rounds):
    """The file that is then read."""
    candidates = {"spikelet": lambda: events.write(path, recording, format=name)}
    return _compared(f"write {name}", candidates, recording, rounds)


def _reader(path, name, sensor_size, threads):
    def read():
        found = events.read(path, format=name, sensor_size=sensor_size, threads=threads)
        return found.t, found.x, found.y, found.p

    return read


def _streamed(path, name, sensor_size):
    return sum(len(part) for part in events.stream(path, format=name, sensor_size=sensor_size))


def _right_ones(candidates, *, recording, name):
    """Those that give the events that were written; ours must, and who else does not is not timed."""
    wanted = recording.t, recording.x, recording.y, recording.p
    right = {}
    for candidate, run in candidates.items():
        try:
            found = run()
            _same(found if isinstance(found, tuple) else columns_of(found), wanted, name)
        except Exception as error:
            if candidate.startswith("spikelet"):
                raise
            print(f"\n{name}: {candidate} is left out: {str(error).strip().splitlines()[0]}")
        else:
            right[candidate] = run
    return right


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
