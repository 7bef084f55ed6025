"""Every representation equals its plain loops, loses nothing, and does not depend on threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from spikelet import frames
from spikelet.events import Events
from spikelet.frames import (
    Alpha,
    ByCount,
    ByTime,
    Exponential,
    IntoByCount,
    IntoByTime,
    Linear,
    Measure,
    Polarity,
    Slices,
    Trilinear,
)

CHANNELS = {
    Polarity.TWO_CHANNEL: {False: 0, True: 1},
    Polarity.SIGNED: {False: 0, True: 0},
    Polarity.MERGED: {False: 0, True: 0},
}
FADINGS = [Exponential(tau_us=40.0), Linear(span_us=75.0)]


@st.composite
def recordings(draw):
    """A few sorted events with ties and silence."""
    width, height = draw(st.sampled_from([(1, 1), (3, 2), (5, 4)]))
    steps = draw(st.lists(st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 100)), max_size=25))
    t = draw(st.integers(-1000, 1000)) + np.cumsum(steps, dtype=np.int64)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x, y, p = (rng.integers(0, most, len(t)) for most in (width, height, 2))
    return Events(t, x, y, p, sensor_size=(width, height))


windows = st.one_of(
    st.builds(IntoByTime, st.integers(1, 4)),
    st.builds(IntoByCount, st.integers(1, 4)),
    st.builds(ByTime, us=st.integers(20, 90), overlap_us=st.integers(0, 19)),
    st.builds(ByCount, st.integers(3, 9), overlap=st.integers(0, 2)),
)


def rows(events):
    return list(zip(*(column.tolist() for column in (events.t, events.x, events.y, events.p)), strict=True))


def sliced(events, window):
    return [rows(events)[start:stop] for start, stop in frames.slices(events, window)]


def sign(p, polarity):
    return -1.0 if polarity is Polarity.SIGNED and not p else 1.0


@given(events=recordings(), window=windows, polarity=st.sampled_from(Polarity))
def test_counts_are_those_of_the_plain_loops(events, window, polarity):
    found = frames.counts(events, window=window, polarity=polarity)
    for frame, part in zip(found, sliced(events, window), strict=True):
        expected = oracle.frame_of_cells(
            part, events.sensor_size, CHANNELS[polarity], lambda fell: sum(sign(e[3], polarity) for e in fell)
        )
        np.testing.assert_array_equal(frame, expected)


@given(events=recordings(), window=windows)
def test_counts_hold_each_event_once_for_every_window_that_has_it(events, window):
    lengths = np.diff(frames.slices(events, window)).ravel()
    found = frames.counts(events, window=window)
    np.testing.assert_array_equal(found.sum((1, 2, 3)), lengths)
    if getattr(window, "overlap", 0) == getattr(window, "overlap_us", 0) == 0:
        assert found.sum() == len(events)


@given(
    events=recordings(),
    window=windows,
    bins=st.integers(1, 5),
    polarity=st.sampled_from([Polarity.SIGNED, Polarity.MERGED]),
)
def test_voxel_grids_are_those_of_the_plain_loops(events, window, bins, polarity):
    found = frames.voxel_grid(events, window=window, bins=bins, polarity=polarity)
    for grid, part in zip(found, sliced(events, window), strict=True):
        for b, plane in enumerate(grid):
            expected = oracle.frame_of_cells(
                part,
                events.sensor_size,
                CHANNELS[polarity],
                lambda fell, b=b, part=part: sum(
                    sign(e[3], polarity) * weight(e, b, part, bins, Trilinear()) for e in fell
                ),
            )
            np.testing.assert_allclose(plane, expected[0], rtol=1e-5, atol=1e-5)


def weight(event, b, part, bins, kernel):
    return oracle.voxel_weight(
        event[0], b, first=part[0][0], last=part[-1][0], bins=bins,
        kernel=type(kernel).__name__.lower(), tau=getattr(kernel, "tau_us", None),
    )  # fmt: skip


@given(events=recordings(), window=windows, bins=st.integers(1, 6))
def test_a_voxel_grid_sums_to_on_less_off(events, window, bins):
    grid = frames.voxel_grid(events, window=window, bins=bins)
    off, on = frames.counts(events, window=window).sum((2, 3)).T
    np.testing.assert_allclose(grid.sum((1, 2, 3)), on - off, atol=1e-4)


@pytest.mark.parametrize("measure", list(Measure))
@pytest.mark.parametrize("kernel", [Trilinear(), Exponential(tau_us=30.0), Alpha(tau_us=30.0)], ids=repr)
@given(events=recordings(), window=windows, bins=st.integers(1, 4))
def test_event_spike_tensors_are_those_of_the_plain_loops(measure, kernel, events, window, bins):
    found = frames.event_spike_tensor(events, window=window, bins=bins, kernel=kernel, measure=measure)
    for tensor, part in zip(found, sliced(events, window), strict=True):
        first, last = (part[0][0], part[-1][0]) if part else (0, 0)

        def share(event, first=first, span=last - first):
            if measure is Measure.COUNT:
                return 1.0
            return (event[0] - first) / span if span else 0.0

        for b in range(bins):
            expected = oracle.frame_of_cells(
                part,
                events.sensor_size,
                CHANNELS[Polarity.TWO_CHANNEL],
                lambda fell, b=b, part=part: sum(share(e) * weight(e, b, part, bins, kernel) for e in fell),
            )
            np.testing.assert_allclose(tensor[:, b], expected, rtol=1e-4, atol=1e-4)


def remembered(events, window, memory):
    """For each slice, the events that its surface knows, and the time of the last before its end."""
    every = rows(events)
    for start, stop in frames.slices(events, window):
        known = every[:stop] if memory else every[start:stop]
        yield known, (every[stop - 1][0] if stop else 0)


@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize("fading", FADINGS, ids=repr)
@given(events=recordings(), window=windows, polarity=st.sampled_from(Polarity), later=st.integers(0, 50))
def test_time_surfaces_are_those_of_the_plain_loops(memory, fading, events, window, polarity, later):
    known = list(remembered(events, window, memory))
    at = None if later == 0 else [last + later for _, last in known]
    found = frames.time_surface(
        events, window=window, fading=fading, polarity=polarity, memory=memory, at_us=at
    )
    us = fading.tau_us if isinstance(fading, Exponential) else fading.span_us
    for frame, (part, last) in zip(found, known, strict=True):
        expected = oracle.frame_of_cells(
            part,
            events.sensor_size,
            CHANNELS[polarity],
            lambda fell, last=last: (
                sign(fell[-1][3], polarity)
                * oracle.faded(last + later - fell[-1][0], type(fading).__name__.lower(), us)
                if fell
                else 0.0
            ),
        )
        np.testing.assert_allclose(frame, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("memory", [True, False])
@given(events=recordings(), window=windows, polarity=st.sampled_from([Polarity.TWO_CHANNEL, Polarity.MERGED]))
def test_surfaces_of_active_events_hold_the_last_times(memory, events, window, polarity):
    found = frames.surface_of_active_events(events, window=window, polarity=polarity, memory=memory)
    for frame, (part, _) in zip(found, remembered(events, window, memory), strict=True):
        expected = oracle.frame_of_cells(
            part, events.sensor_size, CHANNELS[polarity], lambda fell: fell[-1][0] if fell else -np.inf
        )
        np.testing.assert_array_equal(frame, expected)


@pytest.mark.parametrize("memory", [True, False])
@given(
    events=recordings(),
    window=windows,
    depth=st.integers(1, 10),
    polarity=st.sampled_from([Polarity.TWO_CHANNEL, Polarity.MERGED]),
)
def test_tore_volumes_are_those_of_the_plain_loops(memory, events, window, depth, polarity):
    found = frames.tore(
        events, window=window, depth=depth, youngest_us=3, oldest_us=200, polarity=polarity, memory=memory
    )
    for volume, (part, last) in zip(found, remembered(events, window, memory), strict=True):
        for d in range(depth):

            def value(fell, d=d, last=last):
                times = [event[0] for event in fell]
                return oracle.tore_queue(times, last, depth=depth, youngest=3, oldest=200)[d]

            expected = oracle.frame_of_cells(part, events.sensor_size, CHANNELS[polarity], value)
            np.testing.assert_allclose(volume[:, d], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("fading", FADINGS, ids=repr)
@given(
    events=recordings(),
    window=windows,
    cell=st.integers(1, 6),
    radius=st.integers(0, 3),
    history=st.integers(0, 80),
)
def test_averaged_surfaces_are_those_of_the_plain_loops(fading, events, window, cell, radius, history):
    side = 2 * radius + 1
    found = frames.averaged_time_surfaces(
        events, window=window, cell_size=cell, surface_size=side, history_us=history, fading=fading
    )
    us = fading.tau_us if isinstance(fading, Exponential) else fading.span_us
    for frame, part in zip(found, sliced(events, window), strict=True):
        expected = oracle.averaged_surfaces(
            part, events.sensor_size, cell=cell, side=side, history=history,
            kind=type(fading).__name__.lower(), us=us,
        )  # fmt: skip
        np.testing.assert_allclose(frame, expected, rtol=1e-5, atol=1e-6)


MAKERS = {
    "counts": lambda e, **k: frames.counts(e, polarity=Polarity.MERGED, **k),
    "signed": lambda e, **k: frames.counts(e, polarity=Polarity.SIGNED, dtype=np.int16, **k),
    "binary": lambda e, **k: frames.binary(e, dtype=np.bool_, **k),
    "voxel_grid": lambda e, **k: frames.voxel_grid(e, bins=5, **k),
    "event_spike_tensor": lambda e, **k: frames.event_spike_tensor(e, bins=3, kernel=Alpha(tau_us=9e4), **k),
    "surface_of_active_events": frames.surface_of_active_events,
    "time_surface": lambda e, **k: frames.time_surface(e, fading=Exponential(tau_us=1e4), **k),
    "tore": lambda e, **k: frames.tore(e, depth=3, **k),
    "averaged": lambda e, **k: frames.averaged_time_surfaces(
        e, cell_size=10, surface_size=5, history_us=1000, fading=Linear(span_us=1e3), **k
    ),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("window", [IntoByTime(1), ByTime(us=137_001, overlap_us=20_000)], ids=repr)
def test_no_representation_depends_on_threads_or_on_what_its_memory_held(make_events, name, window):
    events = make_events(60_000, size=(63, 37))
    make = MAKERS[name]
    alone = make(events, window=window, threads=1)
    for threads in (2, 5, None):
        np.testing.assert_array_equal(make(events, window=window, threads=threads), alone)
    dirty = np.frombuffer(b"\xa5" * alone.nbytes, np.uint8).copy().view(alone.dtype).reshape(alone.shape)
    found = make(events, window=window, out=dirty)
    assert found is dirty
    np.testing.assert_array_equal(found, alone)


@pytest.mark.parametrize("name", MAKERS)
def test_no_events_and_no_windows_give_frames_of_nothing(make_events, name):
    empty = make_events([])
    frame = MAKERS[name](empty, window=IntoByCount(2))
    assert len(frame) == 2
    if name not in ("surface_of_active_events", "tore"):
        assert not frame.any()
    assert MAKERS[name](empty, window=ByTime(us=5)).shape == (0, *frame.shape[1:])


def test_slices_that_go_back_in_time_forget_what_came_after(make_events):
    events = make_events(200)
    window = Slices([100, 0, 50], [200, 60, 120])
    for name in ("time_surface", "tore", "surface_of_active_events"):
        found = MAKERS[name](events, window=window)
        for k, stop in enumerate(window.stops):
            alone = MAKERS[name](events, window=Slices([window.starts[k]], [stop]))
            np.testing.assert_array_equal(found[k], alone[0])


@pytest.mark.parametrize("bins", [2, 3])
def test_the_whole_range_of_times_is_spread_without_overflow(bins):
    events = Events([-(2**63), -1, 0, 2**63 - 1], [0] * 4, [0] * 4, [1] * 4, sensor_size=(1, 1))
    grid = frames.voxel_grid(events, window=IntoByCount(1), bins=bins)
    np.testing.assert_allclose(grid.ravel(), {2: [2, 2], 3: [1, 2, 1]}[bins], atol=1e-6)


def test_recordings_too_long_for_32_bits_of_microseconds_fade_alike():
    t = np.array([0, 10, 2**32, 2**32 + 30])
    events = Events(t, [0, 1, 2, 3], [0] * 4, [1] * 4, sensor_size=(4, 1))
    short = events[2:]
    fading = Exponential(tau_us=20)
    whole = frames.time_surface(events, window=IntoByCount(1), fading=fading, polarity=Polarity.MERGED)
    late = frames.time_surface(short, window=IntoByCount(1), fading=fading, polarity=Polarity.MERGED)
    np.testing.assert_array_equal(whole, late)
    assert whole[0, 0, 0, 3] == 1.0
    volume = frames.tore(events, window=IntoByCount(1), depth=1, polarity=Polarity.MERGED)
    np.testing.assert_allclose(volume.ravel()[:2], np.log(5e6 + 1) - np.log(151), rtol=1e-5)
