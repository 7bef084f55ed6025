"""Networks, one file per family; each takes `[T, B, ...]` and returns `[T, B, classes]`."""

from spikelet.models.event_cnn import EventCNN

__all__ = ["EventCNN"]
