"""The index of Prophesee HDF5 files: where the events of each 2000 µs begin, written and asked."""

from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import FormatError, OrderError
from spikelet.events.h5 import growing_dataset

if TYPE_CHECKING:
    from spikelet.events.h5 import Dataset, File

INDEX = np.dtype([("id", "<u8"), ("ts", "<i8")])
_SLOT_US = 2000
# A pause of 2.3 hours costs as many entries, 67 MB.
_MOST_SLOTS = 1 << 22


def marked(index: "Dataset", start_us: int) -> tuple[int, int]:
    """The first event of the slot of a time, or of a slot before it, and the beginning of that slot.

    Raises:
        FormatError: it is no such index.
    """
    names = index.dtype.names or ()
    offset = str(index.attrs.get("offset", "none"))
    if index.ndim == 1 and index.shape[0] < 2:
        return 0, start_us
    if index.ndim != 1 or not {"id", "ts"} <= set(names) or not offset.removeprefix("-").isdecimal():
        raise FormatError(f"{index.file.filename}: `{index.name}` must be an index of times, got {index}")
    place = min((start_us + int(offset)) // _SLOT_US + 1, index.shape[0] - 1)
    if place < 1:
        return 0, start_us
    entry = index[place]
    slot = int(entry["ts"]) // _SLOT_US
    return int(entry["id"]), slot * _SLOT_US - int(offset)


@final
class Index:
    """Entry 0 is (0, -1), entry k the number and the time of the first event of slot k - 1.

    Times count from that of the first event. A slot without events repeats the entry before it.

    Args:
        file: an opened file.
        name: place of the index.
        chunk: entries per chunk.
    """

    def __init__(self, file: "File", name: str, *, chunk: int) -> None:
        self._dataset = growing_dataset(file, name, INDEX, chunk=chunk)
        self._start: int | None = None
        self._slots = 0
        self._latest = (0, -1)

    def add(self, t: NDArray[np.int64], *, first: int) -> None:
        """Takes in the times of more events, the first of which has the number `first`.

        Raises:
            OrderError: a pause is so long that its entries would fill the file.
        """
        if self._start is None:
            self._start = int(t[0])
            self._append(np.array([self._latest], INDEX))
        # In whole numbers of any size, for the difference of two times may not fit into 64 bits.
        stop = (int(t[-1]) - self._start) // _SLOT_US + 1
        if stop - self._slots > _MOST_SLOTS:
            raise OrderError(
                f"{self._dataset.file.filename}: `t` must not pause for more than "
                f"{_MOST_SLOTS * _SLOT_US} microseconds in ecf, whose index would fill the file; "
                "split the recording"
            )
        shifted = t - self._start
        slots, places = np.unique(shifted // _SLOT_US, return_index=True)
        wanted = np.arange(self._slots, stop)
        found = np.searchsorted(slots, wanted, side="right") - 1
        entries = np.empty(len(wanted), INDEX)
        entries["id"] = np.where(found < 0, self._latest[0], first + places[found])
        entries["ts"] = np.where(found < 0, self._latest[1], shifted[places[found]])
        self._append(entries)
        if len(entries) > 0:
            self._slots, self._latest = stop, (int(entries["id"][-1]), int(entries["ts"][-1]))

    def close(self) -> None:
        """Says in an attribute what was taken off the times."""
        if self._start is not None:
            self._dataset.attrs["offset"] = str(-self._start)

    def _append(self, entries: NDArray[np.void]) -> None:
        end = len(self._dataset)
        self._dataset.resize((end + len(entries),))
        self._dataset[end:] = entries
