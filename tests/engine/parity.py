"""One neuron on two engines: the same spikes, the same states bit for bit, the same gradients."""

import contextlib
from dataclasses import dataclass
from typing import Any

import torch

from engine import zoo
from spikelet import engine
from spikelet.neurons import AtOrAbove

# Of the largest entry. With `exp` states differ by 2 units in the last place a step, which the steepest of
# the slopes compared, 1 / (1 + 25 |u|)^2, makes 50 times as large.
CLOSE = 1e-6
CLOSE_WITH_EXP = 5e-5


def name_of(case: dict[str, Any]) -> str:
    """What a report calls a case."""
    values = (getattr(value, "__name__", value) for value in case.values())
    return "-".join(str(value).replace("torch.", "") for value in values)


@dataclass(frozen=True)
class Run:
    """What one engine made of a case; gradients of parameters by name."""

    z: torch.Tensor
    end: dict[str, torch.Tensor]
    grad_x: torch.Tensor
    grad_start: dict[str, torch.Tensor]
    grad_params: dict[str, torch.Tensor]


class Case:
    """A neuron, its input, the states before the first step, and the gradients that arrive."""

    def __init__(
        self, kind="LIF", surrogate=None, reset=None, rule=None, form=("default", False), dtype=torch.float32,
        shape=(9, 3, 21), inputs=zoo.uniform, layout=zoo.contiguous, start=True, keep=None, seed=0,
    ):  # fmt: skip
        made, options = zoo.KINDS[kind]
        words = {"reset": reset or zoo.RESETS[0], "surrogate": surrogate or zoo.SURROGATES[0]}
        words |= {"rule": rule or AtOrAbove(), **options}
        self.keep, self.shape = keep, shape
        self.build = lambda numbers: made(**words, **numbers)
        self.neuron = self.build(zoo.parameters(made, form, shape))
        generator = torch.Generator().manual_seed(seed)
        self.x = layout(inputs(shape, generator).to(dtype))
        self.grad_z = layout(torch.randn(shape, generator=generator).to(dtype))
        self.grad_end = {name: torch.randn(shape[1:], generator=generator) for name in made.states}
        self.start: dict[str, torch.Tensor] | None = None
        if start:
            # Transposed memory: a state need not be contiguous either.
            drawn = {name: inputs(shape[1:][::-1], generator) / 2 for name in made.states}
            self.start = {name: t.permute(*reversed(range(t.ndim))) for name, t in drawn.items()}

    @property
    def uses_exp(self) -> bool:
        """Whether the charge does, so that states are not the same bit for bit."""
        text = self.neuron.prepared().ready.program.text
        return " exp " in text.split("section slope")[0]

    def fast(self) -> Run:
        """The engine that serves the CPU."""
        x = self.x.detach().requires_grad_()
        start = (
            None if self.start is None else {k: t.detach().requires_grad_() for k, t in self.start.items()}
        )
        with engine.use("cpu"), engine.keep(self.keep) if self.keep else contextlib.nullcontext():
            z, end = self.neuron.scan(x, None if start is None else engine.State(**start))
        params = dict(self.neuron.named_parameters())
        return _gradients(self, z, dict(end.items()), x=x, start=start or {}, params=params)

    def silent(self) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """What is served where no gradient is wanted and no engine asked for: spikes and last states."""
        state = None if self.start is None else engine.State(**self.start)
        with torch.no_grad():
            z, end = self.neuron.scan(self.x, state)
        return z, dict(end.items())

    def reference(self, *, x: torch.Tensor | None = None) -> Run:
        """The reference, with parameters of their own for every neuron of every sample at every step.

        Gradients of parameters then are terms `[T, B, ...]`, free of the order in which a sum rounds.
        """
        z, end, inputs = self._followed(self.x if x is None else x)
        return _gradients(self, z, end, **inputs)

    def _followed(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor], dict[str, Any]]:
        """Spikes, last states, and the leaves of the graph that `reference` differentiates."""
        x = x.detach().requires_grad_()
        params = type(self.neuron).params
        numbers = {
            name: p.align(getattr(self.neuron, name).detach(), self.shape[1:]) for name, p in params.items()
        }
        twin = self.build({name: value.expand(self.shape[1:]) for name, value in numbers.items()})
        # With no steps the states at rest still come from parameters.
        steps = max(self.shape[0], 1)
        leaves = {name: t.expand(steps, *t.shape).clone() for name, t in twin.named_buffers()}
        leaves = {name: t.requires_grad_() for name, t in leaves.items()}
        start = (
            None if self.start is None else {k: t.detach().requires_grad_() for k, t in self.start.items()}
        )
        state = None if start is None else engine.State(**{k: t.unsqueeze(0) for k, t in start.items()})
        spikes = []
        with engine.use("reference"):
            for step in range(steps):
                twin._buffers.update({name: leaf[step] for name, leaf in leaves.items()})
                z, state = twin.scan(x[step : step + 1].unsqueeze(1), state)
                spikes.append(z.squeeze(1))
        end = {name: t.squeeze(0) for name, t in state.items()}
        return torch.cat(spikes), end, {"x": x, "start": start or {}, "params": leaves}

    def sizes(self) -> dict[str, torch.Tensor]:
        """Sizes of the terms of each parameter's gradient, one for each step and each gradient that arrives.

        What arrives at different steps and at the last states may cancel on its way to a parameter, and leave
        less than one rounding of what went there.
        """
        z, end, inputs = self._followed(self.x)
        arriving = [(z[step], self.grad_z[step].to(z.dtype)) for step in range(self.shape[0])]
        arriving += [(t, self.grad_end[name]) for name, t in end.items()]
        leaves = list(inputs["params"].values())
        sums = [torch.zeros_like(leaf, dtype=torch.float64) for leaf in leaves]
        for t, grad in arriving:
            if t.requires_grad:
                found = torch.autograd.grad(t, leaves, grad, retain_graph=True, allow_unused=True)
                sums = [s if g is None else s + g.double().abs() for s, g in zip(sums, found, strict=True)]
        return dict(zip(inputs["params"], sums, strict=True))

    def check(self) -> None:
        """Spikes, states and gradients as the house rules ask."""
        fast, wanted = self.fast(), self.reference()
        for z, end in ((fast.z, fast.end), self.silent()):
            assert z.dtype == self.x.dtype
            assert torch.equal(z, wanted.z)
            for name, value in wanted.end.items():
                assert end[name].dtype == torch.float32
                # With `exp` the last bits differ, which one step shows; a sequence adds them up.
                assert self.uses_exp or torch.equal(_bits(end[name]), _bits(value)), name
        if self.x.dtype == torch.float32:
            self.close("x", fast.grad_x, wanted.grad_x, largest=_largest(wanted.grad_x))
        else:
            truth = self.reference(x=self.x.float()).grad_x
            _no_worse("x", fast.grad_x, wanted.grad_x, truth)
        # What arrives at the first states is what went backwards through all steps.
        largest = max(_largest(t) for t in (wanted.grad_x, *wanted.grad_start.values()))
        for name, grad in wanted.grad_start.items():
            self.close(name, fast.grad_start[name], grad, largest=largest)
        self.check_parameters(fast, wanted)

    def check_parameters(self, fast: Run, wanted: Run) -> None:
        """Each gradient to a part of the sum of the sizes of its terms, which may cancel."""
        weights = dict(self.neuron.named_parameters())
        sizes: dict[str, torch.Tensor] | None = None
        for name, declared in type(self.neuron).params.items():
            if declared.key not in weights:
                continue
            value, weight = getattr(self.neuron, name), weights[declared.key]
            found = fast.grad_params[declared.key]
            terms = wanted.grad_params[name].double()
            total, size = (_into_weight(value, weight, t) for t in (terms, terms.abs()))
            largest = _largest(size)
            if _largest(found - total) > CLOSE * largest:
                # Dear, and seldom needed.
                sizes = self.sizes() if sizes is None else sizes
                largest = _largest(_into_weight(value, weight, sizes[name]))
            self.close(name, found, total, largest=largest)

    def close(self, name: str, found: torch.Tensor, wanted: torch.Tensor, *, largest: float) -> None:
        """Whether gradients agree, to a part of the largest."""
        if torch.Size(self.shape[1:]).numel() == 1:
            # What arrives at one neuron may cancel, and leave no large entry to measure by.
            largest = max(largest, _largest(self.grad_z), *(_largest(t) for t in self.grad_end.values()))
        bound = largest * (CLOSE_WITH_EXP if self.uses_exp else CLOSE)
        torch.testing.assert_close(found, wanted, rtol=0, atol=bound, msg=lambda text: f"{name}: {text}")


def _gradients(case, z, end, *, x, start, params) -> Run:
    """The gradients of inputs and parameters for what arrives at spikes and last states."""
    inputs = {"x": x, **start, **{f"p.{name}": t for name, t in params.items()}}
    outputs = [(z, case.grad_z.to(z.dtype)), *((t, case.grad_end[name]) for name, t in end.items())]
    outputs = [(t, g) for t, g in outputs if t.requires_grad]
    grads = torch.autograd.grad(
        [t for t, _ in outputs], list(inputs.values()), [g for _, g in outputs], allow_unused=True
    )
    found = dict(zip(inputs, grads, strict=True))
    found = {name: torch.zeros_like(inputs[name]) if g is None else g for name, g in found.items()}
    return Run(
        z.detach(),
        {name: t.detach() for name, t in end.items()},
        found["x"],
        {name: found[name] for name in start},
        {name: found[f"p.{name}"] for name in params},
    )


def _bits(t):
    return t.contiguous().view(torch.int32)


def _largest(t):
    return t.abs().max().item() if t.numel() else 0.0


def _no_worse(name, found, plain, truth):
    """At most twice as far from the truth as the same maths written plainly in that precision."""
    if truth.numel():
        error, bound = ((t.float() - truth).abs().max().item() for t in (found, plain))
        assert error <= 2 * bound + CLOSE * truth.abs().max().item(), (name, error, bound)


def _into_weight(value, weight, terms):
    """The gradient of a weight from terms `[T, B, C, ...]` for every use of the value that it stands for."""
    if len(value.shape) == 1 and terms.ndim > 3:
        grad = terms.transpose(0, 2).flatten(1).sum(1)
    else:
        grad = terms.sum((0, 1)) if value.ndim else terms.sum()
    grad = grad.reshape(value.shape).float()
    return grad if value is weight else torch.autograd.grad(value, weight, grad, retain_graph=True)[0]
