"""Any torch module, applied to every time step."""

from typing import Any

from torch import Tensor, nn

from spikelet.errors import ParameterError
from spikelet.layers.base import FROM_3, Layout, Lifted, lift
from spikelet.layers.linear import Linear

__all__ = ["PerStep"]

_LAYOUT = Layout("[T, B, ...]", FROM_3)


class PerStep(nn.Module):
    """Any torch module on every time step: `y[t, b] = module(x[t])[b]`.

    Time is folded into the batch, so the module is called once, on `[T * B, ...]`. That is the same as a
    call per step for every module that treats the elements of its batch apart. Batch normalization inside
    takes its statistics over `T * B`, and `PerStep(torch.nn.Dropout(p))` draws a new mask at every step
    (`layers.Dropout` keeps one for the whole sequence).

    Args:
        inner: takes `[B, ...]` and returns a tensor or a tuple of tensors, `[B, ...]` each.
    Raises:
        ParameterError: `inner` has a memory, is time-aware itself, or reads its first axis as time.
    """

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        for name, module in inner.named_modules():
            _refuse_mixing(name, module)
        self.inner = inner

    def forward(self, x: Tensor) -> Any:
        """The module on every step: `[T, B, ...]` to `[T, B, ...]`."""
        _LAYOUT.check(x, by=self)
        return lift(self.inner, x)


def _refuse_mixing(name: str, module: nn.Module) -> None:
    got = f"{type(module).__name__} at {name!r}" if name else type(module).__name__
    if getattr(type(module), "carries_state", False):
        rule, hint = "have no memory", "its state would run through the batch; use it without `PerStep`"
    elif isinstance(module, (Lifted, Linear, PerStep)):
        rule, hint = "be a plain torch module", "this one is time-aware already; use it without `PerStep`"
    elif isinstance(module, nn.RNNBase):
        rule, hint = "have no memory", "call it in the `forward` of a module of your own"
    elif isinstance(module, nn.MultiheadAttention) and not module.batch_first:
        rule, hint = "have its batch on the first axis", "build it with `batch_first=True`"
    else:
        return
    raise ParameterError(f"the module of `PerStep` must {rule}, got {got}; {hint}")
