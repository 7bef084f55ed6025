"""Who runs the equations of a neuron: today the reference engine, a plain loop in torch.

`run` and `trace` are the only doors; neurons do not know which engine serves them.
"""

from torch import Tensor

from spikelet.engine import reference
from spikelet.engine.equations import Equations
from spikelet.engine.spike import Above, AtOrAbove, SpikeRule
from spikelet.engine.state import State, Values

__all__ = ["Above", "AtOrAbove", "Equations", "SpikeRule", "State", "Values", "run", "trace"]


def run(equations: Equations, x: Tensor, *, state: State, values: Values) -> tuple[Tensor, State]:
    """Spikes of a whole sequence, and the state after it.

    Args:
        equations: what one step does.
        x: input `[T, B, ...]`, floating point.
        state: the state before the first step, each tensor `[B, ...]`.
        values: parameters that broadcast against `[B, ...]`, of the state's type, and options.

    Returns:
        `[T, B, ...]` spikes of the type of `x`, and the state after the last step.
    """
    return reference.run(equations, x, state=state, values=values)


def trace(equations: Equations, x: Tensor, *, state: State, values: Values) -> dict[str, Tensor]:
    """Every state at every step, before and after the reset, by the reference engine.

    Args:
        equations: what one step does.
        x: input `[T, B, ...]`, floating point.
        state: the state before the first step, each tensor `[B, ...]`.
        values: as for `run`.

    Returns:
        `[T, B, ...]` tensors: `z`, and for each state `NAME_charged` and `NAME`.
    """
    return reference.trace(equations, x, state=state, values=values)
