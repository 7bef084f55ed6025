"""One neuron's step as functions and frozen objects, without its numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, final

from spikelet.engine.spike import SpikeRule
from spikelet.engine.state import State
from spikelet.errors import ParameterError
from spikelet.reset import Reset
from spikelet.surrogate import Surrogate

__all__ = ["Equations"]


@final
@dataclass(frozen=True)
class Equations:
    """What one time step does: charge, spike, reset, then `after`.

    Args:
        charge: `charge(s, x, p)`, the states before the spike.
        membrane: name of the state that is compared with `p.threshold` and reset.
        rule: when a neuron spikes.
        surrogate: the derivative of a spike.
        reset: what a spike does to the membrane.
        after: `after(s, z, p)`, the states after spike and reset, such as an adaptation; None leaves them.
        states: names of the states, in order.
        params: names of the parameters that the equations read from `p`, in order.
        options: static choices, read from `p` as plain Python values.
    Raises:
        ParameterError: an object is a class instead of an instance, or lacks what it is for.
    """

    charge: Callable[[State, Any, Any], State]
    membrane: str
    rule: SpikeRule
    surrogate: Surrogate
    reset: Reset
    after: Callable[[State, Any, Any], State] | None
    states: tuple[str, ...]
    params: tuple[str, ...]
    options: Mapping[str, object] = field(default_factory=dict[str, object])

    def __post_init__(self) -> None:
        _require_object("rule", self.rule, "fires")
        _require_object("surrogate", self.surrogate, "slope")
        _require_object("reset", self.reset, "__call__")


def _require_object(argument: str, given: Any, method: str) -> None:
    if isinstance(given, type):
        raise ParameterError(
            f"`{argument}` must be an object, got the class `{given.__name__}`; write "
            f"`{argument}={given.__name__}()`"
        )
    if not hasattr(given, method):
        rule = "be callable" if method == "__call__" else f"have a method `{method}`"
        example = {"rule": "AtOrAbove()", "surrogate": "ATan(alpha=2.0)", "reset": "Hard(to=0.0)"}[argument]
        raise ParameterError(
            f"`{argument}` must {rule}, got {given!r}; write for example `{argument}={example}`"
        )
    # A program is made of its numbers once, and would not see them change.
    params: Any = getattr(given, "__dataclass_params__", None)
    if params is not None and not params.frozen:
        raise ParameterError(
            f"`{argument}` must be frozen, got {given!r}; write `@dataclass(frozen=True)` above "
            f"`{type(given).__name__}`"
        )
