"""The texts that the engine asks for, compiled for real devices: exact arithmetic, in registers."""

import re

import pytest
import torch

from cuda_host import SOURCES, Recorder, instead_of_a_device
from engine import zoo
from engine.covering import covering
from engine.parity import Case
from nvrtc import compile_for, needs_nvrtc
from spikelet import _core
from spikelet.cuda import OPTIONS
from spikelet.engine import Charged, Checkpoints
from spikelet.errors import ParameterError

AXES = {
    "kind": list(zoo.KINDS),
    "surrogate": zoo.SURROGATES,
    "reset": zoo.RESETS,
    "form": [("default", False), ("neuron", True)],
    "keep": [Charged(), Charged(half=True), Checkpoints(every=4), Checkpoints(), Checkpoints(every=64)],
    "dtype": [torch.float32, torch.float16, torch.bfloat16],
    "is_wide": [True, False],
    "target": ["sm_75", "sm_80", "sm_90"],
}
CASES = covering(AXES)

# Fused, approximate or flushed arithmetic, and sums whose order is left to chance.
INEXACT = re.compile(r"\bfma\.|\bmad\.\S*f32|\.ftz|\.approx|div\.full|\batom\.|\bred\.")


@pytest.mark.parametrize("file", ["prelude.cu", "scan.cu", "adjoint.cu", "frames.cu"])
def test_the_core_carries_the_texts_of_the_repository(file):
    assert _core.cuda_source(file) == (SOURCES / file).read_text()


def test_a_text_that_the_core_does_not_carry_is_refused():
    with pytest.raises(ParameterError, match=r"`name` must be `prelude\.cu`, .*, got \"x\.cu\""):
        _core.cuda_source("x.cu")


def name(case):
    return "-".join(str(value).replace("torch.", "") for value in case.values())


@needs_nvrtc
@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_kernel_compiles_to_exact_arithmetic_in_registers(case):
    case, recorder = dict(case), Recorder()
    target, is_wide = case.pop("target"), case.pop("is_wide")
    with instead_of_a_device(recorder, is_wide=is_wide):
        Case(**case, shape=(5, 4, 8)).fast()
    assert [kernel for _, kernel in recorder.kernels] == ["spikelet_scan", "spikelet_scan_backward"]
    for text, kernel in recorder.kernels:
        made = compile_for(target, text, OPTIONS)
        assert f".entry {kernel}(" in made.ptx
        assert not INEXACT.findall(made.ptx)
        assert "warning" not in made.log
        if case["keep"] != Checkpoints(every=64):
            assert "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" in made.log
        if is_wide and kernel == "spikelet_scan":
            assert re.search(r"ld\.global\.cs\.v[24]\.\w+", made.ptx)
