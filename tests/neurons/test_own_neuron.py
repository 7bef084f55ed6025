"""Neurons that a user writes, and the mistakes in writing one."""

import pytest
import torch

import spikelet
from spikelet import engine
from spikelet.dynamics import exp, where
from spikelet.errors import ParameterError, StateError
from spikelet.neurons import LIF, Neuron, learn, option, param, state
from spikelet.reset import Soft
from spikelet.surrogate import FastSigmoid


class Adaptive(Neuron):
    tau = param(2.0, above=1.0, unit="steps")
    b = param(0.5)
    v = state(rest=0.0, membrane=True)
    a = state(rest=0.0)
    reset = Soft()
    surrogate = FastSigmoid(alpha=10.0)

    @staticmethod
    def charge(s, x, p):
        return s.replace(v=s.v + (x - s.a - s.v) / p.tau)

    @staticmethod
    def after(s, z, p):
        return s.replace(a=s.a / 2 + p.b * z)


def test_an_adaptive_neuron_does_what_its_lines_say():
    trace = Adaptive().trace(torch.tensor([2.0, 2.0, 2.0, 2.0]).reshape(4, 1, 1))
    # v: 1 | 0 + 1.5/2 | .75 + (1.75 - .75)/2 | .25 + (1.375 - .25)/2, a: .5, .25, .625, .3125
    assert trace["v_charged"].flatten().tolist() == [1.0, 0.75, 1.25, 0.8125]
    assert trace["z"].flatten().tolist() == [1, 0, 1, 0]
    assert trace["a_charged"].flatten().tolist() == [0.0, 0.5, 0.25, 0.625]
    assert trace["a"].flatten().tolist() == [0.5, 0.25, 0.625, 0.3125]


def test_a_class_sets_its_own_defaults():
    assert Adaptive().reset == Soft()
    assert Adaptive().surrogate == FastSigmoid(alpha=10.0)
    assert Adaptive(surrogate=FastSigmoid()).surrogate == FastSigmoid()


def test_the_adaptation_has_a_gradient():
    neuron = Adaptive(b=learn(0.5))
    neuron(torch.rand(8, 2, 3) * 3).sum().backward()
    assert neuron.b.grad.abs() > 0


def test_it_is_carried_by_scan():
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), Adaptive())
    x = torch.rand(6, 2, 3) * 3
    y, states = spikelet.scan(net, x)
    first, middle = spikelet.scan(net, x[:2])
    second, end = spikelet.scan(net, x[2:], middle)
    assert torch.equal(torch.cat([first, second]), y)
    assert torch.equal(end["1"].a, states["1"].a)


class Refractory(Neuron):
    """After a spike, deaf for some steps; with functions of the language and an option."""

    pause = param(2.0)
    leaky = option(default=False)
    v = state(rest="start", membrane=True)
    c = state(rest=0)
    start = param(0.0)

    @staticmethod
    def charge(s, x, p):
        v = s.v * exp(-p.start - 1.0) if p.leaky else s.v
        return s.replace(v=where(s.c > 0, v, v + x))

    @staticmethod
    def after(s, z, p):
        return s.replace(c=where(z > 0, s.c + p.pause, where(s.c > 0, s.c - 1, s.c)))


def test_a_refractory_neuron_hears_nothing_while_it_pauses():
    z = Refractory()(torch.full((8, 1, 1), 1.5))
    assert z.flatten().tolist() == [1, 0, 0, 1, 0, 0, 1, 0]
    assert Refractory(leaky=True).trace(torch.full((2, 1, 1), 0.5))["v"].flatten().tolist() == pytest.approx(
        [0.5, 0.5 + 0.5 / torch.e]
    )


CHARGE = staticmethod(lambda s, x, p: s.replace(v=s.v + x))
MEMBRANE = {"v": state(rest=0.0, membrane=True)}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (MEMBRANE, r"`Mine` must define `charge\(s, x, p\)`, got no such method"),
        (
            {"charge": CHARGE},
            r"`Mine` must declare a state, got none; add `v = state\(rest=0.0, membrane=True\)`",
        ),
        (
            {"charge": CHARGE, "v": state(rest=0.0)},
            "`Mine` must have one state with `membrane=True`, got none",
        ),
        (
            {"charge": CHARGE, **MEMBRANE, "u": state(rest=0.0, membrane=True)},
            r"`Mine` must have one state with `membrane=True`, got v, u",
        ),
        (
            {"charge": CHARGE, "v": state(rest="v_rest", membrane=True)},
            "`rest` of the state `v` must be a number or one of threshold, got 'v_rest'",
        ),
        (
            {"charge": CHARGE, "v": state(rest=None, membrane=True)},
            "`rest` of the state `v` must be a number or one of threshold, got None",
        ),
        (
            {"charge": lambda s, x, p: s, **MEMBRANE},
            r"`charge\(s, x, p\)` of `Mine` must be static, got a method",
        ),
        (
            {"charge": CHARGE, "after": lambda s, z, p: s, **MEMBRANE},
            r"`after\(s, z, p\)` of `Mine` must be static, got a method",
        ),
        ({"charge": CHARGE, **MEMBRANE, "x": param(1.0)}, "`Mine` must not declare `x`, got a name in use"),
        (
            {"charge": CHARGE, **MEMBRANE, "half": param(1.0)},
            "`Mine` must not declare `half`, got a name in use",
        ),
        (
            {"charge": CHARGE, **MEMBRANE, "trace": param(1.0)},
            "`Mine` must not declare `trace`, got a name in use",
        ),
        ({"charge": CHARGE, **MEMBRANE, "_t": param(1.0)}, "`Mine` must not declare `_t`, got a name in use"),
        (
            {"charge": CHARGE, **MEMBRANE, "v_charged": state(rest=0.0)},
            "`Mine` must not declare `v_charged`, got a name in use",
        ),
        (
            {"charge": CHARGE, "threshold": state(rest=0.0, membrane=True)},
            "`Mine` must not declare `threshold`, got a name in use",
        ),
    ],
)
def test_a_mistake_in_a_class_is_named_when_the_class_is_made(body, message):
    with pytest.raises(ParameterError, match=message):
        type("Mine", (Neuron,), dict(body))


def test_the_base_is_not_a_neuron():
    with pytest.raises(ParameterError, match="`Neuron` must be subclassed, got a call"):
        Neuron()


def test_an_equation_that_returns_no_state_is_named():
    mine = type("Mine", (Neuron,), {"charge": staticmethod(lambda s, x, p: s.v + x), **MEMBRANE})
    with pytest.raises(ParameterError, match="`charge` must return a state, got Tensor"):
        mine()(torch.zeros(2, 1, 1))
    mine = type(
        "Mine", (Neuron,), {"charge": CHARGE, "after": staticmethod(lambda s, z, p: None), **MEMBRANE}
    )
    with pytest.raises(ParameterError, match="`after` must return a state, got NoneType"):
        mine()(torch.zeros(2, 1, 1))


class Held(Neuron):
    """A state that an equation sets to a number, and one that it sets to a parameter."""

    w = param(0.25)
    v = state(rest=0.0, membrane=True)
    i = state(rest=1.0)
    j = state(rest=1.0)

    @staticmethod
    def charge(s, x, p):
        return s.replace(v=s.v + x + s.i + s.j)

    @staticmethod
    def after(s, z, p):
        return s.replace(i=0.5, j=p.w)


@pytest.mark.parametrize("w", [0.25, torch.tensor([0.25, 0.5, 0.75])])
def test_a_state_may_be_set_to_a_number_or_a_parameter(w):
    neuron, x = Held(w=learn(w)), torch.rand(5, 2, 3)
    z, end = neuron.scan(x)
    with engine.use("reference"):
        wanted, other = neuron.scan(x)
    assert torch.equal(z, wanted)
    for name, value in end.items():
        assert torch.equal(value, getattr(other, name))
    assert neuron.trace(x)["i"].unique().tolist() == [0.5]
    assert neuron.scan(x.double())[1].j.shape == (2, 3)


def test_what_is_no_number_is_no_state():
    for value, got in ((None, "NoneType"), (True, "bool"), ("0", "str")):
        charge = staticmethod(lambda s, x, p, value=value: s.replace(v=value))
        mine = type("Mine", (Neuron,), {"charge": charge, **MEMBRANE})
        message = f"`charge` must return `v` as a value of the equation or a number, got {got}"
        with pytest.raises(ParameterError, match=message):
            mine()(torch.zeros(2, 1, 1))
    mine = type("Mine", (Neuron,), {"charge": staticmethod(lambda s, x, p: s.replace(v=s.v > x)), **MEMBRANE})
    with pytest.raises(ParameterError, match="`v` as a value of the equation or a number, got a comparison"):
        mine()(torch.zeros(2, 1, 1))


def test_an_equation_too_long_for_the_engines_runs_on_the_reference():
    def long(s, x, p):
        v = s.v
        for _ in range(5000):
            v = v + x
        return s.replace(v=v)

    mine = type("Mine", (Neuron,), {"charge": staticmethod(long), **MEMBRANE})
    with pytest.warns(UserWarning, match="at most 4096 operations of one section are possible, got 4097"):
        z = mine()(torch.ones(1, 1, 1))
    assert z.item() == 1.0


def test_an_equation_that_invents_a_state_is_named():
    mine = type("Mine", (Neuron,), {"charge": staticmethod(lambda s, x, p: s.replace(w=x)), **MEMBRANE})
    with pytest.raises(StateError, match=r"got 'w'; declare it in the neuron with `state\(\)`"):
        mine()(torch.zeros(2, 1, 1))


def test_a_declaration_is_readable_on_the_class():
    assert LIF.tau.default == 2.0
    assert LIF.tau.unit == "steps"
    assert list(LIF.states) == ["v"]


class Loud(LIF):
    """Plain values in a class body."""

    threshold = 3.0  # pyright: ignore[reportAssignmentType]
    tau = learn(5.0)  # pyright: ignore[reportAssignmentType]
    decay_input = False


def test_plain_values_in_a_class_body_become_defaults():
    neuron, plain = Loud(), LIF(threshold=3.0, tau=5.0, decay_input=False)
    x = torch.rand(6, 2, 5) * 4.0
    assert neuron.raw_tau.requires_grad
    assert torch.equal(neuron(x), plain(x))
    assert neuron(x).sum() > 0
    assert Loud(threshold=1.0, tau=2.0, decay_input=True)(x).equal(LIF()(x))
    assert LIF().threshold == 1.0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"tau": 0.5}, "`tau` must be above 1 step, got 0.5"),
        ({"tau": "slow"}, "`tau` must be a number, a float tensor or"),
        ({"decay_input": 1}, "`decay_input` must be a bool, got 1"),
        ({"v": 0.5}, r"state `v` of `Own` must be declared with `state\(rest=...\)`, got 0.5"),
    ],
)
def test_plain_values_that_are_not_legal_are_refused(body, message):
    with pytest.raises(ParameterError, match=message):
        type("Own", (LIF,), body)()
