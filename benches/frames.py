"""Frames and filters against other libraries and loops that people write in numba and numpy.

Run with `make bench-frames`; `make bench-frames BENCH="--only 'HD: counts*' --record frames-NAME"` for some
rows of a record. No time is printed before every candidate has given the same; where a library makes another
product it is timed beside ours, and its name says what differs. Other libraries are found where Python finds
them.
"""

from fnmatch import fnmatch
from functools import partial
from importlib.util import find_spec

import numpy as np

from frame_libraries import Peer, libraries
from frame_peers import counts_loop, counts_tonic, surface_loop, voxel_loop, voxel_numpy
from harness import Unit, compare, parser, record, show, verdict
from peers import counts_numpy
from scene import moving_edges
from spikelet import frames, transforms
from spikelet.events import Events
from spikelet.frames import Exponential, IntoByCount, Polarity, SpikingJellyByDuration, SpikingJellyByNumber

# A sensor in high definition with large frames, and a small one whose frames stay in the cache.
SCENES = {"HD": (1280, 720, 1.0, 10), "small": (128, 128, 0.06, 16)}
BINS = 5
TAU_US = 10_000
PERIOD_US = 2_000
# By job and peer: least time of the peer over ours, and another for HD where that is out of reach.
TARGETS = {
    "counts float32": {"tonic": (3, 1.8)},
    "counts uint8": {"evutils": (1.2,)},
    "by number": {"spikingjelly": (3, 1.8)},
    "by duration": {"spikingjelly": (3, 1.8)},
    "image": {"eventcv": (1,)},
    "voxels": {"eventcv": (1.8,)},
    "surface": {"eventcv": (2,), "dv_processing": (1,)},
    "signed surface": {"evutils": (2,)},
    "refractory": {"eventcv": (2,)},
    "background": {"eventcv": (2,)},
    "hot pixels": {"eventcv": (2,)},
}


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--events", type=float, default=5e6, help="of the HD scene (default 5 million)")
    options.add_argument("--threads", type=int, default=1, help="of spikelet; the loops have one (default 1)")
    options.add_argument("--only", default="*", help="patterns of rows, with commas between (default all)")
    options.add_argument("--list", action="store_true", help="print the names of the rows and stop")
    args = options.parse_args()
    for name, (width, height, share, parts) in SCENES.items():
        rows = {f"{name}: {job}": job for job in _JOBS}
        chosen = [row for row in rows if any(fnmatch(row, only) for only in args.only.split(","))]
        if args.list:
            print("\n".join(chosen))
            continue
        if not chosen:
            continue
        t, x, y, p = moving_edges(int(args.events * share))
        columns = t, (x % width).astype(np.uint16), (y % height).astype(np.uint16), p
        recording = Events(*columns, sensor_size=(width, height))
        for row in chosen:
            job = rows[row]
            ours, loops = _JOBS[job](recording, parts, args.threads)
            given = {"frames": parts, "tau_us": TAU_US, "period_us": PERIOD_US}
            peers = loops | libraries(job, recording, **given)
            found = _run(row, ours, peers, recording, args)
            for peer, least in TARGETS.get(job, {}).items():
                verdict(found, peer, least[-1 if name == "HD" else 0])
            if args.record:
                facts = {"events": args.events, "scenes": SCENES, "threads": args.threads}
                record(args.record, found, add=True, **facts, rounds=args.rounds)


def _same(made):
    return made


def _columns(recording):
    return recording.t, recording.x, recording.y, recording.p


def _counts(dtype, recording, parts, threads):
    width, height = recording.sensor_size
    size = {"frames": parts, "width": width, "height": height}
    given = {"window": IntoByCount(parts), "dtype": dtype, "threads": threads, "saturate": True}
    columns = _columns(recording)
    loops = {"numba loop": Peer(lambda: counts_loop(columns, dtype=dtype, **size), _same)}
    if dtype == np.float32:
        loops["numpy.bincount"] = Peer(lambda: counts_numpy(columns, **size), _same)
        if find_spec("tonic"):
            records = counts_tonic.records(columns)
            loops["tonic"] = Peer(lambda: counts_tonic(records, **size), _same)
    return lambda: frames.counts(recording, **given), loops


def _by_number(recording, parts, threads):
    window = SpikingJellyByNumber(parts)
    return lambda: frames.counts(recording, window=window, threads=threads), {}


def _by_duration(recording, parts, threads):
    duration_us = -(-int(recording.t[-1] - recording.t[0]) // parts)
    window = SpikingJellyByDuration(duration_us=duration_us)
    return lambda: frames.counts(recording, window=window, threads=threads), {}


def _image(recording, parts, threads):
    del parts
    given = {"window": IntoByCount(1), "polarity": Polarity.MERGED, "dtype": np.uint16, "threads": threads}
    return lambda: frames.counts(recording, **given)[0], {}


def _voxels(recording, parts, threads):
    del parts
    width, height = recording.sensor_size
    size = {"bins": BINS, "width": width, "height": height}
    columns = _columns(recording)
    loops = {
        "numba loop": Peer(lambda: voxel_loop(columns, **size), _same),
        "numpy.add.at": Peer(lambda: voxel_numpy(columns, **size), _same),
    }
    given = {"window": IntoByCount(1), "bins": BINS, "threads": threads}
    return lambda: frames.voxel_grid(recording, **given)[0], loops


def _surface(polarity, recording, parts, threads):
    del parts
    width, height = recording.sensor_size
    columns = _columns(recording)
    loops = {}
    if polarity is Polarity.TWO_CHANNEL:
        given = {"tau_us": TAU_US, "width": width, "height": height}
        loops["numba loop"] = Peer(lambda: surface_loop(columns, **given), _same)
    rule = {"fading": Exponential(tau_us=TAU_US), "polarity": polarity}
    return lambda: frames.time_surface(recording, window=IntoByCount(1), threads=threads, **rule)[0], loops


def _tore(recording, parts, threads):
    del parts
    return lambda: frames.tore(recording, window=IntoByCount(1), depth=4, threads=threads)[0], {}


def _filtered(transform, recording, parts, threads):
    del parts, threads
    return lambda: transform(recording), {}


_JOBS = {
    "counts uint8": partial(_counts, np.uint8),
    "counts uint16": partial(_counts, np.uint16),
    "counts float32": partial(_counts, np.float32),
    "by number": _by_number,
    "by duration": _by_duration,
    "image": _image,
    "voxels": _voxels,
    "surface": partial(_surface, Polarity.TWO_CHANNEL),
    "signed surface": partial(_surface, Polarity.SIGNED),
    "tore": _tore,
    "refractory": partial(_filtered, transforms.RefractoryPeriod(us=PERIOD_US)),
    "background": partial(_filtered, transforms.Denoise(us=PERIOD_US)),
    "hot pixels": partial(_filtered, transforms.HotPixelFilter(sigmas=3)),
}


def _run(row, ours, peers, recording, args):
    wanted = ours()
    candidates = {"spikelet": ours}
    for name, peer in peers.items():
        if peer.view is None:
            candidates[f"{name}, {peer.differs}"] = peer.run
            continue
        found = peer.view(peer.run())
        if isinstance(wanted, Events):
            for column, ours_, theirs in zip("txyp", _columns(wanted), found, strict=True):
                np.testing.assert_array_equal(ours_, theirs, err_msg=f"{name}: column {column}")
        else:
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-3, err_msg=name)
        candidates[name] = peer.run
    unit = Unit("Mev/s", len(recording) / 1e6)
    job = f"{row}; {len(recording) / 1e6:.1f} million events"
    rows = compare(job, candidates, unit=unit, rounds=args.rounds)
    show(rows)
    return rows


if __name__ == "__main__":
    main()
