"""What the bench of neurons compares, each built in the process that times it."""

import importlib

import numpy
import torch

import jax_scan
import limits
from harness import Staged
from spikelet import engine
from spikelet.neurons import LIF, Neuron, learn, param, state
from spikelet.surrogate import ATan
from workers import pin

SHAPES = {4: 2**20, 16: 2**18, 100: 2**15, 1000: 2**12}


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


def closure(name, mode, steps, *, threads):
    """One candidate's run over `[steps, 1, N]`; `mode`: "forward" without gradients, "backward" or "both"."""
    pin(threads)
    torch.set_num_threads(threads)
    x = torch.rand(steps, 1, SHAPES[steps], generator=torch.Generator().manual_seed(0)) * 2.2
    grad = torch.rand(x.shape, generator=torch.Generator().manual_seed(1))
    if name in (*limits.COPIES, *limits.SUMS):
        return limits.closure(name, x, grad, threads=threads)
    if name == "JAX scan":
        return _jax(x, grad)[mode]
    call = MAKERS[name](steps)
    if name in SAME:
        _check(call, x[:, :, :999], grad[:, :, :999])
    x = x.bfloat16() if name == "bfloat16 *" else x
    return _forward(call, x) if mode == "forward" else _gradients(call, x.requires_grad_(), grad)[mode]


def _keeping(what):
    neuron = LIF()

    def run(x):
        with engine.keep(what):
            return neuron(x)

    return run


def eager(neuron):
    def run(x):
        with engine.use("reference"):
            return neuron(x)

    return run


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


def _compiled(steps):
    block = steps if steps <= 16 else 8
    spike = _spike_of(ATan())

    def steps(x, v):
        spikes = []
        for x_t in x.unbind(0):
            h = v + (x_t - v) / 2.0
            z = spike(h - 1.0)
            v = (1.0 - z) * h
            spikes.append(z)
        return torch.stack(spikes), v

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


def _gradients(call, x, grad):
    """Backward after its own forward, which is not timed, and both together."""
    grad = grad.to(x.dtype)

    def backward(z):
        z.backward(grad)
        # Left with nobody, for it is part of what a run needs.
        found, x.grad = x.grad, None
        return found

    return {"backward": Staged(lambda: call(x), backward), "both": lambda: backward(call(x))}


def _check(call, x, grad):
    """Spikes equal to plain torch's and gradients within 1e-6 of the largest, before anything is timed."""
    made = []
    for run in (call, eager(LIF())):
        leaf = x.clone().requires_grad_()
        z = run(leaf)
        z.backward(grad)
        made.append((z.detach(), leaf.grad))
    (z, found), (spikes, wanted) = made
    assert torch.equal(z, spikes), "other spikes"
    error = float((found - wanted).abs().max() / wanted.abs().max())
    assert error < 1e-6, f"gradient off by {error}"


def _jax(x, grad):
    forward, both = jax_scan.closures(x, grad)
    z, grad_x = (torch.from_numpy(numpy.array(part)) for part in both())
    leaf = x.clone().requires_grad_()
    spikes = LIF()(leaf)
    spikes.backward(grad)
    assert torch.equal(z, spikes.detach()), "JAX: other spikes"
    assert (grad_x - leaf.grad).abs().max() <= 1e-6 * leaf.grad.abs().max(), "JAX: other gradients"
    return {"forward": forward, "both": both}


# By name; a star marks other semantics, whose time alone counts. The first one is ours.
MAKERS = {
    "spikelet": lambda steps: LIF(),
    "PLIF (learnable tau)": lambda steps: LIF(tau=learn(2.0)),
    "user neuron, same equation": lambda steps: OwnLIF(),
    "user neuron, two states *": lambda steps: AdaptiveQuadratic(),
    "bfloat16 *": lambda steps: LIF(),
    "checkpoints every 16": lambda steps: _keeping(engine.Checkpoints(every=16)),
    "torch eager loop": lambda steps: eager(LIF()),
    "torch eager loop, two states *": lambda steps: eager(AdaptiveQuadratic()),
    "SpikingJelly": lambda steps: _spikingjelly(),
    "snnTorch *": lambda steps: _snntorch(),
    "Norse *": lambda steps: _norse(),
    "torch.compile": _compiled,
}
SAME = ("spikelet", "PLIF (learnable tau)", "user neuron, same equation", "checkpoints every 16",
        "SpikingJelly", "torch.compile")  # fmt: skip
NAMES = {
    "forward": [*MAKERS, "JAX scan", *limits.COPIES],
    "backward": ["spikelet", "PLIF (learnable tau)", "bfloat16 *", "SpikingJelly", "snnTorch *", "Norse *",
                 "torch.compile", *limits.SUMS],
    "both": [*MAKERS, "JAX scan", *limits.COPIES],
}  # fmt: skip
