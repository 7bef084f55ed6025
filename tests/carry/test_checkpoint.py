"""Recomputation inside `scan` keeps the state, or is refused."""

import pytest
import torch
import torch.utils.checkpoint
from torch import nn

import spikelet
from spikelet import carry
from spikelet.errors import StateError
from spikelet.layers import Dropout
from spikelet.neurons import LIF


class Block(nn.Module):
    def __init__(self, checkpoint=None):
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Linear(3, 4), LIF(), Dropout(0.25), nn.Linear(4, 4), LIF())
        self.head = nn.Linear(4, 2)
        self.checkpoint = checkpoint
        for layer in (self.body[0], self.body[3]):
            nn.init.uniform_(layer.weight, 0.0, 0.6)

    def forward(self, x):
        y = self.body(x) if self.checkpoint is None else self.checkpoint(self.body, x)
        return self.head(y)


@pytest.fixture
def x():
    return torch.rand(8, 2, 3, generator=torch.Generator().manual_seed(1)) * 3


def gradients(net, x):
    torch.manual_seed(5)
    y, state = spikelet.scan(net, x[:5])
    y2, _ = spikelet.scan(net, x[5:], state)
    loss = (y**2).sum() + (y2**2).sum() + state["body.1"].v.sum()
    return torch.autograd.grad(loss, list(net.parameters()))


def test_our_checkpoint_gives_the_gradients_of_the_plain_net(x):
    for a, b in zip(gradients(Block(carry.checkpoint), x), gradients(Block(), x), strict=True):
        assert torch.equal(a, b)


def test_our_checkpoint_outside_scan_is_a_checkpoint(x):
    plain, thrifty = Block().eval(), Block(carry.checkpoint).eval()
    a = torch.autograd.grad(plain(x).sum(), list(plain.parameters()))
    b = torch.autograd.grad(thrifty(x).sum(), list(thrifty.parameters()))
    assert all(torch.equal(s, t) for s, t in zip(a, b, strict=True))


def test_our_checkpoint_runs_twice(x):
    runs = []
    net = Block(carry.checkpoint)
    net.body[0].register_forward_hook(lambda *_: runs.append(1))
    y, _ = spikelet.scan(net, x)
    y.sum().backward()
    assert len(runs) == 2


def test_a_neuron_called_twice_is_seen_through_a_checkpoint(x):
    class Twice(Block):
        def forward(self, x):
            return carry.checkpoint(self.body, x) + carry.checkpoint(self.body, x)

    with pytest.raises(StateError, match=r"`body.1` must be called once in a pass"):
        spikelet.scan(Twice(), x)


@pytest.mark.parametrize("reentrant", [True, False])
def test_the_checkpoint_of_torch_is_refused_inside_scan(x, reentrant):
    def torchs(function, x):
        return torch.utils.checkpoint.checkpoint(function, x, use_reentrant=reentrant)

    net = Block(torchs)
    with pytest.raises(StateError, match=r"must not be run again by .* use `spikelet.carry.checkpoint`"):
        spikelet.scan(net, x.requires_grad_())
    assert carry.stack._CARRIES == []
    # Without a carry there is no state to lose.
    net.eval()
    net(x).sum().backward()


def test_a_scan_inside_the_checkpoint_of_torch_is_pure_and_works(x):
    net = Block().eval()
    _, state = spikelet.scan(net, x)

    def run(x):
        return spikelet.scan(net, x, state)[0]

    y = torch.utils.checkpoint.checkpoint(run, x, use_reentrant=False)
    again = torch.autograd.grad(y.sum(), list(net.parameters()), retain_graph=True)
    plain = torch.autograd.grad(run(x).sum(), list(net.parameters()))
    assert all(torch.equal(s, t) for s, t in zip(again, plain, strict=True))


class Rerun(torch.autograd.Function):
    """Recomputation as other libraries write it: run without a graph, run again in the backward pass."""

    @staticmethod
    def forward(ctx, module, x):
        ctx.module = module
        ctx.save_for_backward(x)
        with torch.no_grad():
            return module(x)

    @staticmethod
    def backward(ctx, grad):
        x = ctx.saved_tensors[0].detach().requires_grad_()
        with torch.enable_grad():
            y = ctx.module(x)
        return None, torch.autograd.grad(y, x, grad)[0]


def test_a_rerun_of_another_kind_is_refused_in_the_backward_pass(x):
    net = Block(Rerun.apply).eval()
    y, _ = spikelet.scan(net, x.requires_grad_())
    with pytest.raises(StateError, match=r"got a re-run without its carried state"):
        y.sum().backward()
    net(x).sum().backward()
