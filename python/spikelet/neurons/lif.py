"""Leaky integrate-and-fire."""

from typing import Any, final

from spikelet.engine import State
from spikelet.neurons.base import Neuron
from spikelet.neurons.declare import Param, option, param, state

__all__ = ["LIF"]


@final
class LIF(Neuron):
    r"""Leaky integrate-and-fire.

    Charge, with the input decayed (`decay_input=True`):
    $v_t = v_{t-1} + (x_t - (v_{t-1} - v_\text{leak})) / \tau$;
    or not: $v_t = v_{t-1} - (v_{t-1} - v_\text{leak}) / \tau + x_t$.
    Spike: $z_t = [v_t \ge \theta]$. Then the reset. From rest, $v_0 = v_\text{leak}$.

    The gradient flows through charge, spike (by the surrogate's slope at $v_t - \theta$) and reset, to the
    input, the state and every learnable parameter. `LIF(tau=learn(2.0))` is the parametric LIF of
    the literature, with $1 / \tau$ a logistic function of the stored weight.

    Args:
        tau: membrane time constant, above 1, in time steps.
        v_leak: value that the membrane falls back to, in units of the membrane.
        decay_input: whether the input is divided by `tau` too.
        threshold: membrane value of a spike, above 0, in units of the membrane.
        reset: what a spike does to the membrane.
        surrogate: the derivative that a spike is given.
        rule: when a neuron spikes, `AtOrAbove()` or `Above()` the threshold.
    Raises:
        ParameterError: a parameter is outside its bound, not finite or of the wrong type.
    Source:
        Fang et al., Incorporating Learnable Membrane Time Constant, ICCV 2021, for the learnable `tau`.
    """

    tau: Param = param(2.0, above=1.0, unit="steps")
    v_leak: Param = param(0.0)
    decay_input: bool = option(True)
    v = state(rest="v_leak", membrane=True)

    @staticmethod
    def charge(s: State, x: Any, p: Any) -> State:
        """The membrane moved towards the input."""
        if p.decay_input:
            return s.replace(v=s.v + (x - (s.v - p.v_leak)) / p.tau)
        return s.replace(v=s.v - (s.v - p.v_leak) / p.tau + x)
