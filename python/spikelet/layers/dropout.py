"""Dropout with one mask for the whole sequence."""

import torch
from torch import Tensor, nn

from spikelet import carry
from spikelet.errors import ParameterError, StateError
from spikelet.layers.base import FROM_3, Layout

__all__ = ["Dropout"]

_LAYOUT = Layout("[T, B, ...]", FROM_3)


class Dropout(nn.Dropout):
    r"""Dropout whose mask stays the same from the first time step to the last.

    $y[t] = x[t] \odot m / (1 - p)$ with $m \sim \text{Bernoulli}(1 - p)$ of shape `[B, ...]`, drawn once
    per sequence in training; the identity in `eval()`. A mask drawn anew at every step would be averaged
    away by the neurons that follow; where that is wanted, use `PerStep(torch.nn.Dropout(p))`. The mask is
    state: `scan` carries it to the next chunk.

    Args:
        p: share of elements set to zero, at least 0 and below 1.
    Raises:
        ParameterError: `p` is out of its range.
    Source:
        Lee et al., Enabling Spike-Based Backpropagation for Training Deep Neural Network Architectures, 2020.
    """

    carries_state = True

    def __init__(self, p: float = 0.5) -> None:
        if not 0 <= p < 1:
            raise ParameterError(f"`p` must be at least 0 and below 1, got {p}; it is the share set to zero")
        super().__init__(p)

    def forward(self, input: Tensor) -> Tensor:
        """The thinned sequence: `[T, B, ...]` to the same shape.

        Raises:
            StateError: the carried mask was drawn for samples of another shape.
        """
        _LAYOUT.check(input, by=self)
        if not self.training:
            return input
        mask: Tensor | None = carry.take(self)
        if mask is None:
            mask = self._draw(input.shape[1:], input.device)
        elif mask.shape != input.shape[1:]:
            raise StateError(
                f"the carried mask of `Dropout` must have shape {list(input.shape[1:])}, got "
                f"{list(mask.shape)}; begin a new sequence from `state=None` when the batch changes"
            )
        carry.put(self, mask)
        return input * (mask.to(input.dtype) / (1 - self.p))

    def rest(self, like: Tensor) -> Tensor:
        """A new mask, for samples that begin anew: `[B, ...]` bool."""
        return self._draw(like.shape, like.device)

    def _draw(self, shape: torch.Size, device: torch.device) -> Tensor:
        return torch.empty(shape, dtype=torch.bool, device=device).bernoulli_(1 - self.p)
