r"""The derivative that a spike is given in the backward pass.

Going forward a spike is $z = [v \ge \theta]$, whose true derivative is zero almost everywhere. Going
backward, $\mathrm{d}z / \mathrm{d}v$ is replaced by a slope of $u = v - \theta$, largest at the threshold.
Each class here is a frozen set of numbers with that slope as a function in the language of
`spikelet.dynamics`; its docstring names the primitive, of which the slope is the derivative.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol, final

from spikelet.dynamics import exp
from spikelet.dynamics.value import V
from spikelet.errors import ParameterError

__all__ = ["ATan", "FastSigmoid", "Sigmoid", "Surrogate"]


class Surrogate(Protocol):
    """Anything with a slope; write your own as a frozen dataclass."""

    def slope(self, u: V, /) -> V:
        """The derivative of a spike at `u = v - threshold`."""
        ...


@final
@dataclass(frozen=True)
class ATan:
    r"""Slope of an arc tangent: $\frac{\alpha / 2}{1 + (\pi \alpha u / 2)^2}$.

    Primitive: $\arctan(\pi \alpha u / 2) / \pi + 1/2$.

    Args:
        alpha: sharpness, above 0; the slope at the threshold is `alpha / 2`.
    Raises:
        ParameterError: `alpha` is not a finite number above 0.
    Source:
        Fang et al., Incorporating Learnable Membrane Time Constant, ICCV 2021.
    """

    alpha: float = 2.0

    def __post_init__(self) -> None:
        _require_alpha(self.alpha)

    def slope(self, u: V) -> V:
        """The derivative of a spike at `u = v - threshold`."""
        scaled = u * (math.pi / 2 * self.alpha)
        return (self.alpha / 2) / (1.0 + scaled * scaled)


@final
@dataclass(frozen=True)
class Sigmoid:
    r"""Slope of a logistic function: $\alpha\,\sigma(\alpha u)\,(1 - \sigma(\alpha u))$.

    Primitive: $\sigma(\alpha u) = 1 / (1 + e^{-\alpha u})$.

    Args:
        alpha: sharpness, above 0; the slope at the threshold is `alpha / 4`.
    Raises:
        ParameterError: `alpha` is not a finite number above 0.
    """

    alpha: float = 4.0

    def __post_init__(self) -> None:
        _require_alpha(self.alpha)

    def slope(self, u: V) -> V:
        """The derivative of a spike at `u = v - threshold`."""
        # The slope is even, and with -|u| nothing overflows or cancels far from the threshold.
        faded = exp(abs(u) * -self.alpha)
        return faded * self.alpha / ((1.0 + faded) * (1.0 + faded))


@final
@dataclass(frozen=True)
class FastSigmoid:
    r"""Slope of a rational sigmoid: $1 / (1 + \alpha |u|)^2$.

    Primitive: $u / (1 + \alpha |u|)$.

    Args:
        alpha: sharpness, above 0; the slope at the threshold is 1 for every `alpha`.
    Raises:
        ParameterError: `alpha` is not a finite number above 0.
    Source:
        Zenke and Ganguli, SuperSpike, Neural Computation 2018.
    """

    alpha: float = 25.0

    def __post_init__(self) -> None:
        _require_alpha(self.alpha)

    def slope(self, u: V) -> V:
        """The derivative of a spike at `u = v - threshold`."""
        spread = 1.0 + abs(u) * self.alpha
        return 1.0 / (spread * spread)


def _require_alpha(alpha: Any) -> None:
    if (
        not isinstance(alpha, int | float)
        or isinstance(alpha, bool)
        or not math.isfinite(alpha)
        or alpha <= 0
    ):
        raise ParameterError(f"`alpha` must be a finite number above 0, got {alpha!r}; try `alpha=2.0`")
