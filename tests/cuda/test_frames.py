"""Frames from event tensors: Rust on the CPU, and the kernels run as C++, against `spikelet.frames`."""

import numpy as np
import pytest
import torch

from cuda_host import needs_compiler
from nvrtc import compile_for, needs_nvrtc
from spikelet import cuda, encode, frames
from spikelet.cuda import OPTIONS
from spikelet.encode import EventTensors, kernels
from spikelet.errors import BoundsError, DtypeError, EngineError, OrderError, ParameterError, ShapeError
from spikelet.events import Events
from spikelet.frames import (
    ByCount,
    ByTime,
    Exponential,
    IntoByCount,
    IntoByTime,
    Linear,
    Measure,
    Polarity,
    Slices,
)
from spikelet.frames.surfaces import named_fading

WINDOWS = [
    IntoByTime(1), IntoByTime(5), IntoByCount(3), ByTime(us=2000, overlap_us=700), ByCount(7, drop_last=True),
    Slices([5, 5, 0], [5, 400, 400]),
]  # fmt: skip
FADINGS = [Exponential(tau_us=900.0), Linear(span_us=2500.0)]


def recording(n=1000, *, size=(13, 7), seed=0):
    rng = np.random.default_rng(seed)
    t = np.sort(rng.integers(-50, 10 * n, n))
    x, y, p = (rng.integers(0, most, n) for most in (*size, 2))
    return Events(t, x, y, p, sensor_size=size)


@pytest.fixture
def kernels_here(host, monkeypatch):
    """Kernels run as C++ on tensors of the CPU."""
    monkeypatch.setattr(cuda, "kernel", host.kernel)
    monkeypatch.setattr(cuda, "launch", host.launch)
    monkeypatch.setattr(kernels, "_place", lambda like: (0, 0))


def by_kernels(events, window, make):
    """What `make(cut, frames)` makes, in memory of zeros as the public functions have it."""
    return make(EventTensors.of(events, window=window, device="cpu"))


def counted(polarity):
    def make(cut):
        width, height = cut.sensor_size
        out = torch.zeros(len(cut.slices), polarity.channels, height, width)
        kernels.count(cut, out, is_signed=polarity is Polarity.SIGNED)
        return out

    return make


def spread(bins, polarity, measure=Measure.COUNT):
    def make(cut):
        width, height = cut.sensor_size
        shape = (len(cut.slices), polarity.channels, bins, height, width)
        what = kernels.Spread(is_signed=polarity is Polarity.SIGNED, is_time=measure is Measure.TIME)
        return kernels.spread(cut, shape, what)

    return make


def aged(depth, polarity, memory):
    def make(cut):
        width, height = cut.sensor_size
        out = torch.full((len(cut.slices), polarity.channels, depth, height, width), torch.nan)
        queues = kernels.Queues(depth=depth, has_memory=memory, oldest_us=3000.0)
        kernels.ages(cut, out, queues, at=encode.frames._references(cut, None))
        return out

    return make


def faded(fading, polarity, memory, at=None):
    def make(cut):
        width, height = cut.sensor_size
        out = torch.full((len(cut.slices), polarity.channels, height, width), torch.nan)
        name, us = named_fading(fading)
        surface = kernels.Surface(
            is_signed=polarity is Polarity.SIGNED, has_memory=memory, is_linear=name == "linear", us=us
        )
        kernels.time_surface(cut, out, surface, at=encode.frames._references(cut, at))
        return out

    return make


@needs_compiler
@pytest.mark.usefixtures("kernels_here")
@pytest.mark.parametrize("window", WINDOWS, ids=repr)
@pytest.mark.parametrize("polarity", list(Polarity))
@pytest.mark.parametrize("n", [0, 1, 1000])
def test_counts_of_kernels_equal_those_of_the_cpu(window, polarity, n):
    if isinstance(window, Slices) and n < 400:
        window = Slices([0, 0], [0, n])
    events = recording(n)
    found = by_kernels(events, window, counted(polarity))
    np.testing.assert_array_equal(found.numpy(), frames.counts(events, window=window, polarity=polarity))


@needs_compiler
@pytest.mark.usefixtures("kernels_here")
@pytest.mark.parametrize("window", WINDOWS, ids=repr)
@pytest.mark.parametrize("polarity", [Polarity.SIGNED, Polarity.MERGED])
@pytest.mark.parametrize("bins", [1, 2, 5])
def test_voxel_grids_of_kernels_equal_those_of_the_cpu_but_for_rounding(window, polarity, bins):
    events = recording()
    found = by_kernels(events, window, spread(bins, polarity)).squeeze(1).numpy()
    wanted = frames.voxel_grid(events, window=window, bins=bins, polarity=polarity)
    largest = frames.voxel_grid(events, window=window, bins=bins, polarity=Polarity.MERGED).max(initial=1)
    np.testing.assert_allclose(found, wanted, rtol=0.0, atol=1e-6 * largest)


@needs_compiler
@pytest.mark.usefixtures("kernels_here")
@pytest.mark.parametrize("window", WINDOWS, ids=repr)
@pytest.mark.parametrize("measure", list(Measure))
@pytest.mark.parametrize("bins", [1, 2, 5])
def test_event_spike_tensors_of_kernels_equal_those_of_the_cpu_but_for_rounding(window, measure, bins):
    events = recording()
    found = by_kernels(events, window, spread(bins, Polarity.TWO_CHANNEL, measure)).numpy()
    wanted = frames.event_spike_tensor(events, window=window, bins=bins, measure=measure)
    np.testing.assert_allclose(found, wanted, rtol=0.0, atol=1e-6 * wanted.max(initial=1))


@needs_compiler
@pytest.mark.usefixtures("kernels_here")
@pytest.mark.parametrize("window", WINDOWS[:5], ids=repr)
@pytest.mark.parametrize("polarity", [Polarity.TWO_CHANNEL, Polarity.MERGED])
@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize("depth", [1, 3, 40])
def test_queues_of_kernels_hold_the_ages_of_the_cpu(window, polarity, memory, depth):
    events = recording()
    found = by_kernels(events, window, aged(depth, polarity, memory))
    rule = {"depth": depth, "polarity": polarity, "memory": memory, "oldest_us": 3000.0}
    wanted = frames.tore(events, window=window, youngest_us=1e-3, **rule).astype(float)
    # Ages are whole, and those of TORE are their logarithms.
    np.testing.assert_array_equal(found.numpy(), np.round(np.exp(wanted + np.log(1.001)) - 1))
    wanted = frames.tore(events, window=window, youngest_us=150.0, **rule)
    np.testing.assert_allclose(encode.frames._logarithms(found, 150.0).numpy(), wanted, rtol=0.0, atol=1e-6)


@needs_compiler
@pytest.mark.usefixtures("kernels_here")
@pytest.mark.parametrize("window", WINDOWS[:5], ids=repr)
@pytest.mark.parametrize("polarity", list(Polarity))
@pytest.mark.parametrize("fading", FADINGS, ids=repr)
@pytest.mark.parametrize("memory", [True, False])
def test_time_surfaces_of_kernels_equal_those_of_the_cpu_bit_for_bit(window, polarity, fading, memory):
    events = recording()
    wanted = {"window": window, "fading": fading, "polarity": polarity, "memory": memory}
    found = by_kernels(events, window, faded(fading, polarity, memory)).numpy()
    np.testing.assert_array_equal(found, frames.time_surface(events, **wanted))
    at = frames.slices(events, window)[:, 1] * 0 + events.t[-1] + 77
    found = by_kernels(events, window, faded(fading, polarity, memory, torch.from_numpy(at))).numpy()
    np.testing.assert_array_equal(found, frames.time_surface(events, **wanted, at_us=at))


def averaged(fading, polarity, *, cell=5, side=3, history_us=700):
    def make(cut):
        name, us = named_fading(fading)
        rules = {"cell": cell, "side": side, "history_us": history_us}
        around = kernels.Around(**rules, is_linear=name == "linear", us=us)
        return kernels.averages(cut, around, channels=polarity.channels)

    return make


@needs_compiler
@pytest.mark.usefixtures("kernels_here")
@pytest.mark.parametrize("window", WINDOWS, ids=repr)
@pytest.mark.parametrize("polarity", [Polarity.TWO_CHANNEL, Polarity.MERGED])
@pytest.mark.parametrize("fading", FADINGS, ids=repr)
@pytest.mark.parametrize("rules", [(1, 1, 5000), (5, 3, 700), (4, 9, 0), (99, 27, 100_000)])
def test_averaged_surfaces_of_kernels_equal_those_of_the_cpu_but_for_rounding(
    window, polarity, fading, rules
):
    cell, side, history_us = rules
    events = recording()
    make = averaged(fading, polarity, cell=cell, side=side, history_us=history_us)
    found = by_kernels(events, window, make).numpy()
    wanted = frames.averaged_time_surfaces(
        events,
        window=window,
        cell_size=cell,
        surface_size=side,
        history_us=history_us,
        fading=fading,
        polarity=polarity,
    )
    assert wanted.shape == found.shape
    np.testing.assert_allclose(found, wanted, rtol=0.0, atol=1e-6 * wanted.max(initial=1))


@needs_compiler
@pytest.mark.usefixtures("kernels_here")
def test_averaged_surfaces_of_kernels_are_the_golden_ones():
    t, x, y = zip((0, 1, 1), (2, 1, 1), (4, 2, 1), (5, 1, 0), (20, 1, 1), strict=True)
    events = Events(t, x, y, [1] * 5, sensor_size=(3, 3))
    make = averaged(Exponential(tau_us=10.0), Polarity.TWO_CHANNEL, cell=3, side=3, history_us=10)
    off, on = by_kernels(events, IntoByTime(1), make)[0, 0]
    assert not off.any()
    wanted = [[0, 0, 0], [0.297810, 1.163746, 0], [0, 0.269470, 0.180967]]
    np.testing.assert_allclose(on.numpy(), wanted, atol=1e-6)


@needs_compiler
@pytest.mark.usefixtures("kernels_here")
@pytest.mark.parametrize("window", [ByCount(5), Slices([0], [0]), Slices([], [])], ids=repr)
def test_averaged_surfaces_of_nothing_are_zero(window):
    found = by_kernels(recording(0), window, averaged(FADINGS[0], Polarity.MERGED))
    assert found.shape == (len(frames.slices(recording(0), window)), 6, 1, 3, 3)
    assert not found.any()


@needs_compiler
@pytest.mark.usefixtures("kernels_here")
@pytest.mark.parametrize(
    "make",
    [
        counted(Polarity.SIGNED),
        spread(5, Polarity.SIGNED),
        spread(5, Polarity.TWO_CHANNEL, Measure.TIME),
        faded(FADINGS[0], Polarity.SIGNED, True),
        aged(3, Polarity.TWO_CHANNEL, True),
    ],
    ids=["counts", "voxel_grid", "event_spike_tensor", "time_surface", "tore"],
)
def test_no_frame_depends_on_how_threads_share_events(monkeypatch, make):
    events = recording(5000, size=(3, 2))
    found = []
    for lanes in (1, 7, 64):
        monkeypatch.setattr(kernels, "_lanes", lambda slices, lanes=lanes: lanes)
        found.append(by_kernels(events, IntoByTime(2), make))
    assert all(torch.equal(found[0], other) for other in found[1:])


@pytest.mark.parametrize("window", WINDOWS[:5], ids=repr)
def test_tensors_of_the_cpu_become_the_frames_of_the_data_side(window):
    events = recording()
    cut = EventTensors.of(events, window=window, device="cpu")
    assert len(cut) == 1000
    np.testing.assert_array_equal(encode.counts(cut).numpy(), frames.counts(events, window=window))
    grid = encode.voxel_grid(cut, bins=4)
    np.testing.assert_array_equal(grid.numpy(), frames.voxel_grid(events, window=window, bins=4))
    for measure in Measure:
        tensor = encode.event_spike_tensor(cut, bins=4, measure=measure)
        wanted = frames.event_spike_tensor(events, window=window, bins=4, measure=measure)
        np.testing.assert_array_equal(tensor.numpy(), wanted)
    for memory in (True, False):
        wanted = frames.tore(events, window=window, depth=3, memory=memory)
        np.testing.assert_array_equal(encode.tore(cut, depth=3, memory=memory).numpy(), wanted)
    rules = {"cell_size": 5, "surface_size": 3, "history_us": 700, "fading": FADINGS[1]}
    wanted = frames.averaged_time_surfaces(events, window=window, **rules)
    np.testing.assert_array_equal(encode.averaged_time_surfaces(cut, **rules).numpy(), wanted)
    for fading in FADINGS:
        surface = encode.time_surface(cut, fading=fading, polarity=Polarity.SIGNED, memory=False)
        wanted = frames.time_surface(
            events, window=window, fading=fading, polarity=Polarity.SIGNED, memory=False
        )
        np.testing.assert_array_equal(surface.numpy(), wanted)


@needs_nvrtc
@pytest.mark.parametrize("target", ["sm_75", "sm_80", "sm_90"])
def test_the_kernels_compile_for_devices_without_spilling(target):
    made = compile_for(target, kernels.text(), OPTIONS)
    for name in ("count", "spread", "settle", "latest", "fade", "age", "recall"):
        assert f".entry spikelet_{name}(" in made.ptx
    assert "warning" not in made.log
    assert "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" in made.log
    # Fused, approximate or flushed arithmetic would part from the CPU.
    assert not any(word in made.ptx for word in ("fma.rn.f32", "fma.rn.f64", ".ftz", ".approx"))


def tensors(**changed):
    columns = {
        "t": torch.tensor([1, 2, 2]),
        "x": torch.tensor([0, 1, 2], dtype=torch.uint16),
        "y": torch.tensor([0, 1, 1], dtype=torch.uint16),
        "p": torch.tensor([True, False, True]),
        "slices": np.array([[0, 3]]),
        "sensor_size": (3, 2),
    }
    return EventTensors(**(columns | changed))


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        (
            {"t": torch.tensor([1.0, 2.0, 3.0])},
            DtypeError,
            r"^`t` must be a tensor of torch\.int64, got torch\.f",
        ),
        (
            {"x": torch.tensor([0, 1, 2])},
            DtypeError,
            r"^`x` must be a tensor of torch\.uint16, got torch\.int64",
        ),
        ({"p": torch.tensor([True])}, ShapeError, r"^`p` must have shape \[3\], got \[1\]"),
        (
            {"y": torch.zeros(3, 1, dtype=torch.uint16)},
            ShapeError,
            r"^`y` must have shape \[3\], got \[3, 1\]",
        ),
        ({"slices": np.array([[0, 4]])}, ShapeError, r"^slice 0 must lie in the 3 events, got 0\.\.4"),
        (
            {"slices": np.array([[0, 1], [2, 1]])},
            ShapeError,
            r"^slice 1 must lie in the 3 events, got 2\.\.1",
        ),
        ({"slices": np.array([0, 3])}, ShapeError, r"^`slices` must have shape \[T, 2\], got \[2\]"),
        ({"slices": [[0, 3]]}, DtypeError, r"^`slices` must be a numpy array of int64, got list"),
        (
            {"sensor_size": (2, 2)},
            BoundsError,
            r"^`x`, `y` must lie on the sensor of 2x2 pixels, got up to x = 2",
        ),
        ({"t": torch.tensor([1, 3, 2])}, OrderError, r"^`t` must not go backwards; sort all columns"),
    ],
)
def test_what_is_promised_is_checked_at_the_door(changed, error, message):
    tensors()
    with pytest.raises(error, match=message):
        tensors(**changed)


def test_arguments_outside_their_rule_are_refused():
    cut = tensors()
    with pytest.raises(ParameterError, match=r"^`bins` must be from 1 to 65536, got 0"):
        encode.voxel_grid(cut, bins=0)
    with pytest.raises(
        ParameterError, match=r"^`polarity` must be Polarity\.SIGNED or Polarity\.MERGED, got"
    ):
        encode.voxel_grid(cut, bins=2, polarity=Polarity.TWO_CHANNEL)
    with pytest.raises(DtypeError, match=r"^`fading` must be `Exponential` or `Linear`, got 3"):
        encode.time_surface(cut, fading=3)
    with pytest.raises(DtypeError, match=r"^`measure` must be `Measure`, got 'time'"):
        encode.event_spike_tensor(cut, bins=2, measure="time")
    with pytest.raises(ParameterError, match=r"^`depth` must be from 1 to 65536, got 0"):
        encode.tore(cut, depth=0)
    with pytest.raises(
        ParameterError, match=r"^`polarity` must be Polarity\.TWO_CHANNEL or Polarity\.MERGED, got"
    ):
        encode.tore(cut, depth=2, polarity=Polarity.SIGNED)
    with pytest.raises(ParameterError, match=r"^`oldest_us` must be above `youngest_us`, got 100 and 150"):
        encode.tore(cut, depth=2, oldest_us=100)
    around = {"cell_size": 5, "surface_size": 3, "history_us": 700, "fading": FADINGS[0]}
    for changed, error, message in (
        ({"surface_size": 4}, ParameterError, "^`surface_size` must be odd, to have a centre, got 4"),
        ({"cell_size": 0}, ParameterError, "^`cell_size` must be from 1 to 65536, got 0"),
        ({"fading": None}, DtypeError, "^`fading` must be `Exponential` or `Linear`, got None"),
        ({"polarity": Polarity.SIGNED}, ParameterError, "^`polarity` must be Polarity.TWO_CHANNEL or"),
    ):
        with pytest.raises(error, match=message):
            encode.averaged_time_surfaces(cut, **(around | changed))
    late = {"fading": FADINGS[0]}
    with pytest.raises(DtypeError, match=r"^`at_us` must be a tensor of torch\.int64, got torch\.float32"):
        encode.time_surface(cut, **late, at_us=torch.tensor([3.0]))
    with pytest.raises(ShapeError, match=r"^`at_us` must have shape \[1\], got \[2\]"):
        encode.time_surface(cut, **late, at_us=torch.tensor([3, 4]))
    with pytest.raises(ParameterError, match=r"^`at_us` must not lie before the last event of its slice"):
        encode.time_surface(cut, **late, at_us=torch.tensor([1]))


@pytest.mark.usefixtures("kernels_here")
def test_slices_that_go_back_have_no_memory_on_a_device():
    cut = tensors(slices=np.array([[0, 3], [0, 1]]))
    with pytest.raises(
        ParameterError, match=r"^slices must end ever later .* got slice 1 ending at event 1 after 3"
    ):
        faded(FADINGS[0], Polarity.MERGED, True)(cut)


def test_a_device_without_kernels_is_refused(monkeypatch):
    with pytest.raises(EngineError, match=r"^events must be on the CPU or a CUDA device, got meta"):
        kernels._place(torch.empty(0, device="meta"))
    monkeypatch.setattr(cuda, "refusal", lambda extra: f"CuPy is not installed; {extra}")

    class There:
        device = torch.device("cuda", 0)

    with pytest.raises(
        EngineError, match=r"^events on a CUDA device must have kernels there, got none: CuPy is"
    ):
        kernels._place(There())


@pytest.mark.gpu
@pytest.mark.parametrize("window", WINDOWS, ids=repr)
def test_frames_on_a_device_equal_those_of_the_cpu(window):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    events = recording(200_000, size=(63, 37))
    cut = EventTensors.of(events, window=window, device="cuda")
    np.testing.assert_array_equal(encode.counts(cut).cpu().numpy(), frames.counts(events, window=window))
    grids = [encode.voxel_grid(cut, bins=5) for _ in range(3)]
    assert all(torch.equal(grids[0], other) for other in grids[1:])
    wanted = frames.voxel_grid(events, window=window, bins=5)
    np.testing.assert_allclose(grids[0].cpu().numpy(), wanted, rtol=0.0, atol=1e-4)
    tensor = encode.event_spike_tensor(cut, bins=5).cpu().numpy()
    wanted = frames.event_spike_tensor(events, window=window, bins=5)
    np.testing.assert_allclose(tensor, wanted, rtol=0.0, atol=1e-4)
    queues = encode.tore(cut, depth=3, memory=False).cpu().numpy()
    wanted = frames.tore(events, window=window, depth=3, memory=False)
    np.testing.assert_allclose(queues, wanted, rtol=0.0, atol=1e-5)
    rules = {"cell_size": 5, "surface_size": 3, "history_us": 700, "fading": FADINGS[0]}
    averages = [encode.averaged_time_surfaces(cut, **rules) for _ in range(3)]
    assert all(torch.equal(averages[0], other) for other in averages[1:])
    wanted = frames.averaged_time_surfaces(events, window=window, **rules)
    np.testing.assert_allclose(averages[0].cpu().numpy(), wanted, rtol=0.0, atol=1e-5 * wanted.max(initial=1))
    for fading in FADINGS:
        surface = encode.time_surface(cut, fading=fading, memory=False).cpu().numpy()
        np.testing.assert_array_equal(
            surface, frames.time_surface(events, window=window, fading=fading, memory=False)
        )
