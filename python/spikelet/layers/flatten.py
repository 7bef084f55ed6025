"""Everything after time and batch in one axis."""

from torch import nn

from spikelet.layers.base import FROM_3, Layout, Lifted

__all__ = ["Flatten"]


class Flatten(Lifted, nn.Flatten):
    """`torch.nn.Flatten` on every time step: `[T, B, ...]` to `[T, B, F]`.

    Axes are counted as torch does within one step, where 0 is the batch: `Flatten(2)` gives `[T, B, C, F]`.
    """

    layout = Layout("[T, B, ...]", FROM_3)
