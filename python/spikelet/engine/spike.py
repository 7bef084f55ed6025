"""When a neuron spikes, and the spike as an operation with a surrogate derivative."""

from dataclasses import dataclass
from typing import Any, Protocol, final

import torch
from torch import Tensor

from spikelet.surrogate import Surrogate

__all__ = ["Above", "AtOrAbove", "SpikeRule", "spike"]


class SpikeRule(Protocol):
    """Anything that compares a membrane with a threshold."""

    def fires(self, v: Any, threshold: Any, /) -> Any:
        """The condition under which a neuron spikes."""
        ...


@final
@dataclass(frozen=True)
class AtOrAbove:
    """Spike where `v >= threshold`."""

    def fires(self, v: Any, threshold: Any) -> Any:
        """The condition under which a neuron spikes."""
        return v >= threshold


@final
@dataclass(frozen=True)
class Above:
    """Spike where `v > threshold`, as snnTorch and the text of NIR have it."""

    def fires(self, v: Any, threshold: Any) -> Any:
        """The condition under which a neuron spikes."""
        return v > threshold


def spike(v: Tensor, threshold: Tensor, *, rule: SpikeRule, surrogate: Surrogate) -> Tensor:
    """Spikes of the type of `v`; the derivative is the surrogate's slope at `v - threshold`.

    Args:
        v: membrane `[B, ...]`.
        threshold: a tensor that broadcasts against `v`.
        rule: when a neuron spikes.
        surrogate: the derivative of a spike.
    Returns:
        `[B, ...]`, 0 or 1.
    """
    return _Spike.apply(v, threshold.expand_as(v), rule, surrogate)


@final
class _Spike(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(v: Tensor, threshold: Tensor, rule: SpikeRule, surrogate: Surrogate) -> Tensor:
        del surrogate
        return rule.fires(v, threshold).to(v.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        del output
        v, threshold, _, ctx.surrogate = inputs
        ctx.save_for_backward(v, threshold)

    # torch declares `*grad_outputs`; there is one output.
    @staticmethod
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, grad: Tensor
    ) -> tuple[Tensor, Tensor | None, None, None]:
        v, threshold = ctx.saved_tensors
        grad = grad * ctx.surrogate.slope(v - threshold)
        return grad, -grad if ctx.needs_input_grad[1] else None, None, None
