"""Weights on disk as safetensors; the one file that imports the package."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from torch import Tensor

__all__ = ["from_bytes", "to_bytes"]


def _safetensors() -> ModuleType:
    try:
        import safetensors.torch as package  # noqa: PLC0415 -- optional; fit without it must say what to do
    except ImportError as error:
        raise ImportError('weights are kept as safetensors; run `pip install "spikelet[train]"`') from error
    return package


def require() -> None:
    """Raise now rather than after an hour of training if weights could not be saved.

    Raises:
        ImportError: the package safetensors is not installed.
    """
    _safetensors()


def to_bytes(weights: Mapping[str, Tensor], *, metadata: Mapping[str, str]) -> bytes:
    """Tensors by name, with a few words about them in the header."""
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    data: bytes = _safetensors().save(whole, metadata=dict(metadata))
    return data


def from_bytes(data: bytes) -> dict[str, Tensor]:
    """Tensors by name."""
    weights: dict[str, Any] = _safetensors().load(data)
    return weights
