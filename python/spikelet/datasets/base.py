"""What every data set of event recordings has in common."""

import operator
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import ParameterError
from spikelet.events import Events

__all__ = ["EventDataset", "default_root"]


class EventDataset(ABC):
    """Labelled event recordings on disk, by index.

    Args:
        split: one of `splits`.
        labels: `[n]` class numbers of this split's recordings.
        transform: takes the `Events` of a recording and returns what a sample shall hold instead.
    """

    name: ClassVar[str]
    """As the literature calls it."""
    summary: ClassVar[str]
    """What is recorded and how, in a sentence or two."""
    licence: ClassVar[str]
    citation: ClassVar[str]
    source: ClassVar[str]
    """Where the data come from."""
    sensor_size: ClassVar[tuple[int, int]]
    """Width and height in pixels."""
    class_names: ClassVar[tuple[str, ...]]
    splits: ClassVar[Mapping[str, int]]
    """Number of recordings by name of the split."""

    def __init__(
        self, split: str, *, labels: Sequence[int], transform: Callable[[Events], Any] | None
    ) -> None:
        self.split = split
        self.transform = transform
        self._labels = np.array(labels, dtype=np.int64)
        self._labels.flags.writeable = False

    @abstractmethod
    def path(self, index: SupportsIndex) -> Path:
        """The recording's file.

        Raises:
            IndexError: `index` is negative or not below the number of recordings.
        """

    @abstractmethod
    def read(self, index: SupportsIndex) -> Events:
        """The recording as it stands in its file, not transformed.

        Raises:
            IndexError: `index` is negative or not below the number of recordings.
            FormatError: the file is not what was stored.
            OSError: the file cannot be read.
        """

    @property
    def labels(self) -> NDArray[np.int64]:
        """`[n]` class numbers, read-only."""
        return self._labels

    @property
    def card(self) -> str:
        """What one must know about the data, as text."""
        counts = ", ".join(f"{count:,} {split}" for split, count in self.splits.items())
        width, height = self.sensor_size
        lines = [
            self.name,
            self.summary,
            "",
            f"recordings  {counts}",
            f"classes     {len(self.class_names)}: {', '.join(self.class_names)}",
            f"sensor      {width} x {height} pixels",
            f"source      {self.source}",
            f"licence     {self.licence}",
            f"citation    {self.citation}",
        ]
        return "\n".join(lines)

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: SupportsIndex) -> tuple[Any, int]:
        """A recording, transformed where a transform was given, and its class number."""
        events = self.read(index)
        label = int(self._labels[operator.index(index)])
        return (events if self.transform is None else self.transform(events)), label

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.split!r}: {len(self):,} recordings)"

    def _checked(self, index: SupportsIndex) -> int:
        number = operator.index(index)
        # Negative indices too: a loop that runs one step too far backwards is an error here, not sample -1.
        if not 0 <= number < len(self):
            message = f"`index` must be 0 to {len(self) - 1} in the {self.split} split, got {number}"
            raise IndexError(message)
        return number


def checked_split(split: str, splits: Mapping[str, int]) -> str:
    """`split`, if it is one of them.

    Raises:
        ParameterError: it is not.
    """
    if split not in splits:
        known = ", ".join(f'"{name}"' for name in splits)
        raise ParameterError(f"`split` must be one of {known}, got {split!r}")
    return split


def default_root() -> Path:
    """Where data sets are kept when no `root` is given: the user's cache folder, by the platform's custom.

    `$XDG_CACHE_HOME/spikelet/datasets` or `~/.cache/spikelet/datasets`; on macOS under `~/Library/Caches`,
    on Windows under `%LOCALAPPDATA%`.
    """
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        # The XDG rule: a path that is not absolute is to be ignored.
        home = os.environ.get("XDG_CACHE_HOME", "")
        home = home if Path(home).is_absolute() else Path.home() / ".cache"
    return Path(home) / "spikelet" / "datasets"
