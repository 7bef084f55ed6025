"""Transforms that tonic has too do what tonic's do; where they differ, their docstrings say how."""

import numpy as np
import pytest

from spikelet import transforms as tr
from transform_cases import made, rows

pytestmark = pytest.mark.peers

SIZE = (16, 12)


@pytest.fixture(scope="module")
def tonic():
    return pytest.importorskip("tonic.transforms")


def events_for_both(seed=0):
    """Ours and tonic's. Times begin late: before, tonic's filters take their fresh memory for events."""
    events = made(3_000, seed=seed, size=SIZE, longest_us=200_000, first_us=100_000)
    theirs = np.zeros(len(events), dtype=[("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")])
    for name in "xytp":
        theirs[name] = getattr(events, name)
    return events, theirs


def theirs_as_rows(found):
    columns = (found[name].tolist() for name in "txy")
    return list(zip(*columns, found["p"].astype(bool).tolist(), strict=True))


CASES = {
    "CenterCrop": (tr.CenterCrop((7, 4)), lambda t: t.CenterCrop((*SIZE, 2), (7, 4))),
    "CropTime": (
        tr.CropTime(start_us=120_000, stop_us=200_001),
        lambda t: t.CropTime(min=120_000, max=200_000),
    ),
    "Denoise": (tr.Denoise(us=3_000, neighbours=4), lambda t: t.Denoise(filter_time=3_000)),
    "Decimation": (tr.Decimation(3), lambda t: t.Decimation(3)),
    "DropPixel": (tr.DropPixel([(3, 4), (0, 0)]), lambda t: t.DropPixel(coordinates=[(3, 4), (0, 0)])),
    "hot pixels": (tr.HotPixelFilter(rate_hz=85), lambda t: t.DropPixel(hot_pixel_frequency=85)),
    "Downsample": (
        tr.Downsample(time_factor=0.3, spatial_factor=(0.25, 0.7)),
        lambda t: t.Downsample(time_factor=0.3, spatial_factor=(0.25, 0.7)),
    ),
    "Resize": (tr.Resize((4, 3)), lambda t: t.Downsample(sensor_size=(*SIZE, 2), target_size=(4, 3))),
    "MergePolarities": (tr.MergePolarities(), lambda t: t.MergePolarities()),
    "RandomFlipLR": (tr.RandomFlipLR(1.0), lambda t: t.RandomFlipLR((*SIZE, 2), p=1.0)),
    "RandomFlipUD": (tr.RandomFlipUD(1.0), lambda t: t.RandomFlipUD((*SIZE, 2), p=1.0)),
    "RandomFlipPolarity": (tr.RandomFlipPolarity(1.0), lambda t: t.RandomFlipPolarity(p=1.0)),
    "RandomTimeReversal": (
        tr.Compose([tr.RandomTimeReversal(1.0), tr.TimeAlignment()]),
        lambda t: t.RandomTimeReversal(p=1.0),
    ),
    "RefractoryPeriod": (
        tr.RefractoryPeriod(us=3_001, paralyzable=True),
        lambda t: t.RefractoryPeriod(delta=3_000),
    ),
    "TimeAlignment": (tr.TimeAlignment(), lambda t: t.TimeAlignment()),
    "TimeSkew": (tr.TimeSkew(1.3, 17.5), lambda t: t.TimeSkew(coefficient=1.3, offset=17.5)),
}


@pytest.mark.parametrize("name", CASES)
def test_what_both_have_does_the_same(tonic, name):
    ours, make_theirs = CASES[name]
    events, theirs = events_for_both()
    found, expected = rows(ours(events)), theirs_as_rows(make_theirs(tonic)(theirs))
    assert found == expected
    assert len(found) > 100


def test_event_drops_leave_as_many_events(tonic):
    events, theirs = events_for_both()
    for share in (0.1, 0.25, 0.7):
        assert len(tr.DropEvent(share)(events)) == len(tonic.DropEvent(p=share)(theirs))


@pytest.mark.parametrize("threshold", [1, 2, 3])
def test_integrating_pixels_fire_as_tonics(tonic, threshold):
    events, theirs = events_for_both()
    # Tonic counts from the first event, and leaves out the last bin where it is not full.
    found = tr.IntegratorDownsampling((4, 3), dt_us=2_000, threshold=threshold)(tr.TimeAlignment()(events))
    full = events.duration_us // 2_000 * 2_000
    expected = tonic.EventDownsampling(
        (*SIZE, 2), (4, 3), dt=2, downsampling_method="integrator", noise_threshold=threshold
    )(theirs)
    assert sorted(row for row in rows(found) if row[0] < full) == sorted(theirs_as_rows(expected))
    assert len(expected) > 100


@pytest.mark.parametrize("bins", [1, 2, 4])
def test_differentiating_pixels_fire_as_tonics_one_window_later(tonic, bins):
    events, theirs = events_for_both()
    found = tr.DifferentiatorDownsampling((4, 3), dt_us=4_000, threshold=1, bins=bins)(
        tr.TimeAlignment()(events)
    )
    full = events.duration_us // 4_000 * 4_000
    expected = tonic.EventDownsampling(
        (*SIZE, 2),
        (4, 3),
        dt=4,
        downsampling_method="differentiator",
        noise_threshold=1,
        differentiator_time_bins=bins,
    )(theirs)
    moved = [(t + 4_000, x, y, p) for t, x, y, p in theirs_as_rows(expected)]
    assert sorted(row for row in rows(found) if row[0] < full) == sorted(
        row for row in moved if row[0] < full
    )
    assert len(expected) > 100
