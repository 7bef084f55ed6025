"""What makes a torch layer time-aware: fold time into the batch, call it, unfold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from spikelet.errors import DtypeError, ShapeError

__all__ = ["FROM_3", "LINE", "PLANE", "SPACE", "Layout", "Lifted", "lift"]


@dataclass(frozen=True)
class Layout:
    """The shape that a layer takes, time and batch first.

    Args:
        text: the shape as a message shows it, such as `[T, B, C, H, W]`.
        ranks: the ranks it allows.
        sized: the axis whose size the layer fixes.
    """

    text: str
    ranks: range
    sized: int = 2

    def check(self, x: object, *, by: nn.Module, size: int | None = None) -> None:
        """Refuse what the layer `by` cannot take; `size` is what it fixes on the sized axis."""
        name = type(by).__name__
        if not isinstance(x, Tensor):
            hint = "convert it with `torch.as_tensor(x)`"
            raise DtypeError(f"`x` must be a torch tensor for `{name}`, got {type(x).__qualname__}; {hint}")
        if not (x.is_floating_point() or x.is_complex()):
            raise DtypeError(
                f"`x` must be floating point for `{name}`, got {x.dtype}; convert it with `x.float()`"
            )
        if x.dim() not in self.ranks:
            raise ShapeError(
                f"`x` must have shape {self.text} for `{name}`, got {list(x.shape)}; give the whole "
                "sequence, one time step as `x.unsqueeze(0)`, or one sample as `x.unsqueeze(1)`"
            )
        if size is not None and x.shape[self.sized] != size:
            axis = self.sized % x.dim()
            hint = f"this layer was built for {size} on axis {axis}"
            raise ShapeError(
                f"`x` must have size {size} on axis {axis} for `{name}`, got {list(x.shape)}; {hint}"
            )


def lift(call: Callable[[Tensor], Any], x: Tensor) -> Any:
    """`call` on `[T * B, ...]`, its outputs brought back to `[T, B, ...]`.

    A view in both directions where the layout of `x` allows it, channels-last frames included.

    Args:
        call: from a tensor to a tensor or a tuple of tensors, element by element of the first axis.
        x: `[T, B, ...]`.
    Returns:
        What `call` returns, each tensor `[T, B, ...]`.
    Raises:
        ShapeError: an output does not have `T * B` elements on its first axis.
        DtypeError: an output is neither a tensor nor a tuple of tensors.
    """
    steps, batch = x.shape[:2]
    y = call(x.flatten(0, 1))
    if isinstance(y, tuple):
        return tuple(_unfold(part, steps, batch) for part in y)
    return _unfold(y, steps, batch)


def _unfold(y: object, steps: int, batch: int) -> Tensor:
    if not isinstance(y, Tensor):
        hint = "wrap a module that returns one or several tensors"
        raise DtypeError(f"a lifted module must return tensors, got {type(y).__qualname__}; {hint}")
    if y.dim() == 0 or y.shape[0] != steps * batch:
        raise ShapeError(
            f"a lifted module must return [T * B, ...] with T * B = {steps * batch}, got {list(y.shape)}; "
            "wrap a module that keeps the elements of its batch apart"
        )
    return y.unflatten(0, (steps, batch))


# Open layouts end where torch does, at 64 axes.
FROM_3 = range(3, 65)
LINE = Layout("[T, B, C, L]", range(4, 5))
PLANE = Layout("[T, B, C, H, W]", range(5, 6))
SPACE = Layout("[T, B, C, D, H, W]", range(6, 7))


class Lifted(nn.Module):
    """Base of the time-aware twins of torch's layers; stands before torch's class.

    `y[t, b] = layer(x[t, b])` for every time `t` and sample `b`. Nothing but the call changes: arguments,
    parameters, buffers, keys of the state dict and `isinstance` are torch's.
    """

    layout: ClassVar[Layout]
    sized_by: ClassVar[str | None] = None

    # The name is torch's, so that calls by keyword keep working.
    def forward(self, input: Tensor) -> Any:
        """The layer on every time step: `[T, B, ...]` to `[T, B, ...]`."""
        size: int | None = None if self.sized_by is None else getattr(self, self.sized_by)
        self.layout.check(input, by=self, size=size)
        return lift(super().forward, input)
