"""Time-aware layers: torch's own, on every step of `[T, B, ...]`.

Same arguments and state dict as their namesakes in `torch.nn`, and `isinstance` still says so.
"""

from spikelet.layers.convolution import Conv1d, Conv2d, Conv3d
from spikelet.layers.dropout import Dropout
from spikelet.layers.flatten import Flatten
from spikelet.layers.linear import Linear
from spikelet.layers.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, GroupNorm
from spikelet.layers.per_step import PerStep
from spikelet.layers.pooling import (
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
)
from spikelet.layers.readout import check_labels, time_mean
from spikelet.layers.sequential import Sequential

__all__ = [
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "Dropout",
    "Flatten",
    "GroupNorm",
    "Linear",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "PerStep",
    "Sequential",
    "check_labels",
    "time_mean",
]
