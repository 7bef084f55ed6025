"""Events to events: crops, filters, noise and other changes, composable, picklable, seedable.

A transform is a value that is called: `Denoise(us=5_000)(events)` gives new `Events`, sorted and on the
sensor, and never changes its input. What leaves events out and changes none is a filter, and its
`keeps(events)` says which stay. What draws takes `rng=` when called, or `seed=` when made.
"""

from spikelet.transforms.crop import CenterCrop, Crop, CropTime, RandomCrop, RandomCropTime
from spikelet.transforms.denoise import Denoise
from spikelet.transforms.pixels import DropPixel, HotPixelFilter, RandomDropPixel
from spikelet.transforms.refractory_period import RefractoryPeriod

__all__ = [
    "CenterCrop",
    "Crop",
    "CropTime",
    "Denoise",
    "DropPixel",
    "HotPixelFilter",
    "RandomCrop",
    "RandomCropTime",
    "RandomDropPixel",
    "RefractoryPeriod",
]
