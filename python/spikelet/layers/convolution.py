"""Convolutions of every time step."""

from torch import nn

from spikelet.layers.base import LINE, PLANE, SPACE, Lifted

__all__ = ["Conv1d", "Conv2d", "Conv3d"]


class Conv1d(Lifted, nn.Conv1d):
    """`torch.nn.Conv1d` on every time step of `[T, B, C, L]`."""

    layout = LINE
    sized_by = "in_channels"


class Conv2d(Lifted, nn.Conv2d):
    """`torch.nn.Conv2d` on every time step of `[T, B, C, H, W]`."""

    layout = PLANE
    sized_by = "in_channels"


class Conv3d(Lifted, nn.Conv3d):
    """`torch.nn.Conv3d` on every time step of `[T, B, C, D, H, W]`; time is no axis of the kernel."""

    layout = SPACE
    sized_by = "in_channels"
