"""The numbers of the kernels: conversions, the exponential, minimum and maximum, against torch and Rust."""

import ctypes

import pytest
import torch

from cuda_host import build, needs_compiler
from spikelet import _core, engine
from spikelet.dynamics import exp
from spikelet.neurons import Neuron, state
from spikelet.reset import NoReset

pytestmark = needs_compiler

CONSTANTS = {"states": 1, "params": 1, "slope_params": 0, "tensors": 0, "width": 1}
LOOPS = """
extern "C" void widen_half(int n, const spikelet_half* from, float* to) {
    for (int i = 0; i < n; ++i) to[i] = spikelet_widen(from[i]);
}
extern "C" void widen_bfloat(int n, const spikelet_bfloat* from, float* to) {
    for (int i = 0; i < n; ++i) to[i] = spikelet_widen(from[i]);
}
extern "C" void narrow_half(int n, const float* from, spikelet_half* to) {
    for (int i = 0; i < n; ++i) spikelet_narrow(from[i], to + i);
}
extern "C" void narrow_bfloat(int n, const float* from, spikelet_bfloat* to) {
    for (int i = 0; i < n; ++i) spikelet_narrow(from[i], to + i);
}
extern "C" void exponential(int n, const float* from, float* to) {
    for (int i = 0; i < n; ++i) to[i] = spikelet_exp(from[i]);
}
extern "C" void minimum(int n, const float* a, const float* b, float* to) {
    for (int i = 0; i < n; ++i) to[i] = spikelet_min(a[i], b[i]);
}
extern "C" void maximum(int n, const float* a, const float* b, float* to) {
    for (int i = 0; i < n; ++i) to[i] = spikelet_max(a[i], b[i]);
}
"""
TYPES = {"half": torch.float16, "bfloat": torch.bfloat16}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    constants = "\n".join(f"constexpr int spikelet_{name} = {value};" for name, value in CONSTANTS.items())
    return build(
        tmp_path_factory.mktemp("numbers"), f"{constants}\n{_core.cuda_source('prelude.cu')}\n{LOOPS}"
    )


def call(function, *tensors):
    function(tensors[0].numel(), *(ctypes.c_void_p(t.data_ptr()) for t in tensors))


def every(dtype):
    """All numbers of a 16-bit type."""
    return torch.arange(-(1 << 15), 1 << 15).to(torch.int16).view(dtype)


@pytest.mark.parametrize("name", TYPES)
def test_every_16_bit_number_widens_exactly(library, name):
    numbers = every(TYPES[name])
    found = torch.full(numbers.shape, torch.nan)
    call(getattr(library, f"widen_{name}"), numbers, found)
    torch.testing.assert_close(found, numbers.float(), rtol=0, atol=0, equal_nan=True)
    assert torch.equal(found.signbit(), numbers.signbit())


@pytest.mark.parametrize("name", TYPES)
def test_narrowing_rounds_to_nearest_even_on_both_sides_of_every_boundary(library, name):
    # Rounding never falls, so it is known everywhere once it is known around each midpoint of neighbours.
    known = every(TYPES[name]).double()
    known = known[known.isfinite()].unique()
    middles = ((known[1:] + known[:-1]) / 2).float()
    edges = torch.cat([middles, known.float(), torch.tensor([65519.996, 65520.0, 3.39e38, 3.4028235e38])])
    sides = [edges.nextafter(torch.tensor(way)) for way in (torch.inf, -torch.inf)]
    numbers = torch.cat([edges, *sides, torch.tensor([torch.inf, -torch.inf, torch.nan, 0.0, -0.0, 1e-45])])
    found = torch.zeros(numbers.shape, dtype=TYPES[name])
    call(getattr(library, f"narrow_{name}"), numbers, found)
    wanted = numbers.to(TYPES[name])
    number = ~wanted.isnan()
    assert torch.equal(found.isnan(), ~number)
    assert torch.equal(found[number].view(torch.int16), wanted[number].view(torch.int16))


class Exponentiated(Neuron):
    """Its state is the exponential of its input."""

    v = state(rest=0.0, membrane=True)

    @staticmethod
    def charge(s, x, p):
        del p
        return s.replace(v=exp(x))


def test_the_exponential_has_the_bits_of_rust(library):
    special = torch.tensor([torch.inf, -torch.inf, torch.nan, -0.0, 1e-45, 88.72283, 88.72284])
    numbers = torch.cat([torch.linspace(-110.0, 95.0, 1 << 20), torch.linspace(-1.0, 1.0, 1 << 18), special])
    found = torch.full(numbers.shape, torch.nan)
    call(library.exponential, numbers, found)
    with engine.use("cpu"):
        _, end = Exponentiated(reset=NoReset()).scan(numbers.reshape(1, 1, -1))
    number = ~end.v[0].isnan()
    assert torch.equal(found.isnan(), ~number)
    assert torch.equal(found[number].view(torch.int32), end.v[0][number].view(torch.int32))


@pytest.mark.parametrize("name", ["minimum", "maximum"])
def test_minimum_and_maximum_pass_nan_on_as_torch_does(library, name):
    some = torch.tensor([torch.nan, -torch.inf, -1.5, -0.25, 0.25, 2.0, torch.inf])
    a, b = (t.contiguous() for t in (some.repeat(7), some.repeat_interleave(7)))
    found = torch.zeros(a.shape)
    function = getattr(library, name)
    function(a.numel(), *(ctypes.c_void_p(t.data_ptr()) for t in (a, b, found)))
    torch.testing.assert_close(found, getattr(torch, name)(a, b), rtol=0, atol=0, equal_nan=True)
