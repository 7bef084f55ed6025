"""The simulator's binding against a plain oracle, and what it refuses."""

import math

import numpy as np
import pytest

from spikelet import _core
from spikelet.errors import DtypeError, ParameterError

SETTINGS = {
    "sensor_size": (9, 7),
    "magnification": 1.5,
    "background": 0.25,
    "amplitude_px": 2.0,
    "move_us": 10_000,
    "step_us": 700,
    "on_threshold": 0.2,
    # No simple multiple of the other: levels would else be met exactly on return, and rounding decide.
    "off_threshold": 0.3236,
    "refractory_us": 0,
    "log_offset": 0.05,
}


def shift(t_us, *, amplitude_px, move_us):
    """Where the image is, in double precision."""
    corners = [(-1, 1), (0, -1), (1, 1), (-1, 1), (-1, 1)]
    side = t_us // move_us
    tau = (t_us % move_us) / move_us
    part = 10 * tau**3 - 15 * tau**4 + 6 * tau**5
    return [
        amplitude_px * (a + part * (b - a)) for a, b in zip(corners[side], corners[side + 1], strict=True)
    ]


def seen(image, x, y, move, s):
    """Bilinear intensity at a sensor pixel."""
    h, w = image.shape
    u = (x + 0.5 - s["sensor_size"][0] / 2 - move[0]) / s["magnification"] + w / 2 - 0.5
    v = (y + 0.5 - s["sensor_size"][1] / 2 - move[1]) / s["magnification"] + h / 2 - 0.5
    total = 0.0
    for j in (math.floor(v), math.floor(v) + 1):
        for i in (math.floor(u), math.floor(u) + 1):
            inside = 0 <= i < w and 0 <= j < h
            value = float(image[j, i]) if inside else s["background"]
            total += (1 - abs(u - i)) * (1 - abs(v - j)) * value
    return total


def oracle(image, s):
    """Events of one pixel after another, without a refractory time."""
    stop = 3 * s["move_us"]
    times = [*range(0, stop, s["step_us"]), stop]
    moves = [shift(t, amplitude_px=s["amplitude_px"], move_us=s["move_us"]) for t in times]
    found = []
    for y in range(s["sensor_size"][1]):
        for x in range(s["sensor_size"][0]):
            logs = [math.log(seen(image, x, y, move, s) + s["log_offset"]) for move in moves]
            level = logs[0]
            for a, b, t0, t1 in zip(logs, logs[1:], times, times[1:], strict=False):
                while b - level > s["on_threshold"] or level - b > s["off_threshold"]:
                    level += s["on_threshold"] if b > level else -s["off_threshold"]
                    found.append((t0 + (level - a) / (b - a) * (t1 - t0), y, x, b > a))
    return found


def by_pixel(rows):
    """Sorted by pixel, then time."""
    return sorted(((int(y), int(x), float(t), bool(p)) for t, y, x, p in rows))


def test_events_are_those_of_the_plain_oracle():
    image = np.random.default_rng(3).random((4, 3), dtype=np.float32)
    t, x, y, p, dropped = _core.simulate_saccades(image, **SETTINGS)
    ours, theirs = by_pixel(zip(t, y, x, p, strict=True)), by_pixel(oracle(image, SETTINGS))
    assert dropped == 0
    assert len(ours) > 200
    assert [(a[0], a[1], a[3]) for a in ours] == [(b[0], b[1], b[3]) for b in theirs]
    # Ours rounds to microseconds and sees the image in single precision.
    assert max(abs(a[2] - b[2]) for a, b in zip(ours, theirs, strict=True)) <= 2


def test_columns_have_the_exact_types_and_are_sorted():
    image = np.random.default_rng(4).random((5, 5), dtype=np.float32)
    t, x, y, p, _ = _core.simulate_saccades(image, **SETTINGS)
    assert [column.dtype for column in (t, x, y, p)] == [np.int64, np.uint16, np.uint16, np.bool_]
    assert np.all(np.diff(t) >= 0)
    assert x.max() < 9
    assert y.max() < 7


def test_refractory_events_are_counted():
    image = np.random.default_rng(5).random((5, 5), dtype=np.float32)
    free = _core.simulate_saccades(image, **SETTINGS)
    held = _core.simulate_saccades(image, **{**SETTINGS, "refractory_us": 2_000})
    assert held[4] > 0
    assert len(held[0]) + held[4] == len(free[0])


def test_a_blank_image_on_its_own_background_gives_no_events():
    image = np.full((3, 3), 0.25, np.float32)
    assert len(_core.simulate_saccades(image, **SETTINGS)[0]) == 0


def test_an_image_at_rest_gives_no_events():
    image = np.random.default_rng(6).random((3, 3), dtype=np.float32)
    assert len(_core.simulate_saccades(image, **{**SETTINGS, "amplitude_px": 0.0})[0]) == 0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("on_threshold", 0.0, "`on_threshold` must be finite and at least 0.001, got 0"),
        ("off_threshold", math.nan, "`off_threshold` must be finite and at least 0.001, got NaN"),
        ("refractory_us", -1, "`refractory_us` must be 0 or above, got -1"),
        ("log_offset", -0.5, "`log_offset` must be finite and 0 or above, got -0.5"),
        ("magnification", 0.0, "`magnification` must be between 0.001 and 1000, got 0"),
        ("background", math.inf, "`background` must be finite and 0 or above, got inf"),
        ("amplitude_px", -1.0, "`amplitude_px` must be between 0 and 65535, got -1"),
        ("move_us", 0, "`move_us` must be between 1 and 3600000000, got 0"),
        ("step_us", 10_001, "`step_us` must be between 1 and `move_us`, got 10001"),
        ("sensor_size", (0, 7), "`width` must be above 0, got 0"),
    ],
)
def test_a_setting_outside_its_rule_is_refused_by_name(name, value, message):
    with pytest.raises(ParameterError, match=message):
        _core.simulate_saccades(np.ones((2, 2), np.float32), **{**SETTINGS, name: value})


def test_images_with_no_logarithm_are_refused_with_the_pixel():
    image = np.ones((2, 2), np.float32)
    image[1, 0] = np.nan
    with pytest.raises(ParameterError, match=r"pixel 2 must be finite, not negative .*, got NaN"):
        _core.simulate_saccades(image, **SETTINGS)
    dark = {**SETTINGS, "background": 0.0, "log_offset": 0.0}
    with pytest.raises(
        ParameterError, match=r"above 0 once `log_offset` is added, got 0; .* raise `log_offset`"
    ):
        _core.simulate_saccades(np.ones((2, 2), np.float32), **dark)


def test_an_empty_or_strided_image_is_refused():
    with pytest.raises(ParameterError, match="`height` must be above 0, got 0"):
        _core.simulate_saccades(np.ones((0, 3), np.float32), **SETTINGS)
    with pytest.raises(DtypeError, match="`image` must be contiguous, got a strided view"):
        _core.simulate_saccades(np.ones((4, 4), np.float32)[::2, ::2], **SETTINGS)
    with pytest.raises(DtypeError, match="`image` must be contiguous, got a strided view"):
        _core.simulate_saccades(np.ones((4, 3), np.float32).T, **SETTINGS)
