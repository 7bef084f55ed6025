"""EventDigits: real handwritten digits as an event sensor sees them."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, SupportsIndex, final

import numpy as np
from numpy.typing import NDArray

from spikelet import _core, events
from spikelet.datasets.base import EventDataset, checked_split, default_root
from spikelet.datasets.store import Store
from spikelet.errors import FormatError
from spikelet.events import Events

__all__ = ["EventDigits"]

# Of the 1,797 images [8, 8] and then their labels, one byte each, in scikit-learn 1.4 and later.
_DIGITS_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
# To be raised with any change of what is written that does not show in the settings.
_BUILDER = 1
# Places among every twenty of a class. Spread out, since neighbours in the order are often by one hand.
_PERIOD = 20
_TEST = (3, 7, 11, 15, 19)
_VALIDATION = (1, 8, 14)


@final
@dataclass(frozen=True, kw_only=True)
class _Settings:
    """How the digits are shown and what the sensor is: keyword arguments of the simulator."""

    sensor_size: tuple[int, int] = (24, 24)
    magnification: float = 2.25
    background: float = 0.0
    amplitude_px: float = 2.5
    move_us: int = 100_000
    step_us: int = 2_000
    on_threshold: float = 0.3
    # The image returns to where it started: with thresholds in a simple ratio many pixels would then meet a
    # level exactly, and rounding would say whether that gives an event.
    off_threshold: float = 0.34
    refractory_us: int = 1_000
    log_offset: float = 0.1


_SETTINGS = _Settings()


@final
class EventDigits(EventDataset):
    """The 1,797 handwritten digits of scikit-learn, recorded by a simulated event sensor.

    A digit is shown magnified on a dark background and moves along three straight saccades of 100 ms, as
    when N-MNIST was recorded; the pixels report steps of log intensity. Each recording is a file of 40-bit
    records, made once in a few seconds, always the same to the bit, and read by `events.read` whenever a
    sample is asked for.

    Within each class, in the order of scikit-learn, of every 20 recordings 12 are for training, 3 for
    validation and 5 for test. The same people wrote in all three.

    Args:
        split: `"train"`, `"validation"` or `"test"`.
        root: folder under which the data set is kept; the user's cache folder where None.
        transform: takes `Events` and returns what a sample shall hold, such as
            `partial(frames.counts, window=IntoByTime(10))`.
    Raises:
        ParameterError: `split` is none of the three.
        ImportError: the recordings are not made yet and scikit-learn is not installed.
        FormatError: the data set's folder is damaged.
        OSError: the folder cannot be written or read.
    Source:
        E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository
        1998, its test part. The saccades: G. Orchard et al., Converting Static Image Datasets to Spiking
        Neuromorphic Datasets Using Saccades, Frontiers in Neuroscience 2015.
    """

    name = "EventDigits"
    summary = (
        "Real handwritten digits, 8 x 8 pixels, seen by a simulated event sensor that moves along three "
        "saccades of 100 ms."
    )
    licence = "CC BY 4.0 (the digits); the recordings are derived from them"
    citation = (
        "E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, "
        "UCI Machine Learning Repository, 1998, doi:10.24432/C50P49"
    )
    source = "made on this machine from sklearn.datasets.load_digits"
    sensor_size = _SETTINGS.sensor_size
    class_names = tuple("0123456789")
    splits = MappingProxyType({"train": 1080, "validation": 272, "test": 445})

    def __init__(
        self,
        split: str = "train",
        *,
        root: str | PathLike[str] | None = None,
        transform: Callable[[Events], Any] | None = None,
    ) -> None:
        checked_split(split, self.splits)
        folder = (default_root() if root is None else Path(root)).absolute() / _folder_name()
        about = {"builder": _BUILDER, "digits_sha256": _DIGITS_SHA256, "settings": asdict(_SETTINGS)}
        store = Store.open_or_build(folder, _record_all, about=about)
        names = [name for name in store.sha256 if name.startswith(f"{split}/")]
        # By sample, not by class: the file's own name is the digit's number in scikit-learn.
        self._names = tuple(sorted(names, key=lambda name: name.rsplit("/", 1)[-1]))
        if len(self._names) != self.splits[split]:
            rule = f"must list {self.splits[split]} recordings of the {split} split"
            raise FormatError(f"{folder}: the manifest {rule}, got {len(names)}; delete the folder")
        self._store = store
        super().__init__(split, labels=[int(name.split("/")[1]) for name in self._names], transform=transform)

    @property
    def root(self) -> Path:
        """The folder of all recordings; once it is deleted they are made anew."""
        return self._store.path

    @property
    def ids(self) -> NDArray[np.int64]:
        """`[n]` numbers of the digits in `sklearn.datasets.load_digits`."""
        return np.array([int(Path(name).stem) for name in self._names], dtype=np.int64)

    def path(self, index: SupportsIndex) -> Path:
        """The recording's file.

        Raises:
            IndexError: `index` is negative or not below the number of recordings.
        """
        return self._store.path / self._names[self._checked(index)]

    def read(self, index: SupportsIndex) -> Events:
        """The recording as it stands in its file, not transformed.

        Raises:
            IndexError: `index` is negative or not below the number of recordings.
            FormatError: the file is not the one that was written.
            OSError: the file is gone or cannot be read.
        """
        path = self._store.require_intact(self._names[self._checked(index)])
        return events.read(path, format="bin40", sensor_size=self.sensor_size)


def _folder_name() -> str:
    """The name says by a digest what is inside: other settings or digits live in another folder."""
    content = json.dumps([_BUILDER, _DIGITS_SHA256, asdict(_SETTINGS)])
    return f"event-digits-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def _splits_of(labels: NDArray[np.uint8]) -> list[str]:
    """The split of each digit, by its place among those of its class."""
    seen = [0] * len(EventDigits.class_names)
    splits: list[str] = []
    for label in labels.tolist():
        place = seen[label] % _PERIOD
        seen[label] += 1
        splits.append("test" if place in _TEST else "validation" if place in _VALIDATION else "train")
    return splits


def _digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images `[1797, 8, 8]` of values 0 to 16, and labels."""
    try:
        # Here, not at the top: optional, slow to import, and not needed once the recordings are made.
        sklearn_datasets: Any = import_module("sklearn.datasets")
    except ImportError as error:
        message = f"`EventDigits` must have scikit-learn to make its recordings, got {error}"
        raise ImportError(f'{message}; run: pip install "spikelet[digits]"') from error
    data, target = sklearn_datasets.load_digits(return_X_y=True)
    images, labels = data.reshape(-1, 8, 8).astype(np.uint8), target.astype(np.uint8)
    got = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    if got != _DIGITS_SHA256:
        message = f"`sklearn.datasets.load_digits` must have sha256 {_DIGITS_SHA256}, got {got}"
        raise FormatError(f"{message}; install a scikit-learn whose digits are unchanged")
    return images, labels


def _record_all(folder: Path) -> None:
    """Writes every recording: `train/7/00123.bin` is number 123, a seven."""
    images, labels = _digits()
    names = [
        f"{split}/{label}/{number:05}.bin"
        for number, (split, label) in enumerate(zip(_splits_of(labels), labels.tolist(), strict=True))
    ]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    # The simulator works with the GIL released, so that threads are enough.
    with ThreadPoolExecutor(_core.available_threads()) as pool:
        list(pool.map(partial(_record, folder), names, images))


def _record(folder: Path, name: str, image: NDArray[np.uint8]) -> None:
    # Sixteenths, which float32 holds exactly.
    intensity = image.astype(np.float32) / np.float32(16)
    t, x, y, p, _ = _core.simulate_saccades(intensity, **asdict(_SETTINGS))
    events.write(folder / name, Events(t, x, y, p, sensor_size=_SETTINGS.sensor_size), format="bin40")
