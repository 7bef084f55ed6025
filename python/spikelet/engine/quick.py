"""The shortest way to the kernel, for what inference calls most: no gradient, float32 parameters on the CPU.

Everything that it looks at could change from call to call, so it looks each time; what it cannot serve takes
the long way, which serves everything or says what is wrong.
"""

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import Module

from spikelet.engine import cpu
from spikelet.engine.choice import is_forced
from spikelet.engine.modes import has_memory
from spikelet.engine.prepared import Prepared
from spikelet.engine.state import State

__all__ = ["infer"]

_NO_STATE = State()


def infer(
    prepared: Prepared,
    x: Tensor,
    state: Any,
    *,
    neuron: Module,
    rest: Mapping[str, str | float],
    has_time: bool,
    wants_last: bool,
) -> tuple[Tensor, State] | None:
    """Spikes and the last state, empty where nobody wants it; None where the long way must serve.

    Args:
        prepared: what one step does.
        x: input `[T, B, ...]`, or `[B, ...]` for one step.
        state: the state before the first step; None begins from rest.
        neuron: has the parameters as attributes.
        rest: of each state, a number or the name of a parameter.
        has_time: whether `x` has an axis of time.
        wants_last: whether somebody asks for the last state.
    """
    ready = prepared.ready
    # Asked first: under `torch.compile` nothing else here can be.
    if not has_memory(x) or ready is None or ready.derived.outputs or is_forced():
        return None
    shape = x.shape[1:] if has_time else x.shape
    if x.dtype not in cpu.ELEMENTS or not x.is_cpu or len(shape) < 2 or not x.numel():
        return None
    learns = torch.is_grad_enabled()
    # What is learnable is computed by torch, and twice if the long way does it again.
    if learns and (x.requires_grad or neuron.__dict__["_parameters"]):
        return None
    params = _params(neuron, ready.tensors, shape=shape, learns=learns)
    numbers = _numbers(neuron, rest, learns=learns) if state is None else []
    start = [] if state is None else _start(state, rest, shape=shape, learns=learns)
    if params is None or numbers is None or start is None:
        return None
    z, last = cpu.infer(
        x, shape=shape, start=start, rest=numbers, states=len(rest), params=params, numbers=ready.numbers,
        program=ready.text, wants_last=wants_last,
    )  # fmt: skip
    return z, State(**dict(zip(rest, last, strict=True))) if wants_last else _NO_STATE


def _params(
    neuron: Module, names: tuple[str, ...], *, shape: torch.Size, learns: bool
) -> list[Tensor] | None:
    """Each one number, or one for each neuron of a sample."""
    found: list[Tensor] = []
    known: dict[str, Tensor | None] = neuron.__dict__["_buffers"]
    for name in names:
        value = known.get(name)
        if value is None:
            value = cast("Tensor", getattr(neuron, name))
        # `net.double()` widens buffers, and `functional_call` puts any tensor in their place.
        if value.dtype is not torch.float32 or not value.is_cpu or (learns and value.requires_grad):
            return None
        if value.ndim and (value.shape != shape[1:] or not value.is_contiguous()):
            return None
        found.append(value)
    return found


def _numbers(neuron: Module, rest: Mapping[str, str | float], *, learns: bool) -> list[float] | None:
    """Where each state rests."""
    found: list[float] = []
    for where in rest.values():
        if isinstance(where, str):
            value: Tensor = getattr(neuron, where)
            if value.ndim or (learns and value.requires_grad):
                return None
            found.append(value.item())
        else:
            found.append(where)
    return found


def _start(
    state: Any, rest: Mapping[str, str | float], *, shape: torch.Size, learns: bool
) -> list[Tensor] | None:
    """The tensors of a state that fits."""
    if type(state) is not State:
        return None
    values = dict(state.items())
    if len(values) != len(rest):
        return None
    found: list[Tensor] = []
    for name in rest:
        value = values.get(name)
        if type(value) is not Tensor or value.dtype is not torch.float32 or not value.is_cpu:
            return None
        if value.shape != shape or not value.is_contiguous() or (learns and value.requires_grad):
            return None
        found.append(value)
    return found
