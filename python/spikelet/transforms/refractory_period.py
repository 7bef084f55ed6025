"""Refractory period: a pixel is deaf for a while after an event."""

from dataclasses import dataclass
from typing import final

from spikelet import _core
from spikelet.events.numbers import checked_integer
from spikelet.transforms.base import PixelFilter, settle
from spikelet.transforms.rules import MOST_US, checked_flag


@final
@dataclass(frozen=True, kw_only=True)
class RefractoryPeriod(PixelFilter):
    r"""Drops events that follow another of their pixel too soon.

    An event stays where $t - t_\text{last} \ge \mathrm{us}$, with $t_\text{last}$ the pixel's last event that
    stayed, of either polarity. A pixel's first event stays.

    Args:
        us: refractory period in microseconds; 0 keeps every event.
        paralyzable: count from the pixel's last event at all, so that a burst is cut after its first event.
    Raises:
        ParameterError: `us` is not a whole number of at least 0, or `paralyzable` neither True nor False.
    Source:
        The two kinds of dead time: G. F. Knoll, Radiation Detection and Measurement, chapter 4. tonic's
        `RefractoryPeriod(delta)` is `RefractoryPeriod(us=delta + 1, paralyzable=True)`, but for events before
        `t = 1`, which tonic drops.
    """

    us: int
    paralyzable: bool = False

    def __post_init__(self) -> None:
        settle(
            self,
            us=checked_integer("us", self.us, least=0, most=MOST_US),
            paralyzable=checked_flag("paralyzable", self.paralyzable),
        )

    def _started(self, size: tuple[int, int]) -> _core.Filter:
        return _core.Filter.refractory_period(size, self.us, self.paralyzable)
