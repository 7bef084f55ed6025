"""Samples to batches, time first."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spikelet.errors import DtypeError, ParameterError, ShapeError

__all__ = ["collate"]


def collate(samples: Sequence[tuple[Any, Any]]) -> tuple[Tensor, Tensor]:
    """Batch of labelled sequences, stacked on axis 1 because time stands on axis 0.

    Args:
        samples: pairs of a sequence `[T, ...]` (array or tensor, one shape and dtype for all) and its
            class, a whole number.
    Returns:
        `[T, B, ...]` of the samples' dtype, and `[B]` int64.
    Raises:
        ShapeError: two sequences differ in shape.
        DtypeError: two sequences differ in dtype, or a label is no whole number.
        ParameterError: a sample is not a pair, or there is none.
    """
    if not samples:
        raise ParameterError("`samples` must hold at least one pair, got none; drop empty batches first")
    pairs = [_pair(sample, index) for index, sample in enumerate(samples)]
    first = pairs[0][0]
    for index, (x, _) in enumerate(pairs):
        if x.shape != first.shape:
            raise ShapeError(_unlike(first, x, index))
        if x.dtype != first.dtype:
            raise DtypeError(
                f"sequences must have one dtype, got {first.dtype} in sample 0 and {x.dtype} in sample "
                f"{index} of a batch; cast them in the dataset's transform"
            )
    labels = torch.tensor([label for _, label in pairs], dtype=torch.int64)
    return torch.stack([x for x, _ in pairs], dim=1), labels


def _pair(sample: Any, index: int) -> tuple[Tensor, int]:
    if not isinstance(sample, Sequence) or len(sample) != 2:  # pyright: ignore[reportUnknownArgumentType]
        raise ParameterError(
            f"a sample must be a pair (sequence, label), got {type(sample).__name__} as sample {index} of a "
            "batch; let the dataset return both"
        )
    x: Any = sample[0]
    return _tensor(x, index), _label(sample[1], index)


def _tensor(x: Any, index: int) -> Tensor:
    if isinstance(x, np.ndarray):
        x = torch.from_numpy(x)
    if not isinstance(x, Tensor):
        raise DtypeError(
            f"a sequence must be an array or tensor [T, ...], got {type(x).__name__} as sample {index} of a "
            "batch; give the dataset a transform such as `partial(frames.counts, window=IntoByTime(10))`"
        )
    if x.ndim == 0:
        raise ShapeError(
            f"a sequence must have shape [T, ...], got [] as sample {index} of a batch; put time on axis 0"
        )
    return x


def _label(label: Any, index: int) -> int:
    whole = isinstance(label, int | np.integer) or (
        isinstance(label, Tensor | np.ndarray)
        and label.ndim == 0
        and not torch.as_tensor(label).dtype.is_floating_point
    )
    if not whole:
        shown = f"shape {list(label.shape)}" if isinstance(label, Tensor | np.ndarray) else repr(label)
        raise DtypeError(
            f"a label must be the whole number of a class, got {shown} in sample {index} of a batch; "
            "batches that are ready go in as a `DataLoader` or an iterable, not as a dataset"
        )
    return int(label)


def _unlike(first: Tensor, other: Tensor, index: int) -> str:
    if first.shape[1:] == other.shape[1:]:
        return (
            f"sequences must have one length, got {first.shape[0]} time steps in sample 0 and "
            f"{other.shape[0]} in sample {index} of a batch; cut recordings into a fixed number of frames "
            "with `IntoByTime(n)`, or pad them in the dataset's transform"
        )
    return (
        f"sequences must have one shape, got {list(first.shape)} in sample 0 and {list(other.shape)} in "
        f"sample {index} of a batch; bring them to one sensor size in the dataset's transform"
    )
