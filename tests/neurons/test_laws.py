"""What holds for every neuron, whatever its equation."""

import copy
import pickle
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelet import engine
from spikelet.errors import EngineError
from spikelet.neurons import IF, LIF, Neuron, learn, param, state
from spikelet.reset import Hard, NoReset, Soft
from spikelet.surrogate import ATan, FastSigmoid, Sigmoid


class Adaptive(Neuron):
    """A LIF whose spikes raise a second state that is taken from its input."""

    tau = param(2.0, above=1.0, unit="steps")
    tau_a = param(8.0, above=1.0, unit="steps")
    b = param(0.2)
    v = state(rest=0.0, membrane=True)
    a = state(rest=0.0)

    @staticmethod
    def charge(s, x, p):
        return s.replace(v=s.v + (x - s.a - s.v) / p.tau)

    @staticmethod
    def after(s, z, p):
        return s.replace(a=s.a - s.a / p.tau_a + p.b * z)


NEURONS = [
    IF(),
    IF(threshold=0.5, reset=Soft(detach=True)),
    LIF(),
    LIF(tau=3.0, v_leak=-0.25, decay_input=False, reset=Hard(to=-0.25)),
    LIF(tau=learn(torch.tensor([1.5, 2.0, 4.0])), reset=Soft(), surrogate=Sigmoid()),
    LIF(reset=NoReset(), surrogate=FastSigmoid()),
    Adaptive(reset=Soft()),
]
every_neuron = pytest.mark.parametrize("neuron", NEURONS, ids=repr)


def sequence(steps, batch=2, channels=3):
    return torch.rand(steps, batch, channels, generator=torch.Generator().manual_seed(steps)) * 2.5 - 0.5


def same(a, b):
    return all(torch.equal(x, y) for (_, x), (_, y) in zip(a.items(), b.items(), strict=True))


@every_neuron
def test_two_scans_equal_one(neuron):
    x = sequence(9)
    for cut in (0, 1, 4, 9):
        first, middle = neuron.scan(x[:cut])
        second, end = neuron.scan(x[cut:], middle)
        z, whole = neuron.scan(x)
        assert torch.equal(torch.cat([first, second]), z)
        assert same(end, whole)


@every_neuron
def test_folding_step_equals_scan(neuron):
    x = sequence(6)
    steps, carried = [], None
    for x_t in x:
        z_t, carried = neuron.step(x_t, carried)
        steps.append(z_t)
    z, whole = neuron.scan(x)
    assert torch.equal(torch.stack(steps), z)
    assert same(carried, whole)


@every_neuron
def test_the_gradient_flows_through_the_carried_state(neuron):
    x = sequence(6).requires_grad_()
    z, middle = neuron.scan(x[:3])
    rest, _ = neuron.scan(x[3:], middle)
    (parts,) = torch.autograd.grad((z.sum() + rest.sum()), x)
    (whole,) = torch.autograd.grad(neuron(x).sum(), x)
    torch.testing.assert_close(parts, whole, rtol=1e-6, atol=1e-7)


@every_neuron
def test_samples_of_a_batch_do_not_see_each_other(neuron):
    x = sequence(6, batch=4)
    alone = [neuron(x[:, i : i + 1]) for i in range(4)]
    assert torch.equal(torch.cat(alone, 1), neuron(x))


@every_neuron
def test_a_neuron_at_rest_stays_there_so_that_time_shifts(neuron):
    x = sequence(6)
    shifted = neuron(torch.cat([torch.zeros(3, 2, 3), x]))
    assert torch.equal(shifted[3:], neuron(x))


@every_neuron
def test_the_same_input_gives_the_same_bits(neuron):
    x = sequence(5)
    assert torch.equal(neuron(x), neuron(x))
    assert same(neuron.scan(x)[1], neuron.scan(x)[1])


@every_neuron
def test_no_call_leaves_anything_in_the_module(neuron):
    neuron = copy.deepcopy(neuron)
    before = {k: v.clone() for k, v in neuron.state_dict().items()}
    attributes = set(vars(neuron))
    x = sequence(5).requires_grad_()
    neuron(x).sum().backward()
    neuron.step(x[0])
    neuron.trace(x)
    assert set(vars(neuron)) == attributes
    assert neuron.state_dict().keys() == before.keys()
    assert all(torch.equal(v, before[k]) for k, v in neuron.state_dict().items())
    with pytest.raises(AttributeError):
        _ = neuron.v


@every_neuron
def test_copies_and_pickles_after_a_forward_work(neuron):
    x = sequence(5).requires_grad_()
    z = neuron(x)
    z.sum().backward()
    for twin in (copy.deepcopy(neuron), pickle.loads(pickle.dumps(neuron))):
        assert torch.equal(twin(x), z)
        assert repr(twin) == repr(neuron)


@every_neuron
def test_trace_records_what_scan_computes(neuron):
    x = sequence(5)
    trace = neuron.trace(x)
    z, end = neuron.scan(x)
    assert torch.equal(trace["z"], z)
    names = [name for name, _ in end.items()]
    assert set(trace) == {"z", *names, *(f"{name}_charged" for name in names)}
    assert all(torch.equal(trace[name][-1], value) for name, value in end.items())
    later = neuron.trace(x[2:], neuron.scan(x[:2])[1])
    assert all(torch.equal(later[name], trace[name][2:]) for name in trace)


@every_neuron
def test_the_reset_leaves_silent_neurons_untouched(neuron):
    trace = neuron.trace(sequence(30))
    silent = trace["z"] == 0
    assert silent.any()
    assert not silent.all()
    assert torch.equal(trace["v"][silent], trace["v_charged"][silent])


@given(st.lists(st.integers(-8, 24), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_the_soft_reset_conserves_charge(eighths):
    x = torch.tensor(eighths).reshape(-1, 1, 1) / 8
    z, end = IF(reset=Soft()).scan(x)
    # Multiples of 1/8 add exactly.
    assert x.sum() == z.sum() + end.v.sum()


@dataclass(frozen=True)
class Smooth:
    """A rule that fires by degrees, with ATan's primitive: its derivative is the slope itself."""

    def fires(self, v, threshold):
        return torch.atan(torch.pi * (v - threshold)) / torch.pi + 0.5


@pytest.mark.parametrize("reset", [Hard(to=0.25), Soft(), NoReset()], ids=repr)
@pytest.mark.parametrize("kind", [IF, LIF, Adaptive])
def test_the_gradient_passes_gradcheck_in_float64(kind, reset):
    names = kind.params
    neuron = kind(
        **{name: learn(p.default) for name, p in names.items()}, reset=reset, rule=Smooth()
    ).double()
    weights = dict(neuron.named_parameters())
    assert len(weights) == len(names)
    x = sequence(4).double().requires_grad_()
    start = {name: torch.full((2, 3), 0.125, dtype=torch.float64, requires_grad=True) for name in kind.states}
    rest = neuron.rest(neuron.scan(x.detach())[1])

    def run(x, *rests_and_weights):
        values = dict(zip([*start, *weights], rests_and_weights, strict=True))
        carried = rest.replace(**{name: values[name] for name in start})
        z, end = torch.func.functional_call(
            _Scan(neuron), {f"neuron.{n}": values[n] for n in weights}, (x, carried)
        )
        return z, *(t for _, t in end.items())

    assert torch.autograd.gradcheck(run, (x, *start.values(), *weights.values()))


class _Scan(torch.nn.Module):
    def __init__(self, neuron):
        super().__init__()
        self.neuron = neuron

    def forward(self, x, carried):
        return self.neuron.scan(x, carried)


def test_torch_func_differentiates_and_maps_a_neuron():
    neuron = LIF(tau=learn(2.0))
    x = sequence(5, batch=4)
    weights = dict(neuron.named_parameters())

    def loss(weights, x):
        return torch.func.functional_call(neuron, weights, (x,)).sum()

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 1))(weights, x.unsqueeze(2))
    whole = torch.func.grad(loss)(weights, x)
    torch.testing.assert_close(each["raw_tau"].sum(), whole["raw_tau"])


def second_derivative():
    x = sequence(3).requires_grad_()
    (g,) = torch.autograd.grad(LIF(surrogate=ATan())(x).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    return h


def test_a_second_derivative_is_served_by_the_reference_engine():
    with engine.use("reference"):
        h = second_derivative()
    assert torch.isfinite(h).all()
    assert h.abs().max() > 0


def test_a_second_derivative_on_a_fast_engine_is_refused_with_the_way_out():
    with pytest.raises(EngineError, match=r'with spikelet.engine.use\("reference"\)'):
        second_derivative()
