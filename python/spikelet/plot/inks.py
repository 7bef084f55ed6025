"""The colours of a picture of events."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import ParameterError

Colour = tuple[int, int, int]

LEVELS = 5
"""Steps of a ramp: 1, 2 to 3, 4 to 7, 8 to 15, and 16 events or more."""

_FAINTEST = 0.7


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Inks:
    """Four colours, each red, green and blue from 0 to 255.

    Args:
        paper: where no event fell.
        on: where more events were on than off.
        off: where more were off.
        even: where there were as many of each.
    Raises:
        ParameterError: a part of a colour is outside 0 to 255.
    """

    paper: Colour
    on: Colour
    off: Colour
    even: Colour

    def __post_init__(self) -> None:
        for colour in (self.paper, self.on, self.off, self.even):
            if len(colour) != 3 or not all(0 <= part <= 255 for part in colour):
                raise ParameterError(
                    f"a colour must be red, green and blue from 0 to 255, got {colour!r}; "
                    "pass for example (88, 180, 255)"
                )

    def palette(self) -> NDArray[np.uint8]:
        """`[16, 3]`: paper, then the ramps of on, off and even, faint ones first."""
        paper = np.array(self.paper, np.float64)
        ramps = [paper]
        for ink in (self.on, self.off, self.even):
            for level in range(LEVELS):
                share = _FAINTEST + (1 - _FAINTEST) * level / (LEVELS - 1)
                ramps.append(paper + share * (np.array(ink) - paper))
        return np.rint(ramps).astype(np.uint8)


DARK = Inks(paper=(13, 17, 23), on=(88, 180, 255), off=(255, 156, 60), even=(226, 232, 240))
"""Blue and orange on black, told apart by colour-blind eyes too."""

LIGHT = Inks(paper=(255, 255, 255), on=(0, 87, 184), off=(200, 78, 0), even=(27, 36, 48))
"""Blue and orange on white, for print."""
