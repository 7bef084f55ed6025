"""Background-activity filter: events that stand alone are noise."""

from dataclasses import dataclass
from typing import Literal, final

from spikelet import _core
from spikelet.errors import ParameterError
from spikelet.events.numbers import checked_integer
from spikelet.transforms.base import PixelFilter, settle
from spikelet.transforms.rules import MOST_US


@final
@dataclass(frozen=True, kw_only=True)
class Denoise(PixelFilter):
    r"""Drops events that no neighbouring pixel supports.

    An event at $t$ stays where one of the pixels around it had an event before it, kept or not, at
    $t' > t - \mathrm{us}$. Its own pixel does not count. The first event of an edge falls with the noise.

    Args:
        us: how long an event supports its neighbours, in microseconds, above 0.
        neighbours: 8 pixels around, or the 4 that share a side.
    Raises:
        ParameterError: `us` is not a whole number above 0, or `neighbours` neither 4 nor 8.
    Source:
        T. Delbruck, Frame-free dynamic digital vision, Secure-Life Electronics 2008. tonic's
        `Denoise(filter_time)` is `Denoise(us=filter_time, neighbours=4)`, but for events before
        `t = filter_time`, which tonic keeps beside any pixel that has a neighbour.
    """

    us: int
    neighbours: Literal[4, 8] = 8

    def __post_init__(self) -> None:
        if self.neighbours not in (4, 8):
            raise ParameterError(f"`neighbours` must be 4 or 8, got {self.neighbours!r}")
        settle(self, us=checked_integer("us", self.us, least=1, most=MOST_US))

    def _started(self, size: tuple[int, int]) -> _core.Filter:
        return _core.Filter.denoise(size, self.us, self.neighbours == 8)
