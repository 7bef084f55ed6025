"""The CUDA kernels, run as C++ through the engine's own calls, against the reference and the CPU engine."""

import pytest
import torch

from cuda_host import Recorder, instead_of_a_device, needs_compiler
from engine import zoo
from engine.covering import covering
from engine.parity import Case
from spikelet.engine import Above, AtOrAbove, Charged, Checkpoints

pytestmark = [needs_compiler, pytest.mark.usefixtures("poisoned")]

AXES = {
    "kind": list(zoo.KINDS),
    "surrogate": zoo.SURROGATES,
    "reset": zoo.RESETS,
    "rule": [AtOrAbove(), Above()],
    "form": zoo.FORMS,
    # None is the default; 21 is not unrolled, and no divisor of most numbers of steps.
    "keep": [None, Charged(), Charged(half=True), Checkpoints(every=4), Checkpoints(), Checkpoints(every=21)],
    "dtype": [torch.float32, torch.float16, torch.bfloat16],
    "shape": [
        (1, 1, 1), (63, 1, 1), (63, 3, 21), (5, 8, 125), (1, 8, 125), (37, 2, 3, 4, 4), (5, 0, 4), (0, 2, 3),
    ],
    "inputs": [zoo.uniform, zoo.eighths],
    "layout": [zoo.contiguous, zoo.strided],
    "start": [True, False],
    # Four neurons a thread where their number allows it, or one.
    "is_wide": [True, False],
}  # fmt: skip
CASES = covering(AXES)


def name(case):
    values = (getattr(value, "__name__", value) for value in case.values())
    return "-".join(str(value).replace("torch.", "") for value in values)


@pytest.fixture(scope="module", autouse=True)
def compiled(host, request):
    """The kernels of all chosen cases, compiled in one go."""
    recorder = Recorder()
    for item in request.session.items:
        if item.path == request.path and hasattr(item, "callspec"):
            case, is_wide = split(item.callspec.params["case"])
            with instead_of_a_device(recorder, is_wide=is_wide):
                case.fast()
    assert recorder.kernels, "or the CPU engine is compared with itself"
    host.compile(recorder.kernels)


def split(case):
    """The case, and whether a thread owns several neurons."""
    return Case(**{key: value for key, value in case.items() if key != "is_wide"}), case["is_wide"]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_kernels_equal_the_cpu_engine_bit_for_bit(host, case):
    case, is_wide = split(case)
    with instead_of_a_device(host, is_wide=is_wide):
        found = case.fast()
    wanted = case.fast()
    assert torch.equal(found.z, wanted.z)
    for states, others in ((found.end, wanted.end), (found.grad_start, wanted.grad_start)):
        for key, value in others.items():
            assert torch.equal(bits(states[key]), bits(value)), key
    assert torch.equal(found.grad_x, wanted.grad_x)
    for key, value in wanted.grad_params.items():
        bound = 1e-6 * value.abs().max().item() if value.numel() else 0.0
        torch.testing.assert_close(found.grad_params[key], value, rtol=0.0, atol=bound)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_kernels_equal_the_reference(host, case):
    case, is_wide = split(case)
    with instead_of_a_device(host, is_wide=is_wide):
        found = case.fast()
    wanted = case.reference()
    assert torch.equal(found.z, wanted.z)
    for key, value in wanted.end.items():
        assert case.uses_exp or torch.equal(bits(found.end[key]), bits(value)), key
    # What 16 bits round is compared with the CPU engine, which rounds the same.
    if case.x.dtype == torch.float32 and case.keep != Charged(half=True):
        pairs = [(found.grad_x, wanted.grad_x)]
        pairs += [(found.grad_start[key], value) for key, value in wanted.grad_start.items()]
        largest = max((value.abs().max().item() for _, value in pairs if value.numel()), default=0.0)
        for one, other in pairs:
            case.close("gradient", one, other, largest=largest)


def bits(t):
    return t.contiguous().view(torch.int32)
