"""Memory of large results: kept when torch lets go of it, for the next result of its size.

The allocator gives large tensors back to the system and takes new ones from it, whose first touch costs more
than the kernels do.
"""

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from spikelet import _core

__all__ = ["empty", "empty_like"]

# Shorter tensors the allocator keeps by itself.
_LEAST_BYTES = 1 << 22
_NUMBER_BYTES = 4


def empty(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """A tensor of the CPU with any content, as `torch.empty`."""
    size = prod(shape) * dtype.itemsize
    kept = _core.spare(-(-size // _NUMBER_BYTES)) if size >= _LEAST_BYTES else None
    if kept is None:
        return torch.empty(shape, dtype=dtype)
    # Not a view of what is kept: autograd forbids to change such a result in place.
    return torch.empty(0, dtype=dtype).set_(torch.from_numpy(kept).untyped_storage(), 0, tuple(shape), ())


def empty_like(x: Tensor) -> Tensor:
    """A tensor with any content, as `x`, which is contiguous and of the CPU."""
    # torch makes a small one sooner when it need not read a shape from Python.
    return torch.empty_like(x) if x.nbytes < _LEAST_BYTES else empty(x.shape, x.dtype)
