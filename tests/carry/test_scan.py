import copy

import pytest
import torch
from torch import nn
from torch.nn.parallel import DataParallel

import spikelet
from spikelet import carry
from spikelet.errors import ParameterError, ShapeError, StateError
from spikelet.neurons import IF, LIF, State
from spikelet.reset import Soft


class Residual(nn.Module):
    """Branches, a residual sum and a stateful leaf that is no neuron."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(3, 4), LIF())
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(4, 4), IF(reset=Soft())) for _ in range(2)])
        self.delay = Delay()

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            x = x + block(x)
        return self.delay(x)


def excitatory(net):
    """Positive weights, so that every layer spikes."""
    torch.manual_seed(0)
    for name, weight in net.named_parameters():
        nn.init.uniform_(weight, 0.0, 0.6 if name.endswith("weight") else 0.1)
    return net.eval()


class Delay(nn.Module):
    """One step late; its state is a dict."""

    carries_state = True

    def forward(self, x):
        held = carry.take(self)
        if held is None:
            held = {"last": torch.zeros(x.shape[1:])}
        late = torch.cat([held["last"].unsqueeze(0), x])
        carry.put(self, {"last": late[-1]})
        return late[:-1]

    def rest(self, like):
        return {"last": torch.zeros_like(like["last"])}


@pytest.fixture
def net():
    return excitatory(Residual())


@pytest.fixture
def x():
    return torch.rand(8, 2, 3, generator=torch.Generator().manual_seed(1)) * 2


NAMES = ["first.1", "blocks.0.1", "blocks.1.1", "delay"]


def same(a, b):
    flat = torch.utils._pytree.tree_leaves
    return a.keys() == b.keys() and all(torch.equal(s, t) for s, t in zip(flat(a), flat(b), strict=True))


def test_scan_returns_the_states_by_qualified_name(net, x):
    y, state = spikelet.scan(net, x)
    assert list(state) == NAMES
    assert torch.equal(y, net(x))
    assert len(y.unique()) > 2


@pytest.mark.parametrize("cut", [0, 1, 5, 8])
def test_two_scans_equal_one(net, x, cut):
    first, middle = spikelet.scan(net, x[:cut])
    second, end = spikelet.scan(net, x[cut:], middle)
    y, whole = spikelet.scan(net, x)
    assert torch.equal(torch.cat([first, second]), y)
    assert same(end, whole)


def test_gradients_through_two_scans_equal_those_of_one(net, x):
    first, middle = spikelet.scan(net, x[:3])
    second, _ = spikelet.scan(net, x[3:], middle)
    parts = torch.autograd.grad(first.sum() + second.sum(), list(net.parameters()))
    whole = torch.autograd.grad(net(x).sum(), list(net.parameters()))
    for a, b in zip(parts, whole, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def test_a_net_remembers_nothing(net, x):
    y = net(x)
    spikelet.scan(net, x)
    assert torch.equal(net(x), y)
    assert torch.equal(spikelet.scan(net, x)[0], y)
    twin = copy.deepcopy(net)
    assert torch.equal(twin(x), y)


def test_a_given_state_is_not_changed(net, x):
    state = carry.detach(spikelet.scan(net, x)[1])
    before = copy.deepcopy(state)
    spikelet.scan(net, x, state)
    assert same(state, before)


def test_a_neuron_alone_is_a_net_with_an_empty_name(x):
    y, state = spikelet.scan(LIF(), x)
    assert list(state) == [""]
    assert torch.equal(spikelet.scan(LIF(), x, state)[0], LIF().scan(x, state[""])[0])
    assert torch.equal(y, LIF()(x))


def test_a_net_without_state_gives_an_empty_one(x):
    y, state = spikelet.scan(nn.Linear(3, 4), x)
    assert state == {}
    assert y.shape == (8, 2, 4)


def test_detach_cuts_the_graph(net, x):
    _, state = spikelet.scan(net, x)
    assert state["first.1"].v.requires_grad
    cut = carry.detach(state)
    assert same(cut, state)
    assert not any(t.requires_grad for t in torch.utils._pytree.tree_leaves(cut))


def test_a_leaf_that_is_skipped_keeps_its_state(x):
    class Sometimes(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = IF(), IF()
            self.both = True

        def forward(self, x):
            return self.a(self.b(x)) if self.both else self.a(x)

    net = Sometimes()
    _, state = spikelet.scan(net, x)
    net.both = False
    _, after = spikelet.scan(net, x, state)
    assert after["b"] is state["b"]
    assert after["a"] is not state["a"]


def test_wrappers_do_not_show_in_names(net, x):
    _, state = spikelet.scan(net, x)
    wrapped = nn.Sequential(DataParallel(nn.Sequential(net)))
    assert list(carry.stack.leaves_of(wrapped).values()) == [f"0.0.{name}" for name in NAMES]
    compiled = torch.compile(net, backend="eager")
    assert list(carry.stack.leaves_of(compiled).values()) == NAMES
    assert same(spikelet.scan(compiled, x)[1], state)


def test_a_child_named_module_keeps_its_name(x):
    class Holder(nn.Module):
        def __init__(self):
            super().__init__()
            self.module = IF()

        def forward(self, x):
            return self.module(x)

    assert list(spikelet.scan(Holder(), x)[1]) == ["module"]


def test_an_unknown_name_is_refused(net, x):
    _, state = spikelet.scan(net, x)
    with pytest.raises(
        StateError, match=r"must hold only the net's stateful modules `.*`, got `head.1`; pass the"
    ):
        spikelet.scan(net, x, {**state, "head.1": state["first.1"]})


def test_a_missing_name_is_refused(net, x):
    _, state = spikelet.scan(net, x)
    del state["blocks.1.1"]
    with pytest.raises(
        StateError, match=r"`state` must hold an entry for `blocks.1.1`, got `blocks.0.1`, `delay`"
    ):
        spikelet.scan(net, x, state)
    with pytest.raises(StateError, match=r"`state` must hold an entry for `first.1`, got none"):
        spikelet.scan(net, x, {})


def test_a_state_that_is_no_mapping_is_refused(net, x):
    with pytest.raises(StateError, match="`state` must be the dict that `scan` returned, got State"):
        spikelet.scan(net, x, State(v=x[0]))


def test_a_state_of_another_batch_is_refused(net, x):
    _, state = spikelet.scan(net, x)
    with pytest.raises(
        StateError, match=r"`state.v` must have shape \[1, 4\] as one step of `x`, got \[2, 4\]"
    ):
        spikelet.scan(net, x[:, :1], state)


def test_what_is_no_module_is_refused(x):
    with pytest.raises(
        ParameterError, match="`net` must be a torch module, got function; wrap a function in one"
    ):
        spikelet.scan(lambda x: x, x)


def test_a_neuron_shared_by_two_places_is_refused(x):
    shared = LIF()
    net = nn.Sequential(nn.Linear(3, 3), shared, nn.Linear(3, 3), shared)
    assert net(x).shape == x.shape
    with pytest.raises(
        StateError, match="`1` must be called once in a pass, got a second call; use two neurons"
    ):
        spikelet.scan(net, x)


def test_a_neuron_that_the_net_does_not_own_is_refused(x):
    class Listed(nn.Module):
        def __init__(self):
            super().__init__()
            self.neurons = [LIF()]

        def forward(self, x):
            return self.neurons[0](x)

    with pytest.raises(StateError, match=r"must belong to the net, got a `LIF` outside it; register it"):
        spikelet.scan(Listed(), x)
    assert Listed()(x).shape == x.shape


def test_a_scan_of_a_net_inside_itself_is_refused(x):
    class Turtles(nn.Module):
        def __init__(self):
            super().__init__()
            self.neuron = LIF()

        def forward(self, x):
            return spikelet.scan(self, x)[0]

    with pytest.raises(StateError, match="`scan` of a net must not run inside a `scan` of the same net"):
        spikelet.scan(Turtles(), x)


class Recurrent(nn.Module):
    """A leaf that runs another net step by step and keeps its state as its own."""

    carries_state = True

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        held = carry.take(self) or {"y": torch.zeros_like(x[0]), "cell": None}
        y, state, ys = held["y"], held["cell"], []
        for x_t in x:
            out, state = spikelet.scan(self.cell, (x_t + y).unsqueeze(0), state)
            y = out[0]
            ys.append(y)
        carry.put(self, {"y": y, "cell": state})
        return torch.stack(ys)


def test_a_leaf_may_scan_a_net_of_its_own(x):
    torch.manual_seed(0)
    net = nn.Sequential(Recurrent(nn.Sequential(nn.Linear(3, 3), LIF())), IF())
    y, whole = spikelet.scan(net, x)
    first, middle = spikelet.scan(net, x[:3])
    second, end = spikelet.scan(net, x[3:], middle)
    assert torch.equal(torch.cat([first, second]), y)
    assert torch.equal(end["0"]["cell"]["1"].v, whole["0"]["cell"]["1"].v)
    assert torch.equal(net(x), y)


def test_an_error_inside_leaves_no_carry_behind(net, x):
    with pytest.raises(ShapeError):
        spikelet.scan(nn.Sequential(nn.Flatten(0), LIF()), x)
    with pytest.raises(StateError):
        spikelet.scan(net, x, {})
    assert carry.stack._CARRIES == []
    y, state = spikelet.scan(net, x)
    assert torch.equal(y, net(x))
    assert list(state) == NAMES
