"""What is kept for the backward pass: how much, and how good the gradients are that come of it."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from engine import zoo
from engine.parity import Case
from spikelet import engine
from spikelet.engine import Charged, Checkpoints, State
from spikelet.errors import ParameterError
from spikelet.neurons import IF
from spikelet.reset import Hard

STEPS = (64, 8, 125)


def kept(case, keep=None):
    """Bytes that a forward pass keeps for each step of a neuron: of its own, and of the input.

    The states before the first step and the parameters are the caller's, and no more memory.
    """
    found = {}

    def pack(t):
        found[t.untyped_storage().data_ptr()] = t.untyped_storage().nbytes()
        return t

    x, start = case.x, State(**case.start)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        if keep is None:
            made = case.neuron.scan(x, start)
        else:
            with engine.keep(keep):
                made = case.neuron.scan(x, start)
    del made
    input_bytes = found.pop(x.untyped_storage().data_ptr(), 0)
    # What is as small as one step is no memory that grows with time.
    own = sum(size for size in found.values() if size > 4 * x[0].numel() * len(case.start))
    return own / x.numel(), input_bytes / x.numel()


@pytest.mark.parametrize(
    ("kind", "keep", "own", "of_input"),
    [
        ("LIF", None, 4, 0),
        ("IF", None, 4, 0),
        ("LIF", Charged(), 4, 0),
        ("LIF", Charged(half=True), 2, 0),
        # 3 checkpoints in 64 steps: the first states are the caller's.
        ("LIF", Checkpoints(every=16), 3 * 4 / 64, 4),
        ("LIF", Checkpoints(every=64), 0, 4),
        # Its second state adapts it, and is read charged only for the gradient of a parameter.
        ("Adaptive", None, (4, 8), 0),
        ("Adaptive", Checkpoints(every=16), 3 * 8 / 64, 4),
        ("Adaptive", Charged(), (4, 8), 0),
        ("Adaptive", Charged(half=True), (2, 4), 0),
    ],
)
@pytest.mark.parametrize("learnable", [False, True])
def test_a_forward_pass_keeps_so_many_bytes_a_step(kind, keep, own, of_input, learnable):
    case = Case(kind, shape=STEPS, form=("one", learnable))
    case.x.requires_grad_()
    own = own[learnable] if isinstance(own, tuple) else own
    assert kept(case, keep) == (own, of_input)


def test_without_a_gradient_nothing_is_kept():
    case = Case("LIF", shape=STEPS)
    assert kept(case) == (0, 0)
    case.x.requires_grad_()
    with torch.no_grad():
        assert kept(case) == (0, 0)
    with torch.inference_mode():
        assert kept(case) == (0, 0)
    learning = Case("LIF", shape=STEPS, form=("one", True))
    with torch.no_grad():
        assert kept(learning) == (0, 0)


class Zeros(TorchDispatchMode):
    """Counts the zeros that torch fills in."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if func in (torch.ops.aten.zeros.default, torch.ops.aten.zeros_like.default):
            self.count += made.numel()
        return made


def test_a_backward_pass_fills_in_no_zeros_as_large_as_the_input():
    case = Case("LIF", shape=STEPS)
    x = case.x.requires_grad_()
    z = case.neuron(x)
    with Zeros() as zeros:
        torch.autograd.grad(z, x, case.grad_z)
    assert zeros.count <= x[0].numel()


def test_half_precision_input_is_kept_as_it_is():
    case = Case("LIF", shape=STEPS, dtype=torch.bfloat16)
    case.x.requires_grad_()
    assert kept(case, Checkpoints(every=16)) == (3 * 4 / 64, 2)


@pytest.mark.parametrize("every", [4, 5, 7, 16, 33, 64])
@pytest.mark.parametrize("steps", [1, 4, 5, 16, 17, 33, 65])
def test_every_distance_of_checkpoints_gives_the_gradient(every, steps):
    Case("Adaptive", form=("channel", True), shape=(steps, 2, 5), keep=Checkpoints(every=every)).check()


@pytest.mark.parametrize("every", [3, 0, -1, 65])
def test_checkpoints_too_near_or_too_far_are_refused(every):
    with pytest.raises(
        ParameterError, match=f"`every` must be from 4 to 64 steps, got {every}; 16 suits most"
    ):
        Checkpoints(every=every)


@pytest.mark.parametrize("junk", [None, 16, "charged", Checkpoints])
def test_what_is_no_way_of_keeping_is_refused(junk):
    with pytest.raises(ParameterError, match=r"`what` must be `Charged\(\)` or `Checkpoints\(\)`, got"):  # noqa: SIM117
        with engine.keep(junk):
            pass


def test_the_innermost_choice_holds_and_ends_with_its_block():
    case = Case("LIF", shape=STEPS)
    case.x.requires_grad_()
    with engine.keep(Checkpoints()):
        with engine.keep(Charged(half=True)):
            assert kept(case) == (2, 0)
        assert kept(case) == (3 * 4 / 64, 4)
    assert kept(case) == (4, 0)


@pytest.mark.parametrize("below", [True, False])
def test_half_storage_leaves_a_membrane_on_its_side_of_the_threshold(below):
    # Either rounds to 1 in bfloat16, across the threshold. With this reset only a silent membrane lives on.
    v = torch.full((1, 1), 0.999 if below else 1.001, requires_grad=True)
    neuron = IF(threshold=1.0 if below else 1.0005, reset=Hard(detach=True))
    with engine.keep(Charged(half=True)):
        z, end = neuron.scan(torch.zeros(1, 1, 1), State(v=v))
    assert z.item() == (0 if below else 1)
    (grad,) = torch.autograd.grad(end.v.sum(), v)
    assert grad.item() == (1 if below else 0)


def rounded(t):
    return t.bfloat16().float() if t.dtype == torch.float32 and t.ndim > 1 else t


@pytest.mark.parametrize("reset", zoo.RESETS, ids=str)
@pytest.mark.parametrize("kind", ["LIF", "IF", "Adaptive"])
def test_half_storage_errs_at_most_twice_as_much_as_plain_half_precision(kind, reset):
    """Plain is torch's own loop with every tensor that it saves for the backward pass rounded."""
    for inputs in (zoo.uniform, zoo.eighths):
        words = {"reset": reset, "shape": (17, 3, 211), "inputs": inputs}
        cases = [Case(kind, **words, keep=keep) for keep in (Charged(half=True), None)]
        found, truth = (case.fast() for case in cases)
        with torch.autograd.graph.saved_tensors_hooks(rounded, lambda t: t):
            plain = cases[1].reference()
        assert torch.equal(found.z, truth.z)
        for name in ("x", *found.grad_start):
            exact, ours, theirs = (
                run.grad_x if name == "x" else run.grad_start[name] for run in (truth, found, plain)
            )
            error, bound = ((t - exact).abs().max().item() for t in (ours, theirs))
            assert error <= 2 * bound, (name, error, bound)
            # Multiples of 1/8 may be exact in 16 bits; nothing else is.
            assert error > 0 or inputs is zoo.eighths, name
