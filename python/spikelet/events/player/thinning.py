"""As many events as a page can carry, evenly chosen, in memory that does not grow with the recording."""

from collections.abc import Iterable
from typing import final

import numpy as np

from spikelet.events.columns import Columns, taken
from spikelet.events.type import Events


@final
class Thinned:
    """Every `stride`-th event; the stride doubles whenever more than `most` would be kept.

    Args:
        parts: events in order.
        most: events kept at most.
    """

    def __init__(self, parts: Iterable[Events], *, most: int) -> None:
        self.stride = 1
        self.events = 0
        self.last_us: int | None = None
        self._most = most
        self._kept: list[Columns] = []
        self._count = 0
        for part in parts:
            self._take(part)

    @property
    def columns(self) -> Columns:
        """The kept events."""
        if not self._kept:
            return (
                np.empty(0, np.int64),
                np.empty(0, np.uint16),
                np.empty(0, np.uint16),
                np.empty(0, np.bool_),
            )
        t, x, y, p = zip(*self._kept, strict=True)
        return np.concatenate(t), np.concatenate(x), np.concatenate(y), np.concatenate(p)

    def _take(self, part: Events) -> None:
        if len(part) == 0:
            return
        self._keep((part.t, part.x, part.y, part.p), -self.events % self.stride)
        self.events += len(part)
        self.last_us = int(part.t[-1])
        while self._count > self._most:
            whole, self._kept, self._count = self.columns, [], 0
            self.stride *= 2
            self._keep(whole, 0, stride=2)

    def _keep(self, columns: Columns, first: int, *, stride: int | None = None) -> None:
        # Copies: a strided view would hold the whole part in memory.
        chosen = taken(columns, slice(first, None, stride or self.stride))
        self._kept.append(chosen)
        self._count += len(chosen[0])
