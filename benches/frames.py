"""Frames against loops that people write in numba and numpy, and against tonic where it is installed.

Run with `make bench-frames`; `make bench-frames BENCH="--events 1e7 --record frames-NAME"` for a record.
No time is printed before every candidate has given the same frames.
"""

from importlib.util import find_spec

import numpy as np

from frame_peers import counts_loop, counts_tonic, surface_loop, voxel_loop, voxel_numpy
from harness import Unit, compare, parser, record, show
from peers import counts_numpy
from scene import moving_edges
from spikelet import frames
from spikelet.events import Events
from spikelet.frames import Exponential, IntoByCount

# A sensor in high definition with large frames, and a small one whose frames stay in the cache.
SCENES = {"HD": (1280, 720, 1.0, 10), "small": (128, 128, 0.03, 16)}
BINS = 5
TAU_US = 10_000


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--events", type=float, default=10e6, help="of the HD scene (default 10 million)")
    options.add_argument("--threads", type=int, default=1, help="of spikelet; the loops have one (default 1)")
    args = options.parse_args()
    rows = []
    for name, (width, height, share, parts) in SCENES.items():
        t, x, y, p = moving_edges(int(args.events * share))
        columns = t, (x % width).astype(np.uint16), (y % height).astype(np.uint16), p
        recording = Events(*columns, sensor_size=(width, height))
        for bench in (_counts, _voxel_grid, _time_surface):
            rows += bench(name, recording, parts, args)
    if args.record:
        facts = {"events": args.events, "scenes": SCENES, "rounds": args.rounds, "threads": args.threads}
        print(f"\nwritten to {record(args.record, rows, **facts)}")


def _counts(name, recording, parts, args):
    columns = recording.t, recording.x, recording.y, recording.p
    width, height = recording.sensor_size
    window, size = IntoByCount(parts), {"frames": parts, "width": width, "height": height}
    rows = []
    for dtype in (np.uint8, np.uint16, np.float32):
        candidates = {
            "spikelet": lambda dtype=dtype: frames.counts(
                recording, window=window, dtype=dtype, threads=args.threads, saturate=True
            ),
            "numba loop": lambda dtype=dtype: counts_loop(columns, dtype=dtype, **size),
        }
        if dtype == np.float32:
            candidates["numpy.bincount"] = lambda: counts_numpy(columns, **size)
            if find_spec("tonic"):
                records = counts_tonic.records(columns)
                candidates["tonic"] = lambda records=records: counts_tonic(records, **size)
        job = f"{name}: counts [{parts}, 2, {height}, {width}] {np.dtype(dtype)}"
        rows += _run(job, candidates, recording, args)
    return rows


def _voxel_grid(name, recording, parts, args):
    del parts
    columns = recording.t, recording.x, recording.y, recording.p
    width, height = recording.sensor_size
    size = {"bins": BINS, "width": width, "height": height}
    candidates = {
        "spikelet": lambda: frames.voxel_grid(
            recording, window=IntoByCount(1), bins=BINS, threads=args.threads
        )[0],
        "numba loop": lambda: voxel_loop(columns, **size),
        "numpy.add.at": lambda: voxel_numpy(columns, **size),
    }
    return _run(f"{name}: voxel grid [{BINS}, {height}, {width}]", candidates, recording, args)


def _time_surface(name, recording, parts, args):
    del parts
    columns = recording.t, recording.x, recording.y, recording.p
    width, height = recording.sensor_size
    candidates = {
        "spikelet": lambda: frames.time_surface(
            recording, window=IntoByCount(1), fading=Exponential(tau_us=TAU_US), threads=args.threads
        )[0],
        "numba loop": lambda: surface_loop(columns, tau_us=TAU_US, width=width, height=height),
    }
    return _run(f"{name}: time surface [2, {height}, {width}]", candidates, recording, args)


def _run(job, candidates, recording, args):
    wanted = candidates["spikelet"]()
    for run in candidates.values():
        np.testing.assert_allclose(run(), wanted, rtol=1e-4, atol=1e-3)
    unit = Unit("Mev/s", len(recording) / 1e6)
    rows = compare(
        f"{job}, {len(recording) / 1e6:.1f} million events", candidates, unit=unit, rounds=args.rounds
    )
    show(rows)
    return rows


if __name__ == "__main__":
    main()
