"""HDF5 files through h5py: the one file that imports it, when the first such file is opened."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikelet.errors import FormatError, MissingPackageError, SpikeletError

if TYPE_CHECKING:
    from h5py import Dataset as Dataset
    from h5py import File as File

__all__ = [
    "created_h5",
    "damage_told",
    "dataset",
    "filter_numbers",
    "found_dataset",
    "growing_dataset",
    "is_h5",
    "opened_h5",
    "refuse_missing_chunks",
    "stored_chunks",
    "text_attributes",
]

# Chunks are decompressed whole; nobody writes larger ones.
_MOST_CHUNK_BYTES = 64 << 20
_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def is_h5(head: bytes) -> bool:
    """Whether a file that begins so is HDF5, which may leave its first 512, 1024, ... bytes to others."""
    return any(head[at:].startswith(_SIGNATURE) for at in (0, 512, 1024, 2048))


def opened_h5(path: str | PathLike[str]) -> "File":
    """The file at `path`, opened for reading.

    Whoever reads a data set of it takes it from `dataset`, which keeps to this one file.

    Raises:
        MissingPackageError: h5py is not installed.
        FormatError: it is no HDF5 file, or a damaged one.
    """
    package = _h5py()
    with damage_told(path):
        return package.File(fspath(path), "r", locking=False)


@contextmanager
def damage_told(path: str | PathLike[str]) -> Generator[None]:
    """Tells what h5py raises over a damaged file, which may be nearly anything, as a `FormatError`."""
    try:
        yield
    except SpikeletError:
        raise
    except (KeyError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise FormatError(f"{path}: content must be a whole HDF5 file, got {error}") from error


def created_h5(path: str | PathLike[str]) -> "File":
    """A new file at `path`, opened for writing.

    Raises:
        MissingPackageError: h5py is not installed.
    """
    return _h5py().File(fspath(path), "w", locking=False)


def dataset(file: "File", name: str, *, filters: frozenset[int] = frozenset()) -> "Dataset":
    """The data set at `name`, whose bytes all lie in this file.

    Args:
        file: an opened file.
        name: its place, as in `CD/events`.
        filters: numbers of the filters that its chunks may have gone through.
    Raises:
        FormatError: nothing stands there, or a link, or something whose bytes lie elsewhere or went through
            a filter that is not known.
    """
    found = found_dataset(file, name)
    if found is None:
        raise FormatError(f"{file.filename}: content must have a data set `{name}`, got none")
    if found.is_virtual or found.external:
        raise FormatError(
            f"{file.filename}: `{name}` must lie in this file, got a data set whose bytes lie in others; "
            "copy it into one file first"
        )
    unknown = filter_numbers(found) - filters
    if unknown:
        raise FormatError(
            f"{file.filename}: `{name}` must be stored without filters that are not read, got "
            f"{', '.join(map(str, sorted(unknown)))}; store it without first"
        )
    return found


def found_dataset(file: "File", name: str) -> "Dataset | None":
    """The data set at `name`, reached by hard links alone, or None."""
    package = _h5py()
    group: Any = file
    for part in name.split("/"):
        if not isinstance(group, package.Group):
            return None
        link = group.get(part, getlink=True)
        if not isinstance(link, package.HardLink):
            return None
        group = group[part]
    return group if isinstance(group, package.Dataset) else None


def filter_numbers(found: "Dataset") -> frozenset[int]:
    """Numbers of the filters that the chunks of a data set went through."""
    properties: Any = found.id.get_create_plist()
    return frozenset(properties.get_filter(index)[0] for index in range(properties.get_nfilters()))


def refuse_missing_chunks(found: "Dataset") -> None:
    """Refuses a data set of one axis that says it is longer than what the file holds of it.

    Raises:
        FormatError: chunks are missing, or so large that they cannot be meant.
    """
    path, name = found.file.filename, str(found.name)
    if found.chunks is None:
        if found.nbytes > Path(path).stat().st_size:
            raise FormatError(
                f"{path}: `{name}` must lie in the file, got {found.nbytes} bytes of it; it is cut"
            )
        return
    wanted, stored = -(-len(found) // found.chunks[0]), found.id.get_num_chunks()
    if stored != wanted:
        raise FormatError(f"{path}: `{name}` must have all of its {wanted} chunks, got {stored}; it is cut")
    size = found.chunks[0] * found.dtype.itemsize
    if size > _MOST_CHUNK_BYTES:
        raise FormatError(
            f"{path}: chunks of `{name}` must be at most {_MOST_CHUNK_BYTES} bytes long, got {size}; "
            "store it in smaller ones"
        )


def stored_chunks(found: "Dataset", *, start: int = 0) -> Iterator[tuple[int, Any, bytes]]:
    """Number of values of each chunk of a data set of one axis, where it lies, and its bytes as stored.

    The first is the chunk that begins with the value of number `start`.

    There are no bytes where they cannot be read.
    """
    low, length = found.id, len(found)
    step = found.chunks[0] if found.chunks else length
    file_bytes = Path(found.file.filename).stat().st_size
    for first in range(start, length, step):
        info = low.get_chunk_info_by_coord((first,))
        try:
            is_inside = info.byte_offset is not None and info.size <= file_bytes
            data = low.read_direct_chunk((first,))[1] if is_inside else b""
        except (OSError, RuntimeError, ValueError):
            data = b""
        yield min(step, length - first), info, data


def growing_dataset(
    file: "File",
    name: str,
    dtype: "np.dtype[np.void]",
    *,
    chunk: int,
    filter_number: int | None = None,
) -> "Dataset":
    """A new, empty data set of one axis that can grow.

    Args:
        file: an opened file.
        name: its place.
        dtype: of its values.
        chunk: values per chunk.
        filter_number: a filter that whoever writes its chunks applies by itself; HDF5 need not have it.
    """
    package = _h5py()
    low = package.h5p.create(package.h5p.DATASET_CREATE)
    low.set_chunk((chunk,))
    if filter_number is not None:
        low.set_filter(filter_number, package.h5z.FLAG_OPTIONAL)
    links = package.h5p.create(package.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    space = package.h5s.create_simple((0,), (package.h5s.UNLIMITED,))
    kind = package.h5t.py_create(dtype, logical=True)
    made = package.h5d.create(file.id, name.encode(), kind, space, dcpl=low, lcpl=links)
    return package.Dataset(made)


def text_attributes(file: "File") -> list[tuple[str, str]]:
    """Attributes of the root that are text or numbers, as text."""
    found: list[tuple[str, str]] = []
    for key in file.attrs:
        value: Any = file.attrs[key]
        if isinstance(value, bytes):
            value = value.decode("utf-8", errors="replace")
        if isinstance(value, (str, int, float, np.number)):
            found.append((key, str(value)))
    return found


def _h5py() -> Any:
    try:
        import h5py as package  # noqa: PLC0415 -- optional; who reads no HDF5 file does not need it
    except ImportError as error:
        raise MissingPackageError(
            'h5py must be installed for HDF5 files, got none; run `pip install "spikelet[hdf5]"`'
        ) from error
    return package
