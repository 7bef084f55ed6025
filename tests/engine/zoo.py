"""Neurons, surrogates and inputs on which engines are compared."""

from dataclasses import dataclass

import torch

from spikelet import neurons, reset, surrogate
from spikelet.dynamics import exp, maximum, minimum, where
from spikelet.neurons import Neuron, learn, option, param, state


class Adaptive(Neuron):
    """Two states: each spike raises `a`, which is taken from the input."""

    tau = param(2.0, above=1.0, unit="steps")
    tau_a = param(8.0, above=1.0, unit="steps")
    b = param(0.25)
    v = state(rest=0.0, membrane=True)
    a = state(rest=0.0)

    @staticmethod
    def charge(s, x, p):
        return s.replace(v=s.v + (x - s.a - s.v) / p.tau)

    @staticmethod
    def after(s, z, p):
        return s.replace(a=s.a - s.a / p.tau_a + p.b * z)


class Decayed(Neuron):
    """A decay that parameters alone decide, with `exp`: computed once, so that states are bit for bit."""

    tau = param(2.0, above=0.0, unit="steps")
    gain = param(0.75)
    v = state(rest=0.0, membrane=True)

    @staticmethod
    def charge(s, x, p):
        decay = exp(-1.0 / p.tau)
        return s.replace(v=s.v * decay + (1.0 - decay) * (p.gain * 2.0) * x)


class Exponential(Neuron):
    """A membrane that is drawn to its threshold, or as an option runs away from it up to a bound."""

    tau = param(4.0, above=1.0, unit="steps")
    sharpness = param(0.5, above=0.0)
    runs = option(default=False)
    v = state(rest=0.0, membrane=True)

    @staticmethod
    def charge(s, x, p):
        distance = (s.v - p.threshold) / p.sharpness
        drawn = minimum(exp(distance), 1.5) if p.runs else exp(-abs(distance))
        return s.replace(v=s.v + (x - s.v + p.sharpness * drawn) / p.tau)


class Rectified(Neuron):
    """The other functions of the language; the derivative reads the input and all three states."""

    tau = param(2.0, above=1.0, unit="steps")
    floor = param(-0.5)
    gain = param(0.5)
    v = state(rest="floor", membrane=True)
    w = state(rest=1)
    count = state(rest=0)

    @staticmethod
    def charge(s, x, p):
        drive = where(x > s.w, x * s.w, abs(x - s.w) * 0.5)
        v = maximum(s.v + (drive - s.v) / p.tau, p.floor)
        return s.replace(v=v, w=minimum(maximum(s.w, 0.25), abs(v) + p.gain))

    @staticmethod
    def after(s, z, p):
        return s.replace(
            w=s.w * 0.75 + p.gain * z, count=where(z > 0.5, s.count + 1, s.count), v=s.v - z * 0.125 * p.tau
        )


@dataclass(frozen=True)
class Triangle:
    """A surrogate of a user: zero far from the threshold."""

    width: float = 1.5

    def slope(self, u):
        return maximum(1.0 - abs(u) / self.width, 0.0) / self.width


def _kinds():
    """Every neuron of the package, with each of its options, and those above."""
    ready = [getattr(neurons, name) for name in neurons.__all__]
    ready = [kind for kind in ready if isinstance(kind, type) and issubclass(kind, Neuron)]
    for kind in [*(kind for kind in ready if kind is not Neuron), Adaptive, Decayed, Exponential, Rectified]:
        yield kind, {}
        for name, declared in kind.options.items():
            if isinstance(declared.default, bool):
                yield kind, {name: not declared.default}


KINDS = {" ".join([kind.__name__, *options]): (kind, options) for kind, options in _kinds()}
SURROGATES = [getattr(surrogate, name) for name in surrogate.__all__ if name != "Surrogate"]
SURROGATES = [*(made() for made in SURROGATES), Triangle()]
RESETS = [
    reset.Hard(),
    reset.Hard(to=-0.25),
    reset.Hard(to=0.125, detach=True),
    reset.Soft(),
    reset.Soft(detach=True),
    reset.NoReset(),
]


def uniform(shape, generator):
    return torch.rand(shape, generator=generator) * 2.5 - 0.5


def eighths(shape, generator):
    return torch.randint(-4, 17, shape, generator=generator) / 8


def contiguous(t):
    return t.contiguous()


def strided(t):
    """Every second step and every third place of a larger tensor."""
    wide = torch.full([2 * t.shape[0], *t.shape[1:-1], 3 * t.shape[-1]], torch.nan, dtype=t.dtype)
    view = wide[::2, ..., 1::3]
    return view.copy_(t)


def expanded(t):
    """One sample, seen as many."""
    return t[:, :1].expand(t.shape) if t.shape[1] else t


def channels_last(t):
    return t.movedim(2, -1).contiguous().movedim(-1, 2)


def parameters(kind, form, shape):
    """Constructor arguments: `form` is (size, learnable), for input of `shape` `[T, B, C, ...]`."""
    size, learnable = form
    if size == "default":
        return {}
    extent = {"one": (), "channel": shape[2:3], "neuron": shape[2:]}[size]
    made = {}
    for place, (name, declared) in enumerate(kind.params.items()):
        # Eighths from the default upwards, which no lower bound forbids; another row for each parameter.
        steps = (torch.arange(torch.Size(extent).numel()) * (place + 2) + 3) % 7
        value = declared.default + steps.reshape(extent) / 8
        made[name] = learn(value) if learnable else value
    return made


FORMS = [("default", False)]
FORMS += [(size, learnable) for size in ("one", "channel", "neuron") for learnable in (False, True)]
