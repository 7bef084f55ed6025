"""Every wrong use of a representation says what is wrong and what to do."""

import pickle
import re

import numpy as np
import pytest

from spikelet import _core, frames
from spikelet.errors import BoundsError, DtypeError, ParameterError, ShapeError
from spikelet.events import Events
from spikelet.frames import Alpha, Exponential, IntoByCount, Linear, Polarity, Trilinear

WINDOW = IntoByCount(2)
FADING = Exponential(tau_us=5)
MAKERS = {
    "binary": frames.binary,
    "voxel_grid": lambda e, **k: frames.voxel_grid(e, **{"bins": 2, **k}),
    "event_spike_tensor": lambda e, **k: frames.event_spike_tensor(e, **{"bins": 2, **k}),
    "surface_of_active_events": frames.surface_of_active_events,
    "time_surface": lambda e, **k: frames.time_surface(e, **{"fading": FADING, **k}),
    "tore": lambda e, **k: frames.tore(e, **{"depth": 2, **k}),
    "averaged_time_surfaces": lambda e, **k: frames.averaged_time_surfaces(
        e, **{"cell_size": 2, "surface_size": 3, "history_us": 9, "fading": FADING, **k}
    ),
}


def refused(error, text):
    return pytest.raises(error, match="^" + re.escape(text))


@pytest.mark.parametrize("name", MAKERS)
def test_what_every_representation_checks(golden, name):
    make = MAKERS[name]
    with refused(DtypeError, "`events` must be an `Events`, got dict"):
        make({}, window=WINDOW)
    with refused(DtypeError, "`window` must be a window, got 3"):
        make(golden, window=3)
    with refused(ParameterError, "`threads` must be from 1 to 1024, got 0"):
        make(golden, window=WINDOW, threads=0)
    with refused(ParameterError, "`window` must give frames of at most 40 bytes"):
        make(golden, window=WINDOW, max_bytes=40)
    right = make(golden, window=WINDOW)
    with refused(ShapeError, f"`out` must have shape {list(right.shape)}, got [3]"):
        make(golden, window=WINDOW, out=np.zeros(3, right.dtype))
    with refused(DtypeError, f"`out` must be an array of {right.dtype}, got complex64"):
        make(golden, window=WINDOW, out=np.zeros(right.shape, np.complex64))


@pytest.mark.parametrize("name", ["binary", "surface_of_active_events", "tore", "averaged_time_surfaces"])
def test_what_has_no_sign_refuses_signed_frames(golden, name):
    message = "`polarity` must be Polarity.TWO_CHANNEL or Polarity.MERGED, got Polarity.SIGNED"
    with refused(ParameterError, message):
        MAKERS[name](golden, window=WINDOW, polarity=Polarity.SIGNED)


@pytest.mark.parametrize(
    ("name", "wrong", "error", "message"),
    [
        ("binary", {"dtype": np.int16}, DtypeError, "`dtype` must be numpy.float32, numpy.uint8 or"),
        (
            "binary",
            {"polarity": "merged"},
            ParameterError,
            "`polarity` must be Polarity.TWO_CHANNEL or Polarity.MERGED, got 'merged'",
        ),
        ("voxel_grid", {"bins": 0}, ParameterError, "`bins` must be from 1 to 65536, got 0"),
        ("voxel_grid", {"bins": 2.0}, ParameterError, "`bins` must be a whole number, got 2.0"),
        (
            "voxel_grid",
            {"polarity": Polarity.TWO_CHANNEL},
            ParameterError,
            "`polarity` must be Polarity.SIGNED or Polarity.MERGED, got Polarity.TWO_CHANNEL",
        ),
        (
            "event_spike_tensor",
            {"kernel": Linear(span_us=3)},
            DtypeError,
            "`kernel` must be `Trilinear` or `Exponential` or `Alpha`, got Linear(span_us=3.0)",
        ),
        ("event_spike_tensor", {"measure": "time"}, DtypeError, "`measure` must be `Measure`, got 'time'"),
        ("time_surface", {"fading": 3}, DtypeError, "`fading` must be `Exponential` or `Linear`, got 3"),
        ("time_surface", {"memory": 1}, ParameterError, "`memory` must be True or False, got 1"),
        ("time_surface", {"at_us": [1.5, 2]}, DtypeError, "`at_us` must hold integers, got float64; round"),
        ("time_surface", {"at_us": [99]}, ShapeError, "reference times must be one for each of the 2"),
        (
            "time_surface",
            {"at_us": [99, 32]},
            ParameterError,
            "reference time of frame 1 must not lie before its last event at t = 33, got 32; take the end",
        ),
        ("tore", {"depth": 0}, ParameterError, "`depth` must be from 1 to 65536, got 0"),
        ("tore", {"youngest_us": 0}, ParameterError, "`youngest_us` must be finite and above 0, got 0"),
        ("tore", {"oldest_us": "old"}, ParameterError, "`oldest_us` must be a number, got 'old'"),
        ("tore", {"oldest_us": 150}, ParameterError, "`oldest_us` must be above `youngest_us`, got"),
        ("averaged_time_surfaces", {"cell_size": 0}, ParameterError, "`cell_size` must be from 1 to"),
        ("averaged_time_surfaces", {"surface_size": 4}, ParameterError, "`surface_size` must be odd"),
        ("averaged_time_surfaces", {"history_us": -1}, ParameterError, "`history_us` must be from 0 to"),
        ("averaged_time_surfaces", {"fading": Alpha(tau_us=1)}, DtypeError, "`fading` must be"),
    ],
)  # fmt: skip
def test_arguments_outside_their_rule_are_refused(golden, name, wrong, error, message):
    with refused(error, message):
        MAKERS[name](golden, window=WINDOW, **wrong)


def test_signed_counts_need_a_type_with_a_sign(golden):
    for dtype in (np.uint8, np.uint16):
        message = f"`dtype` of signed counts must be numpy.float32 or numpy.int16, got {np.dtype(dtype)}"
        with refused(DtypeError, message):
            frames.counts(golden, window=WINDOW, polarity=Polarity.SIGNED, dtype=dtype)


def test_signed_counts_that_do_not_fit_are_refused_and_clipped_on_request():
    n = 40_000
    zeros = np.zeros(n, int)
    events = Events(zeros, zeros, zeros, zeros, sensor_size=(1, 1))
    how = {"window": IntoByCount(1), "polarity": Polarity.SIGNED, "dtype": np.int16}
    message = (
        "`dtype` must hold the count of every cell, got 7233 events beyond the 32767 that a cell of int16"
    )
    with refused(ParameterError, message):
        frames.counts(events, **how)
    assert frames.counts(events, **how, saturate=True).item() == -32_767


def test_times_that_a_float_does_not_hold_are_refused():
    events = Events([0, 2**53 + 1], [0, 0], [0, 0], [0, 0], sensor_size=(1, 1))
    with refused(
        ParameterError, "times must lie within 2^53 us of 0 to be exact in float64, got 0 to 90071992"
    ):
        frames.surface_of_active_events(events, window=WINDOW)


@pytest.mark.parametrize("kind", [Exponential, Alpha])
@pytest.mark.parametrize("wrong", [0, -1.0, np.nan, np.inf])
def test_constants_of_time_are_above_0(kind, wrong):
    with refused(ParameterError, f"`tau_us` must be finite and above 0, got {wrong}"):
        kind(tau_us=wrong)
    with refused(ParameterError, f"`span_us` must be finite and above 0, got {wrong}"):
        Linear(span_us=wrong)


@pytest.mark.parametrize(
    "value", [Exponential(tau_us=3), Linear(span_us=3), Alpha(tau_us=3), Trilinear()], ids=repr
)
def test_fadings_and_kernels_are_values(value):
    assert pickle.loads(pickle.dumps(value)) == value
    assert hash(pickle.loads(pickle.dumps(value))) == hash(value)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_core_refuses_events_outside_its_frames(golden, threads):
    columns = (golden.t, golden.x, golden.y, golden.p)
    given = (columns, np.array([[0, 12]]), (3, 3), threads)
    message = "event 3 lies at x = 3, y = 0 but the sensor has 3x3 pixels"
    frame = np.zeros((1, 1, 3, 3), np.float32)
    with refused(BoundsError, message):
        _core.voxel_grid_into_frames(given, frame, "signed", 1, ("trilinear", 1.0), "count")
    with refused(BoundsError, message):
        _core.time_surface_into_frames(given, frame, ("merged", True), ("linear", 1.0), np.array([33]))
    with refused(BoundsError, message):
        _core.mark_into_frames(given, frame.astype(np.uint8), "merged")


def test_the_core_knows_its_words(golden):
    given = ((golden.t, golden.x, golden.y, golden.p), np.array([[0, 12]]), (4, 3), 1)
    grid = np.zeros((1, 1, 3, 4), np.float32)
    with refused(ParameterError, '`polarity` must be "two-channel", "signed" or "merged", got `both`'):
        _core.count_into_frames(given, grid, "both")
    with refused(ParameterError, '`fading` must be "exponential" or "linear", got `slow`'):
        _core.time_surface_into_frames(given, grid, ("merged", True), ("slow", 1.0), np.array([33]))
    with refused(ParameterError, '`kernel` must be "trilinear", "exponential" or "alpha", got `box`'):
        _core.voxel_grid_into_frames(given, grid, "signed", 1, ("box", 1.0), "count")
    with refused(ParameterError, '`measure` must be "count" or "time", got `mass`'):
        _core.voxel_grid_into_frames(given, grid, "signed", 1, ("trilinear", 1.0), "mass")
    with refused(DtypeError, "`frames` must be an array of float32, int16, uint16 or uint8, got another"):
        _core.count_into_frames(given, grid.astype(np.float64), "merged")
    with refused(DtypeError, "signed frames must be of a type with a sign and count events, got one without"):
        _core.count_into_frames(given, grid.astype(np.uint8), "signed")
