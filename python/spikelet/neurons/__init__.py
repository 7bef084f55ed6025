"""Spiking neurons, and what it takes to write one.

`LIF` and `IF` are ready; a new one subclasses `Neuron` and declares itself with `param`, `option` and
`state`. Resets are in `spikelet.reset`, surrogates in `spikelet.surrogate`.
"""

from spikelet.engine import Above, AtOrAbove, State
from spikelet.neurons.base import Neuron
from spikelet.neurons.declare import Param, learn, option, param, state
from spikelet.neurons.integrate import IF
from spikelet.neurons.lif import LIF

__all__ = ["IF", "LIF", "Above", "AtOrAbove", "Neuron", "Param", "State", "learn", "option", "param", "state"]
