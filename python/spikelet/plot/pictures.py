"""Frames of counts as pictures of few colours, one at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelet.events import Events
from spikelet.events.numbers import checked_integer
from spikelet.frames import ByCount, Window, counts, slices
from spikelet.plot.inks import LEVELS

Picture = NDArray[np.uint8]
_MOST_SCALE = 64


def checked_scale(scale: object) -> int:
    """Pixels of a picture for one of the sensor, where `scale` is a number of them."""
    return checked_integer("scale", scale, least=1, most=_MOST_SCALE)


def pictures(events: Events, window: Window, *, scale: int) -> Iterator[Picture]:
    """Of each window a picture `[H * scale, W * scale]` of places in the palette of `Inks`."""
    upright = events.with_origin("upper-left")
    for start, stop in slices(upright, window):
        yield np.repeat(np.repeat(picture(_counts(upright[start:stop])), scale, axis=0), scale, axis=1)


def picture(frame: NDArray[Any]) -> Picture:
    r"""Places in the palette: 0 for no event, else $1 + 5 r + l$.

    Ramp $r$ is 0 where more events are on than off, 1 where more are off, 2 where they are even;
    level $l = \min(4, \lfloor \log_2 n \rfloor)$ for the larger count $n$.

    Args:
        frame: `[2, H, W]` counts, off events first.
    """
    off, on = frame.astype(np.int64)
    most = np.maximum(off, on)
    ramp = np.where(on > off, 0, np.where(off > on, 1, 2))
    # Exact: float64 holds every count, and `frexp` gives its binary exponent without rounding.
    level = np.minimum(np.frexp(most.astype(np.float64))[1] - 1, LEVELS - 1)
    return np.where(most == 0, 0, 1 + LEVELS * ramp + level).astype(np.uint8)


def _counts(part: Events) -> NDArray[Any]:
    width, height = part.sensor_size
    if len(part) == 0:
        return np.zeros((2, height, width), np.uint16)
    return counts(part, window=ByCount(len(part)), dtype=np.uint16, saturate=True)[0]
