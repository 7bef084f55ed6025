"""Spiking Heidelberg Digits and Speech Commands: spike trains of the units of a model of the ear, in HDF5."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import FormatError
from spikelet.events.container import Asked, Container, Contents
from spikelet.events.fields import in_microseconds
from spikelet.events.h5 import damage_told, dataset, found_dataset, is_h5, opened_h5
from spikelet.events.recording import Format
from spikelet.events.type import Events

if TYPE_CHECKING:
    from spikelet.events.h5 import Dataset, File

# Source: Cramer et al., The Heidelberg Spiking Data Sets, IEEE TNNLS 2020.
_UNITS = 700
_FILTERS = frozenset({1, 2, 3})
_TIMES, _NUMBERS = "spikes/times", "spikes/units"
_MOST_SAMPLES = 1 << 24


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SpikeTrain:
    """The spikes of one utterance.

    Args:
        t: `[n]` times in microseconds.
        unit: `[n]` which unit of the cochlea fired, from 0 to 699.
        label: number of the class, None where the file has none.
    """

    t: NDArray[np.int64]
    unit: NDArray[np.uint16]
    label: int | None

    def __len__(self) -> int:
        return len(self.t)

    def to_events(self) -> Events:
        """The spikes as events on a sensor of 700x1 pixels: x is the unit, y is 0, p is on.

        Raises:
            BoundsError: a unit is above 699.
            OrderError: a time goes backwards.
        """
        zeros = np.zeros(len(self), np.uint16)
        on = np.ones(len(self), np.bool_)
        return Events(self.t, self.unit, zeros, on, sensor_size=(_UNITS, 1))


@final
class Spikes:
    """The samples of one file, each read when it is asked for; made by `read_spikes`."""

    def __init__(self, path: str) -> None:
        self._path = path
        if not is_h5(_head(path)):
            raise FormatError(
                f"{path}: content must be HDF5 with `{_TIMES}` and `{_NUMBERS}`, got another file"
            )
        with damage_told(path), opened_h5(path) as file:
            times, _ = _trains(file)
            self._samples = int(times.shape[0])
            self._labels = _labels(file, self._samples)
            self._extra = _extra(file, self._samples)

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """`[samples]` numbers of the classes, None where the file has none."""
        return self._labels

    @property
    def extra(self) -> Mapping[str, NDArray[Any]]:
        """What else the file says: `speaker` by sample, `keys` the names of the classes, and so on."""
        return self._extra

    def __len__(self) -> int:
        return self._samples

    def __getitem__(self, index: int) -> SpikeTrain:
        if not -self._samples <= index < self._samples:
            raise IndexError(f"index must be below {self._samples} samples, got {index}")
        return next(self._read([range(self._samples)[index]]))

    def __iter__(self) -> Iterator[SpikeTrain]:
        return self._read(range(self._samples))

    def digest(self) -> str:
        """sha256 over the stored times, then units, sample by sample."""
        running = hashlib.sha256()
        with damage_told(self._path), opened_h5(self._path) as file:
            times, units = _trains(file)
            for index in range(self._samples):
                running.update(np.asarray(times[index]).tobytes() + np.asarray(units[index]).tobytes())
        return running.hexdigest()

    def _read(self, indices: Sequence[int]) -> Iterator[SpikeTrain]:
        with damage_told(self._path), opened_h5(self._path) as file:
            times, units = _trains(file)
            for index in indices:
                t = in_microseconds(self._path, np.asarray(times[index]))
                unit = np.asarray(units[index]).astype(np.uint16)
                if len(t) != len(unit):
                    raise FormatError(
                        f"{self._path}: times and units of sample {index} must be equally many, "
                        f"got {len(t)} and {len(unit)}"
                    )
                label = None if self._labels is None else int(self._labels[index])
                yield SpikeTrain(t=t, unit=unit, label=label)


def read_spikes(path: str | PathLike[str]) -> Spikes:
    """The spike trains of a file of the Heidelberg data sets, SHD or SSC.

    Args:
        path: the file, unpacked.
    Raises:
        OSError: the file cannot be opened.
        MissingPackageError: h5py is not installed.
        FormatError: the content is of another layout.
    """
    return Spikes(fspath(path))


def _head(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(4096)


def _trains(file: "File") -> "tuple[Dataset, Dataset]":
    times, units = (dataset(file, name, filters=_FILTERS) for name in (_TIMES, _NUMBERS))
    kinds = [np.dtype((found.dtype.metadata or {}).get("vlen", object)).kind for found in (times, units)]
    if kinds[0] != "f" or kinds[1] != "u":
        raise FormatError(
            f"{file.filename}: `{_TIMES}` must be rows of floating-point numbers and `{_NUMBERS}` rows of "
            f"unsigned integers, got {times.dtype} and {units.dtype}"
        )
    if len(times.shape) != 1 or times.shape != units.shape or times.shape[0] > _MOST_SAMPLES:
        raise FormatError(
            f"{file.filename}: `{_TIMES}` and `{_NUMBERS}` must have one shape [samples], "
            f"got {list(times.shape)} and {list(units.shape)}"
        )
    return times, units


def _labels(file: "File", samples: int) -> NDArray[np.int64] | None:
    if found_dataset(file, "labels") is None:
        return None
    labels = dataset(file, "labels", filters=_FILTERS)
    if labels.shape != (samples,) or labels.dtype.kind not in "iu":
        raise FormatError(
            f"{file.filename}: `labels` must be {samples} integers, got {list(labels.shape)} {labels.dtype}"
        )
    return np.asarray(labels[()]).astype(np.int64)


def _extra(file: "File", samples: int) -> dict[str, NDArray[Any]]:
    """Numbers and fixed text beside the spikes; rows of other lengths and links are left alone."""
    known = ("speaker", "keys", "meta_info/gender", "meta_info/age", "meta_info/body_height")
    found: dict[str, NDArray[Any]] = {}
    for name in known:
        stored = found_dataset(file, f"extra/{name}")
        if stored is not None and stored.dtype.kind in "iufS" and (stored.size or 0) <= max(samples, 4096):
            found[name] = np.asarray(dataset(file, f"extra/{name}", filters=_FILTERS)[()])
    return found


def _recognises(path: str, head: bytes) -> Literal["content"] | None:
    if not is_h5(head):
        return None
    with damage_told(path), opened_h5(path) as file:
        is_known = all(found_dataset(file, name) is not None for name in (_TIMES, _NUMBERS))
    return "content" if is_known else None


def _refused(path: str, asked: Asked) -> Contents:
    raise FormatError(
        f"{path}: content must be events of a camera, got spike trains of SHD or SSC; "
        "read them with `events.read_spikes(path)`"
    )


CONTAINER = Container(
    format=Format(
        name="shd",
        title="HDF5, SHD and SSC layout (spike trains, by `read_spikes`)",
        extensions=(".h5",),
        max_size=(_UNITS, 1),
        origin="upper-left",
        is_written=False,
    ),
    recognises=_recognises,
    opened=_refused,
)
