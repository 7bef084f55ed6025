"""Data sets of HDF5 packed by blosc, unpacked by hdf5plugin where it is installed, else by our own core."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import FormatError
from spikelet.events.h5 import filter_numbers

if TYPE_CHECKING:
    from spikelet.events.h5 import Dataset

BLOSC = 32_001
"""The number of the filter, as the HDF Group lists it."""


@final
class Rows:
    """Rows of a data set of rank 1, packed or not, read in order.

    Args:
        found: the data set; of rank 1, its chunks small enough to be held.
    """

    def __init__(self, found: "Dataset") -> None:
        self._found = found
        # The plug-in was four to five times faster than our own core on one thread.
        self._is_packed = BLOSC in filter_numbers(found) and not _has_plugin()
        if self._is_packed and filter_numbers(found) != frozenset({BLOSC}):
            raise FormatError(
                f"{found.file.filename}: `{found.name}` must be packed by blosc alone, got more filters; "
                "run `pip install hdf5plugin`"
            )
        self._length = (found.chunks or (1,))[0]
        # The chunk unpacked last: the next rows often begin in it.
        self._chunk: tuple[int, NDArray[Any]] | None = None

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Rows from `start` up to `stop`, fewer at the end."""
        stop = min(stop, self._found.shape[0])
        if not self._is_packed or start >= stop:
            return np.asarray(self._found[start:stop])
        length = self._length
        parts = [self._unpacked(index) for index in range(start // length, -(-stop // length))]
        first = start // length * length
        return np.concatenate(parts)[start - first : stop - first]

    def _unpacked(self, index: int) -> NDArray[Any]:
        if self._chunk is None or self._chunk[0] != index:
            self._chunk = index, self._read_chunk(index)
        return self._chunk[1]

    def _read_chunk(self, index: int) -> NDArray[Any]:
        found, length = self._found, self._length
        try:
            mask, packed = found.id.read_direct_chunk((index * length,))
            # A set bit means that the filter was left out for this chunk.
            plain = packed if mask & 1 else _core.unpack_blosc(packed, length * found.dtype.itemsize)
            if len(plain) != length * found.dtype.itemsize:
                raise FormatError(f"it must hold {length} rows, got {len(plain)} bytes")
        except (RuntimeError, ValueError, OSError) as error:
            raise FormatError(
                f"{found.file.filename}: chunk {index} of `{found.name}` is damaged: {error}"
            ) from error
        return np.frombuffer(plain, found.dtype)


def _has_plugin() -> bool:
    try:
        # Loading it is all: it makes its filters known to HDF5.
        import_module("hdf5plugin")
    except ImportError:
        return False
    return True
