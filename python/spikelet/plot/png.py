"""PNG files of few colours, written row by row.

W3C, *Portable Network Graphics (PNG) Specification*, third edition, 2025.
"""

import struct
import zlib
from typing import BinaryIO, final

import numpy as np
from numpy.typing import NDArray

_PLACES_IN_A_PALETTE = 3


@final
class PngFile:
    """A picture on its way into an open file.

    Args:
        file: takes the bytes.
        size: width and height in pixels, each from 1.
        palette: `[n, 3]` colours, at most 256.
    """

    def __init__(self, file: BinaryIO, *, size: tuple[int, int], palette: NDArray[np.uint8]) -> None:
        self._file = file
        self._packer = zlib.compressobj()
        file.write(b"\x89PNG\r\n\x1a\n")
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, _PLACES_IN_A_PALETTE, 0, 0, 0))
        self._chunk(b"PLTE", palette.tobytes())

    def write(self, rows: NDArray[np.uint8]) -> None:
        """Appends rows: `[h, W]` places in the palette."""
        # In front of each row stands the number of its filter, 0 for none.
        self._data(self._packer.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes()))

    def close(self) -> None:
        """Ends the picture; the file stays open."""
        self._data(self._packer.flush())
        self._chunk(b"IEND", b"")

    def _data(self, packed: bytes) -> None:
        if packed:
            self._chunk(b"IDAT", packed)

    def _chunk(self, kind: bytes, data: bytes) -> None:
        self._file.write(struct.pack(">I", len(data)) + kind + data)
        self._file.write(struct.pack(">I", zlib.crc32(kind + data)))
