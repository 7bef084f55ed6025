import copy

import pytest
import torch
from torch import nn

import spikelet
from spikelet import Stream
from spikelet.errors import DtypeError, ParameterError, ShapeError, StateError
from spikelet.neurons import IF, LIF
from spikelet.reset import Soft


@pytest.fixture
def net():
    net = nn.Sequential(nn.Linear(3, 4), LIF(v_leak=0.125), nn.Linear(4, 4), IF(reset=Soft()))
    torch.manual_seed(0)
    for weight in net.parameters():
        nn.init.uniform_(weight, 0.0, 0.4)
    return net.eval()


@pytest.fixture
def x():
    return torch.rand(8, 4, 3, generator=torch.Generator().manual_seed(1)) * 3


def test_a_stream_of_chunks_equals_the_whole(net, x):
    stream = Stream(net)
    chunks = [stream(c) for c in (x[:3], x[3:3], x[3:4], x[4:])]
    assert torch.equal(torch.cat(chunks), net(x))
    assert 0.1 < net(x).mean() < 0.9


def test_a_stream_of_steps_equals_the_whole(net, x):
    stream = Stream(net)
    assert torch.equal(torch.stack([stream.step(x_t) for x_t in x]), net(x))


def test_streams_over_one_net_do_not_see_each_other(net, x):
    a, b = Stream(net), Stream(net)
    a(x)
    assert b.state is None
    assert torch.equal(b(x), net(x))


def test_reset_begins_anew(net, x):
    stream = Stream(net)
    stream(x)
    stream.reset()
    assert stream.state is None
    assert torch.equal(stream(x), net(x))


def test_reset_of_some_samples_leaves_the_others(net, x):
    stream, other = Stream(net), Stream(net)
    stream(x)
    other(x)
    mask = torch.tensor([True, False, True, False])
    stream.reset(mask)
    assert (stream.state["1"].v[mask] == 0.125).all()
    y, rest, kept = stream(x), net(x), other(x)
    assert torch.equal(y[:, mask], rest[:, mask])
    assert torch.equal(y[:, ~mask], kept[:, ~mask])
    assert not torch.equal(rest, kept)


def test_reset_before_the_first_chunk_does_nothing(net, x):
    stream = Stream(net)
    stream.reset(torch.ones(4, dtype=torch.bool))
    assert stream.state is None


def test_a_mask_that_is_none_is_refused(net, x):
    stream = Stream(net)
    stream(x)
    with pytest.raises(DtypeError, match="`mask` must be bool, got int64; compare first"):
        stream.reset(torch.ones(4, dtype=torch.int64))
    with pytest.raises(ShapeError, match=r"`mask` must have shape \[B\], got \[4, 1\]"):
        stream.reset(torch.ones(4, 1, dtype=torch.bool))
    with pytest.raises(ShapeError, match=r"`mask` must have shape \[4\], one bool a sample, got \[3\]"):
        stream.reset(torch.ones(3, dtype=torch.bool))


def test_a_leaf_without_rest_cannot_be_reset_by_sample(x):
    class Counter(nn.Module):
        carries_state = True

        def forward(self, x):
            held = spikelet.carry.take(self)
            spikelet.carry.put(self, x[-1] if held is None else held + x[-1])
            return x

    stream = Stream(Counter())
    stream(x)
    with pytest.raises(StateError, match=r"`Counter` must define `rest\(state\)` for `reset\(mask\)`"):
        stream.reset(torch.ones(4, dtype=torch.bool))


def test_detach_ends_the_backward_pass(net, x):
    stream = Stream(net)
    a = x[:4].clone().requires_grad_()
    stream(a)
    stream.detach()
    stream(x[4:]).sum().backward()
    assert a.grad is None
    assert net[0].weight.grad.abs().sum() > 0


def test_detach_at_rest_does_nothing(net):
    stream = Stream(net)
    stream.detach()
    assert stream.state is None


def test_a_saved_stream_goes_on(net, x, tmp_path):
    stream = Stream(net)
    with torch.no_grad():
        stream(x[:5])
        torch.save(stream.state_dict(), tmp_path / "stream.pt")
        other = Stream(copy.deepcopy(net))
        other.load_state_dict(torch.load(tmp_path / "stream.pt", weights_only=True))
        assert torch.equal(other(x[5:]), stream(x[5:]))


def test_a_saved_rest_is_rest(net, x):
    stream = Stream(net)
    assert stream.state_dict() == {}
    stream(x)
    stream.load_state_dict({})
    assert stream.state is None


def test_a_state_of_another_net_is_refused(net, x):
    stream = Stream(nn.Sequential(IF()))
    stream(x)
    with pytest.raises(StateError, match="must hold only the net's stateful modules `1`, `3`, got `0`"):
        Stream(net).load_state_dict(stream.state_dict())


def test_a_pass_that_fails_leaves_the_state_as_it_was(net, x):
    stream = Stream(net)
    stream(x)
    before = stream.state
    with pytest.raises(StateError):
        stream(x[:, :2])
    assert stream.state is before


def test_what_is_no_net_is_refused():
    with pytest.raises(ParameterError, match="`net` must be a torch module, got int"):
        Stream(3)


def test_repr_says_where_a_stream_is(net, x):
    stream = Stream(net)
    assert repr(stream) == "Stream(Sequential, at rest)"
    stream(x)
    assert repr(stream) == "Stream(Sequential, 2 states)"
