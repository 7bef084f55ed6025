"""Pooling of every time step; never over time."""

from torch import nn

from spikelet.layers.base import LINE, PLANE, SPACE, Lifted

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
]


class MaxPool1d(Lifted, nn.MaxPool1d):
    """`torch.nn.MaxPool1d` on every time step of `[T, B, C, L]`."""

    layout = LINE


class MaxPool2d(Lifted, nn.MaxPool2d):
    """`torch.nn.MaxPool2d` on every time step of `[T, B, C, H, W]`."""

    layout = PLANE


class MaxPool3d(Lifted, nn.MaxPool3d):
    """`torch.nn.MaxPool3d` on every time step of `[T, B, C, D, H, W]`."""

    layout = SPACE


class AvgPool1d(Lifted, nn.AvgPool1d):
    """`torch.nn.AvgPool1d` on every time step of `[T, B, C, L]`."""

    layout = LINE


class AvgPool2d(Lifted, nn.AvgPool2d):
    """`torch.nn.AvgPool2d` on every time step of `[T, B, C, H, W]`."""

    layout = PLANE


class AvgPool3d(Lifted, nn.AvgPool3d):
    """`torch.nn.AvgPool3d` on every time step of `[T, B, C, D, H, W]`."""

    layout = SPACE


class AdaptiveAvgPool2d(Lifted, nn.AdaptiveAvgPool2d):
    """`torch.nn.AdaptiveAvgPool2d` on every time step of `[T, B, C, H, W]`."""

    layout = PLANE
