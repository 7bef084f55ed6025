"""Data sets packed by blosc, which HDF5 unpacks only where the package hdf5plugin is installed."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikelet.events.h5 import filter_numbers

if TYPE_CHECKING:
    import h5py

BLOSC = 32_001
"""The number of the filter, as the HDF Group lists it."""


def unpacked(found: "h5py.Dataset", start: int, stop: int) -> NDArray[Any]:
    """Rows of a data set.

    Raises:
        ImportError: it is packed by blosc, and hdf5plugin is not installed.
    """
    if BLOSC in filter_numbers(found):
        _load_plugin(str(found.file.filename))
    return np.asarray(found[start:stop])


def _load_plugin(path: str) -> None:
    try:
        # Loading it is all: it makes its filters known to HDF5.
        import_module("hdf5plugin")
    except ImportError as error:
        raise ImportError(
            f'{path}: data packed by blosc are unpacked by hdf5plugin; run `pip install "spikelet[hdf5]"`'
        ) from error
