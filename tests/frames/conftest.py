"""Recordings that the tests of frames share."""

import numpy as np
import pytest

from spikelet.events import Events


@pytest.fixture
def golden():
    """Input A of the golden tables: 12 events on a sensor 4 wide and 3 high."""
    return Events(
        t=[3, 3, 5, 9, 12, 12, 14, 20, 21, 27, 30, 33],
        x=[0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3],
        y=[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2],
        p=[1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1],
        sensor_size=(4, 3),
    )


@pytest.fixture
def make_events():
    """Random sorted events, or events at given times, on pixels drawn evenly."""

    def make(t=1000, *, size=(5, 3), seed=0):
        rng = np.random.default_rng(seed)
        times = np.sort(rng.integers(0, 10 * t + 1, t)) if isinstance(t, int) else np.asarray(t, np.int64)
        n = len(times)
        width, height = size
        x, y, p = rng.integers(0, width, n), rng.integers(0, height, n), rng.integers(0, 2, n)
        return Events(times, x, y, p, sensor_size=size)

    return make
