"""The shortest way to the kernel, for what inference calls most: from rest, no gradient, plain numbers.

Everything that it looks at could change from call to call, so it looks each time; what it cannot serve takes
the long way, which serves everything.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from spikelet.engine import cpu
from spikelet.engine.choice import is_forced
from spikelet.engine.modes import has_memory
from spikelet.engine.prepared import Prepared
from spikelet.engine.state import State

__all__ = ["from_rest"]

_TYPES = (torch.float32, torch.float16, torch.bfloat16)


def from_rest(
    prepared: Prepared, x: Tensor, *, numbers: Mapping[str, Tensor | None], rest: Mapping[str, str | float]
) -> tuple[Tensor, State] | None:
    """Spikes and last state, or None where the long way must serve.

    Args:
        prepared: what one step does.
        x: input `[T, B, ...]`.
        numbers: the parameters that are not learnable.
        rest: of each state, a number or the name of a parameter.
    """
    ready = prepared.ready
    # Asked first: under `torch.compile` nothing else here can be.
    if not has_memory(x) or ready is None or ready.derived.outputs or is_forced():
        return None
    if not x.is_cpu or x.dtype not in _TYPES or x.shape[0] == 0:
        return None
    if x.requires_grad and torch.is_grad_enabled():
        return None
    params: list[Tensor] = []
    for name in ready.tensors:
        value = numbers.get(name)
        if value is None or not _is_plain(value):
            return None
        params.append(value)
    start: list[float] = []
    for where in rest.values():
        if not isinstance(where, str):
            start.append(where)
            continue
        value = numbers.get(where)
        if value is None or not _is_plain(value):
            return None
        start.append(value.item())
    z, last = cpu.from_rest(x, rest=start, params=params, numbers=ready.numbers, program=ready.text)
    return z, State(**dict(zip(rest, last, strict=True)))


def _is_plain(value: Tensor) -> bool:
    """Whether it is one float32 on the CPU that learns nothing."""
    # `net.double()` widens buffers, and `functional_call` puts any tensor in their place.
    return not (value.ndim or value.requires_grad or value.dtype is not torch.float32 or not value.is_cpu)
