"""MVSEC: HDF5 with one table of floating-point numbers per camera, times in seconds."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import FormatError
from spikelet.events.columns import Columns
from spikelet.events.container import Asked, Container, Contents
from spikelet.events.fields import Exact, in_microseconds
from spikelet.events.h5 import damage_told, dataset, found_dataset, is_h5, opened_h5
from spikelet.events.recording import Format

# Deflate, shuffle, checksum.
_FILTERS = frozenset({1, 2, 3})
_AT_ONCE = 1 << 16
_LONGEST_CHUNK = 1 << 26


def _recognises(camera: str, path: str, head: bytes) -> Literal["content"] | None:
    if not is_h5(head):
        return None
    with damage_told(path), opened_h5(path) as file:
        return "content" if found_dataset(file, _place(camera)) is not None else None


def _place(camera: str) -> str:
    return f"davis/{camera}/events"


def _opened(camera: str, path: str, asked: Asked) -> Contents:
    place = _place(camera)
    with damage_told(path), opened_h5(path) as file:
        table = dataset(file, place, filters=_FILTERS)
        if len(table.shape) != 2 or table.shape[1] != 4 or table.dtype.kind != "f":
            raise FormatError(
                f"{path}: `{place}` must be [n, 4] floating-point numbers, "
                f"got {list(table.shape)} {table.dtype}"
            )
        length = table.dtype.itemsize * int(np.prod(table.chunks or (1,), dtype=object))
        if length > _LONGEST_CHUNK:
            raise FormatError(
                f"{path}: chunks of `{place}` must be at most {_LONGEST_CHUNK} bytes long, got {length}"
            )
        events = table.shape[0]
    notes: list[str] = []
    return Contents(
        pieces=_pieces(path, place, notes), events=events, header=[("camera", camera)], notes=notes
    )


def _pieces(path: str, place: str, notes: list[str]) -> Iterator[Columns]:
    exact = Exact(path, notes)
    with damage_told(path), opened_h5(path) as file:
        table = dataset(file, place, filters=_FILTERS)
        for start in range(0, table.shape[0], _AT_ONCE):
            x, y, t, p = np.asarray(table[start : start + _AT_ONCE]).T
            whole = (_whole(path, name, column) for name, column in (("x", x), ("y", y), ("p", p)))
            yield exact.columns(in_microseconds(path, t), *whole)


def _whole(path: str, name: str, column: NDArray[Any]) -> NDArray[np.int64]:
    bad = ~((np.abs(column) < 2**31) & (column == np.rint(column)))
    if bad.any():
        value = float(column[bad.argmax()])
        raise FormatError(f"{path}: `{name}` must be whole numbers, got {value}")
    return column.astype(np.int64)


def _container(name: str, camera: str) -> Container:
    return Container(
        format=Format(
            name=name,
            title=f"HDF5, MVSEC layout, {camera} camera",
            extensions=(".hdf5",),
            max_size=(65_536, 65_536),
            origin="upper-left",
            is_written=False,
        ),
        recognises=partial(_recognises, camera),
        opened=partial(_opened, camera),
    )


LEFT = _container("mvsec", "left")
RIGHT = _container("mvsec_right", "right")
