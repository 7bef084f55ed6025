"""A synthetic recording with the statistics that matter to a decoder: row bursts, runs in x, noise."""

import numpy as np

WIDTH, HEIGHT = 1280, 720


def moving_edges(events: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Columns `t x y p` of about `events` events as a moving edge gives them on an HD sensor.

    Events come in bursts of one row, one time and one polarity with rising x, most of them in runs of
    neighbours; one burst in three is a lone noise event. Time moves by 0 to 3 microseconds a burst.
    """
    rng = np.random.default_rng(seed)
    mean_burst = 7.0
    bursts = int(events / mean_burst) + 1
    lengths = np.where(rng.random(bursts) < 1 / 3, 1, rng.integers(2, 18, bursts))
    starts = np.concatenate(([0], np.cumsum(lengths)))
    total = int(starts[-1])
    steps = rng.choice(np.array([1, 1, 1, 1, 2, 3]), total)
    steps[starts[:-1]] = 0
    walked = np.cumsum(steps)
    offset = walked - np.repeat(walked[starts[:-1]], lengths)
    x0 = rng.integers(0, WIDTH - 64, bursts)
    t = np.repeat(np.cumsum(rng.integers(0, 4, bursts)), lengths).astype(np.int64)
    x = (np.repeat(x0, lengths) + offset).astype(np.uint16)
    y = np.repeat(rng.integers(0, HEIGHT, bursts), lengths).astype(np.uint16)
    p = np.repeat(rng.random(bursts) < 0.5, lengths)
    return t, x, y, p
