"""Frames as people make them by hand, in numba and numpy, and by tonic."""

from importlib import import_module
from itertools import pairwise

import numpy as np
from numba import njit


def counts_loop(columns, *, dtype, frames, width, height):
    """Counts of equal shares of the events; integers wrap where they are full."""
    _, x, y, p = columns
    out = np.zeros((frames, 2, height, width), dtype)
    _count(x, y, p, frames, out)
    return out


@njit(cache=True)
def _count(x, y, p, frames, out):
    n = x.size
    for f in range(frames):
        for i in range(-(-f * n // frames), -(-(f + 1) * n // frames)):
            out[f, 1 if p[i] else 0, y[i], x[i]] += 1


class _Tonic:
    """tonic's `ToFrame` by equal shares of events, which must divide their number."""

    def records(self, columns):
        made = np.empty(len(columns[0]), [("t", "<i8"), ("x", "<i2"), ("y", "<i2"), ("p", "?")])
        for name, column in zip("txyp", columns, strict=True):
            made[name] = column
        return made

    def __call__(self, records, *, frames, width, height):
        edges = -(-np.arange(frames + 1) * len(records) // frames)
        to_frame = import_module("tonic.functional").to_frame_numpy
        parts = [records[a:b] for a, b in pairwise(edges)]
        return np.concatenate([to_frame(part, (width, height, 2), n_event_bins=1) for part in parts])


counts_tonic = _Tonic()


def voxel_loop(columns, *, bins, width, height):
    """Each event shared by two bins."""
    out = np.zeros((bins, height, width), np.float32)
    _voxel(*columns, bins, out)
    return out


@njit(cache=True)
def _voxel(t, x, y, p, bins, out):
    scale = (bins - 1) / (t[-1] - t[0])
    for i in range(t.size):
        place = (t[i] - t[0]) * scale
        b = int(place)
        behind = place - b
        sign = 1.0 if p[i] else -1.0
        out[b, y[i], x[i]] += sign * (1.0 - behind)
        if b + 1 < bins:
            out[b + 1, y[i], x[i]] += sign * behind


def voxel_numpy(columns, *, bins, width, height):
    """The same as published code has it, by `numpy.add.at`."""
    t, x, y, p = columns
    out = np.zeros((bins, height, width), np.float32)
    place = (bins - 1) * (t - t[0]) / (t[-1] - t[0])
    b = place.astype(np.int64)
    behind = (place - b).astype(np.float32)
    sign = np.where(p, np.float32(1), np.float32(-1))
    np.add.at(out, (b, y, x), sign * (1 - behind))
    inside = b + 1 < bins
    np.add.at(out, (b[inside] + 1, y[inside], x[inside]), (sign * behind)[inside])
    return out


def surface_loop(columns, *, tau_us, width, height):
    """Last times, then what is left of each."""
    out = np.zeros((2, height, width), np.float32)
    _surface(*columns, np.float32(tau_us), out)
    return out


@njit(cache=True)
def _surface(t, x, y, p, tau_us, out):
    last = np.full(out.shape, -1, np.int64)
    for i in range(t.size):
        last[1 if p[i] else 0, y[i], x[i]] = t[i]
    for c in range(out.shape[0]):
        for row in range(out.shape[1]):
            for column in range(out.shape[2]):
                if last[c, row, column] >= 0:
                    out[c, row, column] = np.exp(-np.float32(t[-1] - last[c, row, column]) / tau_us)
