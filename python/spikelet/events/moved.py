"""What stands beside the events, as a recording has it that begins later, holds fewer pixels or is turned."""

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from spikelet.events.beside import Beside, Exposures, Frame, Samples, picked
from spikelet.events.columns import Origin
from spikelet.events.slicing import TimeSlice

Box = tuple[int, int, int, int]
"""The corner nearest the origin as x and y, width and height."""

_OfPixels = TypeVar("_OfPixels", Samples, Exposures)
_TIMES = ("t", "start", "end", "exposure_start", "exposure_end")


def turned(beside: Beside, *, height: int) -> Beside:
    """The same with places that count from the other corner; rows of frames come from the top in both."""
    frames = tuple(replace(frame, y=height - 1 - frame.y) for frame in beside.frames)
    return replace(beside, frames=frames)


def counted_from(beside: Beside, start_us: int) -> Beside:
    """What is not before `start_us`, in times that count from there."""
    kept = TimeSlice(start_us=start_us, stop_us=None).beside(beside)
    times = [{name: getattr(frame, name) - start_us for name in _TIMES} for frame in kept.frames]
    return replace(
        kept,
        triggers=replace(kept.triggers, t=kept.triggers.t - start_us),
        imu=replace(kept.imu, t=kept.imu.t - start_us),
        samples=replace(kept.samples, t=kept.samples.t - start_us),
        specials=replace(kept.specials, t=kept.specials.t - start_us),
        exposures=replace(kept.exposures, t=kept.exposures.t - start_us),
        frames=tuple(replace(frame, **own) for frame, own in zip(kept.frames, times, strict=True)),
    )


def inside(beside: Beside, box: Box, *, origin: Origin) -> Beside:
    """The same with what lies in `box` of that which has a place, its corner x = y = 0."""
    cut = [_cut(frame, box, is_upwards=origin == "lower-left") for frame in beside.frames]
    return replace(
        beside,
        frames=tuple(frame for frame in cut if frame.pixels.size > 0),
        samples=of_pixels(beside.samples, box),
        exposures=of_pixels(beside.exposures, box),
    )


def placed(exposures: Exposures, t: NDArray[np.int64], *, after: int) -> Exposures:
    """The same at new places, behind the events of their own microsecond and those before.

    Args:
        exposures: in the order of time.
        t: `[n]` sorted times of the events around them.
        after: how many events and exposures stand before all of these.
    """
    among = np.searchsorted(t, exposures.t, side="right") + np.arange(len(exposures)) + after
    return replace(exposures, index=among.astype(np.uint64))


def of_pixels(items: _OfPixels, box: Box) -> _OfPixels:
    """Those of pixels in `box`, whose corner becomes x = y = 0."""
    x, y, width, height = box
    # What lies before the corner wraps to large numbers.
    right, up = items.x - np.uint16(x), items.y - np.uint16(y)
    inside = (right < width) & (up < height)
    return picked(replace(items, x=right, y=up), inside)


def _cut(frame: Frame, box: Box, *, is_upwards: bool) -> Frame:
    x, y, width, height = box
    left = max(x - frame.x, 0)
    right = max(x + width - frame.x, 0)
    # Rows of pixels come from the top, so that they count against y where that goes upwards.
    first = frame.y - (y + height - 1) if is_upwards else y - frame.y
    top, bottom = max(first, 0), max(first + height, 0)
    place = frame.y - top - y if is_upwards else frame.y + top - y
    return replace(frame, x=frame.x + left - x, y=place, pixels=frame.pixels[top:bottom, left:right])
