"""The operator for eager tensors that want a gradient: the same runs behind an autograd function.

The dispatcher's way through the registered operator costs more than a small layer, in either direction; and
here it is known what nobody asks for.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from spikelet.engine import cpu, operator
from spikelet.engine.modes import has_memory

__all__ = ["scan"]


def scan(
    x: Tensor,
    state: Tensor,
    params: list[Tensor],
    numbers: list[float],
    program: str,
    keep: int,
    keep_x: bool,
    *,
    wants_last: bool,
) -> tuple[Tensor, Tensor | None]:
    """As `spikelet::scan` on the CPU, without what is kept; None for last states that nobody wants."""
    # torch leaves `apply` untyped.
    made: Any = _Scan.apply(x, state, numbers, program, keep, keep_x, wants_last, *params)
    return made[:2]


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *operands: Any) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        x, state, numbers, program, keep, keep_x, wants_last, *params = operands
        call = x, state, params, numbers, program, keep, keep_x
        z, last, kept = cpu.forward(*call, wants_last=wants_last)
        operator.remember(ctx, call, kept)
        # What is kept is a result, so that a derivative of the derivative finds its way back to the input.
        return z, last if wants_last else None, kept

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        wants_start, wanted = ctx.needs_input_grad[1], list(ctx.needs_input_grad[7:])
        # Read once, for a checkpoint makes them again at every look.
        grads, saved = grads[:2], ctx.saved_tensors
        run = partial(cpu.backward, wants_start=wants_start)
        # Whoever asks for a derivative of this one, or traces it, needs the operator.
        if torch.is_grad_enabled() or not has_memory(*(t for t in (*grads, *saved) if t is not None)):
            run = operator.scan_backward
        grad_x, grad_start, found = operator.gradients(ctx, grads, saved, wanted=wanted, backward=run)
        return grad_x, grad_start if wants_start else None, None, None, None, None, None, *found
