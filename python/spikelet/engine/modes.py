"""In which of torch's modes a call is made; torch has no public names for these questions."""

# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false

import torch
from torch import Tensor
from torch.autograd import forward_ad

__all__ = ["differentiates_by_transform", "has_memory", "is_batched_by_autograd", "wants_gradient"]


_ORDINARY = (Tensor, torch.nn.Parameter)


def differentiates_by_transform() -> bool:
    """Whether the call is inside `torch.func.grad`, `jvp`, dual numbers and the like; `vmap` is not one."""
    if torch.compiler.is_compiling():
        return False
    if forward_ad._current_level >= 0:
        return True
    stack = torch._C._functorch.get_interpreter_stack()
    return stack is not None and any(level.key() != torch._C._functorch.TransformType.Vmap for level in stack)


def has_memory(*tensors: Tensor) -> bool:
    """Whether all are ordinary tensors with memory of their own: no tracing, no `vmap`, no subclass."""
    return (
        not torch.compiler.is_compiling()
        and torch._C._len_torch_dispatch_stack() == 0
        and torch._C._functorch.peek_interpreter_stack() is None
        and forward_ad._current_level < 0
        # The imaginary part of a conjugate lies there with the other sign.
        and all(type(t) in _ORDINARY and not t.is_neg() for t in tensors)
    )


def is_batched_by_autograd(t: Tensor) -> bool:
    """Whether `is_grads_batched=True` wraps `t`: an older `vmap`, which knows no rules of operators."""
    return type(t) is Tensor and not (
        torch._C._has_storage(t) or torch._C._functorch.is_functorch_wrapped_tensor(t)
    )


def wants_gradient(t: Tensor) -> bool:
    """Whether autograd outside of every `vmap` follows `t`, or may: what `vmap` wraps does not say."""
    if torch.compiler.is_compiling():
        return t.requires_grad or torch._C._functorch.peek_interpreter_stack() is not None
    while torch._C._functorch.is_functorch_wrapped_tensor(t):
        t = torch._C._functorch.get_unwrapped(t)
    return t.requires_grad
