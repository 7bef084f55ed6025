"""The Rust engine: time loops over `[T, N]` in `spikelet-neurons`, called with the tensors' own memory."""

from collections.abc import Sequence
from functools import lru_cache
from math import prod

import torch
from torch import Tensor

from spikelet import _core
from spikelet.engine import spare
from spikelet.engine.keep import NOTHING, kept_size, require_kept

__all__ = ["ELEMENTS", "backward", "forward", "infer", "kernel"]

# What the kernels read and write, and their number for each.
ELEMENTS = {torch.float32: 0, torch.float16: 1, torch.bfloat16: 2}


@lru_cache(maxsize=256)
def kernel(program: str) -> _core.Kernel:
    """The parsed program: fused where Rust was printed from it, else the block interpreter."""
    return _core.Kernel(program)


def forward(
    x: Tensor,
    state: Tensor,
    params: list[Tensor],
    numbers: list[float],
    program: str,
    keep: int,
    keep_x: bool,
    wants_last: bool = True,
) -> tuple[Tensor, Tensor, Tensor]:
    """As `spikelet::scan`; without `wants_last` the last states are empty."""
    del keep_x
    x = x.contiguous()
    state, rest = _initial(state)
    # A number that all neurons share may come as a view that repeats it in place.
    params = [p.contiguous() for p in params]
    z, last = spare.empty_like(x), _asked(state, wants_last)
    kept = spare.empty(*kept_size(x, states=state.shape[0], keep=keep))
    kernel(program).forward(
        (x.shape[0], prod(x.shape[1:]), ELEMENTS[x.dtype]),
        x.data_ptr(), z.data_ptr(), [] if rest else [state.data_ptr()], rest,
        last.data_ptr() if wants_last else 0, _lanes(params), numbers,
        keep, kept.data_ptr(), torch.get_num_threads(),
    )  # fmt: skip
    return z, last, kept


def infer(  # noqa: PLR0913 - a kernel's call
    x: Tensor,
    *,
    shape: torch.Size,
    start: list[Tensor],
    rest: list[float],
    states: int,
    params: list[Tensor],
    numbers: Sequence[float],
    program: str,
    wants_last: bool,
) -> tuple[Tensor, Sequence[Tensor]]:
    """Spikes of a run that keeps nothing, and the last states if wanted; without `start`, from `rest`."""
    x = x.contiguous()
    z, last, at = spare.empty_like(x), (), 0
    if wants_last:
        packed = spare.empty(shape if states == 1 else (states, *shape), torch.float32)
        last, at = (packed,) if states == 1 else packed.unbind(0), packed.data_ptr()
    neurons = shape.numel()
    kernel(program).forward(
        (x.numel() // neurons, neurons, ELEMENTS[x.dtype]),
        x.data_ptr(), z.data_ptr(), [t.data_ptr() for t in start], rest, at,
        _lanes(params), numbers, NOTHING, 0, torch.get_num_threads(),
    )  # fmt: skip
    return z, last


def backward(  # noqa: PLR0913 - the operator's schema
    grad_z: Tensor,
    grad_state: Tensor | None,
    x: Tensor | None,
    state: Tensor,
    params: list[Tensor],
    numbers: list[float],
    kept: Tensor,
    program: str,
    keep: int,
    wanted: list[bool],
    wants_start: bool = True,
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """As `spikelet::scan_backward`; without `wants_start` the gradient of the states is empty."""
    require_kept(keep)
    grad_z, kept = grad_z.contiguous(), kept.contiguous()
    state, rest = _initial(state)
    x, grad_state = (None if t is None else t.contiguous() for t in (x, grad_state))
    params = [p.contiguous() for p in params]
    grad_x, grad_start = spare.empty_like(grad_z), _asked(state, wants_start)
    grads = [p.new_empty(p.shape if want else 0) for p, want in zip(params, wanted, strict=True)]
    kernel(program).backward(
        (grad_z.shape[0], prod(grad_z.shape[1:]), ELEMENTS[grad_z.dtype]),
        grad_z.data_ptr(), _address(grad_state), _address(x), 0 if rest else state.data_ptr(),
        _lanes(params), numbers, keep, kept.data_ptr(), grad_x.data_ptr(),
        grad_start.data_ptr() if wants_start else 0,
        [g.data_ptr() if want else 0 for g, want in zip(grads, wanted, strict=True)],
        torch.get_num_threads(), rest,
    )  # fmt: skip
    return grad_x, grad_start, grads


def _asked(state: Tensor, wanted: bool) -> Tensor:
    """Memory for states; none where nobody asks for them, which at few steps is as much as for the spikes."""
    return spare.empty(state.shape, state.dtype) if wanted else state.new_empty(0)


def _initial(state: Tensor) -> tuple[Tensor, list[float]]:
    """The states `[S, ...]` before the first step; one number for each where all neurons begin alike."""
    # An axis of one element may have any stride.
    axes = zip(state.shape[1:], state.stride()[1:], strict=True)
    alike = all(size == 1 or stride == 0 for size, stride in axes) and state.numel() > state.shape[0]
    return (state, state.flatten(1)[:, 0].tolist()) if alike else (state.contiguous(), [])


def _address(t: Tensor | None) -> int:
    """Where `t` lies, or 0 for none; an empty tensor lies nowhere, and yet is there."""
    return 0 if t is None else t.data_ptr() or 1


def _lanes(params: Sequence[Tensor]) -> list[tuple[int, int]]:
    """Address and length of each parameter; the tensors stay with the caller until the kernel is done."""
    return [(p.data_ptr(), p.numel()) for p in params]
