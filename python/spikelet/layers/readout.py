"""The rate readout: what a network says over a whole sequence, for losses and metrics."""

import torch
from torch import Tensor

from spikelet.errors import DtypeError, ParameterError, ShapeError

__all__ = ["check_labels", "time_mean"]


def time_mean(y: Tensor) -> Tensor:
    r"""Mean of the logits over time.

    $m[b, k] = \frac{1}{T} \sum_t y[t, b, k]$, summed in float32 where `y` is in half precision.

    Args:
        y: `[T, B, classes]` floating point, nothing of it empty.
    Returns:
        `[B, classes]`, float32 or float64.
    Raises:
        ShapeError: `y` has another rank or is empty.
        DtypeError: `y` is not floating point.
    """
    if not y.is_floating_point():
        raise DtypeError(f"`y` must be floating point, got {y.dtype}; convert it with `y.float()`")
    if y.dim() != 3 or y.numel() == 0:
        raise ShapeError(
            f"`y` must have shape [T, B, classes] with no empty axis, got {list(y.shape)}; "
            "give the output of the network for every time step"
        )
    return y.mean(0, dtype=torch.promote_types(y.dtype, torch.float32))


def check_labels(labels: Tensor, *, batch: int, classes: int) -> None:
    """Refuse labels that do not belong to `[T, batch, classes]` logits.

    The range is checked where the labels lie in main memory; on a device that would wait for all queued work.

    Args:
        labels: `[B]` int64, 0 to `classes - 1`.
        batch: number of samples of the logits.
        classes: number of classes of the logits.
    Raises:
        ShapeError: one label per sample is not what was given.
        DtypeError: the labels are not int64.
        ParameterError: a label names no class.
    """
    if labels.dtype != torch.int64:
        hint = "give class numbers, converted with `labels.long()`"
        raise DtypeError(f"`labels` must be int64, got {labels.dtype}; {hint}")
    if tuple(labels.shape) != (batch,):
        hint = "give one class number per sample"
        raise ShapeError(f"`labels` must have shape [{batch}], got {list(labels.shape)}; {hint}")
    if labels.device.type != "cpu" or torch.compiler.is_compiling():
        return
    low, high = (int(value) for value in torch.aminmax(labels))
    if low < 0 or high >= classes:
        hint = "number the classes from 0 or give the network more outputs"
        raise ParameterError(f"`labels` must be 0 to {classes - 1}, got {low} to {high}; {hint}")
