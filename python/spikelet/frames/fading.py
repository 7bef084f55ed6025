"""How events fade with time, and how they are spread over it."""

from dataclasses import dataclass
from typing import final

from spikelet.frames.arguments import settle_real


@final
@dataclass(frozen=True, kw_only=True)
class Exponential:
    r"""$e^{-a / \tau}$ of age $a$.

    Args:
        tau_us: fading constant $\tau$ in microseconds.
    Raises:
        ParameterError: `tau_us` is not above 0.
    """

    tau_us: float

    def __post_init__(self) -> None:
        settle_real(self, "tau_us")


@final
@dataclass(frozen=True, kw_only=True)
class Linear:
    r"""$\max(0, 1 - a / s)$ of age $a$.

    Args:
        span_us: age $s$ in microseconds at which nothing is left.
    Raises:
        ParameterError: `span_us` is not above 0.
    """

    span_us: float

    def __post_init__(self) -> None:
        settle_real(self, "span_us")


@final
@dataclass(frozen=True, kw_only=True)
class Alpha:
    r"""$(a / \tau)\, e^{1 - a / \tau}$ of age $a$: 0 at once, 1 after $\tau$, then less.

    Args:
        tau_us: constant $\tau$ in microseconds.
    Raises:
        ParameterError: `tau_us` is not above 0.
    """

    tau_us: float

    def __post_init__(self) -> None:
        settle_real(self, "tau_us")


@final
@dataclass(frozen=True)
class Trilinear:
    r"""$\max(0, 1 - |d|)$ of distance $d$ in bins: an event is shared by the bins before and behind it."""


Fading = Exponential | Linear
"""What an event is still worth at a later time."""

Kernel = Trilinear | Exponential | Alpha
"""How much of an event falls into a bin of time."""
