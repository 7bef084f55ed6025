"""Every fast engine against the reference: neurons, surrogates, resets, types, shapes and ties."""

import random
from dataclasses import replace
from itertools import product

import pytest
import torch

from engine import zoo
from engine.covering import covering
from engine.parity import Case, name_of
from spikelet import _core, engine
from spikelet.engine import Above, AtOrAbove, Charged, Checkpoints, State, cpu

pytestmark = pytest.mark.usefixtures("poisoned")

# Sizes around those of vectors and checkpoints, one channel, and nothing at all.
SHAPES = [
    (1, 1, 1), (63, 1, 1), (1, 3, 21), (63, 3, 21), (9, 1, 63), (5, 8, 125), (1, 8, 125), (33, 2, 3, 7),
    (7, 2, 3, 5, 4), (6, 2, 1, 4, 4), (5, 0, 4), (5, 2, 0), (0, 2, 3),
]  # fmt: skip

# What decides which code runs, and what it runs on.
CODE = {
    "kind": list(zoo.KINDS),
    "surrogate": zoo.SURROGATES,
    "reset": zoo.RESETS,
    "rule": [AtOrAbove(), Above()],
    "form": zoo.FORMS,
    "keep": [None, Charged(), Checkpoints(every=4), Checkpoints(every=16), Checkpoints(every=64)],
    "dtype": [torch.float32, torch.float16, torch.bfloat16],
}
DATA = {
    "shape": SHAPES,
    "inputs": [zoo.uniform, zoo.eighths],
    "layout": [zoo.contiguous, zoo.strided, zoo.expanded, zoo.channels_last],
    "start": [True, False],
}


@pytest.mark.parametrize(
    "case", covering({**CODE, **DATA}, triples=["kind", "surrogate", "reset", "form", "keep"]), ids=name_of
)
def test_spikes_states_and_gradients_equal_the_reference(case):
    Case(**case).check()


BUILT_IN = covering(
    {
        **CODE,
        "kind": ["IF", "LIF", "LIF decay_input"],
        "rule": [AtOrAbove()],
        "shape": [(63, 3, 21), (5, 8, 125)],
    }
)


@pytest.mark.parametrize("case", BUILT_IN, ids=name_of)
def test_the_interpreter_serves_built_in_neurons_as_well(monkeypatch, case):
    # Without its hashes a program is not known to be a built-in's.
    monkeypatch.setattr(cpu, "kernel", lambda program: _core.Kernel("- -\n" + program.partition("\n")[2]))
    made = Case(**case)
    assert cpu.kernel(made.neuron.prepared().ready.text).served_by == "interpreter"
    made.check()


def blocks():
    whole = ("kind", "surrogate", "reset", "rule")
    return [dict(zip(whole, values, strict=True)) for values in product(*(CODE[key] for key in whole))]


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks(), ids=name_of)
def test_every_combination_of_code_equals_the_reference(block):
    draw = random.Random(name_of(block))
    for form, keep, dtype in product(CODE["form"], CODE["keep"], CODE["dtype"]):
        data = {key: draw.choice(values) for key, values in DATA.items()}
        Case(**block, form=form, keep=keep, dtype=dtype, **data).check()


@pytest.mark.parametrize("inputs", DATA["inputs"])
@pytest.mark.parametrize("form", zoo.FORMS, ids=str)
@pytest.mark.parametrize("kind", [kind for kind in zoo.KINDS if Case(kind).uses_exp])
def test_one_step_with_exp_from_the_same_state_agrees_to_two_units_in_the_last_place(kind, form, inputs):
    case = Case(kind, form=form, inputs=inputs, shape=(63, 3, 21))
    neuron = case.neuron
    with torch.no_grad():
        trace = neuron.trace(case.x, State(**case.start))
        before = torch.cat([case.start["v"].unsqueeze(0), trace["v"][:-1]])
        # Every step of the reference becomes a sample of its own.
        z, after = neuron.scan(case.x.flatten(0, 1).unsqueeze(0), State(v=before.flatten(0, 1)))
    size = torch.maximum(before.abs(), trace["v_charged"].abs())
    ulp = (torch.nextafter(size, size + 1) - size).flatten(0, 1)
    margin = (trace["v_charged"] - neuron.threshold).abs().flatten(0, 1)
    same = z[0] == trace["z"].flatten(0, 1)
    assert (same | (margin <= 2 * ulp)).all()
    assert ((after.v - trace["v"].flatten(0, 1)).abs() <= 2 * ulp)[same].all()


def test_a_tie_occurs_on_eighths_and_decides_the_rule():
    wide = Case("IF", inputs=zoo.eighths, shape=(63, 3, 21))
    charged = wide.neuron.trace(wide.x, State(**wide.start))["v_charged"]
    assert (charged == wide.neuron.threshold).sum() > 100
    strict = Case("IF", inputs=zoo.eighths, shape=(63, 3, 21), rule=Above())
    assert not torch.equal(wide.silent()[0], strict.silent()[0])


class Idle:
    """A kernel that leaves its outputs as it finds them."""

    def left_out(self, params):
        return 0

    def forward(self, *args):
        pass

    def infer(self, *args):
        pass

    def backward(self, *args):
        pass


@pytest.mark.parametrize("keep", [Charged(), Charged(half=True), Checkpoints()], ids=str)
def test_what_an_engine_does_not_write_is_nan_in_these_tests(monkeypatch, keep):
    monkeypatch.setattr(cpu, "kernel", lambda program: Idle())
    case = Case(form=("one", True), keep=keep)
    run = case.fast()
    written = [run.z, run.grad_x, *run.end.values(), *run.grad_start.values(), *run.grad_params.values()]
    for start in (True, False):
        z, end = Case(start=start).silent()
        written += [z, *end.values()]
    assert all(tensor.isnan().all() for tensor in written)


def test_gradients_of_spikes_alone_and_of_states_alone_add_up():
    case = Case("Adaptive", form=("one", True))
    neuron = case.neuron
    x = case.x.requires_grad_()
    with engine.use("cpu"):
        z, end = neuron.scan(x)
        ends = list(zip((end.v, end.a), case.grad_end.values(), strict=True))
        parts = [(z, case.grad_z), *ends]
        each = [torch.autograd.grad(t, x, g, retain_graph=True)[0] for t, g in parts]
        whole = torch.autograd.grad([t for t, _ in parts], x, [g for _, g in parts])[0]
    torch.testing.assert_close(sum(each), whole, rtol=0, atol=1e-6 * whole.abs().max().item())


# Few neurons reach `floor` and `gain`, by gradients that all but cancel.
CANCELLING = [
    Case(
        "Rectified", reset=reset, form=("one", True), dtype=torch.bfloat16, shape=(33, 2, 3, 7),
        inputs=zoo.eighths,
    )
    for reset in zoo.RESETS
] + [
    Case("Rectified", reset=reset, form=("neuron", True), shape=(9, 1, 63), inputs=zoo.eighths)
    for reset in zoo.RESETS
]  # fmt: skip


@pytest.mark.parametrize("case", CANCELLING)
def test_gradients_that_cancel_are_measured_by_what_arrived(case):
    case.check()


def test_a_gradient_of_a_parameter_that_is_slightly_wrong_is_found():
    case = CANCELLING[-1]
    fast, wanted = case.fast(), case.reference()
    for key, grad in fast.grad_params.items():
        wrong = grad.clone()
        wrong[grad.abs().argmax()] *= 1 + 1e-4
        with pytest.raises(AssertionError, match="not close"):
            case.check_parameters(replace(fast, grad_params={**fast.grad_params, key: wrong}), wanted)


def test_a_graph_that_is_kept_gives_the_same_gradient_twice():
    case = Case("Rectified")
    x = case.x.requires_grad_()
    z = case.neuron(x)
    first, second = (torch.autograd.grad(z, x, case.grad_z, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)
