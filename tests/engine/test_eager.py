"""The way of eager tensors that want a gradient, past the registered operator."""

import pytest
import torch

from engine import zoo
from engine.parity import Case
from engine.test_operator import SAMPLES
from spikelet.engine import State, cpu, eager, operator
from spikelet.neurons import LIF, learn


def leaves(sample):
    x, state, params, *rest = sample
    return [t.detach().clone().requires_grad_(t.requires_grad) for t in (x, state, *params)], rest


def wanting(*tensors):
    return [t for t in tensors if t.requires_grad]


@pytest.mark.parametrize("wants_last", [True, False])
@pytest.mark.parametrize("sample", [name for name, call in SAMPLES.items() if call[5]])
def test_it_gives_the_bits_of_the_operator(sample, wants_last):
    found, wanted = [], []
    for made, scan in ((found, eager.scan), (wanted, operator.scan)):
        (x, state, *params), rest = leaves(SAMPLES[sample])
        only = {"wants_last": wants_last} if scan is eager.scan else {}
        z, last, *_ = scan(x, state, params, *rest, **only)
        if not wants_last and scan is eager.scan:
            assert last is None
        total = z.float().sum() + (last.sum() if wants_last else 0.0)
        made += [z.detach(), *torch.autograd.grad(total, wanting(x, state, *params), allow_unused=True)]
    for ours, theirs in zip(found, wanted, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("of", ["spikes", "state"])
def test_a_loss_may_look_at_spikes_or_at_the_last_state_alone(of):
    case = Case("Adaptive", form=("one", True), reset=zoo.RESETS[0])
    x = case.x.requires_grad_()
    start = State(**{name: t.requires_grad_() for name, t in case.start.items()})
    z, end = case.neuron.scan(x, start)
    loss = z.sum() if of == "spikes" else end.v.sum()
    for grad in torch.autograd.grad(loss, (x, start.v, *case.neuron.parameters())):
        assert torch.isfinite(grad).all()
        assert grad.abs().max() > 0


def test_an_input_that_wants_no_gradient_gets_none_and_a_parameter_gets_its_own():
    neuron, x = LIF(tau=learn(1.7)), Case("LIF").x
    neuron(x).sum().backward()
    assert x.grad is None
    assert neuron.raw_tau.grad.abs() > 0


class Watched:
    """A kernel that notes where first and last states and their gradients are to lie."""

    def __init__(self, kernel, calls):
        self.kernel, self.calls = kernel, calls

    def left_out(self, params):
        return self.kernel.left_out(params)

    def forward(self, shape, x, z, start, rest, last, *others):
        self.calls.append((len(start), rest, last))
        self.kernel.forward(shape, x, z, start, rest, last, *others)

    def backward(self, *operands):
        state, grad_start, rest = operands[4], operands[10], operands[13]
        self.calls.append((state, rest, grad_start))
        self.kernel.backward(*operands)


@pytest.mark.parametrize("batch", [1, 2])
def test_neurons_that_begin_alike_take_no_memory_for_states_that_nobody_wants(monkeypatch, batch):
    calls, made = [], cpu.kernel
    monkeypatch.setattr(cpu, "kernel", lambda program: Watched(made(program), calls))
    zoo.Adaptive()(torch.rand(3, batch, 5, requires_grad=True)).sum().backward()
    assert calls == [(0, [0.0, 0.0], 0), (0, [0.0, 0.0], 0)]
