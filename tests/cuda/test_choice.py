"""Who serves a CUDA tensor: CUDA kernels, or the reference with one warning that says why."""

import pytest
import torch
from torch._subclasses import FakeTensorMode

from spikelet import engine
from spikelet.engine import choice, cuda
from spikelet.errors import EngineError
from spikelet.neurons import LIF

REASON = 'CuPy, which compiles CUDA kernels, is not installed; `pip install "spikelet[cuda]"`'


@pytest.fixture
def refused(monkeypatch):
    monkeypatch.setattr(cuda, "refusal", lambda: REASON)
    monkeypatch.setattr(choice, "_told", set())


@pytest.fixture
def x():
    """A tensor of a device that need not be there."""
    with FakeTensorMode():
        yield torch.empty(2, 1, 3, device="cuda")


def test_kernels_serve_cuda_tensors(monkeypatch, x):
    monkeypatch.setattr(cuda, "refusal", lambda: "")
    assert engine.serve(LIF().prepared(), x) == engine.Served("cuda", "`x` is on a CUDA device")
    with engine.use("cuda"):
        assert engine.serve(LIF().prepared(), x).engine == "cuda"


def test_without_cupy_the_reference_serves_them_and_says_so_once(refused, x, recwarn):
    for neuron in (LIF(), LIF(tau=3.0)):
        served = engine.serve(neuron.prepared(), x)
        assert (served.engine, served.why) == ("reference", REASON)
        choice.announce(neuron.prepared(), served)
    (warning,) = recwarn
    assert str(warning.message) == (
        f"every neuron on CUDA runs on the reference engine, a slow loop over time: {REASON}"
    )


def test_asked_for_by_name_kernels_that_cannot_serve_are_an_error(refused, x):
    with engine.use("cuda"), pytest.raises(EngineError, match=r"\"cuda\" must be able .* is not installed"):
        engine.serve(LIF().prepared(), x)


def test_the_reference_asked_for_by_name_is_no_surprise(refused, x):
    with engine.use("reference"):
        assert not engine.serve(LIF().prepared(), x).whose


def test_a_cpu_tensor_is_not_served_by_kernels():
    with engine.use("cuda"), pytest.raises(EngineError, match=r'got one for "cpu": `x` is on the CPU'):
        LIF()(torch.zeros(2, 1, 3))


def test_rocm_has_no_kernels(monkeypatch):
    monkeypatch.setattr(torch.version, "hip", "6.2")
    assert cuda.refusal() == "this torch is for ROCm, which has no kernels yet"


@pytest.mark.parametrize(("version", "extra"), [("12.6", "cuda12"), ("13.0", "cuda"), (None, "cuda")])
def test_the_optional_dependency_is_the_one_of_torch(monkeypatch, version, extra):
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.version, "cuda", version)
    monkeypatch.setattr("spikelet.cuda.refusal", lambda given: f"asked for {given}")
    assert cuda.refusal() == f"asked for {extra}"


def test_compiled_functions_may_ask(monkeypatch):
    monkeypatch.setattr("spikelet.cuda.refusal", lambda given: "no")
    ask = torch.compile(lambda x: x + 1 if cuda.refusal() else x - 1, fullgraph=True, backend="eager")
    assert ask(torch.zeros(1)).item() == 1.0
