"""Events to dense frames: a window cuts a recording into slices, a representation makes a frame of each.

Windows are values: frozen, hashable, picklable. `ByTime(us=...)` and `ByCount(n)` say how long one slice
is, `IntoByTime(n)` and `IntoByCount(n)` how many there are, `Slices` and `TimeSlices` where each lies; the
`SpikingJelly...` and `Tonic...` windows repeat those libraries' rules to the last event.

Every representation takes every window: `counts`, `binary`, `voxel_grid`, `event_spike_tensor`,
`surface_of_active_events`, `time_surface`, `tore`, `averaged_time_surfaces`.
"""

from spikelet.frames.averaging import averaged_time_surfaces
from spikelet.frames.counting import binary, counts
from spikelet.frames.custom import Slices, TimeSlices
from spikelet.frames.fading import Alpha, Exponential, Fading, Kernel, Linear, Trilinear
from spikelet.frames.polarity import Polarity
from spikelet.frames.slicing import Window, left_out, slices
from spikelet.frames.spikingjelly import SpikingJellyByDuration, SpikingJellyByNumber, SpikingJellyByTime
from spikelet.frames.surfaces import surface_of_active_events, time_surface, tore
from spikelet.frames.tonic import TonicByCount, TonicByTime, TonicIntoByCount, TonicIntoByTime
from spikelet.frames.voxels import Measure, event_spike_tensor, voxel_grid
from spikelet.frames.windows import ByCount, ByTime, IntoByCount, IntoByTime

__all__ = [
    "Alpha",
    "ByCount",
    "ByTime",
    "Exponential",
    "Fading",
    "IntoByCount",
    "IntoByTime",
    "Kernel",
    "Linear",
    "Measure",
    "Polarity",
    "Slices",
    "SpikingJellyByDuration",
    "SpikingJellyByNumber",
    "SpikingJellyByTime",
    "TimeSlices",
    "TonicByCount",
    "TonicByTime",
    "TonicIntoByCount",
    "TonicIntoByTime",
    "Trilinear",
    "Window",
    "averaged_time_surfaces",
    "binary",
    "counts",
    "event_spike_tensor",
    "left_out",
    "slices",
    "surface_of_active_events",
    "time_surface",
    "tore",
    "voxel_grid",
]
