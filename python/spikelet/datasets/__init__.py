"""Data sets of event recordings.

Each class gives `(events, label)` pairs by index, knows its licence, citation and official splits, and
reads recordings with `spikelet.events`: nothing here needs torch.
"""

from spikelet.datasets.base import EventDataset, default_root
from spikelet.datasets.event_digits import EventDigits

__all__ = ["EventDataset", "EventDigits", "default_root"]
