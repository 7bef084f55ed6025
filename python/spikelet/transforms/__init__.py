"""Events to events: crops, filters, noise and other changes, composable, picklable, seedable.

A transform is a value that is called: `Denoise(us=5_000)(events)` gives new `Events`, sorted and on the
sensor, and never changes its input. What leaves events out and changes none is a filter, and its
`keeps(events)` says which stay. What draws takes `rng=` when called, or `seed=` when made.
"""

from spikelet.transforms.base import (
    Filter,
    PixelFilter,
    Random,
    RandomFilter,
    RandomTransform,
    Transform,
)
from spikelet.transforms.compose import Compose, RandomApply, RandomChoice
from spikelet.transforms.crop import CenterCrop, Crop, CropTime, RandomCrop, RandomCropTime
from spikelet.transforms.denoise import Denoise
from spikelet.transforms.downsample import (
    DifferentiatorDownsampling,
    Downsample,
    IntegratorDownsampling,
    Resize,
)
from spikelet.transforms.drop import Decimation, DropEvent, DropEventByArea, DropEventByTime, EventDrop
from spikelet.transforms.flip import (
    FlipLeftRight,
    FlipPolarity,
    FlipUpDown,
    RandomFlipLR,
    RandomFlipPolarity,
    RandomFlipUD,
    RandomTimeReversal,
    ReverseTime,
)
from spikelet.transforms.mixing import EventCutMix, EventMixup, Mixed
from spikelet.transforms.noise import SpatialJitter, UniformNoise
from spikelet.transforms.pixels import DropPixel, HotPixelFilter, RandomDropPixel
from spikelet.transforms.polarity import MergePolarities
from spikelet.transforms.refractory_period import RefractoryPeriod
from spikelet.transforms.slicing import SliceByArea, SliceByWindow
from spikelet.transforms.temporal_delete import RandomTemporalDelete
from spikelet.transforms.time import TimeAlignment, TimeJitter, TimeSkew

__all__ = [
    "CenterCrop",
    "Compose",
    "Crop",
    "CropTime",
    "Decimation",
    "Denoise",
    "DifferentiatorDownsampling",
    "Downsample",
    "DropEvent",
    "DropEventByArea",
    "DropEventByTime",
    "DropPixel",
    "EventCutMix",
    "EventDrop",
    "EventMixup",
    "Filter",
    "FlipLeftRight",
    "FlipPolarity",
    "FlipUpDown",
    "HotPixelFilter",
    "IntegratorDownsampling",
    "MergePolarities",
    "Mixed",
    "PixelFilter",
    "Random",
    "RandomApply",
    "RandomChoice",
    "RandomCrop",
    "RandomCropTime",
    "RandomDropPixel",
    "RandomFilter",
    "RandomFlipLR",
    "RandomFlipPolarity",
    "RandomFlipUD",
    "RandomTemporalDelete",
    "RandomTimeReversal",
    "RandomTransform",
    "RefractoryPeriod",
    "Resize",
    "ReverseTime",
    "SliceByArea",
    "SliceByWindow",
    "SpatialJitter",
    "TimeAlignment",
    "TimeJitter",
    "TimeSkew",
    "Transform",
    "UniformNoise",
]
