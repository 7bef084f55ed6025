"""A chain of layers that refuses those which would take time for batch."""

from typing import Self

from torch import Tensor, nn

from spikelet.errors import ParameterError
from spikelet.layers.convolution import Conv1d, Conv2d, Conv3d
from spikelet.layers.dropout import Dropout
from spikelet.layers.flatten import Flatten
from spikelet.layers.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, GroupNorm
from spikelet.layers.pooling import (
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
)

__all__ = ["Sequential"]

_TWINS = {
    twin.__name__
    for twin in (
        *(Conv1d, Conv2d, Conv3d, Flatten, BatchNorm1d, BatchNorm2d, BatchNorm3d, GroupNorm),
        *(AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d, AdaptiveAvgPool2d, Dropout),
    )
}

# Files of torch.nn.modules whose every `forward` reads `[T, B, ...]` as something else. Going by the file
# where `forward` stands lets a subclass with a `forward` of its own pass: it knows what it does.
_MISREADING_FILES = {
    f"torch.nn.modules.{file}"
    for file in (
        *("batchnorm", "channelshuffle", "conv", "dropout", "flatten", "fold", "instancenorm"),
        *("pooling", "rnn", "transformer", "upsampling"),
    )
}
# In files where the other classes work on the last axes or element by element.
_MISREADING = {
    cls.forward
    for cls in (nn.GroupNorm, nn.LocalResponseNorm, nn.CrossMapLRN2d, nn.MultiheadAttention, nn.Softmax2d)
}


class Sequential(nn.Sequential):
    """`torch.nn.Sequential` that refuses layers which would take time for batch.

    A plain `torch.nn.Conv2d` on `[T, B, C, H, W]` fails, a plain `BatchNorm1d` on `[T, B, C]` may normalize
    over the wrong axis without a word, and plain dropout draws a new mask at every step. Such layers are
    refused when they are put in, also inside nested `torch.nn.Sequential`. Layers that work element by
    element or on the last axes (`ReLU`, `Linear`, `LayerNorm`) and modules of your own pass.

    Raises:
        ParameterError: a layer is not time-aware; the message names the position and what to use.
    """

    def add_module(self, name: str, module: nn.Module | None) -> None:
        """Add `module` under `name`; the constructor, `append`, `extend` and `+=` come through here."""
        _refuse_misreading(name, module)
        super().add_module(name, module)

    def insert(self, index: int, module: nn.Module) -> Self:
        """Insert `module` before position `index`."""
        _refuse_misreading(str(index), module)
        return super().insert(index, module)

    # `net[i] = layer` ends here too.
    def __setattr__(self, name: str, value: Tensor | nn.Module) -> None:
        _refuse_misreading(name, value)
        super().__setattr__(name, value)

    def __add__(self, other: nn.Sequential) -> "Sequential":
        return Sequential(*self, *other)


def _refuse_misreading(position: str, module: object) -> None:
    if type(module) is nn.Sequential:
        for name, child in module.named_children():
            _refuse_misreading(f"{position}.{name}", child)
        return
    if not isinstance(module, nn.Module) or not _misreads(module):
        return
    # A lazy or parametrized layer is named by the class of torch.nn that it comes from.
    name = next(
        cls.__name__ for cls in type(module).__mro__ if cls.__module__.startswith("torch.nn.modules.")
    )
    hint = _what_to_use(name, type(module).forward.__module__)
    raise ParameterError(f"layer {position} of `Sequential` must be time-aware, got torch.nn.{name}; {hint}")


def _misreads(module: nn.Module) -> bool:
    forward = type(module).forward
    if isinstance(module, nn.PReLU):
        # Its channels are on axis 1, which is the batch here.
        return module.num_parameters > 1
    return forward in _MISREADING or getattr(forward, "__module__", "") in _MISREADING_FILES


def _what_to_use(name: str, file: str) -> str:
    if name == "Dropout":
        per_step = "`layers.PerStep(torch.nn.Dropout(p))` (one per step)"
        return f"use `layers.Dropout` (one mask per sequence) or {per_step}"
    if name in _TWINS:
        return f"use `spikelet.layers.{name}`, which takes the same arguments"
    if name.removeprefix("Lazy") in _TWINS:
        return f"use `spikelet.layers.{name.removeprefix('Lazy')}` and give it its number of channels"
    if file == "torch.nn.modules.rnn":
        return "it takes `[T, B, F]` by rules of its own, so call it in the `forward` of a module of yours"
    return f"wrap it as `spikelet.layers.PerStep(torch.nn.{name}(...))` to give it one time step at a time"
