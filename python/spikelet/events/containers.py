"""The container formats: one file each, and the list of them."""

from pathlib import Path
from typing import Literal

from spikelet.errors import FormatError
from spikelet.events import dsec, matlab, mvsec, npy, npz, prophesee_hdf5, spikes
from spikelet.events.container import Asked, Container, ContainerReader

CONTAINERS: tuple[Container, ...] = (
    prophesee_hdf5.CONTAINER,
    npy.CONTAINER,
    npz.CONTAINER,
    matlab.CONTAINER,
    dsec.CONTAINER,
    mvsec.LEFT,
    mvsec.RIGHT,
    spikes.CONTAINER,
)

BY_NAME = {entry.format.name: entry for entry in CONTAINERS}

# As many as the compiled core looks at.
_RECOGNISE_BYTES = 4096


def container_named(name: str) -> Container | None:
    """The container format called `name`, None where none is."""
    return BY_NAME.get(name)


def reader_recognised(path: str, asked: Asked) -> ContainerReader | None:
    """A reader of the container at `path`, None where it holds no layout that is known."""
    # What a pipe held is gone by now, and opening it again would wait for ever.
    if not Path(path).is_file():
        return None
    head = _head(path)
    for entry in CONTAINERS:
        found = entry.recognises(path, head)
        if found is not None:
            return ContainerReader(path, entry, asked=asked, recognised_by=found)
    return None


def reader_given(path: str, asked: Asked) -> ContainerReader:
    """A reader of the container at `path`, which must be of the format asked for, the name of one."""
    container = BY_NAME[asked.format or ""]
    found: Literal["content", "extension"] | None = container.recognises(path, _head(path))
    if found is None:
        raise FormatError(
            f"{path}: `format` must agree with the content, got {container.format.name} for a file that is "
            f"not {container.format.title}; leave `format` out"
        )
    return ContainerReader(path, container, asked=asked, recognised_by="given")


def _head(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(_RECOGNISE_BYTES)
