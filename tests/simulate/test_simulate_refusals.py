"""What the simulated sensor refuses, and the words it says it with."""

import math

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import DtypeError, OrderError, ParameterError, ShapeError
from spikelet.events import Sensor


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("threshold_on", 0, r"`threshold_on` must be finite and at least 0\.001, got 0"),
        ("threshold_off", math.nan, r"`threshold_off` must be finite and at least 0\.001, got nan"),
        ("threshold_mismatch", 1.5, r"`threshold_mismatch` must be from 0 to 1, got 1\.5"),
        ("refractory_us", 0.5, r"`refractory_us` must be a whole number, got 0\.5"),
        ("refractory_us", -1, r"`refractory_us` must be from 0 to \d+, got -1"),
        ("leak_rate_hz", -1, r"`leak_rate_hz` must be from 0 to 1e\+06, got -1"),
        ("shot_noise_rate_hz", math.inf, r"`shot_noise_rate_hz` must be from 0 to 1e\+06, got inf"),
        ("bandwidth_hz", 0, r"`bandwidth_hz` must be finite and at least 0\.001, got 0"),
        ("log_offset", "a", r"`log_offset` must be a number, got 'a'"),
    ],
)
def test_a_sensor_outside_its_rules_is_refused(name, value, message):
    with pytest.raises(ParameterError, match=message):
        Sensor(**{name: value})


@pytest.mark.parametrize(
    ("error", "message", "images", "arguments"),
    [
        (DtypeError, r"array of uint8, uint16, float32 or float64, or a path, got list", [[[1]]], {}),
        (DtypeError, r"or a path, got int64", np.ones((2, 3, 3), np.int64), {}),
        (
            ShapeError,
            r"shape \[T, H, W\], got \[2, 3, 3, 3\]; average the colours",
            np.ones((2, 3, 3, 3)),
            {},
        ),
        (ShapeError, r"shape \[T, H, W\], got \[3, 3\]; one image is `image\[None\]`", np.ones((3, 3)), {}),
        (ShapeError, r"shape \[T, H, W\], got \[0, 3, 3\]$", np.ones((0, 3, 3)), {}),
        (
            ParameterError,
            r"`times_us` must be given with images, got None; pass",
            np.ones((2, 3, 3)),
            {"times_us": None},
        ),
        (
            DtypeError,
            r"`times_us` must be whole microseconds, got float64; scale",
            np.ones((2, 3, 3)),
            {"times_us": [0, 0.5]},
        ),
        (
            ShapeError,
            r"`times_us` must have shape \[2\], one for each image, got \[3\]",
            np.ones((2, 3, 3)),
            {"times_us": [0, 1, 2]},
        ),
        (
            OrderError,
            r"`times_us` must rise from 0 or above, got 5 at image 1 after 5",
            np.ones((2, 3, 3)),
            {"times_us": [5, 5]},
        ),
        (
            OrderError,
            r"`times_us` must rise from 0 or above, got -5 at image 0",
            np.ones((2, 3, 3)),
            {"times_us": [-5, 5]},
        ),
        (DtypeError, r"`sensor` must be a `Sensor`, got float", np.ones((2, 3, 3)), {"sensor": 0.3}),
        (
            ParameterError,
            r"`seed` must be from 0 to 18446744073709551615, got -1",
            np.ones((2, 3, 3)),
            {"seed": -1},
        ),
        (ParameterError, r"`threads` must be from 1 to 1024, got 0", np.ones((2, 3, 3)), {"threads": 0}),
        (ParameterError, r"got nan at x = 0, y = 0 of image 0; scale", np.full((2, 3, 3), np.nan), {}),
        (ParameterError, r"got -1\.0 at x = 0, y = 0 of image 0", np.full((2, 3, 3), -1.0), {}),
        (
            ParameterError,
            r"fewer than 2\^31 events, got about 9e\+15 from 9 pixels in 1000000000000000 us; look",
            np.ones((2, 3, 3)),
            {"times_us": [0, 10**15], "sensor": Sensor(leak_rate_hz=1e6)},
        ),
    ],
)
def test_other_images_and_times_are_refused(error, message, images, arguments):
    with pytest.raises(error, match=message):
        events.simulate(images, **{"times_us": [0, 1], **arguments})


def test_the_dark_has_no_logarithm_without_an_offset():
    images = np.ones((2, 3, 4))
    images[1, 2, 1] = 0
    with pytest.raises(ParameterError, match=r"got 0\.0 at x = 1, y = 2 of image 1; .* raise `log_offset`"):
        events.simulate(images, times_us=[0, 1], sensor=Sensor(log_offset=0))
