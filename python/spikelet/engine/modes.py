"""In which of torch's modes a call is made; torch has no public names for these questions."""

# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false

import torch
from torch import Tensor

__all__ = ["differentiates_by_transform", "has_memory"]


def differentiates_by_transform() -> bool:
    """Whether the call is inside `torch.func.grad`, `jvp` and the like; `vmap` is none of them."""
    if torch.compiler.is_compiling():
        return False
    stack = torch._C._functorch.get_interpreter_stack()
    return stack is not None and any(level.key() != torch._C._functorch.TransformType.Vmap for level in stack)


def has_memory(x: Tensor) -> bool:
    """Whether `x` is an ordinary tensor with memory of its own: no tracing, no `vmap`, no subclass."""
    return (
        not torch.compiler.is_compiling()
        and type(x) in (Tensor, torch.nn.Parameter)
        and torch._C._len_torch_dispatch_stack() == 0
        and torch._C._functorch.peek_interpreter_stack() is None
    )
