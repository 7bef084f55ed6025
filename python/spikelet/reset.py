r"""What a spike does to the membrane that made it.

Each class is frozen and is called as `reset(v, z, p)` with the charged membrane `v`, the spikes `z`
(0 or 1) and the neuron's parameters `p`. With `detach=True` the spike is a constant in the backward
pass: no gradient flows through the event of resetting.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol, final

from spikelet.dynamics.value import V
from spikelet.errors import ParameterError

__all__ = ["Hard", "NoReset", "Reset", "Soft"]


class Reset(Protocol):
    """Anything that makes the membrane after a spike; write your own as a frozen dataclass."""

    def __call__(self, v: V, z: V, p: Any, /) -> V:
        """The membrane after the reset."""
        ...


@final
@dataclass(frozen=True)
class Hard:
    r"""Set the membrane to a value: $v \leftarrow z\,v_\text{reset} + (1 - z)\,v$.

    Args:
        to: the value $v_\text{reset}$, in units of the membrane.
        detach: leave the spike out of the gradient, so that $\partial v' / \partial v = 1 - z$.
    Raises:
        ParameterError: `to` is not a finite number.
    """

    to: float = 0.0
    detach: bool = False

    def __post_init__(self) -> None:
        _require_number(self.to)
        _require_bool(self.detach)

    def __call__(self, v: V, z: V, p: Any) -> V:
        """The membrane after the reset."""
        del p
        spike = z.detach() if self.detach else z
        return spike * self.to + (1.0 - spike) * v


@final
@dataclass(frozen=True)
class Soft:
    r"""Subtract the threshold: $v \leftarrow v - z\,\theta$. What exceeds the threshold is kept.

    Args:
        detach: leave the spike out of the gradient, so that $\partial v' / \partial v = 1$.
    """

    detach: bool = False

    def __post_init__(self) -> None:
        _require_bool(self.detach)

    def __call__(self, v: V, z: V, p: Any) -> V:
        """The membrane after the reset."""
        spike = z.detach() if self.detach else z
        return v - spike * p.threshold


@final
@dataclass(frozen=True)
class NoReset:
    """Leave the membrane alone; a neuron above its threshold spikes at every step."""

    def __call__(self, v: V, z: V, p: Any) -> V:
        """The membrane after the reset."""
        del z, p
        return v


def _require_number(to: Any) -> None:
    if not isinstance(to, int | float) or isinstance(to, bool) or not math.isfinite(to):
        raise ParameterError(
            f"`to` must be a finite number, got {to!r}; to subtract the threshold use `Soft()`"
        )


def _require_bool(detach: object) -> None:
    if not isinstance(detach, bool):
        raise ParameterError(f"`detach` must be True or False, got {detach!r}; name it, as in `detach=True`")
