"""Losses on the output of a network, `[T, B, classes]`."""

from spikelet.losses.rate import RateCrossEntropy

__all__ = ["RateCrossEntropy"]
