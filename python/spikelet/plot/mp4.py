"""MP4 films through PyAV."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikelet.events.video import pyav

# Two pixels share a colour in the usual form of H.264, so sides must be even.
_PIXELS = "yuv420p"
# Nearly without loss; events are single pixels, which stronger compression smears.
_QUALITY = "17"


def write_frames(
    path: Path, frames: Iterator[NDArray[np.uint8]], *, size: tuple[int, int], frame_ms: int
) -> None:
    """Writes frames `[H, W, 3]` as H.264; sides that are odd lose nothing but gain a row or column."""
    av = pyav("films must be written")
    width, height = size
    with av.open(str(path), mode="w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(1000, frame_ms))
        stream.width, stream.height = width + width % 2, height + height % 2
        stream.pix_fmt = _PIXELS
        stream.options = {"crf": _QUALITY}
        for frame in frames:
            even = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        container.mux(stream.encode())
