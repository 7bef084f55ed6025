"""`torch.compile` and `torch.export` trace through neurons and carries in one graph."""

import pytest
import torch
from torch import nn

import spikelet
from spikelet import carry
from spikelet.neurons import IF, LIF, learn
from spikelet.reset import Soft

# Torch looks at `.grad` of every input that it traces, and warns of its own look at a carried state.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")


@pytest.fixture(autouse=True)
def fresh():
    torch.compiler.reset()


@pytest.fixture
def net():
    net = nn.Sequential(
        nn.Linear(3, 4), LIF(tau=learn(2.0)), nn.Linear(4, 4), IF(reset=Soft(), threshold=torch.ones(4))
    )
    torch.manual_seed(0)
    for layer in (net[0], net[2]):
        nn.init.uniform_(layer.weight, 0.0, 0.6)
    return net


@pytest.fixture
def x():
    return torch.rand(4, 2, 3, generator=torch.Generator().manual_seed(1)) * 3


class Count:
    """A backend that counts the graphs that it is given."""

    def __init__(self):
        self.graphs = 0

    def __call__(self, graph, example):
        self.graphs += 1
        return graph


def gradients(net, y):
    return torch.autograd.grad(y.sum(), list(net.parameters()))


def test_a_compiled_net_equals_the_net(net, x):
    compiled = torch.compile(net, fullgraph=True, backend="eager")
    assert torch.equal(compiled(x), net(x))
    for a, b in zip(gradients(net, compiled(x)), gradients(net, net(x)), strict=True):
        torch.testing.assert_close(a, b)


def test_a_compiled_scan_equals_scan_and_compiles_once_for_each_kind_of_state(net, x):
    backend = Count()
    compiled = torch.compile(lambda x, s: spikelet.scan(net, x, s), fullgraph=True, backend=backend)
    state = plain = None
    for _ in range(12):
        y, state = compiled(x, state)
        y_plain, plain = spikelet.scan(net, x, plain)
        assert torch.equal(y, y_plain)
    assert list(state) == ["1", "3"]
    assert torch.equal(state["1"].v, plain["1"].v)
    assert backend.graphs == 2
    assert carry.stack._CARRIES == []


def test_a_compiled_net_is_scanned_without_compiling_again_for_each_pass(net, x):
    backend = Count()
    compiled = torch.compile(net, fullgraph=True, backend=backend)
    stream, plain = spikelet.Stream(compiled), spikelet.Stream(net)
    for _ in range(12):
        assert torch.equal(stream(x), plain(x))
    assert list(stream.state) == ["1", "3"]
    assert backend.graphs == 2


def test_a_compiled_net_reports_wrong_input(net, x):
    compiled = torch.compile(net, backend="eager")
    with pytest.raises(Exception, match=r"must have shape \[T, B, ...\], got \[2, 4\]"):
        compiled(x[0])


@pytest.mark.parametrize("strict", [True, False])
def test_an_exported_net_equals_the_net(net, x, strict):
    program = torch.export.export(net, (x,), strict=strict)
    assert torch.equal(program.module()(x), net(x))


def test_an_exported_scan_takes_and_gives_states(net, x):
    class Scan(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x, state):
            return spikelet.scan(self.net, x, state)

    _, state = spikelet.scan(net, x)
    program = torch.export.export(Scan(), (x, state))
    y, after = program.module()(x, state)
    wanted, end = spikelet.scan(net, x, state)
    assert torch.equal(y, wanted)
    assert torch.equal(after["1"].v, end["1"].v)
