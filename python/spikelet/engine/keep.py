"""What the forward pass keeps for the backward pass, where a gradient is wanted at all."""

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from spikelet.errors import EngineError, ParameterError

__all__ = [
    "NOTHING",
    "Charged",
    "Checkpoints",
    "Keep",
    "empty_kept",
    "kept_size",
    "require_kept",
    "with_all_states",
]

# Codes of the operator: 0 nothing, 1 charged states in float32, 2 in bfloat16, else the checkpoint distance.
# Bit 8 + k besides leaves charged state k out.
NOTHING = 0
_BITS = 8
_FULL = 1
_HALF = 2
_SHORTEST = 4


@final
@dataclass(frozen=True)
class Charged:
    """The charged states that the derivative reads: 4 bytes a step, neuron and state, or 2 with `half=True`.

    Args:
        half: store them as bfloat16. Spikes do not change, and no membrane is rounded to the other side of
            its threshold; the gradient is as exact as its 8 bits.
    """

    half: bool = False

    @property
    def code(self) -> int:
        """How the operator calls it."""
        return _HALF if self.half else _FULL


@final
@dataclass(frozen=True)
class Checkpoints:
    """The states before every `every`-th step; the backward pass runs the steps between again, from `x`.

    Args:
        every: steps from one checkpoint to the next, 4 to 64.

    Raises:
        ParameterError: `every` is not from 4 to 64.
    """

    every: int = 16

    def __post_init__(self) -> None:
        if not _SHORTEST <= self.every <= 64:
            raise ParameterError(f"`every` must be from 4 to 64 steps, got {self.every!r}; 16 suits most")

    @property
    def code(self) -> int:
        """How the operator calls it."""
        return self.every


Keep = Charged | Checkpoints


def require_kept(keep: int) -> None:
    """Refuses the code of nothing: no backward pass can follow."""
    if keep == NOTHING:
        raise EngineError(
            "the forward pass must keep something for the backward pass, got a call of the operator with "
            "`keep=0`; no gradient was wanted then"
        )


def with_all_states(keep: int) -> int:
    """The code that leaves no state out."""
    return keep & ((1 << _BITS) - 1)


def kept_size(x: Tensor, *, states: int, keep: int) -> tuple[list[int], torch.dtype]:
    """Shape and type of what is kept: `[T, K, ...]`, `[(T - 1) // every, S, ...]`, or nothing."""
    steps, *shape = x.shape
    states -= (keep >> _BITS).bit_count()
    keep = with_all_states(keep)
    if keep == NOTHING:
        return [0], torch.float32
    # The states before the first step are no checkpoint: the backward pass is given them.
    kept = steps if keep < _SHORTEST else max(steps - 1, 0) // keep
    dtype = torch.bfloat16 if keep == _HALF else torch.float32
    return [kept, states, *shape], dtype


def empty_kept(x: Tensor, *, states: int, keep: int) -> Tensor:
    """Memory for what is kept, where `x` lies."""
    shape, dtype = kept_size(x, states=states, keep=keep)
    return x.new_empty(shape, dtype=dtype)
