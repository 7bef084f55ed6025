"""What `fit` accepts as data, turned into something that gives batches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, RandomSampler

from spikelet.errors import DtypeError, ParameterError, ShapeError
from spikelet.train.collate import collate

__all__ = ["Batches", "batches"]


@final
@dataclass(frozen=True)
class Batches:
    """Batches `(x [T, B, ...], labels [B])` of one part of the data, checked as they come by."""

    source: Iterable[Any]
    part: str

    def __len__(self) -> int:
        try:
            return len(self.source)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        except TypeError as error:
            raise ParameterError(
                f"`{self.part}` must know its number of batches when `scheduler` is given, got "
                f"{type(self.source).__name__} without `len`; use a DataLoader over a map-style dataset"
            ) from error

    def count(self) -> int | None:
        """Number of batches, where the source knows it."""
        return len(self) if hasattr(self.source, "__len__") else None

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        number = -1
        for number, batch in enumerate(self.source):
            yield _checked(batch, self.part, number)
        if number < 0:
            raise ParameterError(
                f"`{self.part}` must give at least one batch in every epoch, got none; a generator runs dry "
                "after one epoch, a DataLoader or a list does not"
            )


def batches(data: Any, *, part: str, batch_size: int, workers: int, seed: int) -> Batches:
    """Batches of a map-style dataset (our own loader) or of a source that has its own.

    Args:
        data: a dataset with `len` and `[index]` that gives `(sequence, label)`, or a `DataLoader` or
            other iterable of ready batches.
        part: argument that the data came in by; only `data` is shuffled.
        batch_size: samples in a batch of a dataset; the last may be smaller.
        workers: processes that load a dataset; 0 loads in this one.
        seed: of the generator that shuffles and that seeds the workers.
    """
    if not _is_dataset(data):
        if not isinstance(data, Iterable):
            raise ParameterError(
                f"`{part}` must be a dataset, a DataLoader or an iterable of batches, got "
                f"{type(data).__name__}; give it `__len__` and `__getitem__`"
            )
        return Batches(data, part)
    if len(data) == 0:
        raise ParameterError(f"`{part}` must hold at least one sample, got 0; check its split and path")
    # The order has a generator of its own, so that it does not depend on what the loader draws for workers.
    shuffled = RandomSampler(data, generator=torch.Generator().manual_seed(seed))
    loader = DataLoader(
        data,
        batch_size=batch_size,
        sampler=shuffled if part == "data" else None,
        num_workers=workers,
        collate_fn=collate,
        generator=torch.Generator().manual_seed(seed),
        persistent_workers=workers > 0,
    )
    return Batches(loader, part)


def _is_dataset(data: Any) -> bool:
    if isinstance(data, DataLoader | IterableDataset):
        return False
    return hasattr(data, "__getitem__") and hasattr(data, "__len__")


def _checked(batch: Any, part: str, number: int) -> tuple[Tensor, Tensor]:
    where = f"batch {number} of `{part}`"
    if not isinstance(batch, list | tuple) or len(batch) != 2:  # pyright: ignore[reportUnknownArgumentType]
        raise ParameterError(
            f"{where} must be a pair (x, labels), got {type(batch).__name__}; pass `train.collate` to your "
            "DataLoader as `collate_fn`"
        )
    x, labels = batch  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(x, Tensor) or not isinstance(labels, Tensor):
        got = f"{type(x).__name__} and {type(labels).__name__}"
        raise DtypeError(f"{where} must hold two tensors, got {got}; pass `train.collate` to your DataLoader")
    if labels.ndim != 1 or labels.dtype != torch.int64:
        raise DtypeError(
            f"labels in {where} must be [B] int64, got {list(labels.shape)} {labels.dtype}; give each sample "
            "the whole number of its class"
        )
    if x.ndim < 2 or x.shape[1] != labels.shape[0]:
        raise ShapeError(
            f"x in {where} must have shape [T, {labels.shape[0]}, ...], got {list(x.shape)}; put time first, "
            "as `train.collate` does"
        )
    return x, labels
