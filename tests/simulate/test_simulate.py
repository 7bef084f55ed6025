"""The simulated sensor before images: its equations, its laws, its chance."""

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelet import events
from spikelet.events import Sensor

IMAGES = np.random.default_rng(0).random((6, 9, 14)).astype(np.float32)
TIMES = np.array([0, 900, 5_000, 5_001, 40_000, 61_000])
FLAWED = Sensor(
    threshold_mismatch=0.2, leak_rate_hz=40, shot_noise_rate_hz=60, bandwidth_hz=80, refractory_us=700
)
SENSORS = [
    Sensor(),
    Sensor(threshold_on=0.11, threshold_off=0.37),
    Sensor(threshold_mismatch=0.2),
    Sensor(leak_rate_hz=40),
    Sensor(shot_noise_rate_hz=60),
    Sensor(bandwidth_hz=80),
    Sensor(refractory_us=700),
    FLAWED,
]


def rows(found):
    columns = (found.t, found.x, found.y, found.p)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def still(value, *, size=(50, 40), seconds=10):
    """Two images of one intensity, and their times."""
    return np.full((2, size[1], size[0]), value, np.float32), [0, seconds * 1_000_000]


def oracle(images, times, sensor):
    """Events of an ideal sensor, pixel by pixel, in exact order of the levels."""
    found = []
    for y in range(images.shape[1]):
        for x in range(images.shape[2]):
            logs = [math.log(float(image[y, x]) + sensor.log_offset) for image in images]
            level = logs[0]
            for k in range(len(logs) - 1):
                a, b, t0, t1 = logs[k], logs[k + 1], times[k], times[k + 1]
                while b - level >= sensor.threshold_on or level - b >= sensor.threshold_off:
                    level += sensor.threshold_on if b > level else -sensor.threshold_off
                    found.append((t0 + (level - a) / (b - a) * (t1 - t0), y, x, b > a))
    return found


def by_pixel(found):
    """Polarity and time of the events of each pixel."""
    pixels = {}
    for t, x, y, p in rows(found):
        pixels.setdefault((x, y), []).append((t, p))
    return pixels


@pytest.mark.parametrize("sensor", [SENSORS[0], SENSORS[1]], ids=repr)
def test_an_ideal_sensor_is_the_plain_oracle(sensor):
    found = events.simulate(IMAGES, times_us=TIMES, sensor=sensor)
    expected = sorted(oracle(IMAGES, TIMES.tolist(), sensor), key=lambda row: (row[1], row[2], row[0]))
    ours = sorted((y, x, t, p) for t, x, y, p in rows(found))
    assert [(y, x, p) for y, x, _, p in ours] == [(y, x, p) for _, y, x, p in expected]
    assert max(abs(a[2] - b[0]) for a, b in zip(ours, expected, strict=True)) <= 1
    assert len(ours) > 500


@pytest.mark.parametrize("sensor", SENSORS, ids=repr)
def test_events_are_sorted_on_the_sensor_and_within_the_times(sensor):
    found = events.simulate(IMAGES, times_us=TIMES + 17, sensor=sensor)
    assert events.Events(found.t, found.x, found.y, found.p, sensor_size=(14, 9)) == found
    assert 17 <= found.t[0] <= found.t[-1] <= 61_017


@pytest.mark.parametrize("sensor", SENSORS, ids=repr)
def test_the_number_of_threads_changes_nothing(sensor):
    alone = events.simulate(IMAGES, times_us=TIMES, sensor=sensor, seed=5, threads=1)
    for threads in (2, 3, 4, 9, 50):
        assert events.simulate(IMAGES, times_us=TIMES, sensor=sensor, seed=5, threads=threads) == alone


def test_the_seed_says_what_is_drawn():
    ours, theirs = (events.simulate(IMAGES, times_us=TIMES, sensor=FLAWED, seed=8) for _ in range(2))
    assert ours == theirs
    assert ours != events.simulate(IMAGES, times_us=TIMES, sensor=FLAWED, seed=9)
    ideal = (events.simulate(IMAGES, times_us=TIMES, seed=seed) for seed in (8, 9))
    assert next(ideal) == next(ideal)


@pytest.mark.parametrize(
    "sensor", [Sensor(), Sensor(threshold_mismatch=0.3), Sensor(bandwidth_hz=5)], ids=repr
)
def test_where_nothing_changes_nothing_is_reported(sensor):
    images, times = still(0.3)
    assert len(events.simulate(images, times_us=times, sensor=sensor)) == 0


@pytest.mark.parametrize("factor", [2, 8])
@pytest.mark.parametrize("threshold", [0.1, 0.25, 0.3])
def test_a_rise_gives_as_many_events_as_thresholds_fit_in(factor, threshold):
    images = np.array([[[0.1]], [[0.1 * factor]]])
    sensor = Sensor(threshold_on=threshold, log_offset=0)
    found = events.simulate(images, times_us=[0, 1_000], sensor=sensor)
    assert len(found) == int(math.log(factor) / threshold)
    assert found.p.all()
    expected = [1_000 * (k + 1) * threshold / math.log(factor) for k in range(len(found))]
    np.testing.assert_allclose(found.t, expected, atol=1)


@given(scale=st.sampled_from([0.25, 0.5, 2, 4]))
def test_contrast_alone_counts(scale):
    sensor = Sensor(log_offset=0)
    images = IMAGES + np.float32(0.01)
    ours = events.simulate(images, times_us=TIMES, sensor=sensor)
    theirs = events.simulate(images * np.float32(scale), times_us=TIMES, sensor=sensor)
    assert len(ours) == len(theirs)
    assert np.abs(ours.t - theirs.t).max() <= 1


def test_inverse_light_turns_polarity_around():
    sensor = Sensor(threshold_on=0.13, threshold_off=0.29, log_offset=0)
    turned = Sensor(threshold_on=0.29, threshold_off=0.13, log_offset=0)
    images = IMAGES.astype(np.float64) + 0.01
    ours = by_pixel(events.simulate(images, times_us=TIMES, sensor=sensor))
    theirs = by_pixel(events.simulate(1 / images, times_us=TIMES, sensor=turned))
    assert ours.keys() == theirs.keys()
    for pixel, found in ours.items():
        assert [p for _, p in found] == [not p for _, p in theirs[pixel]]
        assert max(abs(a[0] - b[0]) for a, b in zip(found, theirs[pixel], strict=True)) <= 1


def test_an_image_that_lies_on_the_way_changes_nothing():
    ends = np.array([[[0.05]], [[0.9]]])
    between = np.exp(np.log(ends).mean(axis=0, keepdims=True))
    sensor = Sensor(threshold_on=0.0701, log_offset=0)
    whole = events.simulate(ends, times_us=[0, 10_000], sensor=sensor)
    parts = events.simulate(
        np.concatenate([ends[:1], between, ends[1:]]), times_us=[0, 5_000, 10_000], sensor=sensor
    )
    assert len(whole) == len(parts) > 30
    assert np.abs(whole.t - parts.t).max() <= 1


def test_later_images_give_later_events():
    ours = events.simulate(IMAGES, times_us=TIMES)
    theirs = events.simulate(IMAGES, times_us=TIMES + 10**12)
    assert rows(theirs) == [(t + 10**12, x, y, p) for t, x, y, p in rows(ours)]


@pytest.mark.parametrize(("kind", "white"), [(np.uint8, 255), (np.uint16, 65_535)])
def test_whole_numbers_are_scaled_so_that_white_is_1(kind, white):
    images = (IMAGES * white).astype(kind)
    ours = events.simulate(images, times_us=TIMES, sensor=FLAWED)
    assert ours == events.simulate(
        images.astype(np.float32) / np.float32(white), times_us=TIMES, sensor=FLAWED
    )


@pytest.mark.parametrize("sensor", [Sensor(refractory_us=3_000), FLAWED], ids=repr)
def test_no_pixel_reports_within_its_refractory_time(sensor):
    found = events.simulate(IMAGES, times_us=TIMES, sensor=sensor)
    gaps = [b[0] - a[0] for pixel in by_pixel(found).values() for a, b in pairwise(pixel)]
    assert min(gaps) >= sensor.refractory_us
    assert int(found.metadata["dropped_refractory"]) > 0


def test_what_the_refractory_time_costs_is_counted():
    free = events.simulate(IMAGES, times_us=TIMES)
    held = events.simulate(IMAGES, times_us=TIMES, sensor=Sensor(refractory_us=3_000))
    assert len(held) + int(held.metadata["dropped_refractory"]) == len(free)


def test_leak_gives_on_events_at_its_rate_and_out_of_step():
    images, times = still(0.4)
    found = by_pixel(events.simulate(images, times_us=times, sensor=Sensor(leak_rate_hz=2)))
    assert len(found) == 2_000
    for pixel in found.values():
        # 10 seconds at 2 Hz; each interval is half a second to the microsecond.
        assert len(pixel) == 20
        assert all(p for _, p in pixel)
        assert set(np.diff([t for t, _ in pixel]).tolist()) <= {499_999, 500_000, 500_001}
    first = np.array([pixel[0][0] for pixel in found.values()])
    assert abs(first.mean() - 250_000) < 5 * 500_000 / (12 * 2_000) ** 0.5


@pytest.mark.parametrize(("light", "share"), [(0, 1.0), (0.5, 0.625), (1.0, 0.25), (3.0, 0.25)])
def test_shot_noise_comes_by_chance_and_less_in_the_light(light, share):
    images, times = still(light)
    found = events.simulate(images, times_us=times, sensor=Sensor(shot_noise_rate_hz=4))
    expected = 4 * share * 10
    counts = np.zeros(2_000)
    for number, pixel in enumerate(by_pixel(found).values()):
        counts[number] = len(pixel)
    # Poisson: mean and variance are one number.
    assert abs(counts.mean() - expected) < 5 * (expected / 2_000) ** 0.5
    assert abs(counts.var() / expected - 1) < 5 * (2 / 2_000) ** 0.5
    on = np.count_nonzero(found.p) / len(found)
    assert abs(on - 0.5) < 5 * 0.5 / len(found) ** 0.5


def test_thresholds_differ_by_their_mismatch():
    # A rise of 30 thresholds: a pixel reports about 30 / (1 + 0.1 normal) events.
    images = np.stack([np.full((100, 100), 0.01), np.full((100, 100), 0.01 * math.exp(6))])
    sensor = Sensor(threshold_on=0.2, threshold_mismatch=0.1, log_offset=0)
    found = events.simulate(images, times_us=[0, 10**6], sensor=sensor, seed=1)
    first = np.full(10_000, np.nan)
    for (x, y), pixel in by_pixel(found).items():
        first[y * 100 + x] = pixel[0][0] * 6e-6
    assert abs(first.mean() - 0.2) < 5 * 0.02 / 100
    assert abs(first.std() - 0.02) < 5 * 0.02 / (2 * 10_000) ** 0.5
    neighbours = np.corrcoef(first[:-1], first[1:])[0, 1]
    assert abs(neighbours) < 5 / 100


def test_no_threshold_is_drawn_below_its_least():
    images = np.stack([np.full((60, 60), 0.1), np.full((60, 60), 0.1 * math.exp(0.105))])
    sensor = Sensor(threshold_on=0.02, threshold_mismatch=1.0, log_offset=0)
    found = by_pixel(events.simulate(images, times_us=[0, 1_000], sensor=sensor))
    assert max(map(len, found.values())) == 10


def test_a_step_behind_the_low_pass_is_an_exponential():
    # 1 microsecond up, then rest: L = D (1 - exp(-t / tau)), and level k is met at -tau ln(1 - k theta / D).
    rise, threshold, hertz = 2.0, 0.09, 40.0
    images = np.array([0.1, 0.1 * math.exp(rise), 0.1 * math.exp(rise)]).reshape(3, 1, 1)
    sensor = Sensor(threshold_on=threshold, bandwidth_hz=hertz, log_offset=0)
    found = events.simulate(images, times_us=[0, 1, 1_000_000], sensor=sensor)
    tau = 1e6 / (2 * math.pi * hertz)
    expected = [-tau * math.log(1 - k * threshold / rise) for k in range(1, 23)]
    assert len(found) == 22
    np.testing.assert_allclose(found.t, expected, atol=2)


def test_a_fall_that_follows_at_once_turns_the_low_pass_around():
    # Up for 1 ms and down again: behind 10 Hz little of it is left; the turn lies in the second interval.
    images = np.array([0.1, 0.1 * math.exp(3.0), 0.1]).reshape(3, 1, 1)
    sensor = Sensor(threshold_on=0.05, threshold_off=0.05, bandwidth_hz=10, log_offset=0)
    found = events.simulate(images, times_us=[0, 1_000, 400_000], sensor=sensor)
    tau, dt = 1e6 / (2 * math.pi * 10), 1.0
    level, log, expected = 0.0, 0.0, []
    for step in range(400_000):
        t = step * dt
        shown = 3.0 * t / 1_000 if t < 1_000 else 3.0 * (400_000 - t) / 399_000
        log += (shown - log) * dt / tau
        if log - level >= 0.05 or level - log >= 0.05:
            expected.append((t, log > level))
            level += 0.05 if log > level else -0.05
    assert found.p.tolist() == [p for _, p in expected]
    assert len(expected) > 50
    # Euler's steps of 1 microsecond lag a little.
    np.testing.assert_allclose(found.t, [t for t, _ in expected], rtol=2e-3, atol=30)


def test_a_wide_band_is_nearly_none():
    wide = events.simulate(IMAGES, times_us=TIMES * 10, sensor=Sensor(bandwidth_hz=1e7))
    none = events.simulate(IMAGES, times_us=TIMES * 10)
    assert abs(len(wide) - len(none)) <= 0.01 * len(none)


def test_noise_leaves_the_level_where_the_light_is():
    # No contrast is owed after a noise event: in still light none but noise follows, on and off by chance.
    images, times = still(0.0, size=(20, 20))
    noisy = events.simulate(images, times_us=times, sensor=Sensor(shot_noise_rate_hz=4, bandwidth_hz=50))
    plain = events.simulate(images, times_us=times, sensor=Sensor(shot_noise_rate_hz=4))
    assert noisy == plain


def test_a_sensor_is_a_value():
    assert pickle.loads(pickle.dumps(FLAWED)) == FLAWED
    assert hash(Sensor()) == hash(Sensor())
    with pytest.raises(AttributeError):
        FLAWED.leak_rate_hz = 1
