"""The sensor that the simulator imitates."""

from dataclasses import dataclass
from typing import final

import numpy as np

from spikelet.events.numbers import checked_integer, checked_number

# Finer contrast steps are refused: one image could give a pixel thousands of events.
_LEAST_THRESHOLD = 0.001
_MOST_RATE_HZ = 1e6
_LEAST_BANDWIDTH_HZ = 0.001
_LONGEST_US = 2**62


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    r"""An event sensor; as it stands by default, an ideal one.

    A pixel holds the level $l$ of its last event. It reports an on event when its log intensity
    $L = \ln(I + \mathrm{log\_offset})$ meets $l + \theta_\text{on}$, an off event when it meets
    $l - \theta_\text{off}$, and $l$ moves there.

    Args:
        threshold_on: $\theta_\text{on}$, rise of log intensity that gives an on event, at least 0.001.
        threshold_off: $\theta_\text{off}$, fall of log intensity that gives an off event, at least 0.001.
        threshold_mismatch: standard deviation of the pixels' thresholds, as a share of the threshold, up to
            1; no pixel's is drawn below 0.01, or below the threshold where that is less.
        refractory_us: microseconds after an event in which its pixel reports none; what falls there is lost,
            and $l$ moves all the same.
        leak_rate_hz: on events per second of a pixel before which nothing changes: $l$ sinks at that many
            $\theta_\text{on}$ a second.
        shot_noise_rate_hz: events per second that nothing caused, on and off as likely, of a pixel in the
            dark; at intensity 1 a quarter of it is left, in between linearly less. After each, $l$ is what
            $L$ is.
        bandwidth_hz: frequency at which a first-order low-pass before the comparison has lost 3 dB; none
            where None.
        log_offset: added to every intensity, where 1 is white; it keeps the dark from being all contrast.
    Raises:
        ParameterError: an argument is outside its rule.
    Source:
        H. Rebecq, D. Gehrig, D. Scaramuzza, ESIM: an open event camera simulator, CoRL 2018. Y. Hu, S.-C.
        Liu, T. Delbruck, v2e: from video frames to realistic DVS events, CVPR Workshops 2021; its low-pass
        also grows slower in the dark, this one does not.
    """

    threshold_on: float = 0.3
    threshold_off: float = 0.3
    threshold_mismatch: float = 0.0
    refractory_us: int = 0
    leak_rate_hz: float = 0.0
    shot_noise_rate_hz: float = 0.0
    bandwidth_hz: float | None = None
    log_offset: float = 0.05

    def __post_init__(self) -> None:
        limits = {
            "threshold_on": (_LEAST_THRESHOLD, np.inf),
            "threshold_off": (_LEAST_THRESHOLD, np.inf),
            "threshold_mismatch": (0, 1),
            "leak_rate_hz": (0, _MOST_RATE_HZ),
            "shot_noise_rate_hz": (0, _MOST_RATE_HZ),
            "log_offset": (0, np.inf),
        }
        for name, (least, most) in limits.items():
            object.__setattr__(self, name, checked_number(name, getattr(self, name), least=least, most=most))
        refractory = checked_integer("refractory_us", self.refractory_us, most=_LONGEST_US)
        object.__setattr__(self, "refractory_us", refractory)
        if self.bandwidth_hz is not None:
            bandwidth = checked_number("bandwidth_hz", self.bandwidth_hz, least=_LEAST_BANDWIDTH_HZ)
            object.__setattr__(self, "bandwidth_hz", bandwidth)
