"""GIF files, written frame by frame.

CompuServe, *Graphics Interchange Format, Version 89a*, 1990; the loop is Netscape's extension.
"""

import struct
from typing import BinaryIO, final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core

_HAS_PALETTE = 0x80
_FOR_EVER = 0


@final
class GifFile:
    """An animation that runs for ever, on its way into an open file.

    Args:
        file: takes the bytes.
        size: width and height in pixels, each below 65536.
        palette: `[2 ** bits, 3]` colours, `bits` from 2 to 8.
        frame_ms: time of one frame, a multiple of 10.
    """

    def __init__(
        self, file: BinaryIO, *, size: tuple[int, int], palette: NDArray[np.uint8], frame_ms: int
    ) -> None:
        self._file = file
        self._size = size
        self._hundredths = frame_ms // 10
        self._bits = len(palette).bit_length() - 1
        flags = _HAS_PALETTE | (self._bits - 1) << 4 | (self._bits - 1)
        file.write(b"GIF89a" + struct.pack("<HHBBB", *size, flags, 0, 0) + palette.tobytes())
        file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", _FOR_EVER, 0))

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Appends a frame: `[H, W]` places in the palette."""
        self._file.write(b"\x21\xf9\x04" + struct.pack("<BHBB", 0, self._hundredths, 0, 0))
        self._file.write(b"\x2c" + struct.pack("<HHHHB", 0, 0, *self._size, 0))
        self._file.write(_core.gif_image_data(np.ascontiguousarray(picture).reshape(-1), self._bits))

    def close(self) -> None:
        """Ends the animation; the file stays open."""
        self._file.write(b"\x3b")
