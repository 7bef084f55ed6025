"""What people write by hand today: readers and framing in numpy and numba."""

import numpy as np
from numba import njit


def read_bin40(path):
    """Columns of a 40-bit file by numpy alone (records without overflow)."""
    raw = np.fromfile(path, dtype=np.uint8).reshape(-1, 5)
    low = raw[:, 2].astype(np.uint32) << 16 | raw[:, 3].astype(np.uint32) << 8 | raw[:, 4]
    return (
        (low & 0x7FFFFF).astype(np.int64),
        raw[:, 0].astype(np.uint16),
        raw[:, 1].astype(np.uint16),
        (raw[:, 2] >> 7).astype(bool),
    )


def read_dat(path, header_bytes):
    """Columns of a DAT file by numpy alone (no wrap of the 32-bit time)."""
    records = np.fromfile(path, dtype="<u4", offset=header_bytes).reshape(-1, 2)
    data = records[:, 1]
    return (
        records[:, 0].astype(np.int64),
        (data & 0x3FFF).astype(np.uint16),
        (data >> 14 & 0x3FFF).astype(np.uint16),
        (data >> 28 & 1).astype(bool),
    )


def read_evt21(path, header_bytes):
    """Columns of an EVT2.1 file by a numba loop in two passes: count, then fill (little endian, no wrap)."""
    words = np.fromfile(path, dtype="<u4", offset=header_bytes).reshape(-1, 2)
    n = _evt21_count(words)
    columns = np.empty(n, np.int64), np.empty(n, np.uint16), np.empty(n, np.uint16), np.empty(n, np.bool_)
    _evt21_fill(words, *columns)
    return columns


@njit(cache=True)
def _evt21_count(words):
    n = 0
    for mask, word in words:
        if word >> 28 < 2:
            while mask:
                mask &= mask - 1
                n += 1
    return n


@njit(cache=True)
def _evt21_fill(words, t, x, y, p):
    n, base = 0, 0
    for mask, word in words:
        kind = word >> 28
        if kind == 8:
            base = np.int64(word & 0xFFFFFFF) << 6
        elif kind < 2:
            now, first, row = base + (word >> 22 & 0x3F), word >> 11 & 0x7FF, word & 0x7FF
            for bit in range(32):
                if mask >> bit & 1:
                    t[n], x[n], y[n], p[n] = now, first + bit, row, kind == 1
                    n += 1


def read_evt2(path, header_bytes):
    """Columns of an EVT2 file by numpy alone (no wrap of the 34-bit time)."""
    words = np.fromfile(path, dtype="<u4", offset=header_bytes)
    kind = words >> 28
    is_time = kind == 8
    last_time = np.maximum.accumulate(np.where(is_time, np.arange(words.size), 0))
    base = (words[last_time].astype(np.int64) & 0xFFFFFFF) << 6
    pixel = kind < 2
    chosen = words[pixel]
    return (
        base[pixel] | ((chosen >> 22) & 0x3F),
        ((chosen >> 11) & 0x7FF).astype(np.uint16),
        (chosen & 0x7FF).astype(np.uint16),
        (chosen >> 28).astype(bool),
    )


def read_evt3(path, header_bytes):
    """Columns of an EVT3 file by a numba loop in two passes: count, then fill."""
    words = np.fromfile(path, dtype="<u2", offset=header_bytes)
    n = _evt3_count(words)
    columns = np.empty(n, np.int64), np.empty(n, np.uint16), np.empty(n, np.uint16), np.empty(n, np.bool_)
    _evt3_fill(words, *columns)
    return columns


@njit(cache=True)
def _evt3_count(words):
    n = 0
    for word in words:
        kind = word >> 12
        if kind == 2:
            n += 1
        elif kind == 4 or kind == 5:
            mask = word & (0xFFF if kind == 4 else 0xFF)
            while mask:
                mask &= mask - 1
                n += 1
    return n


@njit(cache=True)
def _evt3_fill(words, t, x, y, p):  # noqa: C901 - one case a word type
    n, loops, high, low, row, base, on = 0, 0, 0, 0, 0, 0, False
    now = 0
    for word in words:
        kind = word >> 12
        value = word & 0xFFF
        if kind == 0:
            row = value & 0x7FF
        elif kind == 2:
            t[n], x[n], y[n], p[n] = now, value & 0x7FF, row, value >> 11 != 0
            n += 1
        elif kind == 3:
            base, on = value & 0x7FF, value >> 11 != 0
        elif kind == 4 or kind == 5:
            width = 12 if kind == 4 else 8
            for bit in range(width):
                if value >> bit & 1:
                    t[n], x[n], y[n], p[n] = now, base + bit, row, on
                    n += 1
            base += width
        elif kind == 6:
            low = value
            now = (loops << 24) + (high << 12) + low
        elif kind == 8:
            if high >= value + 2048:
                loops += 1
            if value != high:
                low = 0
            high = value
            now = (loops << 24) + (high << 12) + low


def counts_numpy(columns, *, frames, width, height):
    """Frames of equal event count by `numpy.bincount`, a segment at a time."""
    _, x, y, p = columns
    n = x.size
    edges = -(-np.arange(frames + 1) * n // frames)
    out = np.empty((frames, 2, height, width), np.float32)
    for i in range(frames):
        part = slice(edges[i], edges[i + 1])
        index = (p[part].astype(np.int64) * height + y[part]) * width + x[part]
        out[i] = np.bincount(index, minlength=2 * height * width).reshape(2, height, width)
    return out


def counts_numba(columns, *, frames, width, height):
    """The same by a numba loop."""
    _, x, y, p = columns
    out = np.zeros((frames, 2, height, width), np.float32)
    _count(x, y, p, frames, out)
    return out


@njit(cache=True)
def _count(x, y, p, frames, out):
    n = x.size
    for f in range(frames):
        for i in range(-(-f * n // frames), -(-(f + 1) * n // frames)):
            out[f, 1 if p[i] else 0, y[i], x[i]] += 1.0
