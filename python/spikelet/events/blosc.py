"""Rows of data sets of HDF5: plain chunks as stored, packed ones unpacked by our own core, the rest by HDF5.

HDF5 itself takes every chunk through a cache of its own; for blosc it needs a plug-in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    """Rows of data sets of rank 1, packed or not, read in order.

    Args:
        columns: the data sets; of one length, their chunks small enough to be held.
    """

    def __init__(self, columns: "Sequence[Dataset]") -> None:
        self._columns = [_Column(found) for found in columns]

    def read(self, start: int, stop: int, *, threads: int = 1) -> list[NDArray[Any]]:
        """Rows from `start` up to `stop` of each, fewer at the end, in the memory of those before."""
        packed = [chunk for column in self._columns for chunk in column.packed(start, stop)]
        damage = _core.unpack_blosc(
            [chunk.data for chunk in packed],
            [chunk.places.view(np.uint8) for chunk in packed],
            threads=threads,
        )
        if damage is not None:
            index, how = damage
            if not _has_plugin():
                raise FormatError(f"{packed[index].name} is damaged: {how}")
            for column in self._columns:
                column.leave_to_hdf5()
        return [column.rows(start, stop) for column in self._columns]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Packed:
    """A chunk as stored, and where its rows belong."""

    name: str
    data: bytes
    places: NDArray[Any]


@final
class _Column:
    """Rows of one data set, in memory that is used again and again."""

    def __init__(self, found: "Dataset") -> None:
        filters = filter_numbers(found)
        self._found = found
        self._is_packed = BLOSC in filters
        # Whether chunks are taken as stored.
        self._is_direct = found.chunks is not None and filters <= {BLOSC}
        if self._is_packed and not self._is_direct and not _has_plugin():
            raise FormatError(
                f"{found.file.filename}: `{found.name}` must be packed by blosc alone, got more filters; "
                "run `pip install hdf5plugin`"
            )
        self._length = (found.chunks or (1,))[0]
        # The chunks that were read last, one behind the other.
        self._held = range(0)
        self._rows: NDArray[Any] = np.empty(0, found.dtype)

    def leave_to_hdf5(self) -> None:
        """From now on chunks go through the filters of HDF5, of which a plug-in may be one."""
        self._is_direct = False

    def packed(self, start: int, stop: int) -> Iterator[_Packed]:
        """Reads the chunks of these rows, and hands out those that must be unpacked."""
        stop = min(stop, self._found.shape[0])
        if not self._is_direct or start >= stop:
            return
        length, held = self._length, self._held
        self._held = range(start // length, -(-stop // length))
        rows = self._room(len(self._held) * length)
        for place, index in enumerate(self._held):
            places = rows[place * length : (place + 1) * length]
            # Rows often begin in the chunk in which those before ended.
            if held and index == held[-1]:
                places[:] = self._rows[(len(held) - 1) * length : len(held) * length]
            else:
                yield from self._stored(index, places)
        self._rows = rows

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Rows from `start` up to `stop`, fewer at the end."""
        stop = max(start, min(stop, self._found.shape[0]))
        if self._is_direct:
            first = self._held.start * self._length
            return self._rows[start - first : stop - first]
        self._rows = self._room(stop - start)
        rows = self._rows[: stop - start]
        if len(rows) > 0:
            self._found.read_direct(rows, np.s_[start:stop])
        return rows

    def _room(self, rows: int) -> NDArray[Any]:
        return self._rows if rows <= len(self._rows) else np.empty(rows, self._found.dtype)

    def _stored(self, index: int, places: NDArray[Any]) -> Iterator[_Packed]:
        path, name = self._found.file.filename, self._found.name
        try:
            if not self._is_packed:
                self._found.id.read_direct_chunk((index * self._length,), out=places.view(np.uint8))
                return
            mask, data = self._found.id.read_direct_chunk((index * self._length,))
        except (RuntimeError, ValueError, OSError) as error:
            raise FormatError(f"{path}: chunk {index} of `{name}` is damaged: {error}") from error
        # A set bit means that the filter was left out for this chunk.
        if not mask & 1:
            yield _Packed(name=f"{path}: chunk {index} of `{name}`", data=data, places=places)
        elif len(data) == places.nbytes:
            places[:] = np.frombuffer(data, places.dtype)
        else:
            raise FormatError(
                f"{path}: chunk {index} of `{name}` must hold {len(places)} rows, got {len(data)} bytes"
            )


def _has_plugin() -> bool:
    try:
        # Loading it is all: it makes its filters known to HDF5.
        import_module("hdf5plugin")
    except ImportError:
        return False
    return True
