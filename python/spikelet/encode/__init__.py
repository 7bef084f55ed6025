"""Events on a device to frames there: the same frames as `spikelet.frames`, from tensors and as tensors.

`EventTensors.of(events, window=..., device="cuda")` sends a recording once; `counts`, `voxel_grid`,
`event_spike_tensor`, `time_surface`, `tore` and `averaged_time_surfaces` then make frames where its tensors
are, by CUDA kernels on a GPU and in Rust on the CPU.
"""

from spikelet.encode.events import EventTensors
from spikelet.encode.frames import (
    averaged_time_surfaces,
    counts,
    event_spike_tensor,
    time_surface,
    tore,
    voxel_grid,
)

__all__ = [
    "EventTensors",
    "averaged_time_surfaces",
    "counts",
    "event_spike_tensor",
    "time_surface",
    "tore",
    "voxel_grid",
]
