"""The language in which neurons, surrogates and resets are written.

An equation is an ordinary Python function of values. A value knows `+ - * /`, unary minus, `abs(x)`,
`x.detach()` and the comparisons `< <= > >=`; everything else it needs is a function of this module. The same
function runs on tensors and on the symbols of `spikelet.dynamics.symbols`, and this module needs no torch.

A comparison gives a condition, for `where` and nothing else.
"""

from spikelet.dynamics.functions import exp, maximum, minimum, where
from spikelet.dynamics.value import V, Value

__all__ = ["V", "Value", "exp", "maximum", "minimum", "where"]
