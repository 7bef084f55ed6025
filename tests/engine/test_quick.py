"""The short way that inference takes: nothing that may change between two calls is remembered."""

import copy
import pickle

import pytest
import torch
from torch.func import functional_call

from engine import zoo
from spikelet import Stream, carry, engine, scan
from spikelet.engine import State, cpu
from spikelet.errors import StateError
from spikelet.neurons import LIF, learn

X = torch.rand(5, 2, 3, generator=torch.Generator().manual_seed(0)) * 3


@pytest.fixture(autouse=True)
def silence():
    """No gradient is wanted."""
    with torch.no_grad():
        yield


@pytest.fixture
def quick(monkeypatch):
    """How often the short way has served."""
    found = []
    infer = cpu.infer
    monkeypatch.setattr(cpu, "infer", lambda *a, **k: found.append("quick") or infer(*a, **k))
    return found


def same(neuron, x=X, state=None):
    """Whether spikes and last states are those of the reference."""
    with engine.use("reference"):
        wanted, end = neuron.scan(x, state)
    z, last = neuron.scan(x, state)
    spikes = [z] if state is not None else [z, neuron(x)]
    spikes_agree = all(torch.equal(made, wanted) for made in spikes)
    return spikes_agree and all(torch.equal(getattr(last, name), t) for name, t in end.items())


def swapped(neuron, **values):
    for name, value in values.items():
        neuron._buffers[name].data = value
    return neuron


CHANGES = {
    "in place": lambda neuron: (neuron.tau.fill_(4.0), neuron)[1],
    "behind the back of autograd": lambda neuron: (neuron.tau.data.mul_(2.0), neuron)[1],
    "through numpy": lambda neuron: (neuron.tau.numpy().fill(4.0), neuron)[1],
    "other memory": lambda neuron: swapped(neuron, tau=torch.tensor(4.0)),
    "other size": lambda neuron: swapped(neuron, tau=torch.tensor([2.0, 3.0, 4.0])),
    "other memory, resting elsewhere": lambda neuron: swapped(neuron, v_leak=torch.tensor(0.25)),
    "a state dict": lambda neuron: (neuron.load_state_dict(LIF(tau=4.0).state_dict()), neuron)[1],
    "wider": lambda neuron: neuron.double(),
    "wider and back": lambda neuron: neuron.double().float(),
    "a copy": lambda neuron: swapped(copy.deepcopy(neuron), tau=torch.tensor(4.0)),
    "a pickle": lambda neuron: swapped(pickle.loads(pickle.dumps(neuron)), tau=torch.tensor(4.0)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_two_calls_counts(change):
    neuron = LIF()
    before = neuron(X)
    changed = CHANGES[change](neuron)
    assert same(changed)
    if "wider" not in change:
        assert not torch.equal(changed(X), before)


def test_a_copy_leaves_the_first_as_it_was():
    neuron = LIF()
    before = neuron(X)
    copy.deepcopy(neuron).tau.fill_(4.0)
    assert torch.equal(neuron(X), before)


def test_parameters_of_a_functional_call_count():
    z = functional_call(LIF(), {"tau": torch.tensor(4.0)}, (X,))
    assert torch.equal(z, LIF(tau=4.0)(X))


@pytest.mark.parametrize(
    ("neuron", "serves"),
    [
        (LIF(), True),
        (LIF(tau=learn(2.5)), True),
        (LIF(tau=torch.tensor([2.0, 3.0, 4.0])), True),
        (LIF(tau=torch.tensor([2.0, 3.0, 4.0, 5.0, 6.0, 7.0])[::2]), True),
        (LIF(v_leak=torch.tensor([0.0, 0.5, 0.25])), False),
        (zoo.Adaptive(b=learn(0.5)), True),
        (zoo.Rectified(), True),
        (zoo.Decayed(), False),
    ],
    ids=["LIF", "learnable", "per neuron", "from gaps", "rest per neuron", "two", "three", "derived"],
)
def test_it_serves_or_leaves_the_call_to_the_long_way(neuron, serves, quick):
    assert same(neuron)
    assert bool(quick) == serves
    z, state = neuron.scan(X)
    assert same(neuron, X, state)
    one, end = neuron.step(X[0], state)
    assert torch.equal(one, neuron.scan(X[:1], state)[0][0])
    assert z.shape == X.shape
    assert all(t.shape == X.shape[1:] for _, t in end.items())


def test_states_need_not_lie_together_nor_be_in_order():
    neuron = zoo.Adaptive()
    state = State(v=X[0] / 4, a=X[1] / 4)
    assert same(neuron, X, state)
    assert same(neuron, X, State(a=state.a, v=state.v))
    with torch.enable_grad():
        leaf = X.clone().requires_grad_()
        z, end = neuron.scan(leaf, State(a=state.a, v=state.v))
    assert torch.equal(z, neuron.scan(X, state)[0])
    assert torch.equal(end.a, neuron.scan(X, state)[1].a)
    assert same(neuron, X, State(v=state.v.T.contiguous().T, a=state.a))


def test_a_state_is_read_and_not_written():
    neuron, state = LIF(), State(v=X[0].clone())
    neuron.scan(X, state)
    neuron.step(X[1], state)
    assert torch.equal(state.v, X[0])


def test_a_state_that_does_not_fit_is_refused_as_on_the_long_way():
    for wrong in (State(u=X[0]), State(v=X[0], u=X[0]), State(v=X[0, :1]), State(v=X[0].double())):
        with pytest.raises(StateError, match="must"):
            LIF().scan(X, wrong)
    with pytest.raises(StateError, match="must be a `State`"):
        LIF().step(X[0], {"v": X[0]})


def test_what_is_followed_by_a_gradient_is_not_served(quick):
    with torch.enable_grad():
        leaf = X.clone().requires_grad_()
        assert LIF()(leaf).requires_grad
        assert LIF(tau=learn(2.0))(X).requires_grad
        assert LIF().scan(X, State(v=leaf[0]))[0].requires_grad
        assert not quick
        assert not LIF()(X).requires_grad
    assert quick == ["quick"]


def test_a_number_that_lies_there_with_the_other_sign_is_read_rightly():
    x = torch.complex(torch.zeros(1, 1, 1), torch.full((1, 1, 1), -3.0)).conj().imag
    assert x.is_neg()
    assert x.is_contiguous()
    assert LIF()(x).item() == 1.0


def test_a_subclass_that_scans_in_its_own_way_is_called_so():
    class Louder(LIF):
        def scan(self, x, state=None):
            return super().scan(2 * x, state)

    assert torch.equal(Louder()(X), LIF()(2 * X))
    assert torch.equal(Stream(Louder())(X), LIF()(2 * X))


def test_a_stream_goes_on_where_it_was():
    for neuron in (LIF(), zoo.Adaptive()):
        stream = Stream(neuron)
        parts = [stream(X[:2]), stream(X[2:3]), stream.step(X[3]).unsqueeze(0), stream(X[4:])]
        assert torch.equal(torch.cat(parts), neuron(X))


def test_a_pass_runs_inside_a_scan_and_not_after_it():
    class Asks(LIF):
        def forward(self, x):
            seen.append(carry.is_running())
            return super().forward(x)

    seen = []
    net = Asks()
    net(X)
    scan(net, X)
    net(X)
    assert seen == [False, True, False]
