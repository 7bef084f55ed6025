"""Golden frames of input A, and of the HATS example; those of tonic were made by tonic 1.7.0 itself."""

import numpy as np
import pytest

from spikelet import frames
from spikelet.events import Events
from spikelet.frames import Exponential, IntoByCount, Linear, Polarity, TonicByTime

WHOLE = IntoByCount(1)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-6)


def test_the_voxel_grid_of_a(golden):
    grid = frames.voxel_grid(golden, window=WHOLE, bins=3)
    assert grid.dtype == np.float32
    close(
        grid[0],
        [
            [[1, -1, 0.866667, -0.6], [0.4, -0.4, 0.266667, 0], [0, 0, 0, 0]],
            [[0, 0, 0.133333, -0.4], [0.6, -0.6, 0.733333, -0.866667], [0.8, -0.4, 0.2, 0]],
            [[0, 0, 0, 0], [0, 0, 0, -0.133333], [0.2, -0.6, 0.8, 1]],
        ],
    )
    assert grid.sum() == pytest.approx(2.0, abs=1e-6)


def test_the_trilinear_tensor_is_the_voxel_grid_with_off_and_on_apart(golden):
    tensor = frames.event_spike_tensor(golden, window=IntoByCount(2), bins=4)
    assert tensor.shape == (2, 2, 4, 3, 4)
    close(tensor[:, 1] - tensor[:, 0], frames.voxel_grid(golden, window=IntoByCount(2), bins=4))
    merged = frames.voxel_grid(golden, window=IntoByCount(2), bins=4, polarity=Polarity.MERGED)
    close(tensor.sum(1), merged)


def test_the_exponential_surface_of_a(golden):
    surface = frames.time_surface(golden, window=WHOLE, fading=Exponential(tau_us=10))
    off = [[0, 0.049787, 0, 0.090718], [0, 0.122456, 0, 0.272532], [0, 0.548812, 0, 0]]
    on = [[0.049787, 0, 0.060810, 0], [0.122456, 0, 0.149569, 0], [0.301194, 0, 0.740818, 1]]
    close(surface, [[off, on]])


def test_the_linear_surface_of_a(golden):
    surface = frames.time_surface(golden, window=WHOLE, fading=Linear(span_us=30))
    off = [[0, 0, 0, 0.2], [0, 0.3, 0, 0.566667], [0, 0.8, 0, 0]]
    on = [[0, 0, 0.066667, 0], [0.3, 0, 0.366667, 0], [0.6, 0, 0.9, 1]]
    close(surface, [[off, on]])


def test_the_surface_of_active_events_of_a_holds_the_last_times(golden):
    never = -np.inf
    off = [[never, 3, never, 9], [never, 12, never, 20], [never, 27, never, never]]
    on = [[3, never, 5, never], [12, never, 14, never], [21, never, 30, 33]]
    found = frames.surface_of_active_events(golden, window=WHOLE)
    assert found.dtype == np.float64
    assert found.tolist() == [[off, on]]
    merged = frames.surface_of_active_events(golden, window=WHOLE, polarity=Polarity.MERGED)
    assert merged.tolist() == [[np.maximum(off, on).tolist()]]


def test_tonics_surfaces_of_a_are_seen_from_the_ends_of_its_windows(golden):
    window, fading = TonicByTime(time_window_us=10), Exponential(tau_us=10)
    surfaces = frames.time_surface(golden, window=window, fading=fading, at_us=[13, 23, 33])
    assert surfaces.shape == (3, 2, 3, 4)
    close(surfaces[0, 1, 0], [0.367879, 0, 0.449329, 0])
    close(surfaces[0, 0, 0], [0, 0.367879, 0, 0.670320])
    # The last event is in none of tonic's windows.
    close(surfaces[2, 1, 2], [0.301194, 0, 0.740818, 0])


def test_a_signed_surface_has_the_sign_of_the_last_event(golden):
    apart = frames.time_surface(golden, window=WHOLE, fading=Exponential(tau_us=10))[0]
    signed = frames.time_surface(
        golden, window=WHOLE, fading=Exponential(tau_us=10), polarity=Polarity.SIGNED
    )
    np.testing.assert_array_equal(signed, [[apart[1] - apart[0]]])


def test_the_averaged_surfaces_of_the_example():
    events = Events(t=[0, 2, 4, 5, 20], x=[1, 1, 2, 1, 1], y=[1, 1, 1, 0, 1], p=[1] * 5, sensor_size=(3, 3))
    found = frames.averaged_time_surfaces(
        events, window=WHOLE, cell_size=3, surface_size=3, history_us=10, fading=Exponential(tau_us=10)
    )
    assert found.shape == (1, 1, 2, 3, 3)
    assert not found[0, 0, 0].any()
    close(found[0, 0, 1], [[0, 0, 0], [0.297810, 1.163746, 0], [0, 0.269470, 0.180967]])


def test_signed_counts_are_on_less_off_and_merged_ones_the_sum(golden):
    window = IntoByCount(2)
    off, on = frames.counts(golden, window=window).swapaxes(0, 1)
    for dtype in (np.float32, np.int16):
        signed = frames.counts(golden, window=window, polarity=Polarity.SIGNED, dtype=dtype)
        assert signed.dtype == dtype
        np.testing.assert_array_equal(signed[:, 0], on - off)
    for dtype in (np.float32, np.int16, np.uint16, np.uint8):
        merged = frames.counts(golden, window=window, polarity=Polarity.MERGED, dtype=dtype)
        np.testing.assert_array_equal(merged[:, 0], on + off)


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.bool_])
@pytest.mark.parametrize("polarity", [Polarity.TWO_CHANNEL, Polarity.MERGED])
def test_binary_frames_are_one_where_counts_are_above_zero(make_events, dtype, polarity):
    events = make_events(40)
    found = frames.binary(events, window=IntoByCount(3), dtype=dtype, polarity=polarity)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, frames.counts(events, window=IntoByCount(3), polarity=polarity) > 0)


def test_tore_remembers_the_last_events_of_a_pixel():
    events = Events(t=[0, 96], x=[0, 0], y=[0, 0], p=[1, 1], sensor_size=(1, 1))
    found = frames.tore(events, window=WHOLE, depth=3, youngest_us=1, oldest_us=999, at_us=[99])
    expected = np.log([[500, 500, 500], [2, 50, 500]])
    close(found[0, :, :, 0, 0], expected)
