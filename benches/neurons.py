"""LIF over [T, N] against the libraries people use, forward and forward + backward, interleaved in one run.

Hard reset to 0, tau 2, ATan of 2, reset path differentiated, x uniform in [0, 2.2). Peers run where they are
installed; those that differ say so in their name. No time is printed before spikes and gradients of every
candidate with our semantics have been compared.

`make bench-neurons BENCH="--threads 1"`; freed memory is kept by the allocator (GLIBC_TUNABLES), since fresh
pages cost more than any of these kernels.
"""

import importlib
import os
import sys

import numpy
import torch

import jax_scan
from harness import Unit, compare, parser, record, show
from spikelet import engine
from spikelet.neurons import LIF, Neuron, learn, param, state
from spikelet.surrogate import ATan

SHAPES = {4: 2**20, 16: 2**18, 100: 2**15, 1000: 2**12}
TUNED = "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=68719476736:glibc.malloc.top_pad=268435456"


class OwnLIF(Neuron):
    """The built-in's equation in another order of terms, so that no fused step is found."""

    tau = param(2.0, above=1.0)
    v = state(rest=0.0, membrane=True)

    @staticmethod
    def charge(s, x, p):
        return s.replace(v=(x - s.v) / p.tau + s.v)


class AdaptiveQuadratic(Neuron):
    """Two states that no library ships."""

    tau = param(2.0, above=1.0)
    tau_u = param(10.0, above=1.0)
    v = state(rest=0.0, membrane=True)
    u = state(rest=0.0)

    @staticmethod
    def charge(s, x, p):
        v = s.v + (s.v * (s.v - 0.8) + x - s.u) / p.tau
        return s.replace(v=v, u=s.u + (0.1 * v - s.u) / p.tau_u)

    @staticmethod
    def after(s, z, p):
        return s.replace(u=s.u + 0.2 * z)


def main() -> None:
    if "GLIBC_TUNABLES" not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"GLIBC_TUNABLES": TUNED})
    options = parser(__doc__ or "")
    options.add_argument("--threads", type=int, default=1, help="torch threads (default 1)")
    options.add_argument(
        "--steps", type=int, nargs="*", default=list(SHAPES), help="which T of 4 16 100 1000"
    )
    options.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    args = options.parse_args()
    torch.set_num_threads(args.threads)
    rows = []
    for steps in args.steps:
        rows += _shape(steps, SHAPES[steps], args)
    _tiny(args.rounds)
    if args.record:
        print(f"\nwritten to {record(args.record, rows, threads=args.threads, rounds=args.rounds)}")


def _shape(steps, neurons, args):
    x = torch.rand(steps, 1, neurons, generator=torch.Generator().manual_seed(0)) * 2.2
    grad = torch.rand(x.shape, generator=torch.Generator().manual_seed(1))
    candidates = {"spikelet": LIF(), **_own(), **_peers(steps, compiles=not args.no_compile)}
    _check(
        {name: call for name, call in candidates.items() if name in _SAME}, x[:, :, :999], grad[:, :, :999]
    )
    unit = Unit("ns a step", x.numel() * 1e-9, is_time=True)
    job = f"T = {steps}, N = {neurons}, {args.threads} thread(s)"
    out = torch.empty_like(x)
    inputs = {name: x.bfloat16() if name == "bfloat16 *" else x for name in candidates}
    forward = {name: _forward(call, inputs[name]) for name, call in candidates.items()}
    forward["copy of x"] = lambda: out.copy_(x)
    of_jax = _jax(x, grad)
    if of_jax:
        forward["JAX scan"] = of_jax[0]
    rows = compare(f"forward, {job}", forward, unit=unit, rounds=args.rounds)
    show(rows)
    both = {
        name: _both(call, inputs[name].clone().requires_grad_(), grad) for name, call in candidates.items()
    }
    if of_jax:
        both["JAX scan"] = of_jax[1]
    more = compare(f"forward + backward, {job}", both, unit=unit, rounds=args.rounds)
    show(more)
    copy = next(row.median_s for row in rows if row.candidate == "copy of x")
    ours = rows[0].median_s, more[0].median_s
    print(
        f"  float32 streams at the speed of the copy: 2 forward, ours at {copy / ours[0]:.2f} of it; "
        f"6 with backward, ours at {3 * copy / ours[1]:.2f}"
    )
    return rows + more


_SAME = ("spikelet", "user neuron, same equation", "torch eager loop", "SpikingJelly", "torch.compile")


def _own():
    """Ours in other forms."""
    return {
        "PLIF (learnable tau)": LIF(tau=learn(2.0)),
        "user neuron, same equation": OwnLIF(),
        "user neuron, two states *": AdaptiveQuadratic(),
        "bfloat16 *": LIF(),
        "checkpoints every 16": _keeping(engine.Checkpoints(every=16)),
        "torch eager loop": _eager(LIF()),
        "torch eager loop, two states *": _eager(AdaptiveQuadratic()),
    }


def _keeping(what):
    neuron = LIF()

    def run(x):
        with engine.keep(what):
            return neuron(x)

    return run


def _eager(neuron):
    def run(x):
        with engine.use("reference"):
            return neuron(x)

    return run


def _peers(steps, *, compiles):
    """What can be imported here; a star marks other semantics, whose time alone counts."""
    makers = {"SpikingJelly": _spikingjelly, "snnTorch *": _snntorch, "Norse *": _norse}
    found = {}
    for name, make in makers.items():
        try:
            found[name] = make()
        except ImportError as missing:
            print(f"without {name}: {missing}")
    if compiles:
        found["torch.compile"] = _compiled(steps if steps <= 16 else 8)
    return found


def _jax(x, grad):
    try:
        found = jax_scan.closures(x, grad)
    except ImportError as missing:
        print(f"without JAX: {missing}")
        return None
    z, grad_x = (torch.from_numpy(numpy.array(part)) for part in found[1]())
    leaf = x.clone().requires_grad_()
    mine = LIF()(leaf)
    mine.backward(grad)
    assert torch.equal(z, mine.detach()), "JAX: other spikes"
    assert (grad_x - leaf.grad).abs().max() <= 1e-6 * leaf.grad.abs().max(), "JAX: other gradients"
    return found


def _spikingjelly():
    neuron = importlib.import_module("spikingjelly.activation_based.neuron")
    surrogate = importlib.import_module("spikingjelly.activation_based.surrogate")
    layer = neuron.LIFNode(tau=2.0, surrogate_function=surrogate.ATan(), step_mode="m")

    def run(x):
        layer.reset()
        return layer(x)

    return run


def _snntorch():
    snn = importlib.import_module("snntorch")
    slope = importlib.import_module("snntorch.surrogate").atan(alpha=2.0)
    layer = snn.Leaky(beta=0.5, reset_mechanism="zero", spike_grad=slope)

    def run(x):
        membrane, spikes = torch.zeros_like(x[0]), []
        for x_t in x:
            z, membrane = layer(x_t, membrane)
            spikes.append(z)
        return torch.stack(spikes)

    return run


def _norse():
    box = importlib.import_module("norse.torch.functional.lif_box")
    p = box.LIFBoxParameters(tau_mem_inv=torch.tensor(500.0))

    def run(x):
        s, spikes = box.LIFBoxFeedForwardState(v=torch.zeros_like(x[0])), []
        for x_t in x:
            z, s = box.lif_box_feed_forward_step(x_t, s, p=p)
            spikes.append(z)
        return torch.stack(spikes)

    return run


def _compiled(block):
    spike = _spike_of(ATan())

    def steps(x, v):
        spikes = []
        for x_t in x.unbind(0):
            h = v + (x_t - v) / 2.0
            z = spike(h - 1.0)
            v = (1.0 - z) * h
            spikes.append(z)
        return torch.stack(spikes), v

    # Each shape compiles anew, more often than a process is allowed by default.
    torch._dynamo.reset()
    fast = torch.compile(steps, fullgraph=True, dynamic=False)

    def run(x):
        v, parts = torch.zeros_like(x[0]), []
        for start in range(0, x.shape[0], block):
            z, v = fast(x[start : start + block], v)
            parts.append(z)
        return torch.cat(parts) if len(parts) > 1 else parts[0]

    return run


def _spike_of(surrogate):
    class Spike(torch.autograd.Function):
        @staticmethod
        def forward(ctx, u):
            ctx.save_for_backward(u)
            return (u >= 0.0).to(u.dtype)

        @staticmethod
        def backward(ctx, grad):
            return grad * surrogate.slope(ctx.saved_tensors[0])

    return Spike.apply


def _forward(call, x):
    def run():
        with torch.no_grad():
            return call(x)

    return run


def _both(call, x, grad):
    grad = grad.to(x.dtype)

    def run():
        x.grad = None
        z = call(x)
        z.backward(grad)
        return x.grad

    return run


def _check(candidates, x, grad):
    """Spikes equal and gradients within 1e-6 of the largest, before anything is timed."""
    wanted = None
    for name, call in candidates.items():
        leaf = x.clone().requires_grad_()
        z = call(leaf)
        z.backward(grad)
        if wanted is None:
            wanted = z.detach(), leaf.grad
        assert torch.equal(z.detach(), wanted[0]), f"{name}: other spikes"
        error = float((leaf.grad - wanted[1]).abs().max() / wanted[1].abs().max())
        assert error < 1e-6, f"{name}: gradient off by {error}"


def _tiny(rounds):
    neuron, x = LIF(), torch.rand(1, 1, 128)
    reference = _eager(LIF())
    calls = 200

    def repeated(call):
        def run():
            with torch.no_grad():
                for _ in range(calls):
                    call(x)

        return run

    candidates = {"spikelet": repeated(neuron), "torch eager loop": repeated(reference)}
    show(compare("T = 1, 128 neurons, no gradient", candidates,
                 unit=Unit("us a call", calls * 1e-6, is_time=True), rounds=rounds))  # fmt: skip


if __name__ == "__main__":
    main()
