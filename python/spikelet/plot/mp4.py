"""MP4 films through PyAV: the one file that asks for it to write."""

from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Two pixels share a colour in the usual form of H.264, so sides must be even.
_PIXELS = "yuv420p"
# Nearly without loss; events are single pixels, which stronger compression smears.
_QUALITY = "17"


def write_frames(
    path: Path, frames: Iterator[NDArray[np.uint8]], *, size: tuple[int, int], frame_ms: int
) -> None:
    """Writes frames `[H, W, 3]` as H.264; sides that are odd lose nothing but gain a row or column."""
    av = _pyav()
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


def _pyav() -> Any:
    try:
        return import_module("av")
    except ImportError as error:
        raise ImportError(
            'MP4 films are written through PyAV; run `pip install "spikelet[video]"`, or write a GIF'
        ) from error
