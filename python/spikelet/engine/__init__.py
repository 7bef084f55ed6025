"""Who runs the equations of a neuron: Rust on the CPU, and plain torch as the reference for everything.

`run` and `trace` are the only doors; neurons do not know which engine serves them. The engine is chosen by
the device of the tensor; `use` forces one, `keep` says what is kept for the backward pass.
"""

import torch
from torch import Tensor

from spikelet.engine import cpu, cuda, eager, operator, reference
from spikelet.engine.choice import Served, announce, keep, kept, serve, use
from spikelet.engine.equations import Equations
from spikelet.engine.explain import explain
from spikelet.engine.keep import NOTHING, Charged, Checkpoints
from spikelet.engine.modes import has_memory, wants_gradient
from spikelet.engine.prepared import Prepared, Ready, prepare
from spikelet.engine.quick import infer
from spikelet.engine.spike import Above, AtOrAbove, SpikeRule
from spikelet.engine.state import State, Values

__all__ = [
    "Above",
    "AtOrAbove",
    "Charged",
    "Checkpoints",
    "Equations",
    "Prepared",
    "Served",
    "SpikeRule",
    "State",
    "Values",
    "explain",
    "infer",
    "keep",
    "prepare",
    "run",
    "serve",
    "trace",
    "use",
]


def run(
    prepared: Prepared, x: Tensor, *, state: State, values: Values, wants_last: bool = True
) -> tuple[Tensor, State]:
    """Spikes of a whole sequence, and the state after it.

    Args:
        prepared: what one step does.
        x: input `[T, B, ...]`, floating point.
        state: the state before the first step, each tensor `[B, ...]`.
        values: parameters that broadcast against `[B, ...]`, of the state's type, and options.
        wants_last: whether somebody asks for the last state; it may be empty otherwise.
    Returns:
        `[T, B, ...]` spikes of the type of `x`, and the state after the last step.
    """
    served = serve(prepared, x)
    if served.engine == "reference" or prepared.ready is None:
        if torch.compiler.is_compiling():
            return reference.run(prepared.equations, x, state=state, values=values)
        try:
            made = reference.run(prepared.equations, x, state=state, values=values)
        except Exception as error:
            # The line that could not be traced says more than what torch stumbled over there.
            if prepared.refusal:
                error.add_note(prepared.refusal)
            raise
        # Afterwards, for where an equation is wrong its error comes first.
        announce(prepared, served)
        return made
    if x.shape[0] == 0:
        return x.clone(), state
    packed = _packed([getattr(state, name) for name in prepared.equations.states])
    lanes = prepared.ready.lanes(values, x.shape[1:])
    z, last = _call(prepared.ready, x, packed, lanes, wants_last=wants_last)
    if last is None:
        return z, State()
    return z, State(**dict(zip(prepared.equations.states, last.unbind(0), strict=True)))


def _packed(states: list[Tensor]) -> Tensor:
    """`[S, ...]`; where all neurons begin alike, a view of one number for each state."""
    first = states[0]
    if len(states) == 1:
        return first.unsqueeze(0)
    if first.numel() > 1 and not any(any(t.stride()) for t in states):
        numbers = torch.stack([t[(0,) * t.ndim] for t in states])
        return numbers.reshape(-1, *[1] * first.ndim).expand(-1, *first.shape)
    return torch.stack(states)


def _call(
    ready: Ready, x: Tensor, state: Tensor, params: list[Tensor], *, wants_last: bool
) -> tuple[Tensor, Tensor | None]:
    numbers = list(ready.numbers)
    if not (torch.is_grad_enabled() and any(wants_gradient(t) for t in (x, state, *params))):
        # An operator costs more than a small layer, so memory of our own goes to the kernel directly.
        direct = (cuda if x.is_cuda else cpu).forward if has_memory(x) else operator.scan
        return direct(x, state, params, numbers, ready.text, NOTHING, False)[:2]
    choice = kept()
    learning = any(wants_gradient(p) for p in params)
    is_charged = isinstance(choice, Charged)
    code, keep_x = choice.code, not is_charged or (ready.params_read_x if learning else ready.reads_x)
    # The kernels for CUDA keep every state.
    if is_charged and not x.is_cuda:
        code |= ready.params_leave_out if learning else ready.left_out
    operands = x, state, params, numbers, ready.text, code, keep_x
    if x.is_cpu and has_memory(x, state, *params):
        return eager.scan(*operands, wants_last=wants_last)
    return operator.scan(*operands)[:2]


def trace(prepared: Prepared, x: Tensor, *, state: State, values: Values) -> dict[str, Tensor]:
    """Every state at every step, before and after the reset, by the reference engine.

    Args:
        prepared: what one step does.
        x: input `[T, B, ...]`, floating point.
        state: the state before the first step, each tensor `[B, ...]`.
        values: as for `run`.
    Returns:
        `[T, B, ...]` tensors: `z`, and for each state `NAME_charged` and `NAME`.
    """
    return reference.trace(prepared.equations, x, state=state, values=values)
