"""A program equals the function it was traced from, and its derivative equals torch autograd."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelet.dynamics import exp, maximum, minimum, where
from spikelet.dynamics.tracing import numbers_of, trace
from spikelet.engine import AtOrAbove, Equations, State

PARAMS = ("a", "b", "threshold")


@dataclass(frozen=True)
class Bump:
    """A surrogate with a number, so that derived parameters of the slope are covered."""

    alpha: float = 2.0

    def slope(self, u):
        scaled = (1.5 * self.alpha) * u
        return (self.alpha / 2) / (1.0 + scaled * scaled)


@dataclass(frozen=True)
class HardAt:
    to: float = 0.25
    detach: bool = False

    def __call__(self, v, z, p):
        gate = z.detach() if self.detach else z
        return gate * self.to + (1.0 - gate) * v


@dataclass(frozen=True)
class Subtract:
    detach: bool = False

    def __call__(self, v, z, p):
        gate = z.detach() if self.detach else z
        return v - gate * p.threshold


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u, slope):
        ctx.save_for_backward(slope)
        return (u >= 0.0).to(u.dtype)

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.saved_tensors[0], None


# Expressions are trees of tuples, so that hypothesis can print and shrink them.
leaf = st.sampled_from(
    [("v",), ("u",), ("x",), ("a",), ("b",), ("number", 0.5), ("number", -1.25), ("number", 3.0)]
)


def _branches(children):
    return st.one_of(
        st.tuples(st.sampled_from(["add", "sub", "mul", "min", "max", "div"]), children, children),
        st.tuples(st.sampled_from(["neg", "abs", "exp", "square", "cube"]), children),
        st.tuples(st.just("where"), children, children, children, children),
    )


expression = st.recursive(leaf, _branches, max_leaves=12)


def evaluate(tree, values):
    """The tree's value on tensors or symbols: what a user's `charge` would compute."""
    return rounded(_evaluate(tree, values))


def rounded(value):
    """Programs hold float32 constants; the comparison runs in float64 and must see the same numbers."""
    return float(np.float32(value)) if isinstance(value, float) else value


def _evaluate(tree, values):  # noqa: C901 - one case an operation
    kind, *rest = tree
    if kind == "number":
        return rest[0]
    if not rest:
        return values[kind]
    args = [evaluate(child, values) for child in rest]
    match kind:
        case "add":
            return args[0] + args[1]
        case "sub":
            return args[0] - args[1]
        case "mul":
            return args[0] * args[1]
        case "div":
            # Kept away from zero: the derivative is compared, not its singularity.
            return args[0] / rounded(args[1] * args[1] + 1.5)
        case "min":
            return minimum(args[0], args[1])
        case "max":
            return maximum(args[0], args[1])
        case "neg":
            return -args[0]
        case "abs":
            return abs(args[0])
        case "exp":
            return exp(-abs(args[0]))
        case "square":
            return args[0] ** 2
        case "cube":
            return args[0] ** 3
        case _:
            return where(args[0] > args[1], args[2], args[3]) if _compares(args) else args[2]


def _compares(args):
    return not (isinstance(args[0], float) and isinstance(args[1], float))


def charge_of(tree_v, tree_u):
    def charge(s, x, p):
        values = {"v": s.v, "u": s.u, "x": x, "a": p.a, "b": p.b}
        return s.replace(v=evaluate(tree_v, values) + 0.0 * s.v, u=evaluate(tree_u, values) + 0.0 * s.u)

    return charge


def adapt(s, z, p):
    return s.replace(u=s.u + p.b * z)


def equations(tree_v, tree_u, reset):
    return Equations(
        states=("v", "u"), membrane="v", params=PARAMS, options={},
        charge=charge_of(tree_v, tree_u), after=adapt, reset=reset, surrogate=Bump(), rule=AtOrAbove(),
    )  # fmt: skip


def run_torch(eq, s, x, p):
    """One step with tensors and autograd: the meaning of the equations, written apart from the tracer."""
    charged = eq.charge(s, x, p)
    u = charged.v - p.threshold
    z = Spike.apply(u, eq.surrogate.slope(u.detach()))
    return z, eq.after(charged.replace(v=eq.reset(charged.v, z, p)), z, p)


def run_program(program, leaves, cotangent):
    """The same step and its derivative by the sections of the program."""
    p = {f"p.{name}": leaves[name].detach() for name in PARAMS}
    p |= {f"p.{k}": v for k, v in numbers_of(HardAt(), "reset").items()}
    p |= {f"p.{k}": v for k, v in numbers_of(Bump(), "surrogate").items()}
    p |= program.derive.run(p)
    inputs = {"x": leaves["x"].detach(), "s.v": leaves["v"].detach(), "s.u": leaves["u"].detach(), **p}
    charged = program.charge.run(inputs)
    fired = program.fire.run({**charged, **p})
    slope = program.slope.run({"u": charged["h.v"] - p["p.threshold"], **p})["slope"]
    back = {**inputs, **charged, "slope": slope, **cotangent}
    return fired, program.adjoint.run(back)


@settings(max_examples=150, deadline=None)
@given(tree_v=expression, tree_u=expression, seed=st.integers(0, 10), ties=st.booleans(),
       reset=st.sampled_from([HardAt(), HardAt(detach=True), Subtract(), Subtract(detach=True)]))  # fmt: skip
def test_a_program_equals_torch_forward_and_backward(tree_v, tree_u, seed, ties, reset):
    generator = torch.Generator().manual_seed(seed)
    draw = lambda: torch.rand(16, generator=generator, dtype=torch.float64) * 4 - 2  # noqa: E731
    snap = (lambda t: (t * 8).round() / 8) if ties else (lambda t: t)
    leaves = {name: snap(draw()).requires_grad_() for name in ("x", "v", "u", "a", "b")}
    leaves["threshold"] = torch.full((16,), 0.5, dtype=torch.float64, requires_grad=True)
    cotangent = {"g.z": draw(), "g.v": draw(), "g.u": draw()}

    eq = equations(tree_v, tree_u, reset)
    p = State(**{name: leaves[name] for name in PARAMS})
    z, new = run_torch(eq, State(v=leaves["v"], u=leaves["u"]), leaves["x"], p)
    outputs = [z, new.v, new.u]
    wanted = torch.autograd.grad(outputs, list(leaves.values()), list(cotangent.values()), allow_unused=True)
    program = trace(eq)
    fired, got = run_program(program, leaves, cotangent)

    torch.testing.assert_close(fired["z"].double(), z, rtol=0, atol=0)
    for name, value in (("s.v", new.v), ("s.u", new.u)):
        torch.testing.assert_close(_tensor(fired[name]), value.detach(), rtol=1e-12, atol=1e-12)
    for name, grad in zip(leaves, wanted, strict=True):
        _check_gradient(name, grad, _total(name, got, program, leaves))


def _tensor(value):
    return torch.as_tensor(value, dtype=torch.float64).expand(16)


def _total(name, got, program, leaves):
    """The gradient of one leaf: parameters also through the derived ones, which the host computes."""
    if name in ("x", "v", "u"):
        return _tensor(got[f"g.{name}"])
    total = _tensor(got.get(f"gp.{name}", 0.0)).clone()
    p = {f"p.{key}": leaves[key].detach().requires_grad_() for key in PARAMS}
    derived = program.derive.run({**p, "p.reset.to": 0.25, "p.surrogate.alpha": 2.0})
    for key, value in derived.items():
        if f"gp.{key[2:]}" in got and isinstance(value, torch.Tensor) and value.requires_grad:
            (extra,) = torch.autograd.grad(
                value, p[f"p.{name}"], _tensor(got[f"gp.{key[2:]}"]), allow_unused=True, retain_graph=True
            )
            total += 0.0 if extra is None else extra
    return total


def _check_gradient(name, wanted, got):
    wanted = torch.zeros(16, dtype=torch.float64) if wanted is None else wanted
    scale = max(1.0, float(wanted.abs().max()))
    torch.testing.assert_close(
        got / scale, wanted / scale, rtol=1e-9, atol=1e-9, msg=lambda m: f"{name}: {m}"
    )


def test_a_tie_of_the_maximum_shares_the_gradient_as_torch_does():
    eq = equations(("max", ("v",), ("x",)), ("u",), Subtract(detach=True))
    program = trace(eq)
    one = torch.ones(1, dtype=torch.float64)
    leaves = dict.fromkeys(("x", "v", "u", "a", "b"), one) | {"threshold": one * 5.0}
    _, got = run_program(program, leaves, {"g.z": 0.0 * one, "g.v": one, "g.u": 0.0 * one})
    assert float(got["g.x"]) == pytest.approx(0.5)
    assert float(got["g.v"]) == pytest.approx(0.5)
