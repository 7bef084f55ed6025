"""The number of threads decides how fast a result comes, and nothing else."""

import pytest
import torch

from engine.parity import Case
from engine.zoo import FORMS, eighths, uniform
from spikelet.engine import Charged, Checkpoints
from spikelet.reset import Soft
from spikelet.surrogate import Sigmoid

# Above the number of neuron-steps from which the pool is used, and no multiple of any tile.
SHAPES = [(9, 3, 5003), (70, 2, 7, 17, 5), (2, 3, 33331)]


def results(case):
    run = case.fast()
    z, end = case.silent()
    return {
        "z": run.z, "x": run.grad_x, "silent z": z,
        **{f"end {name}": t for name, t in run.end.items()},
        **{f"silent end {name}": t for name, t in end.items()},
        **{f"start {name}": t for name, t in run.grad_start.items()},
        **{f"parameter {name}": t for name, t in run.grad_params.items()},
    }  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("keep", [Charged(), Charged(half=True), Checkpoints()], ids=str)
@pytest.mark.parametrize("form", [form for form in FORMS if form[1]], ids=lambda form: form[0])
@pytest.mark.parametrize("kind", ["LIF", "Adaptive", "Rectified"])
def test_one_two_and_seven_threads_give_the_same_bits(threads, kind, form, keep, dtype):
    shape = SHAPES[(len(kind) + len(form[0])) % len(SHAPES)]
    assert torch.Size(shape).numel() > 1 << 16
    inputs = eighths if keep == Charged() else uniform
    case = Case(
        kind, form=form, keep=keep, dtype=dtype, shape=shape, inputs=inputs, reset=Soft(), surrogate=Sigmoid()
    )
    threads(1)
    wanted = results(case)
    for count in (2, 7):
        threads(count)
        for name, found in results(case).items():
            assert torch.equal(found, wanted[name]), (count, name)


@pytest.mark.parametrize("kind", ["LIF", "Rectified"])
def test_many_neurons_equal_the_reference_on_seven_threads(threads, kind):
    threads(7)
    Case(kind, form=("channel", True), shape=(5, 3, 5003), reset=Soft()).check()
