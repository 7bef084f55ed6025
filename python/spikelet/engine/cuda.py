"""The CUDA engine: time loops over `[T, N]` from `cuda/`, with the program's step printed in front.

A kernel is compiled once for a program, a type of tensors and what is kept; steps and neurons are arguments.
It runs on torch's current stream, waits for nothing, and all memory is torch's: a CUDA graph can record it.
"""

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spikelet import _core, cuda
from spikelet.dynamics.cuda import Step, read_step
from spikelet.engine.keep import NOTHING, Charged, empty_kept, require_kept, with_all_states
from spikelet.errors import EngineError

__all__ = ["adjoint_text", "backward", "forward", "refusal", "scan_text"]

_ELEMENT = {torch.float32: "float", torch.float16: "spikelet_half", torch.bfloat16: "spikelet_bfloat"}
_CHARGED, _CHARGED_HALF = Charged().code, Charged(half=True).code
# Neurons that one thread owns where there are enough, and rows that it reads at a time.
_WIDE = 4
_AHEAD = {1: 8, _WIDE: 4}
# Threads of a multiprocessor that are to have work before a thread takes several neurons.
_BUSY = 2048
# Longer stretches are not unrolled: their steps would not fit into registers.
_UNROLLED = 16


@torch.compiler.assume_constant_result
def refusal() -> str:
    """Why this engine cannot serve here; empty where it can."""
    if torch.version.hip:
        return "this torch is for ROCm, which has no kernels yet"
    return cuda.refusal("cuda12" if (torch.version.cuda or "").startswith("12.") else "cuda")


def forward(
    x: Tensor,
    state: Tensor,
    params: list[Tensor],
    numbers: list[float],
    program: str,
    keep: int,
    keep_x: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """As `spikelet::scan`."""
    del keep_x
    keep = with_all_states(keep)
    _require_together(x, state, params)
    x, state, params = x.contiguous(), state.contiguous(), [p.contiguous() for p in params]
    neurons = prod(x.shape[1:])
    z, last = torch.empty_like(x), torch.empty_like(state)
    kept = empty_kept(x, states=state.shape[0], keep=keep)
    if neurons:
        tensors = [x, state, z, last, kept]
        width = _width(neurons, tensors)
        text = scan_text(program, tensors=len(params), dtype=x.dtype, keep=keep, width=width)
        arguments = (x.shape[0], neurons, _values(params, numbers), *(t.data_ptr() for t in tensors))
        _launch("spikelet_scan", text, neurons // width, arguments, x)
    return z, last, kept


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
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """As `spikelet::scan_backward`."""
    require_kept(keep)
    keep = with_all_states(keep)
    _require_together(grad_z, state, params)
    grad_state = torch.zeros_like(state) if grad_state is None else grad_state
    read = [grad_z, grad_state, grad_z.new_empty(0) if x is None else x, state, kept]
    read, params = [t.contiguous() for t in read], [p.contiguous() for p in params]
    neurons = prod(grad_z.shape[1:])
    grad_x, grad_start = torch.empty_like(read[0]), torch.empty_like(read[3])
    sums = state.new_empty((sum(wanted), neurons))
    if neurons:
        tensors = [*read, grad_x, grad_start, sums]
        width = 1 if _is_distance(keep) else _width(neurons, tensors)
        text = adjoint_text(program, wanted=tuple(wanted), dtype=grad_z.dtype, keep=keep, width=width)
        arguments = (grad_z.shape[0], neurons, _values(params, numbers), *(t.data_ptr() for t in tensors))
        _launch("spikelet_scan_backward", text, neurons // width, arguments, grad_z)
    rows = iter(sums.unbind(0))
    grads = [
        _total(next(rows), p) if want else p.new_empty(0) for p, want in zip(params, wanted, strict=True)
    ]
    return grad_x, grad_start, grads


@lru_cache(maxsize=1024)
def scan_text(program: str, *, tensors: int, dtype: torch.dtype, keep: int, width: int) -> str:
    """The source of the forward kernel.

    Args:
        program: as the operator is given it.
        tensors: how many of the parameters are tensors.
        dtype: of the input.
        keep: the operator's code.
        width: neurons of one thread.
    """
    step = read_step(program.partition("\n")[2])
    constants = _constants(step, tensors=tensors, keep=keep, width=width) | {"ahead": _AHEAD[width]}
    return _source(constants, _types(dtype, keep), step.forward_text(), "scan.cu")


@lru_cache(maxsize=1024)
def adjoint_text(program: str, *, wanted: tuple[bool, ...], dtype: torch.dtype, keep: int, width: int) -> str:
    """The source of the backward kernel.

    Args:
        program: as the operator is given it.
        wanted: for each parameter that is a tensor, whether its gradient is.
        dtype: of the input.
        keep: the operator's code.
        width: neurons of one thread.
    """
    step = read_step(program.partition("\n")[2])
    names = [name for name, want in zip(step.params, wanted, strict=False) if want]
    step = step.wanting(names)
    stretch = keep if _is_distance(keep) else _AHEAD[width]
    constants = _constants(step, tensors=len(wanted), keep=keep, width=width)
    constants |= step.backward_constants() | {
        "wanted": len(names),
        "stretch": stretch,
        "unrolled": stretch if stretch <= _UNROLLED else 1,
        "reads_input": int(_is_distance(keep) or step.reads_input),
    }
    functions = step.forward_text() + step.backward_text(names)
    return _source(constants, _types(dtype, keep), functions, "adjoint.cu")


def _is_distance(keep: int) -> bool:
    """Whether the code is one of checkpoints, their distance."""
    return keep not in (NOTHING, _CHARGED, _CHARGED_HALF)


def _constants(step: Step, *, tensors: int, keep: int, width: int) -> dict[str, int]:
    return step.constants() | {
        "tensors": tensors,
        "width": width,
        "every": keep if _is_distance(keep) else 0,
        "charged": int(keep in (_CHARGED, _CHARGED_HALF)),
    }


def _types(dtype: torch.dtype, keep: int) -> dict[str, str]:
    return {"element": _ELEMENT[dtype], "kept": "spikelet_bfloat" if keep == _CHARGED_HALF else "float"}


def _source(constants: dict[str, int], types: dict[str, str], functions: str, loop: str) -> str:
    lines = [f"constexpr int spikelet_{name} = {value};" for name, value in constants.items()]
    named = [f"typedef {of} spikelet_{name};" for name, of in types.items()]
    parts = ["\n".join(lines), _core.cuda_source("prelude.cu"), "\n".join(named), functions]
    return "\n".join([*parts, _core.cuda_source(loop)])


def _width(neurons: int, tensors: list[Tensor]) -> int:
    """Neurons of one thread: several where enough threads are left and every row begins at a whole vector."""
    enough = _BUSY * _processors(tensors[0].device)
    is_wide = neurons % _WIDE == 0 and neurons // _WIDE >= enough
    return _WIDE if is_wide and all(t.data_ptr() % 16 == 0 for t in tensors) else 1


@lru_cache(maxsize=64)
def _processors(device: torch.device) -> int:
    return torch.cuda.get_device_properties(device).multi_processor_count


def _values(params: list[Tensor], numbers: list[float]) -> NDArray[Any]:
    """`spikelet_values` of `cuda/prelude.cu`, passed by value."""
    values = np.zeros(1, _values_type(len(params), len(numbers)))
    values["at"][0, :-1] = [p.data_ptr() for p in params]
    values["period"][0, :-1] = [p.numel() for p in params]
    values["numbers"][0, :-1] = numbers
    return values


@lru_cache(maxsize=64)
def _values_type(tensors: int, numbers: int) -> np.dtype[Any]:
    fields = [("at", np.uint64, (tensors + 1,)), ("period", np.int64, (tensors + 1,))]
    return np.dtype([*fields, ("numbers", np.float32, (numbers + 1,))], align=True)


def _launch(name: str, text: str, threads: int, arguments: tuple[Any, ...], like: Tensor) -> None:
    device, stream = _place(like)
    function = cuda.kernel(text, name, device)
    cuda.launch(function, threads=threads, arguments=arguments, device=device, stream=stream)


def _place(like: Tensor) -> tuple[int, int]:
    """Number of the device, and address of torch's current stream there."""
    return like.device.index, torch.cuda.current_stream(like.device).cuda_stream


def _total(sums: Tensor, param: Tensor) -> Tensor:
    """The sum over the neurons that share a number; in float64, for there may be millions."""
    if sums.numel() == param.numel():
        return sums.reshape(param.shape)
    wide = sums.reshape(-1, param.numel()).sum(0, dtype=torch.float64)
    return wide.to(torch.float32).reshape(param.shape)


def _require_together(x: Tensor, state: Tensor, params: list[Tensor]) -> None:
    for tensor in (state, *params):
        if tensor.device != x.device:
            raise EngineError(
                f"states and parameters must be on {x.device} as the input, got {tensor.device}; move them "
                "with `.to(x.device)`"
            )
