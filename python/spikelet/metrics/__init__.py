"""What a trained network is judged by."""

from spikelet.metrics.accuracy import accuracy

__all__ = ["accuracy"]
