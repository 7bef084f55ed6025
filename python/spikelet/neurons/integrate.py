"""Integrate-and-fire without a leak."""

from typing import Any, final

from spikelet.engine import State
from spikelet.neurons.base import Neuron
from spikelet.neurons.declare import state

__all__ = ["IF"]


@final
class IF(Neuron):
    r"""Integrate-and-fire: a sum of the input that never leaks.

    Charge: $v_t = v_{t-1} + x_t$. Spike: $z_t = [v_t \ge \theta]$. Then the reset. From rest, $v_0 = 0$.

    The gradient flows through charge, spike (by the surrogate's slope at $v_t - \theta$) and reset, to
    the input, the state and a learnable threshold.

    Args:
        threshold: membrane value of a spike, above 0, in units of the membrane.
        reset: what a spike does to the membrane.
        surrogate: the derivative that a spike is given.
        rule: when a neuron spikes, `AtOrAbove()` or `Above()` the threshold.
    Raises:
        ParameterError: a parameter is outside its bound, not finite or of the wrong type.
    """

    v = state(rest=0.0, membrane=True)

    @staticmethod
    def charge(s: State, x: Any, p: Any) -> State:
        """The membrane with the input added."""
        del p
        return s.replace(v=s.v + x)
