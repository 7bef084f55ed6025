"""`probe.rates`: what it counts, what it keeps, what it leaves behind."""

import json
import math

import pytest
import torch
from torch import nn

import spikelet
from spikelet import layers, probe
from spikelet.errors import ParameterError
from spikelet.neurons import IF, LIF, Neuron, State, state


def hooks(net):
    return sum(len(module._forward_hooks) for module in net.modules())


class Branches(nn.Module):
    """Neurons at several depths, in a list, and one that never runs."""

    def __init__(self):
        super().__init__()
        self.stem = layers.Sequential(layers.Linear(4, 6), LIF())
        self.arms = nn.ModuleList([IF(), LIF(threshold=0.5)])
        self.unused = LIF()

    def forward(self, x):
        z = self.stem(x)
        return self.arms[0](z) + self.arms[1](z)


def test_a_rate_is_spikes_per_neuron_and_step():
    # An integrator fed 0.25 fires at every fourth step; fed 1 at every step; fed 0 never.
    x = torch.tensor([0.25, 1.0, 0.0]).expand(8, 2, 3)
    net = layers.Sequential(IF())
    with probe.rates(net) as rates:
        net(x)
    assert dict(rates) == {"0": (2 + 8 + 0) / 24}


def test_every_neuron_that_ran_is_named_where_it_stands():
    torch.manual_seed(0)
    net, x = Branches(), 4 * torch.randn(5, 3, 4)
    with probe.rates(net) as rates:
        net(x)
    z = net.stem(x)
    expected = {"stem.1": z, "arms.0": net.arms[0](z), "arms.1": net.arms[1](z)}
    assert list(rates) == list(expected)
    assert len(rates) == 3
    for name, spikes in expected.items():
        assert rates[name] == spikes.double().mean().item() > 0
    with pytest.raises(KeyError, match="unused"):
        rates["unused"]
    assert repr(rates).startswith("Rates({'stem.1': 0.")


def test_a_neuron_as_the_whole_net_has_the_empty_name():
    neuron = IF()
    with probe.rates(neuron) as rates:
        neuron(torch.ones(4, 1, 2))
    assert dict(rates) == {"": 1.0}


def test_a_neuron_of_ones_own_is_seen():
    class Always(Neuron):
        v = state(rest=0.0, membrane=True)

        @staticmethod
        def charge(s: State, x, p):
            return s.replace(v=p.threshold + 0 * x)

    net = nn.ModuleDict({"mine": Always()})
    with probe.rates(net) as rates:
        net["mine"](torch.zeros(4, 1, 2))
    assert dict(rates) == {"mine": 1.0}


def test_batches_count_by_their_size():
    net = layers.Sequential(IF())
    with probe.rates(net) as rates:
        net(torch.ones(2, 3, 1))
        assert rates["0"] == 1.0
        net(torch.zeros(2, 1, 1))
    assert rates["0"] == 6 / 8


def test_scan_and_stream_are_seen():
    net = layers.Sequential(IF())
    with probe.rates(net) as rates:
        _, state = spikelet.scan(net, torch.full((2, 1, 1), 0.25))
        spikelet.scan(net, torch.full((2, 1, 1), 0.25), state)
        stream = spikelet.Stream(net)
        for _ in range(4):
            stream.step(torch.full((1, 1), 0.5))
    assert rates["0"] == (1 + 2) / 8


def test_an_empty_sequence_counts_for_nothing():
    net = layers.Sequential(IF())
    with probe.rates(net) as rates:
        net(torch.ones(0, 3, 1))
        net(torch.ones(2, 0, 1))
    assert dict(rates) == {}


def test_negative_spikes_count_and_do_not_cancel():
    rates = probe.Rates()
    rates.record("a", torch.tensor([-1.0, 1.0, 0.0, 0.0]))
    assert rates["a"] == 0.5


def test_a_nan_shows():
    rates = probe.Rates()
    rates.record("a", torch.tensor([1.0, math.nan]))
    rates.record("a", torch.tensor([1.0, 1.0]))
    assert math.isnan(rates["a"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_counts_are_exact_beyond_the_type_of_the_spikes(dtype):
    rates = probe.Rates()
    for _ in range(3):
        rates.record("a", torch.ones(99_999, dtype=dtype))
    assert rates["a"] == 1.0


def test_rates_become_json():
    rates = probe.Rates()
    rates.record("a", torch.ones(2))
    assert json.dumps(dict(rates)) == '{"a": 1.0}'


def test_nothing_of_the_activations_or_the_graph_is_kept():
    net = layers.Sequential(layers.Linear(4, 1000), LIF())
    with probe.rates(net) as rates:
        net(torch.randn(10, 8, 4))
    kept = [value for value in vars(rates).values() for value in value.values()]
    assert [value.numel() for value in kept if isinstance(value, torch.Tensor)] == [1]
    assert not any(value.requires_grad for value in kept if isinstance(value, torch.Tensor))


def test_the_net_computes_the_same_while_probed():
    torch.manual_seed(0)
    net, x = Branches(), 4 * torch.randn(5, 3, 4)
    expected = net(x)
    with probe.rates(net):
        y = net(x)
    assert torch.equal(y, expected)
    assert y.requires_grad


def test_hooks_are_gone_after_the_block_and_after_an_error():
    net = Branches()
    with probe.rates(net):
        assert hooks(net) == 4
    assert hooks(net) == 0
    with pytest.raises(ZeroDivisionError), probe.rates(net):
        raise ZeroDivisionError
    assert hooks(net) == 0


def test_probes_nest():
    net = layers.Sequential(IF())
    with probe.rates(net) as outer:
        net(torch.ones(1, 1, 1))
        with probe.rates(net) as inner:
            net(torch.zeros(1, 1, 1))
    assert (outer["0"], inner["0"]) == (0.5, 0.0)


def test_a_net_without_neurons_is_refused():
    with (
        pytest.raises(ParameterError, match="`net` must hold a neuron, got Sequential with none"),
        probe.rates(layers.Sequential(layers.Linear(2, 3))),
    ):
        pass


def test_a_net_compiled_inside_the_block_is_seen_under_its_plain_names():
    torch.compiler.reset()
    net = torch.compile(layers.Sequential(IF()), backend="eager")
    with probe.rates(net) as rates:
        net(torch.ones(4, 1, 2))
        net(torch.zeros(4, 1, 2))
    assert dict(rates) == {"0": 0.5}


def test_a_net_compiled_before_the_block_warns_instead_of_staying_silent():
    torch.compiler.reset()
    net = torch.compile(layers.Sequential(IF()), backend="eager")
    net(torch.ones(4, 1, 2))
    with pytest.warns(UserWarning, match="must be recorded as it compiles, got none; probe the plain net"):  # noqa: SIM117
        with probe.rates(net):
            net(torch.ones(4, 1, 2))
