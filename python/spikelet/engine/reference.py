"""The reference engine: one plain loop over time, readable and complete.

Every other engine is tested against it. It runs on any device, in float32 or float64, and torch
differentiates it to any order.
"""

from numbers import Real
from typing import Any

import torch
from torch import Tensor

from spikelet.engine.equations import Equations
from spikelet.engine.spike import spike
from spikelet.engine.state import State, Values
from spikelet.errors import ParameterError

__all__ = ["run", "trace"]


def run(equations: Equations, x: Tensor, *, state: State, values: Values) -> tuple[Tensor, State]:
    """As `spikelet.engine.run`."""
    spikes: list[Tensor] = []
    for x_t in x.unbind(0):
        z, _, state = _step(equations, x_t, state, values)
        spikes.append(z.to(x.dtype))
    return _stack(spikes, x), state


def trace(equations: Equations, x: Tensor, *, state: State, values: Values) -> dict[str, Tensor]:
    """As `spikelet.engine.trace`."""
    names = [name for name, _ in state.items()]
    columns: dict[str, list[Tensor]] = {"z": []}
    for name in names:
        columns[f"{name}_charged"] = []
        columns[name] = []
    like = x.to(getattr(state, equations.membrane).dtype)
    for x_t in x.unbind(0):
        z, charged, state = _step(equations, x_t, state, values)
        columns["z"].append(z.to(x.dtype))
        for name in names:
            columns[f"{name}_charged"].append(getattr(charged, name))
            columns[name].append(getattr(state, name))
    return {name: _stack(column, x if name == "z" else like) for name, column in columns.items()}


def _step(equations: Equations, x_t: Tensor, state: State, values: Values) -> tuple[Tensor, State, State]:
    """Spikes, the charged state, and the state that the next step begins from."""
    membrane = equations.membrane
    dtype = getattr(state, membrane).dtype
    x_t = x_t.to(dtype)
    charged = _completed(equations.charge(state, x_t, values), "charge", like=x_t)
    v = getattr(charged, membrane)
    z = spike(v, values.threshold, rule=equations.rule, surrogate=equations.surrogate)
    state = charged.replace(**{membrane: equations.reset(v, z, values)})
    if equations.after is not None:
        state = _completed(equations.after(state, z, values), "after", like=x_t)
    return z, charged, state


def _stack(steps: list[Tensor], like: Tensor) -> Tensor:
    # With no steps the copy of the empty input keeps the graph whole.
    return torch.stack(steps) if steps else like.clone()


def _completed(made: Any, function: str, *, like: Tensor) -> State:
    """What an equation returned, a state that is a number or a parameter spread over all neurons."""
    if not isinstance(made, State):
        raise ParameterError(
            f"`{function}` must return a state, got {type(made).__name__}; end it with `return "
            "s.replace(...)`"
        )
    return State(
        **{name: _spread(value, f"{function}` must return `{name}", like) for name, value in made.items()}
    )


def _spread(value: Any, what: str, like: Tensor) -> Tensor:
    if isinstance(value, Tensor) and value.dtype != torch.bool:
        return value if value.shape == like.shape else value.expand_as(like)
    if not isinstance(value, bool) and isinstance(value, Real):
        return torch.full_like(like, float(value))
    got = "a comparison" if isinstance(value, Tensor) else type(value).__name__
    raise ParameterError(
        f"`{what}` as a value of the equation or a number, got {got}; check what it computes"
    )
