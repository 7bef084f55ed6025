import copy
import inspect
import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from spikelet.errors import DtypeError, ParameterError, ShapeError
from spikelet.neurons import IF, LIF, Above, AtOrAbove, learn
from spikelet.reset import Hard, Soft
from spikelet.surrogate import ATan, Sigmoid


def test_repr_shows_every_parameter():
    assert repr(LIF(tau=1.7)) == (
        "LIF(tau=1.7, v_leak=0, threshold=1, decay_input=True, reset=Hard(to=0.0, detach=False), "
        "surrogate=ATan(alpha=2.0), rule=AtOrAbove())"
    )
    shown = repr(LIF(tau=learn(3.0), v_leak=torch.zeros(4), threshold=learn(torch.ones(4)), rule=Above()))
    assert "tau=learn(3), v_leak=[4], threshold=learn([4])" in shown
    assert "rule=Above()" in shown


def test_the_signature_names_every_parameter():
    assert list(inspect.signature(LIF).parameters) == [
        "tau", "v_leak", "threshold", "decay_input", "reset", "surrogate", "rule",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [3, 3.0, np.float32(3), np.int64(3), Fraction(3), torch.tensor(3.0)])
def test_any_real_number_is_taken(number):
    assert LIF(tau=number).tau.item() == 3.0
    assert LIF(tau=number).tau.dtype == torch.float32


@pytest.mark.parametrize("junk", ["2", None, True, [2.0], 2j, np.array([2.0])])
@pytest.mark.parametrize("wrap", [lambda v: v, learn])
def test_what_is_no_number_is_refused(junk, wrap):
    with pytest.raises(
        ParameterError, match=r"`tau` must be a number, a float tensor or `learn\(...\)`, got"
    ):
        LIF(tau=wrap(junk))


@pytest.mark.parametrize("wrap", [lambda v: v, learn, torch.tensor, lambda v: learn(torch.tensor([3.0, v]))])
def test_a_tau_of_a_step_or_less_is_refused(wrap):
    with pytest.raises(ParameterError) as caught:
        LIF(tau=wrap(0.5))
    assert str(caught.value) == "`tau` must be above 1 step, got 0.5; divide seconds by `dt` first"
    for tau in (1.0, 0.0, -2.0, 1 + 1e-12):
        with pytest.raises(ParameterError, match="`tau` must be above 1 step"):
            LIF(tau=wrap(tau))


@pytest.mark.parametrize("threshold", [0, -1, 0.0, torch.tensor([1.0, 0.0])])
def test_a_threshold_of_zero_or_less_is_refused(threshold):
    with pytest.raises(ParameterError, match="`threshold` must be above 0, got"):
        IF(threshold=threshold)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e300])
@pytest.mark.parametrize("name", ["tau", "v_leak", "threshold"])
def test_what_is_not_finite_is_refused(name, bad):
    for given in (bad, learn(bad), torch.tensor([2.0, bad])):
        with pytest.raises(ParameterError, match=f"`{name}` must be finite, got"):
            LIF(**{name: given})


def test_an_integer_tensor_is_refused():
    with pytest.raises(
        DtypeError, match=r"`tau` must be a float tensor, got int64; convert it with `.float\(\)`"
    ):
        LIF(tau=torch.tensor([2, 3]))


def test_a_tensor_that_wants_a_gradient_must_be_learnt():
    with pytest.raises(ParameterError, match=r"`tau` must not require a gradient"):
        LIF(tau=torch.tensor(2.0, requires_grad=True))


def test_an_unknown_or_nameless_argument_is_refused():
    with pytest.raises(ParameterError, match=r"`LIF` must get only tau, .*, got `taau`; check the spelling"):
        LIF(taau=2.0)
    with pytest.raises(ParameterError, match="`LIF` must get its parameters by name, got 64 without one"):
        LIF(64)


def test_a_class_in_place_of_an_object_is_refused_by_name():
    with pytest.raises(ParameterError) as caught:
        LIF(surrogate=ATan)
    assert (
        str(caught.value) == "`surrogate` must be an object, got the class `ATan`; write `surrogate=ATan()`"
    )
    with pytest.raises(ParameterError, match=r"`reset` must be an object, got the class `Soft`"):
        LIF(reset=Soft)
    with pytest.raises(ParameterError, match=r"`rule` must be an object, got the class `Above`"):
        LIF(rule=Above)


def test_an_object_of_another_kind_is_refused():
    with pytest.raises(ParameterError, match=r"`surrogate` must have a method `slope`, got Soft"):
        LIF(surrogate=Soft())
    with pytest.raises(ParameterError, match=r"`reset` must be callable, got None"):
        LIF(reset=None)
    with pytest.raises(ParameterError, match="`rule` must have a method `fires`, got '>'"):
        LIF(rule=">")


def test_an_option_must_have_its_type():
    with pytest.raises(ParameterError, match="`decay_input` must be a bool, got 1"):
        LIF(decay_input=1)


@pytest.mark.parametrize("later", [3.0, torch.tensor(0.5), None])
@pytest.mark.parametrize("tau", [2.0, learn(2.0)])
def test_a_parameter_cannot_be_assigned_later(tau, later):
    neuron = LIF(tau=tau)
    with pytest.raises(ParameterError, match="`tau` must be given when the neuron is built"):
        neuron.tau = later
    assert neuron.tau.item() == 2.0


def test_two_neurons_share_nothing_that_can_change():
    tau = torch.tensor([2.0, 3.0])
    a, b = LIF(tau=tau), LIF(tau=tau)
    tau.fill_(9.0)
    a.tau.fill_(5.0)
    assert b.tau.tolist() == [2.0, 3.0]
    learnt = learn(torch.tensor([0.5]))
    a, b = LIF(v_leak=learnt), LIF(v_leak=learnt)
    with torch.no_grad():
        a.v_leak.fill_(7.0)
    assert b.v_leak.item() == 0.5
    a.surrogate = Sigmoid()
    assert LIF().surrogate == ATan()
    assert LIF().reset == Hard()
    assert LIF().rule == AtOrAbove()


X = torch.rand(6, 2, 3, 4, 5, generator=torch.Generator().manual_seed(0)) * 3


def test_one_value_a_channel_acts_on_that_channel_whatever_trails():
    tau = torch.tensor([1.5, 2.0, 4.0])
    for x in (X, X[..., 0], X[..., 0, 0]):
        z = LIF(tau=tau)(x)
        apart = [LIF(tau=t)(x[:, :, c : c + 1]) for c, t in enumerate(tau)]
        assert torch.equal(z, torch.cat(apart, 2))


def test_channels_are_not_taken_for_the_last_axis_of_the_same_size():
    x = torch.rand(5, 2, 3, 3) * 3
    threshold = torch.tensor([0.5, 1.0, 100.0])
    z = IF(threshold=threshold)(x)
    assert z[:, :, 2].sum() == 0
    assert z[:, :, 0, 2].sum() > 0


def test_one_value_a_neuron_acts_on_that_neuron():
    threshold = torch.rand(3, 4, 5) + 0.5
    z = IF(threshold=threshold, reset=Soft())(X)
    i = (1, 2, 3)
    one = IF(threshold=threshold[i], reset=Soft())(X[:, :, 1:2, 2:3, 3:4])
    assert torch.equal(z[:, :, 1:2, 2:3, 3:4], one)
    step, _ = IF(threshold=threshold, reset=Soft()).step(X[0])
    assert torch.equal(step, z[0])


def test_a_parameter_of_another_size_is_refused():
    message = (
        r"`tau` must have shape \[\] for all, \[3\] for each channel or \[3, 4, 5\] for each neuron, "
        r"got \[4\]; "
        r"`x` has shape \[T, 2, 3, 4, 5\]"
    )
    with pytest.raises(ShapeError, match=message):
        LIF(tau=torch.full((4,), 2.0))(X)
    with pytest.raises(
        ShapeError, match=r"`v_leak` must have shape \[\] for all or \[3\] for each neuron, got \[1\]"
    ):
        LIF(v_leak=torch.zeros(1)).step(X[0, :, :, 0, 0])


def test_a_learnable_tau_stays_legal_whatever_the_optimizer_does():
    neuron = LIF(tau=learn(torch.tensor([1.01, 2.0, 50.0])), threshold=learn(0.5), v_leak=learn(0.25))
    assert neuron.tau.tolist() == pytest.approx([1.01, 2.0, 50.0], rel=1e-5)
    assert neuron.threshold.item() == pytest.approx(0.5)
    assert 1 / neuron.tau.detach() == pytest.approx(torch.sigmoid(neuron.raw_tau.detach()))
    x = X[:, :, :, 0, 0]
    optimizer = torch.optim.SGD(neuron.parameters(), lr=1.0)
    for _ in range(5):
        optimizer.zero_grad()
        neuron(x).sum().neg().backward()
        assert all(p.grad.abs().sum() > 0 for p in neuron.parameters())
        optimizer.step()
        assert (neuron.tau >= 1).all()
        assert neuron.threshold > 0


def test_state_dict_is_complete_and_restores():
    neuron = LIF(tau=learn(3.0), threshold=0.75)
    assert set(neuron.state_dict()) == {"raw_tau", "v_leak", "threshold"}
    assert {name for name, _ in neuron.named_parameters()} == {"raw_tau"}
    other = LIF(tau=learn(9.0), threshold=2.0)
    other.load_state_dict(neuron.state_dict())
    assert torch.equal(other(X), neuron(X))
    assert repr(other) == repr(neuron)


@pytest.mark.parametrize(("name", "value"), [("tau", 0.5), ("threshold", -1.0), ("v_leak", float("nan"))])
def test_a_state_dict_brings_no_value_that_the_constructor_refuses(name, value):
    net = torch.nn.Sequential(torch.nn.Linear(5, 5), LIF(tau=3.0, v_leak=learn(0.1)))
    broken = net.state_dict() | {f"1.{name}": torch.tensor(value)}
    with pytest.raises(ParameterError, match=f"`{name}` must be"):
        net.load_state_dict(broken)
    assert net[1].tau == 3.0
    assert net[1].threshold == 1.0


def test_a_learnable_tau_that_training_drove_to_its_bound_is_loaded():
    neuron, other = LIF(tau=learn(1.5)), LIF(tau=learn(2.0))
    torch.nn.init.constant_(neuron.raw_tau, 50.0)
    other.load_state_dict(neuron.state_dict())
    assert other.tau == 1.0


def test_casting_a_net_to_half_does_not_round_its_equations():
    net = torch.nn.Sequential(torch.nn.Linear(5, 5), LIF(tau=1.7, v_leak=learn(0.1)))
    for cast in (torch.nn.Module.half, torch.nn.Module.bfloat16):
        made = cast(copy.deepcopy(net))
        assert made[0].weight.dtype != torch.float32
        assert made[1].tau.dtype == made[1].v_leak.dtype == torch.float32
        assert torch.equal(made[1].tau, net[1].tau)
        assert made[1](X.to(made[0].weight.dtype)).dtype == made[0].weight.dtype


def test_double_nets_compute_in_double():
    neuron = LIF(tau=3.0).double()
    z, state = neuron.scan(X.double())
    assert z.dtype == state.v.dtype == torch.float64


def test_moving_to_the_meta_device_moves_everything():
    neuron = LIF(tau=learn(2.0)).to("meta")
    z, state = neuron.scan(X.to("meta"))
    assert z.is_meta
    assert state.v.shape == X.shape[1:]
    assert "tau=learn([])" in repr(neuron)
