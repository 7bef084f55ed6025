"""MATLAB 5 files, built by hand: the package has no writer for them."""

import struct
import zlib

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import FormatError, SpikeletError, TruncatedError

TYPES = {"i1": 1, "u1": 2, "i2": 3, "u2": 4, "i4": 5, "u4": 6, "f4": 7, "f8": 9, "i8": 12, "u8": 13}
CLASSES = {"f8": 6, "f4": 7, "i1": 8, "u1": 9, "i2": 10, "u2": 11, "i4": 12, "u4": 13, "i8": 14, "u8": 15}
COLUMNS = {"ts": [5, 9, 12], "x": [1, 130, 5], "y": [2, 4, 6], "pol": [1, 0, 1]}


def element(kind, data, *, order="<"):
    if 0 < len(data) <= 4:
        return struct.pack(f"{order}I", len(data) << 16 | kind) + data.ljust(4, b"\0")
    return struct.pack(f"{order}II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(name, values, *, stored="f8", of="f8", order="<", flags=0, shape=None):
    shape = shape or (len(values), 1)
    data = np.array(values, order + stored).tobytes()
    body = element(6, struct.pack(f"{order}II", CLASSES[of] | flags, 0), order=order)
    body += element(5, struct.pack(f"{order}{len(shape)}i", *shape), order=order)
    body += element(1, name.encode(), order=order)
    body += element(TYPES[stored], data, order=order)
    return struct.pack(f"{order}II", 14, len(body)) + body


def packed(whole, *, order="<"):
    data = zlib.compress(whole)
    return struct.pack(f"{order}II", 15, len(data)) + data


def header(order="<"):
    mark = b"IM" if order == "<" else b"MI"
    return b"MATLAB 5.0 MAT-file, made by a test".ljust(124) + struct.pack(f"{order}H", 0x0100) + mark


@pytest.fixture
def mat(tmp_path):
    """Writes elements after a header and returns the path."""

    def make(*elements, order="<"):
        path = tmp_path / "made.mat"
        path.write_bytes(header(order) + b"".join(elements))
        return path

    return make


def rows_of(found):
    return [tuple(int(v) for v in row) for row in zip(found.t, found.x, found.y, found.p, strict=True)]


ROWS = [(5, 1, 2, 1), (9, 130, 4, 0), (12, 5, 6, 1)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("stored", ["f8", "u1", "i2", "u4", "i8"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_vectors_are_read_in_any_type_and_order_of_bytes(mat, order, stored, is_packed):
    elements = [matrix(name, values, stored=stored, order=order) for name, values in COLUMNS.items()]
    if is_packed:
        elements = [packed(whole, order=order) for whole in elements]
    path = mat(*elements, order=order)
    raw = events.read_raw(path)
    assert rows_of(raw) == ROWS
    assert events.read(path, sensor_size=(240, 180)).sensor_size == (240, 180)
    assert raw.metadata == {"text": "MATLAB 5.0 MAT-file, made by a test"}


def test_rows_and_other_variables_do_not_matter(mat):
    elements = [
        matrix("t", COLUMNS["ts"], shape=(1, 3)),
        matrix("x", COLUMNS["x"], stored="u1", of="u1"),
        matrix("name", [65, 66], stored="u2", of="u2"),
        matrix("frame", range(6), shape=(2, 3)),
        element(99, b"something new"),
        matrix("y", COLUMNS["y"], stored="i4", of="i4"),
        matrix("polarity", [1, -1, 1], stored="i1", of="i1"),
    ]
    raw = events.read_raw(mat(*elements))
    assert rows_of(raw) == ROWS
    assert raw.report.notes == ("polarity -1 taken as off",)


def test_files_that_are_no_events_are_refused(mat):
    vectors = {name: matrix(name, values) for name, values in COLUMNS.items()}
    without = [vectors[name] for name in ("ts", "x", "y")]
    with pytest.raises(FormatError, match=r"must be vectors ts, x, y, pol or names .* got ts, x, y"):
        events.read_raw(mat(*without))
    with pytest.raises(FormatError, match="got ts, x, y"):
        events.read_raw(mat(*without, matrix("pol", COLUMNS["pol"], flags=0x0800)))
    with pytest.raises(FormatError, match=r"`p` must be whole numbers, got 0\.5"):
        events.read_raw(mat(*without, matrix("pol", [1, 0.5, 1])))
    with pytest.raises(FormatError, match="must be equally long, got 3, 3, 3, 2"):
        events.read_raw(mat(*without, matrix("pol", [1, 0])))
    with pytest.raises(FormatError, match="must hold the 4 numbers that it declares"):
        events.read_raw(mat(*without, matrix("pol", [1, 0, 1], shape=(4, 1))))
    path = mat(*vectors.values())
    path.write_bytes(path.read_bytes()[:126] + b"XX" + path.read_bytes()[128:])
    with pytest.raises(FormatError, match="must end in IM or MI"):
        events.read_raw(path)


def test_a_cut_file_is_refused(mat):
    path = mat(*(matrix(name, values) for name, values in COLUMNS.items()))
    whole = path.read_bytes()
    for lost in (1, 20, 90):
        path.write_bytes(whole[:-lost])
        with pytest.raises(TruncatedError, match=r"must hold the \d+ bytes that it declares"):
            events.read_raw(path)
    path.write_bytes(whole + b"\x0e\0\0")
    with pytest.raises(TruncatedError, match="after a whole element, got 3 bytes of one"):
        events.read_raw(path)


def test_a_promise_of_gigabytes_sets_no_memory_aside(mat):
    promise = struct.pack("<II", 14, 0xFFFFFFF0) + matrix("ts", COLUMNS["ts"])[8:]
    with pytest.raises(FormatError):
        events.read_raw(mat(promise[:-32] + struct.pack("<II", 9, 0xFFFFFFF0)))


@pytest.mark.parametrize("is_packed", [False, True])
def test_damaged_files_are_read_or_refused(mat, is_packed):
    rng = np.random.default_rng(5)
    elements = [matrix(name, values) for name, values in COLUMNS.items()]
    path = mat(*(packed(whole) if is_packed else whole for whole in elements))
    whole = path.read_bytes()
    refused = 0
    for _ in range(1000):
        damaged = bytearray(whole)
        for place in rng.integers(126, len(whole), 2):
            damaged[place] ^= 1 << rng.integers(0, 8)
        path.write_bytes(bytes(damaged))
        try:
            events.read_raw(path)
        except SpikeletError as error:
            assert str(path) in str(error)  # noqa: PT017 -- some damages do no harm
            refused += 1
    assert 100 < refused < 1000
