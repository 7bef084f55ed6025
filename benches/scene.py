"""Synthetic recordings with the statistics that matter to a decoder: row bursts, runs in x, noise."""

import numpy as np

WIDTH, HEIGHT = 1280, 720
Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def moving_edges(events: int, *, seed: int = 0) -> Columns:
    """Columns `t x y p` of about `events` events as a moving edge gives them on an HD sensor.

    Events come in bursts of one row, one time and one polarity with rising x, most of them in runs of
    neighbours; one burst in three is a lone noise event. Time moves by 0 to 3 microseconds a burst.
    """
    rng = np.random.default_rng(seed)
    mean_burst = 7.0
    bursts = int(events / mean_burst) + 1
    lengths = np.where(rng.random(bursts) < 1 / 3, 1, rng.integers(2, 18, bursts))
    return _bursts(rng, lengths, steps=(1, 1, 1, 1, 2, 3), pauses=4)


def lone_events(events: int, *, seed: int = 0) -> Columns:
    """The same of `events` events of which no two share a burst; time moves at every other one."""
    return _bursts(np.random.default_rng(seed), np.ones(events, np.int64), steps=(1,), pauses=2)


def full_rows(events: int, *, seed: int = 0) -> Columns:
    """The same of about `events` events in bursts of 6 to 23 with few gaps, and no noise."""
    rng = np.random.default_rng(seed)
    mean_burst = 14.5
    lengths = rng.integers(6, 24, int(events / mean_burst) + 1)
    return _bursts(rng, lengths, steps=(1, 1, 1, 2), pauses=4)


def _bursts(rng: np.random.Generator, lengths: np.ndarray, *, steps: tuple[int, ...], pauses: int) -> Columns:
    """Bursts so long; x moves by one of `steps` in them, and time by less than `pauses` between them."""
    bursts = len(lengths)
    starts = np.concatenate(([0], np.cumsum(lengths)))
    total = int(starts[-1])
    moves = rng.choice(np.array(steps), total)
    moves[starts[:-1]] = 0
    walked = np.cumsum(moves)
    offset = walked - np.repeat(walked[starts[:-1]], lengths)
    x0 = rng.integers(0, WIDTH - 64, bursts)
    t = np.repeat(np.cumsum(rng.integers(0, pauses, bursts)), lengths).astype(np.int64)
    x = (np.repeat(x0, lengths) + offset).astype(np.uint16)
    y = np.repeat(rng.integers(0, HEIGHT, bursts), lengths).astype(np.uint16)
    p = np.repeat(rng.random(bursts) < 0.5, lengths)
    return t, x, y, p
