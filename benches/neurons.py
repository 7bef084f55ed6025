"""LIF over [T, N] against the libraries people use: forward, backward and both, interleaved in one run.

Hard reset to 0, tau 2, ATan of 2, reset path differentiated, x uniform in [0, 2.2). Peers run where they are
installed; those that differ say so in their name. Each candidate has a process of its own. Where it means the
same as ours, its spikes and gradients are compared with plain torch there before any time is taken.

`make bench-neurons BENCH="--threads 1"`; freed memory is kept by the allocator (GLIBC_TUNABLES), since fresh
pages cost more than any of these kernels. `GLIBC_TUNABLES= make bench-neurons` leaves the allocator as it is.
With `--memory` the peak of one run is measured instead, and freed memory is given back at once.
"""

import os
import sys
from functools import partial

import torch

import limits
from harness import Peak, Unit, compare, interleave, parser, record, show, show_peaks
from neuron_candidates import NAMES, SHAPES, closure, eager
from spikelet import Stream
from spikelet.engine import spare
from spikelet.neurons import LIF, learn
from workers import MissingError, Worker

TIMED = "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=68719476736:glibc.malloc.top_pad=268435456"
WEIGHED = "glibc.malloc.mmap_threshold=65536:glibc.malloc.trim_threshold=65536"
MODES = {"forward": "forward", "backward": "backward", "both": "forward + backward"}


def main() -> None:
    args = _arguments()
    if "GLIBC_TUNABLES" not in os.environ:
        tuned = {"GLIBC_TUNABLES": WEIGHED if args.memory else TIMED, "TORCHINDUCTOR_COMPILE_THREADS": "1"}
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | tuned)
    rows = []
    # Memory is at its peak in the backward pass, after the forward pass whose memory it needs.
    modes = [mode for mode in args.modes if not (args.memory and mode == "backward")]
    for steps in args.steps:
        for mode in modes:
            rows += (_weigh if args.memory else _time)(mode, steps, args)
    if args.calls and not args.memory:
        rows += _calls(args.rounds)
    if args.record:
        facts = {"threads": args.threads, "rounds": args.rounds}
        print(f"\nwritten to {record(args.record, rows, add=args.add, **facts)}")


def _arguments():
    options = parser(__doc__ or "")
    options.add_argument("--threads", type=int, default=1, help="torch threads (default 1)")
    options.add_argument(
        "--steps", type=int, nargs="*", default=list(SHAPES), help="which T of 4 16 100 1000"
    )
    options.add_argument("--modes", nargs="*", default=list(MODES), choices=list(MODES), help="default all")
    options.add_argument(
        "--without", nargs="*", default=[], help='candidates to leave out, as "torch.compile"'
    )
    options.add_argument("--memory", action="store_true", help="measure the peak of memory instead of time")
    options.add_argument("--calls", action="store_true", help="also time calls of a tiny layer")
    options.add_argument("--add", action="store_true", help="keep what the record holds of other jobs")
    return options.parse_args()


def _time(mode, steps, args):
    workers = _workers(mode, steps, args)
    unit = Unit("ns a step", steps * SHAPES[steps] * 1e-9, is_time=True)
    watches = {name: worker.seconds for name, worker in workers.items()}
    rows = interleave(_job(mode, steps, args), watches, unit=unit, rounds=args.rounds)
    show(rows)
    _close(workers)
    faults = {name: round(worker.faults()) for name, worker in workers.items()}
    print(f"  page faults a call: { {name: count for name, count in faults.items() if count} or 'none' }")
    for row in rows:
        if row.candidate in (*limits.COPIES, *limits.SUMS):
            # A copy moves two streams, a sum the three of a backward pass.
            times = 3 if mode == "both" else 1
            near = times * row.median_s / rows[0].median_s
            print(f"  ours moves its float32 streams at {near:.2f} of the speed of: {row.candidate}")
    return rows


def _weigh(mode, steps, args):
    # JAX keeps the memory of one run for the next, in which none can be seen then.
    workers = _workers(mode, steps, args, but=(*limits.COPIES, *limits.SUMS, "JAX scan"))
    peaks = {name: worker.peak() for name, worker in workers.items()}
    _close(workers)
    job = f"peak memory of {_job(mode, steps, args)}"
    rows = [
        Peak.of(job, name, peak, steps * SHAPES[steps], ours=peaks["spikelet"])
        for name, peak in peaks.items()
    ]
    show_peaks(rows)
    return rows


def _afresh(*args, **kwargs):
    """A candidate whose results lie in new memory: what is left of an earlier run could not be seen."""
    spare._LEAST_BYTES = sys.maxsize
    return closure(*args, **kwargs)


def _job(mode, steps, args):
    return f"{MODES[mode]}, T = {steps}, N = {SHAPES[steps]}, {args.threads} thread(s)"


def _workers(mode, steps, args, but=()):
    found = {}
    for name in NAMES[mode]:
        if name in (*args.without, *but):
            continue
        make = partial(_afresh if args.memory else closure, name, mode, steps, threads=args.threads)
        try:
            found[name] = Worker(make, modules=["torch", "spikelet.neurons"])
        except MissingError as missing:
            print(f"without {name}: {missing}")
    return found


def _close(workers):
    for worker in workers.values():
        worker.close()


def _calls(rounds):
    """What a call costs apart from its work, beside torch's smallest operator."""
    torch.set_num_threads(1)
    neuron, learnable, x, calls = LIF(), LIF(tau=learn(2.0)), torch.rand(1, 1, 128), 200
    stream, state, x_t = Stream(neuron), neuron.scan(x)[1], x[0].clone()
    plain = eager(neuron)
    candidates = {
        "spikelet": lambda: neuron(x),
        "scan from a state": lambda: neuron.scan(x, state),
        "step from a state": lambda: neuron.step(x_t, state),
        "Stream.step": lambda: stream.step(x_t),
        "learnable tau": lambda: learnable(x),
        "torch eager loop": lambda: plain(x),
        "torch.add, one small operator": lambda: torch.add(x, x),
    }
    unit = Unit("us a call", calls * 1e-6, is_time=True)
    repeated = {name: partial(_repeat, call, calls) for name, call in candidates.items()}
    rows = compare("T = 1, 128 neurons, no gradient", repeated, unit=unit, rounds=max(rounds, 15))
    show(rows)
    return rows


def _repeat(call, calls):
    with torch.no_grad():
        for _ in range(calls):
            call()


if __name__ == "__main__":
    main()
