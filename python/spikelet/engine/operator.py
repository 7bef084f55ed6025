"""One registered torch operator runs every program: forward, backward, fake and batched.

`spikelet::scan` takes tensors and the program's text, so that autograd, `torch.compile`, `torch.export` and
`vmap` see one opaque step. The device of `x` decides what runs it: Rust on the CPU, CUDA kernels on a GPU.

Shapes: `x` and spikes `[T, ...]`, states `[S, ...]`, each parameter `[]` or `[M]` where `M` divides the
number of neurons, row after row. States and parameters are float32 whatever the type of `x`. `keep_x` says
whether the derivative will read `x`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from spikelet.engine import cpu, cuda
from spikelet.engine.keep import NOTHING, empty_kept
from spikelet.engine.modes import is_batched_by_autograd
from spikelet.errors import EngineError

# torch leaves its decorators of operators untyped.
# pyright: reportUntypedFunctionDecorator=false, reportOptionalCall=false

__all__ = ["gradients", "remember", "scan", "scan_backward"]

_LIBRARY = torch.library.Library("spikelet", "DEF")
_LIBRARY.define(
    "scan(Tensor x, Tensor state, Tensor[] params, float[] numbers, str program, int keep, bool keep_x)"
    " -> (Tensor, Tensor, Tensor)"
)
_LIBRARY.define(
    "scan_backward(Tensor grad_z, Tensor? grad_state, Tensor? x, Tensor state, Tensor[] params,"
    " float[] numbers, Tensor kept, str program, int keep, bool[] wanted) -> (Tensor, Tensor, Tensor[])"
)
_LIBRARY.impl("scan", cpu.forward, "CPU")
_LIBRARY.impl("scan_backward", cpu.backward, "CPU")
_LIBRARY.impl("scan", cuda.forward, "CUDA")
_LIBRARY.impl("scan_backward", cuda.backward, "CUDA")

scan = torch.ops.spikelet.scan.default
scan_backward = torch.ops.spikelet.scan_backward.default


@torch.library.register_fake("spikelet::scan", lib=_LIBRARY)
def _fake(
    x: Tensor,
    state: Tensor,
    params: list[Tensor],
    numbers: list[float],
    program: str,
    keep: int,
    keep_x: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    del params, numbers, program, keep_x
    return _like(x), _like(state), empty_kept(x, states=state.shape[0], keep=keep)


@torch.library.register_fake("spikelet::scan_backward", lib=_LIBRARY)
def _fake_backward(  # noqa: PLR0913 - the operator's schema
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
) -> tuple[Tensor, Tensor, list[Tensor]]:
    del grad_state, x, numbers, kept, program, keep
    grads = [p.new_empty(p.shape if want else 0) for p, want in zip(params, wanted, strict=True)]
    return _like(grad_z), _like(state), grads


def _like(t: Tensor) -> Tensor:
    return torch.empty_like(t, memory_format=torch.contiguous_format)


def remember(ctx: Any, operands: Sequence[Any], kept: Tensor) -> None:
    """Saves for `gradients` what a forward pass was called with and what it kept."""
    x, state, params, ctx.numbers, ctx.program, ctx.keep, keep_x = operands
    # Else autograd fills in zeros for what is kept, as large as the input.
    ctx.set_materialize_grads(False)
    ctx.spikes = x.shape, x.dtype
    ctx.save_for_backward(kept, x if keep_x else None, state, *params)


def gradients(
    ctx: Any,
    grads: Sequence[Tensor | None],
    saved: Sequence[Any],
    *,
    wanted: list[bool],
    backward: Callable[..., tuple[Tensor, Tensor, list[Tensor]]],
) -> tuple[Tensor, Tensor, list[Tensor | None]]:
    """Gradients of input, states and wanted parameters, from those of spikes and last states."""
    if any(is_batched_by_autograd(t) for t in grads if t is not None):
        raise EngineError(
            "many backward passes at once must go through `torch.func.vmap`, got `is_grads_batched=True` or "
            '`jacobian(..., vectorize=True)`; or write `with spikelet.engine.use("reference"):` around the '
            "forward pass"
        )
    (grad_z, grad_state), (kept, x, state, *params) = grads, saved
    shape, dtype = ctx.spikes
    grad_z = kept.new_zeros(shape, dtype=dtype) if grad_z is None else grad_z
    grad_x, grad_start, of_params = backward(
        grad_z, grad_state, x, state, params, ctx.numbers, kept, ctx.program, ctx.keep, wanted
    )
    found = [grad if want else None for grad, want in zip(of_params, wanted, strict=True)]
    return grad_x, grad_start, found


def _setup(ctx: Any, inputs: tuple[Any, ...], output: tuple[Any, ...]) -> None:
    remember(ctx, inputs, output[2])


def _derive(ctx: Any, grad_z: Tensor | None, grad_state: Tensor | None, _kept: Any) -> tuple[Any, ...]:
    wanted = [bool(need) for need in ctx.needs_input_grad[2]]
    found = gradients(ctx, (grad_z, grad_state), ctx.saved_tensors, wanted=wanted, backward=scan_backward)
    return *found, None, None, None, None


torch.library.register_autograd("spikelet::scan", _derive, setup_context=_setup, lib=_LIBRARY)


def _no_second(ctx: Any, *grads: Any) -> tuple[Any, ...]:
    del ctx, grads
    raise EngineError(
        "a derivative of a derivative must be taken on the reference engine, got the fast one; write "
        '`with spikelet.engine.use("reference"):` around the forward pass'
    )


torch.library.register_autograd("spikelet::scan_backward", _no_second, lib=_LIBRARY)


@torch.library.register_vmap("spikelet::scan", lib=_LIBRARY)
def _batched(info: Any, in_dims: tuple[Any, ...], *args: Any) -> tuple[Any, Any]:
    x, state, params, numbers, program, keep, keep_x = args
    count = info.batch_size
    x, state = _front(x, in_dims[0], count), _front(state, in_dims[1], count)
    neurons = state[0, 0].numel()
    params = [_lanes(p, d, count, neurons, spread=False) for p, d in zip(params, in_dims[2], strict=True)]
    z, last, kept = scan(x, state, params, numbers, program, keep, keep_x)
    return (z, last, kept), (1, 1, None if keep == NOTHING else 2)


@torch.library.register_vmap("spikelet::scan_backward", lib=_LIBRARY)
def _batched_backward(info: Any, in_dims: tuple[Any, ...], *args: Any) -> tuple[Any, Any]:
    grad_z, grad_state, x, state, params, numbers, kept, program, keep, wanted = args
    count = info.batch_size
    state = _front(state, in_dims[3], count)
    neurons = state[0, 0].numel()
    each = list(zip(params, in_dims[4], strict=True))
    shapes = [p.shape if d is None else p.movedim(d, 0).shape[1:] for p, d in each]
    spread = zip(params, in_dims[4], wanted, strict=True)
    params = [_lanes(p, d, count, neurons, spread=want) for p, d, want in spread]
    grad_x, grad_start, grads = scan_backward(
        _front(grad_z, in_dims[0], count),
        None if grad_state is None else _front(grad_state, in_dims[1], count),
        None if x is None else _front(x, in_dims[2], count),
        state, params, numbers, _front(kept, in_dims[6], count, at=2), program, keep, wanted,
    )  # fmt: skip
    # Each sample has a gradient of its own, also of a parameter that all share.
    found = [
        g.reshape(count, -1, shape.numel()).sum(1).reshape(count, *shape) if want else g
        for g, shape, want in zip(grads, shapes, wanted, strict=True)
    ]
    return (grad_x, grad_start, found), (1, 1, [0 if want else None for want in wanted])


def _front(t: Tensor, dim: int | None, count: int, at: int = 1) -> Tensor:
    """`t` with its batched axis at `at`, behind time or states."""
    if dim is not None:
        return t.movedim(dim, at)
    return t.unsqueeze(at).expand(*t.shape[:at], count, *t.shape[at:])


def _lanes(p: Tensor, dim: int | None, count: int, neurons: int, *, spread: bool) -> Tensor:
    """A parameter for `count` folded samples: unchanged where all may share it, else one value a lane."""
    if dim is None and not spread:
        return p
    p = p.unsqueeze(0).expand(count, *p.shape) if dim is None else p.movedim(dim, 0)
    p = p.reshape(count, 1, -1)
    return p.expand(count, neurons // p.shape[2], p.shape[2]).reshape(-1)
