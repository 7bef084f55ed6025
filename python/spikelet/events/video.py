"""Videos, read through PyAV: the one file that asks for it."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import FormatError


def frames_of(path: str) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The frames of a video, one at a time.

    Args:
        path: the video.
    Returns:
        Microseconds from the video's start, and `[H, W]` brightness, of each frame.
    Raises:
        ImportError: PyAV is not installed.
        OSError: the file cannot be read.
        FormatError: it holds no video, or a frame without a time.
    """
    av = pyav("videos must be read")
    try:
        with av.open(path) as container:
            yield from _decoded(container, path)
    except av.error.FFmpegError as error:
        # Some are an OSError too, which says it better.
        if isinstance(error, OSError):
            raise
        raise FormatError(f"{path}: content must be a video, got an error of PyAV: {error}") from error


def _decoded(container: Any, path: str) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    if not container.streams.video:
        raise FormatError(f"{path}: content must be a video, got a file without one")
    start: float | None = None
    for frame in container.decode(video=0):
        if frame.time is None:
            raise FormatError(f"{path}: every frame must have a time, got one without")
        start = frame.time if start is None else start
        yield round((frame.time - start) * 1e6), frame.to_ndarray(format="gray")


def pyav(use: str) -> Any:
    """The package, for a use that a message may begin with.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return import_module("av")
    except ImportError as error:
        message = f"{use} through PyAV, got {error}"
        raise ImportError(f'{message}; run: pip install "spikelet[video]"') from error
