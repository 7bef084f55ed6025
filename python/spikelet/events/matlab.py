"""MATLAB 5 files with one vector for each of ts, x, y, pol, as ASL-DVS has them."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any, Literal, Protocol, final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import FormatError, TruncatedError
from spikelet.events.columns import Columns
from spikelet.events.container import Asked, Container, Contents
from spikelet.events.fields import Exact, found_fields, is_field
from spikelet.events.recording import Format

# Source: MathWorks, MAT-File Format, chapter 1.
_MARK = b"MATLAB 5.0 MAT-file"
_HEADER_BYTES = 128
_MATRIX, _COMPRESSED = 14, 15
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
# Classes of arrays of real numbers: double, single, and the integers.
_NUMERIC_CLASSES = range(6, 16)
_COMPLEX = 0x0800
_LONGEST_NAME = 63
_MOST_SIDES = 32
# A compressed vector may unpack to a thousand times its bytes; no recording has longer ones.
_LONGEST_VECTOR = 1 << 30
_STEP = 1 << 20
_AT_ONCE = 1 << 16


class _Source(Protocol):
    """Bytes that are read once, in order."""

    def read(self, n: int) -> bytes:
        """The next `n` bytes, fewer at the end."""
        ...


@final
class _Part:
    """A part of a file."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file = file
        self._left = length

    def read(self, n: int) -> bytes:
        """The next `n` bytes, fewer at the end."""
        piece = self._file.read(min(n, self._left))
        self._left -= len(piece)
        return piece


@final
class _Inflated:
    """What a compressed part of a file holds, unpacked no further than asked for."""

    def __init__(self, part: _Part) -> None:
        self._part = part
        self._unpacker = zlib.decompressobj()
        self._packed = b""

    def read(self, n: int) -> bytes:
        """The next `n` bytes, fewer at the end."""
        found = bytearray()
        while len(found) < n and not self._unpacker.eof:
            self._packed = self._unpacker.unconsumed_tail or self._part.read(1 << 16)
            piece = self._unpacker.decompress(self._packed, n - len(found))
            if not piece and not self._packed:
                break
            found += piece
        return bytes(found)


@final
@dataclass(frozen=True, slots=True)
class _Elements:
    """Elements one after another, each a tag and its bytes, padded to eight."""

    path: str
    source: _Source
    order: Literal["<", ">"]

    def number(self, bytes_: bytes) -> int:
        """An unsigned integer in the file's order of bytes."""
        return int.from_bytes(bytes_, "little" if self.order == "<" else "big")

    def exactly(self, n: int) -> bytes:
        """The next `n` bytes."""
        found = bytearray()
        while len(found) < n:
            piece = self.source.read(min(_STEP, n - len(found)))
            if not piece:
                raise TruncatedError(
                    f"{self.path}: an element must hold the {n} bytes that it declares, got {len(found)}"
                )
            found += piece
        return bytes(found)

    def next(self, *, longest: int) -> tuple[int, bytes]:
        """Type and bytes of the next element."""
        tag = self.exactly(4)
        kind = self.number(tag)
        if kind >> 16:
            # Up to four bytes stand in the tag itself.
            return kind & 0xFFFF, self.exactly(4)[: min(4, kind >> 16)]
        length = self.number(self.exactly(4))
        if length > longest:
            raise FormatError(f"{self.path}: an element must be at most {longest} bytes long, got {length}")
        found = self.exactly(length)
        # The last element of a matrix may lack its padding.
        self.source.read(-length % 8)
        return kind, found


def _variables(path: str, file: IO[bytes]) -> Iterator[tuple[str, NDArray[Any]]]:
    """The vectors of numbers in the file that may be columns of events, by name."""
    header = file.read(_HEADER_BYTES)
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if order is None:
        raise FormatError(
            f"{path}: the header must end in IM or MI, got {header[126:128]!r}; the file is damaged"
        )
    typed: Literal["<", ">"] = "<" if order == "<" else ">"
    while tag := file.read(8):
        reader = _Elements(path, _Part(file, 0), typed)
        if len(tag) < 8:
            raise TruncatedError(
                f"{path}: the file must end after a whole element, got {len(tag)} bytes of one"
            )
        kind, length = reader.number(tag[:4]), reader.number(tag[4:])
        # Only compressed elements are not padded.
        end = file.tell() + length + (0 if kind == _COMPRESSED else -length % 8)
        part = _Part(file, length)
        if kind in (_MATRIX, _COMPRESSED):
            source = part if kind == _MATRIX else _Inflated(part)
            variable = _variable(_Elements(path, source, typed), is_tagged=kind == _COMPRESSED)
            if variable is not None:
                yield variable
        file.seek(end)


def _variable(elements: _Elements, *, is_tagged: bool) -> tuple[str, NDArray[Any]] | None:
    """Name and numbers of one matrix, None where it is no column of events."""
    path = elements.path
    if is_tagged and elements.number(elements.exactly(8)[:4]) != _MATRIX:
        return None
    _, flags = elements.next(longest=8)
    _, sides = elements.next(longest=4 * _MOST_SIDES)
    _, name = elements.next(longest=_LONGEST_NAME)
    word = elements.number(flags[:4])
    is_real = (word & 0xFF) in _NUMERIC_CLASSES and not word & _COMPLEX
    shape = np.frombuffer(sides, f"{elements.order}i4") if len(sides) % 4 == 0 else np.empty(0, np.int32)
    count = prod(int(side) for side in shape)
    if (
        not is_real
        or not is_field(name.decode("latin-1"))
        or len(shape) < 2
        or (shape < 0).any()
        or count != max(int(shape.max()), 0)
    ):
        return None
    kind, values = elements.next(longest=_LONGEST_VECTOR)
    number = _NUMBERS.get(kind)
    if number is None or len(values) != count * np.dtype(number).itemsize:
        raise FormatError(
            f"{path}: a vector must hold the {count} numbers that it declares, "
            f"got {len(values)} bytes of type {kind}"
        )
    return name.decode("latin-1"), np.frombuffer(values, elements.order + number)


def _recognises(path: str, head: bytes) -> Literal["content"] | None:
    return "content" if head.startswith(_MARK) else None


def _opened(path: str, asked: Asked) -> Contents:
    try:
        with Path(path).open("rb") as file:
            text = file.read(116).decode("latin-1").strip(" \0")
            file.seek(0)
            vectors = dict(_variables(path, file))
    except zlib.error as error:
        raise FormatError(
            f"{path}: content must be whole, got a vector that does not unpack: {error}"
        ) from error
    fields = found_fields(vectors)
    if fields is None:
        listed = ", ".join(vectors) or "none"
        raise FormatError(
            f"{path}: content must be vectors ts, x, y, pol or names that stand for them, got {listed}"
        )
    columns = [_whole(path, name, vectors[fields[name]]) for name in "txyp"]
    notes: list[str] = []
    return Contents(
        pieces=_pieces(path, columns, notes),
        events=len(columns[0]),
        header=[("text", text)],
        notes=notes,
    )


def _whole(path: str, name: str, column: NDArray[Any]) -> NDArray[Any]:
    """Numbers that MATLAB keeps as floating-point ones unless told otherwise, as integers."""
    if column.dtype.kind != "f":
        return column
    bad = ~((np.abs(column) < 2**53) & (column == np.rint(column)))
    if bad.any():
        value = float(column[bad.argmax()])
        raise FormatError(f"{path}: `{name}` must be whole numbers, got {value}")
    return column.astype(np.int64)


def _pieces(path: str, columns: list[NDArray[Any]], notes: list[str]) -> Iterator[Columns]:
    exact = Exact(path, notes)
    # At least one piece, so that lengths are compared.
    for start in range(0, max(map(len, columns)), _AT_ONCE):
        yield exact.columns(*(column[start : start + _AT_ONCE] for column in columns))


CONTAINER = Container(
    format=Format(
        name="mat",
        title="MATLAB 5 vectors (ASL-DVS)",
        extensions=(".mat",),
        max_size=(65_536, 65_536),
        origin="upper-left",
        is_written=False,
    ),
    recognises=_recognises,
    opened=_opened,
)
