"""Recordings for the tests of transforms, every transform, and filters written as plain loops."""

import numpy as np
from hypothesis import strategies as st

from spikelet import transforms as tr
from spikelet.events import Events


def made(n=300, *, seed=0, size=(13, 11), longest_us=2_000, first_us=500):
    """Sorted events with ties, the same for the same arguments."""
    rng = np.random.default_rng(seed)
    t = first_us + np.sort(rng.integers(0, longest_us, n))
    x, y = rng.integers(0, size[0], n), rng.integers(0, size[1], n)
    return Events(t, x, y, rng.integers(0, 2, n), sensor_size=size, metadata={"from": "a test"})


@st.composite
def recordings(draw, *, sizes=((1, 1), (5, 3), (7, 1), (13, 11))):
    """Sorted events with ties and silence, at any place in time, on sensors of odd sizes."""
    width, height = draw(st.sampled_from(sizes))
    steps = draw(st.lists(st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 300)), max_size=60))
    t = draw(st.sampled_from([0, 1, -700, 10**12, -(10**12)])) + np.cumsum(steps, dtype=np.int64)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x, y, p = (rng.integers(0, most, len(t)) for most in (width, height, 2))
    return Events(t, x, y, p, sensor_size=(width, height))


def rows(events):
    """Events as tuples of plain numbers."""
    columns = (events.t, events.x, events.y, events.p)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def digest_of(transform, events):
    """What a worker process hands back."""
    return transform(events).digest()


class Drawn:
    """One recording many times, each time transformed anew: a data set for loaders."""

    def __init__(self, events, transform, *, copies):
        self.events, self.transform, self.copies = events, transform, copies

    def __len__(self):
        return self.copies

    def __getitem__(self, index):
        return digest_of(self.transform, self.events)


# Those that fit any sensor. Filters first: what they return is a part of what they were given.
FILTERS = [
    tr.Decimation(3),
    tr.Denoise(us=50),
    tr.Denoise(us=50, neighbours=4),
    tr.DropPixel([(0, 0), (3, 2), (60_000, 1)]),
    tr.HotPixelFilter(rate_hz=500),
    tr.HotPixelFilter(sigmas=1),
    tr.RefractoryPeriod(us=40),
    tr.RefractoryPeriod(us=40, paralyzable=True),
]
RANDOM_FILTERS = [
    tr.DropEvent(0.3, seed=1),
    tr.DropEvent((0.1, 0.9), seed=1),
    tr.DropEventByArea((0.2, 0.8), seed=1),
    tr.DropEventByTime(0.4, seed=1),
    tr.EventDrop(seed=1),
    tr.RandomDropPixel(0.4, seed=1),
]
OTHERS = [
    tr.Crop(x=0, y=0, width=1, height=1),
    tr.CenterCrop((1, 1)),
    tr.CropTime(start_us=10, stop_us=200),
    tr.DifferentiatorDownsampling((3, 2), dt_us=40, threshold=1, bins=4),
    tr.Downsample(time_factor=0.5, spatial_factor=(0.4, 2)),
    tr.FlipLeftRight(),
    tr.FlipPolarity(),
    tr.FlipUpDown(),
    tr.IntegratorDownsampling((3, 2), dt_us=40, threshold=2),
    tr.MergePolarities(),
    tr.Resize((4, 20)),
    tr.ReverseTime(),
    tr.TimeAlignment(),
]
RANDOM_OTHERS = [
    tr.RandomCrop((1, 1), seed=2),
    tr.RandomCropTime(us=100, seed=2),
    tr.RandomFlipLR(seed=2),
    tr.RandomFlipPolarity(seed=2),
    tr.RandomFlipUD(seed=2),
    tr.RandomTimeReversal(seed=2),
    tr.SpatialJitter(var_x=2, var_y=3, sigma_xy=1, seed=2),
    tr.TimeJitter(std_us=30, seed=2),
    tr.TimeSkew((0.5, 2), (-10, 10), seed=2),
    tr.UniformNoise((0, 20), seed=2),
]
COMPOSED = [
    tr.Compose([tr.FlipUpDown(), tr.DropEvent(0.5)], seed=3),
    tr.RandomApply(tr.FlipUpDown(), 0.4, seed=3),
    tr.RandomChoice([tr.FlipUpDown(), tr.DropEvent(0.5)], seed=3),
]
RANDOM = [*RANDOM_FILTERS, *RANDOM_OTHERS, *COMPOSED]
ALL = [*FILTERS, *OTHERS, *RANDOM]


def refractory_period(events, us, *, paralyzable):
    """Whether each event stays, one at a time."""
    last, kept = {}, []
    for t, x, y, _ in rows(events):
        stays = (x, y) not in last or t - last[x, y] >= us
        if stays or paralyzable:
            last[x, y] = t
        kept.append(stays)
    return kept


def denoise(events, us, *, neighbours):
    """Whether each event stays, one at a time."""
    around = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]
    if neighbours == 4:
        around = [(dx, dy) for dx, dy in around if dx * dy == 0]
    last, kept = {}, []
    for t, x, y, _ in rows(events):
        times = [last[x + dx, y + dy] for dx, dy in around if (x + dx, y + dy) in last]
        kept.append(any(before > t - us for before in times))
        last[x, y] = t
    return kept


def decimation(events, n):
    """Whether each event stays, one at a time."""
    seen, kept = {}, []
    for _, x, y, _ in rows(events):
        seen[x, y] = seen.get((x, y), 0) + 1
        kept.append(seen[x, y] % n == 0)
    return kept


def integrated(events, size, dt_us, threshold):
    """Rows of what integrating pixels fire, one bin after another."""
    (width, height), (wide, high) = events.sensor_size, size
    sums, fired = {}, []
    if len(events) == 0:
        return fired
    first, last = int(events.t[0]), int(events.t[-1])
    for number in range((last - first) // dt_us + 1):
        start = first + number * dt_us
        for t, x, y, p in rows(events):
            if start <= t < start + dt_us:
                at = (y * high // height, x * wide // width)
                sums[at] = sums.get(at, 0) + (1 if p else -1)
        for y, x in sorted(sums):
            if abs(sums[y, x]) >= threshold:
                fired.append((start, x, y, sums[y, x] > 0))
                sums[y, x] = 0
    return fired


def differentiated(events, size, dt_us, *, threshold, bins):
    """Rows of what fires where integrating pixels fire more often than in the window before."""
    counts = {}
    first = int(events.t[0]) if len(events) > 0 else 0
    for t, x, y, p in integrated(events, size, dt_us // bins, threshold):
        at = ((t - first) // dt_us, y, x, p)
        counts[at] = counts.get(at, 0) + 1
    return [
        (first + window * dt_us, x, y, p)
        for window, y, x, p in sorted(counts)
        if window > 0 and counts[window, y, x, p] > counts.get((window - 1, y, x, p), 0)
    ]
