"""The operator as torch sees it: its checks, compilation, export, `vmap`, mixed precision, copies."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.library import opcheck

from engine import zoo
from engine.parity import Case
from spikelet import engine
from spikelet.engine import Charged, Checkpoints, State, reference
from spikelet.errors import EngineError
from spikelet.neurons import IF, LIF, learn
from spikelet.reset import Soft

# Torch looks at `.grad` of every tensor that it traces.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")

NEURON = torch.ops.spikelet.scan.default


def operands(case, *, keep, keep_x, wants_gradient=True, learns=True):
    """What the operator is called with for a case."""
    ready = case.neuron.prepared().ready
    values = case.neuron._values(case.x.shape[1:], torch.float32)
    learns &= wants_gradient
    params = [p.detach().requires_grad_(learns) for p in ready.lanes(values, case.x.shape[1:])]
    x = case.x.detach().requires_grad_(wants_gradient)
    state = torch.stack(list(case.start.values())).requires_grad_(wants_gradient)
    return x, state, params, list(ready.numbers), ready.text, keep, keep_x


SAMPLES = {
    "one number a parameter": operands(Case("LIF", form=("one", True)), keep=1, keep_x=True),
    "one a neuron, in bfloat16": operands(
        Case("LIF", form=("neuron", True), dtype=torch.bfloat16, shape=(5, 2, 3, 4)), keep=2, keep_x=True
    ),
    "two states and checkpoints": operands(Case("Adaptive", form=("channel", True)), keep=4, keep_x=True),
    "two states, of which one is kept": operands(
        Case("Adaptive"), keep=1 + (1 << 9), keep_x=False, learns=False
    ),
    "three states, strided": operands(Case("Rectified", layout=zoo.strided), keep=1, keep_x=True),
    "one step": operands(Case("IF", shape=(1, 1, 1)), keep=16, keep_x=True),
    "no neurons": operands(Case("LIF", form=("one", True), shape=(3, 0, 4)), keep=1, keep_x=False),
    "no gradient": operands(Case("LIF"), keep=0, keep_x=False, wants_gradient=False),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_operator_passes_the_checks_of_torch(sample):
    opcheck(NEURON, SAMPLES[sample])


def test_a_parameter_that_repeats_one_number_in_place_is_read_as_such():
    x, state, params, *rest = operands(
        Case("LIF", shape=(5, 2, 12)), keep=0, keep_x=False, wants_gradient=False
    )
    repeated = [p.expand(12) for p in params]
    assert repeated[0].stride() == (0,)
    for found, wanted in zip(NEURON(x, state, repeated, *rest), NEURON(x, state, params, *rest), strict=True):
        assert torch.equal(found, wanted)


def test_a_backward_pass_of_an_operator_that_kept_nothing_is_refused():
    x, *rest = operands(Case("LIF"), keep=0, keep_x=False)
    z, _, _ = NEURON(x, *rest)
    with pytest.raises(EngineError, match="the forward pass must keep something for the backward pass"):
        z.sum().backward()


@pytest.fixture
def net():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(3, 8),
        LIF(tau=learn(2.0)),
        nn.Linear(8, 8),
        zoo.Adaptive(b=learn(torch.full((8,), 0.25)), reset=Soft()),
    )
    for layer in (net[0], net[2]):
        nn.init.uniform_(layer.weight, 0.0, 0.6)
    return net


@pytest.fixture
def x():
    return torch.rand(7, 2, 3, generator=torch.Generator().manual_seed(1)) * 3


def gradients(net, y):
    return torch.autograd.grad(y.float().sum(), list(net.parameters()))


@pytest.mark.parametrize("keep", [Charged(), Checkpoints(every=4)], ids=str)
def test_a_compiled_net_has_the_same_bits_forward_and_backward(net, x, keep):
    torch.compiler.reset()
    compiled = torch.compile(net, fullgraph=True, backend="aot_eager")
    with engine.keep(keep):
        y = net(x)
        assert y.mean() > 0.05
        assert torch.equal(compiled(x), y)
        for found, wanted in zip(gradients(net, compiled(x)), gradients(net, y), strict=True):
            assert torch.equal(found, wanted)
        with torch.no_grad():
            assert torch.equal(compiled(x), y)


def test_a_net_compiled_for_any_length_has_the_same_bits_at_each(net):
    torch.compiler.reset()
    compiled = torch.compile(net, fullgraph=True, backend="aot_eager", dynamic=True)
    for steps in (3, 20, 40):
        x = torch.rand(steps, 2, 3, generator=torch.Generator().manual_seed(steps)) * 3
        y = net(x)
        assert torch.equal(compiled(x), y)
        for found, wanted in zip(gradients(net, compiled(x)), gradients(net, y), strict=True):
            assert torch.equal(found, wanted)


def test_an_exported_net_holds_the_operator_and_gives_the_same_bits_at_any_length(net, x):
    steps = torch.export.Dim("steps", min=2, max=100)
    # With gradients the length also decides how many checkpoints are kept, and export wants one answer.
    with torch.no_grad():
        program = torch.export.export(net, (x,), dynamic_shapes=({0: steps},))
    called = [node.target for node in program.graph.nodes if node.op == "call_function"]
    assert called.count(NEURON) == 2
    longer = torch.cat([x, x, x])
    assert torch.equal(program.module()(longer), net(longer))


def test_an_exported_net_has_gradients(net, x):
    module = torch.export.export(net, (x,)).module()
    for found, wanted in zip(gradients(module, module(x)), gradients(net, net(x)), strict=True):
        assert torch.equal(found, wanted)


def test_an_exported_net_is_saved_and_loaded(net, x, tmp_path):
    torch.export.save(torch.export.export(net, (x,)), tmp_path / "net.pt2")
    assert torch.equal(torch.export.load(tmp_path / "net.pt2").module()(x), net(x))


@pytest.mark.parametrize("kind", ["IF", "LIF", "Adaptive", "Rectified"])
@pytest.mark.parametrize("batched", ["x", "x at the end", "state", "x and state"])
def test_vmap_over_input_and_state_equals_a_loop(kind, batched):
    cases = [Case(kind, shape=(5, 2, 6), form=("neuron", False), seed=seed) for seed in range(3)]
    neuron = cases[0].neuron
    states = [State(**case.start) for case in cases]
    stacked = State(**{name: torch.stack([case.start[name] for case in cases]) for name in cases[0].start})
    at = 3 if batched == "x at the end" else 0
    every = torch.stack([case.x for case in cases], at)
    many_x, many_states = "x" in batched.split(), "state" in batched
    in_dims = (at if many_x else None, 0 if many_states else None)
    z, end = torch.func.vmap(neuron.scan, in_dims)(
        every if many_x else cases[0].x, stacked if many_states else states[0]
    )
    for i in range(3):
        wanted, after = neuron.scan(cases[i if many_x else 0].x, states[i if many_states else 0])
        assert torch.equal(z[i], wanted)
        for name, value in after.items():
            assert torch.equal(getattr(end, name)[i], value)


@pytest.mark.parametrize("x_dim", [0, None])
@pytest.mark.parametrize("size", ["one", "channel", "neuron"])
def test_vmap_over_parameters_equals_a_loop_forward_and_backward(size, x_dim):
    shape = (5, 2, 3, 4)
    cases = [Case("LIF", shape=shape, form=(size, True), seed=seed) for seed in range(3)]
    neuron = cases[0].neuron
    weights = {
        name: torch.stack([p.detach() + 0.125 * i for i in range(3)]).requires_grad_()
        for name, p in neuron.named_parameters()
    }
    x = torch.stack([case.x for case in cases]) if x_dim == 0 else cases[0].x
    x.requires_grad_()

    def call(weights, x):
        return torch.func.functional_call(neuron, weights, (x,))

    z = torch.func.vmap(call, (0, x_dim))(weights, x)
    alone = [call({n: w[i] for n, w in weights.items()}, x[i] if x_dim == 0 else x) for i in range(3)]
    wanted = torch.stack(alone)
    assert torch.equal(z, wanted)
    assert z.mean() > 0.02
    leaves = [x, *weights.values()]
    arriving = torch.randn(z.shape, generator=torch.Generator().manual_seed(5))
    for found, expected in zip(
        torch.autograd.grad(z, leaves, arriving), torch.autograd.grad(wanted, leaves, arriving), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6 * expected.abs().max().item())


def test_a_compiled_vmap_equals_vmap_forward_and_backward():
    torch.compiler.reset()
    neuron = LIF(tau=learn(2.0))
    weights = torch.tensor([0.5, 0.0, -0.5], requires_grad=True)
    x = Case("LIF").x

    def call(weight):
        return torch.func.functional_call(neuron, {"raw_tau": weight}, (x,))

    each = torch.func.vmap(call)
    z, compiled = each(weights), torch.compile(each, fullgraph=True, backend="aot_eager")(weights)
    assert torch.equal(compiled, z)
    assert torch.equal(*(torch.autograd.grad(y.sum(), weights)[0] for y in (compiled, z)))


@pytest.mark.parametrize("keep", [Charged(), Charged(half=True), Checkpoints(every=4)], ids=str)
@pytest.mark.parametrize("form", [form for form in zoo.FORMS if form[1]], ids=lambda form: form[0])
def test_many_backward_passes_at_once_equal_a_loop(form, keep):
    case = Case("Adaptive", shape=(9, 2, 3, 4), form=form, reset=Soft())
    x = case.x.requires_grad_()
    with engine.keep(keep):
        z = case.neuron(x)
    leaves = [x, *case.neuron.parameters()]
    arriving = torch.randn((3, *z.shape), generator=torch.Generator().manual_seed(5))

    def backward(g):
        return torch.autograd.grad(z, leaves, g, retain_graph=True)

    together = torch.func.vmap(backward)(arriving)
    alone = [backward(g) for g in arriving]
    for found, *wanted in zip(together, *alone, strict=True):
        expected = torch.stack(wanted)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6 * expected.abs().max().item())


def test_backward_passes_that_autograd_batches_itself_are_refused_by_name():
    x = torch.rand(3, 1, 4, requires_grad=True)
    arriving = torch.rand(2, 3, 1, 4)

    def backward(z):
        return torch.autograd.grad(z, x, arriving, is_grads_batched=True)[0]

    with pytest.raises(EngineError, match=r"must go through `torch.func.vmap`, got `is_grads_batched=True`"):
        backward(LIF()(x))
    with engine.use("reference"):
        z = LIF()(x)
    assert backward(z).shape == arriving.shape


def test_vmap_over_a_gradient_is_served_by_the_reference(monkeypatch):
    neuron = LIF(tau=learn(2.0))
    weights = dict(neuron.named_parameters())
    x = Case("LIF", shape=(5, 4, 1, 3)).x
    calls = []
    plain = reference.run
    monkeypatch.setattr(reference, "run", lambda *args, **words: calls.append(1) or plain(*args, **words))

    def loss(weights, x):
        return torch.func.functional_call(neuron, weights, (x,)).sum()

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 1))(weights, x)
    assert calls
    calls.clear()
    for i in range(4):
        (wanted,) = torch.autograd.grad(loss(weights, x[:, i]), list(weights.values()))
        torch.testing.assert_close(each["raw_tau"][i], wanted, rtol=1e-5, atol=1e-7)
    assert not calls
    with (
        engine.use("cpu"),
        pytest.raises(EngineError, match=r"`torch\.func` differentiates, which only plain torch follows"),
    ):
        torch.func.grad(loss)(weights, x[:, 0])


def test_a_net_in_mixed_precision_equals_the_reference(net, x):
    with torch.autocast("cpu", torch.bfloat16):
        y = net(x)
        with engine.use("reference"):
            wanted = net(x)
    assert y.dtype == torch.bfloat16
    assert y.mean() > 0.05
    assert torch.equal(y, wanted)
    for found, expected in zip(gradients(net, y), gradients(net, wanted), strict=True):
        assert found.dtype == torch.float32
        # Weight gradients of the linear layers are sums in bfloat16.
        torch.testing.assert_close(found, expected, rtol=0, atol=2**-8 * expected.abs().max().item())


def test_a_net_copied_or_pickled_after_use_has_the_same_bits_and_gradients(net, x):
    y = net(x)
    wanted = gradients(net, y)
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert torch.equal(twin(x), y)
        for found, expected in zip(gradients(twin, twin(x)), wanted, strict=True):
            assert torch.equal(found, expected)


@pytest.mark.parametrize("wanted", ["x", "state", "parameter"])
def test_a_derivative_of_a_derivative_is_refused_with_the_way_out(wanted):
    case = Case("LIF", form=("one", True))
    x = case.x.requires_grad_()
    start = {name: t.requires_grad_() for name, t in case.start.items()}
    z, _ = case.neuron.scan(x, State(**start))
    leaf = {"x": x, "state": start["v"], "parameter": case.neuron.raw_tau}[wanted]
    (first,) = torch.autograd.grad(z.sum(), leaf, create_graph=True)
    with pytest.raises(
        EngineError, match=r"a derivative of a derivative must be taken on the reference engine"
    ):
        first.sum().backward()


def test_a_gradient_flows_to_what_functional_call_puts_in_place_of_a_number():
    tau = torch.tensor(2.0, requires_grad=True)
    x = Case("LIF").x
    z = torch.func.functional_call(LIF(), {"tau": tau}, (x,))
    assert torch.equal(z, LIF()(x))
    assert torch.autograd.grad(z.sum(), tau)[0].abs() > 0


def test_a_net_of_wide_numbers_computes_narrow_input_as_others_do():
    x = Case("LIF").x
    assert torch.equal(LIF(tau=1.7).double()(x), LIF(tau=1.7)(x))
    assert torch.equal(IF(threshold=0.7).double()(x), IF(threshold=0.7)(x))


@pytest.mark.parametrize("kind", ["Exponential", "Rectified"])
def test_the_reference_passes_gradcheck_on_neurons_of_users(kind):
    made, _ = zoo.KINDS[kind]
    neuron = made(
        reset=Soft(), rule=Smooth(), **{name: learn(p.default) for name, p in made.params.items()}
    ).double()
    x = Case(kind, shape=(4, 1, 3)).x.double().requires_grad_()

    def run(x, *weights):
        z = torch.func.functional_call(neuron, dict(zip(names, weights, strict=True)), (x,))
        return z

    names = [name for name, _ in neuron.named_parameters()]
    assert torch.autograd.gradcheck(run, (x, *neuron.parameters()))


class Smooth:
    """A rule that fires by degrees, with ATan's primitive: its derivative is the slope itself."""

    def fires(self, v, threshold):
        return torch.atan(torch.pi * (v - threshold)) / torch.pi + 0.5
