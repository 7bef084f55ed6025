"""Noise: events that nothing caused, and events at the wrong pixel."""

from dataclasses import dataclass
from typing import final

import numpy as np

from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.events.numbers import checked_integer, checked_number
from spikelet.transforms.base import RandomTransform, settle
from spikelet.transforms.changing import columns_of, joined, sorted_by_time, with_columns

_MOST_EVENTS = 2**31


@final
@dataclass(frozen=True)
class UniformNoise(RandomTransform):
    """Adds events at any pixel, time and polarity of the recording, each as likely.

    tonic's of this name never takes the last microsecond. A recording without events stays so: it has no
    duration.

    Args:
        n: events added, or a pair (least, most) to draw it from.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: `n` is not a whole number of at least 0, nor a rising pair of such.
    """

    n: int | tuple[int, int]

    def _check(self) -> None:
        ends = self.n if isinstance(self.n, (tuple, list)) else (self.n, self.n)
        if len(ends) != 2:
            raise ParameterError(f"`n` must be a whole number or a pair (least, most), got {self.n!r}")
        low, high = (checked_integer("n", end, least=0, most=_MOST_EVENTS) for end in ends)
        if low > high:
            raise ParameterError(f"`n` must be a pair (least, most), got {self.n!r}; swap the two")
        settle(self, n=low if low == high else (low, high))

    def _applied(self, events: Events, rng: np.random.Generator) -> Events:
        if len(events) == 0:
            return events
        n = int(rng.integers(*self.n, endpoint=True)) if isinstance(self.n, tuple) else self.n
        width, height = events.sensor_size
        noise = (
            rng.integers(events.t[0], events.t[-1], n, endpoint=True),
            rng.integers(width, size=n, dtype=np.uint16),
            rng.integers(height, size=n, dtype=np.uint16),
            rng.integers(2, size=n, dtype=np.bool_),
        )
        return with_columns(events, sorted_by_time(joined(columns_of(events), noise)))


@final
@dataclass(frozen=True, kw_only=True)
class SpatialJitter(RandomTransform):
    r"""Events moved by chance by whole pixels: $(x', y') = \lfloor (x, y) + \mathcal N(0, \Sigma) \rceil$.

    $\Sigma$ has the variances on its diagonal and $\sigma_{xy}$ beside it. Events that leave the sensor are
    dropped: `len(before) - len(after)` of them. tonic's of this name cuts fractions off toward 0, which pulls
    events to the corner, and lets events lie outside unless told otherwise.

    Args:
        var_x: variance of the columns in pixels squared, 0 or above.
        var_y: variance of the rows in pixels squared, 0 or above.
        sigma_xy: covariance of the two, $|\sigma_{xy}| \le \sqrt{\mathrm{var}_x \mathrm{var}_y}$.
        seed: the same draws in every run, others in each worker process; None never repeats.
    Raises:
        ParameterError: a number is not finite, a variance is below 0, or `sigma_xy` is too large for them.
    """

    var_x: float = 1.0
    var_y: float = 1.0
    sigma_xy: float = 0.0

    def _check(self) -> None:
        settle(
            self,
            var_x=checked_number("var_x", self.var_x, least=0, most=2**32),
            var_y=checked_number("var_y", self.var_y, least=0, most=2**32),
            sigma_xy=checked_number("sigma_xy", self.sigma_xy),
        )
        if self.sigma_xy**2 > self.var_x * self.var_y:
            raise ParameterError(
                "`sigma_xy` must be at most the root of `var_x * var_y` in size, got "
                f"{self.sigma_xy} with {self.var_x} and {self.var_y}"
            )

    def _applied(self, events: Events, rng: np.random.Generator) -> Events:
        right, down = self._shifts(len(events), rng)
        x, y = events.x + right, events.y + down
        width, height = events.sensor_size
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        columns = events.t[inside], x[inside].astype(np.uint16), y[inside].astype(np.uint16), events.p[inside]
        return with_columns(events, columns)

    def _shifts(self, n: int, rng: np.random.Generator) -> tuple["np.ndarray", "np.ndarray"]:
        """Whole pixels right and down, by the Cholesky factor of the covariance."""
        first, second = rng.standard_normal((2, n))
        std_x = self.var_x**0.5
        slope = self.sigma_xy / std_x if std_x > 0 else 0.0
        rest = max(self.var_y - slope**2, 0.0) ** 0.5
        return np.rint(std_x * first), np.rint(slope * first + rest * second)
