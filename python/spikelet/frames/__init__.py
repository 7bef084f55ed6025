"""Events to dense frames: a window cuts a recording into slices, `counts` makes a frame of each.

Windows are values: frozen, hashable, picklable. `ByTime(us=...)` and `ByCount(n)` say how long one slice
is, `IntoByTime(n)` and `IntoByCount(n)` how many there are; the `SpikingJelly...` windows repeat that
library's rules to the last event.
"""

from spikelet.frames.counting import counts
from spikelet.frames.windows import (
    ByCount,
    ByTime,
    IntoByCount,
    IntoByTime,
    SpikingJellyByDuration,
    SpikingJellyByNumber,
    SpikingJellyByTime,
    Window,
    slices,
)

__all__ = [
    "ByCount",
    "ByTime",
    "IntoByCount",
    "IntoByTime",
    "SpikingJellyByDuration",
    "SpikingJellyByNumber",
    "SpikingJellyByTime",
    "Window",
    "counts",
    "slices",
]
