"""The CUDA engine on a device: parity, streams, graphs, compilation, autocast, large tensors."""

import contextlib
import copy

import pytest
import torch
from torch import nn

from engine import zoo
from engine.covering import covering
from engine.parity import Case
from spikelet import engine
from spikelet.engine import Above, AtOrAbove, Charged, Checkpoints, State
from spikelet.neurons import LIF, learn
from spikelet.reset import Soft

pytestmark = pytest.mark.gpu

AXES = {
    "kind": list(zoo.KINDS),
    "surrogate": zoo.SURROGATES,
    "reset": zoo.RESETS,
    "rule": [AtOrAbove(), Above()],
    "form": zoo.FORMS,
    "keep": [None, Charged(), Charged(half=True), Checkpoints(every=4), Checkpoints(), Checkpoints(every=64)],
    "dtype": [torch.float32, torch.float16, torch.bfloat16],
    "shape": [(1, 1, 1), (63, 3, 21), (5, 8, 125), (37, 2, 3, 4, 4), (5, 0, 4), (0, 2, 3), (70, 4, 1 << 10)],
    "inputs": [zoo.uniform, zoo.eighths],
    "layout": [zoo.contiguous, zoo.strided],
    "start": [True, False],
    # Four neurons a thread wherever their number allows it, or one.
    "is_wide": [True, False],
}
CASES = covering(AXES)


def name(case):
    values = (getattr(value, "__name__", value) for value in case.values())
    return "-".join(str(value).replace("torch.", "") for value in values)


@pytest.fixture(scope="module", autouse=True)
def usable():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    assert engine.cuda.refusal() == ""


@pytest.fixture
def x():
    return torch.rand(16, 4, 8, generator=torch.Generator().manual_seed(1)).mul(3.0).cuda()


def run(case, device, *, layout=zoo.contiguous):
    """Spikes, states and gradients on `device`: those to compare bit for bit, and those of parameters."""
    neuron = copy.deepcopy(case.neuron).to(device)
    x = layout(case.x.to(device)).requires_grad_()
    start = {key: t.to(device).requires_grad_() for key, t in (case.start or {}).items()}
    with engine.keep(case.keep) if case.keep else contextlib.nullcontext():
        z, end = neuron.scan(x, State(**start) if start else None)
    outputs = [(z, case.grad_z), *((t, case.grad_end[key]) for key, t in end.items())]
    outputs = [(t, g.to(device)) for t, g in outputs if t.requires_grad]
    weights = list(neuron.parameters())
    tensors, given = zip(*outputs, strict=True)
    grads = torch.autograd.grad(tensors, [x, *start.values(), *weights], given, allow_unused=True)
    grads = [torch.zeros(()) if grad is None else grad.cpu() for grad in grads]
    exact = [z, *(t for _, t in end.items()), *grads[: len(grads) - len(weights)]]
    return [t.detach().cpu() for t in exact], grads[len(grads) - len(weights) :]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_kernels_equal_the_cpu_engine_bit_for_bit(monkeypatch, case):
    case = dict(case)
    wide = case.pop("is_wide")
    monkeypatch.setattr(engine.cuda, "_processors", lambda device: 0 if wide else 1 << 40)
    layout = case.pop("layout")
    case = Case(**case)
    (found, grads), (wanted, sums) = run(case, "cuda", layout=layout), run(case, "cpu")
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
    for one, other in zip(grads, sums, strict=True):
        bound = 1e-6 * other.abs().max().item() if other.numel() else 0.0
        torch.testing.assert_close(one, other, rtol=0.0, atol=bound)


@pytest.mark.parametrize("kind", ["IF", "LIF", "Adaptive", "Rectified"])
@pytest.mark.parametrize("inputs", [zoo.uniform, zoo.eighths])
def test_kernels_equal_the_reference_on_the_same_device(kind, inputs):
    case = Case(kind, inputs=inputs, shape=(33, 4, 50))
    found, _ = run(case, "cuda")
    with engine.use("reference"):
        wanted, _ = run(case, "cuda")
    states = 1 + len(case.neuron.states)
    for one, other in zip(found[:states], wanted[:states], strict=True):
        assert torch.equal(one, other)
    for one, other in zip(found[states:], wanted[states:], strict=True):
        torch.testing.assert_close(one, other, rtol=0.0, atol=1e-6 * other.abs().max().item())


def test_subnormal_states_are_kept(x):
    state = State(v=torch.full((4, 8), 1e-36))
    with torch.no_grad():
        _, wanted = LIF().scan(torch.zeros(20, 4, 8), state)
        _, found = LIF().cuda().scan(torch.zeros_like(x[:1]).expand(20, -1, -1), State(v=state.v.cuda()))
    assert 0.0 < wanted.v.max() < torch.finfo(torch.float32).tiny
    assert torch.equal(found.v.cpu(), wanted.v)


def test_a_call_without_gradient_equals_one_with(x):
    neuron = LIF().cuda()
    with torch.no_grad():
        quiet = neuron(x)
    assert torch.equal(quiet, neuron(x.clone().requires_grad_()).detach())


def test_explain_names_the_engine():
    text = LIF().cuda().explain()
    assert "served by: CUDA" in text
    assert "because: `x` is on a CUDA device" in text


def test_gradients_of_shared_parameters_are_the_same_at_every_run():
    neuron = LIF(tau=learn(2.0), threshold=learn(torch.ones(64))).cuda()
    x = torch.rand(32, 128, 64, device="cuda") * 3
    found = [torch.autograd.grad(neuron(x).sum(), list(neuron.parameters())) for _ in range(3)]
    for others in found[1:]:
        assert all(torch.equal(one, other) for one, other in zip(found[0], others, strict=True))


def test_kernels_run_on_the_current_stream_behind_what_is_there(x):
    neuron, stream = LIF().cuda(), torch.cuda.Stream()
    wanted = neuron(x)
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        late = torch.zeros_like(x)
        # The input is there only when this long work is done, on this stream alone.
        big = torch.rand(4096, 4096, device="cuda")
        for _ in range(20):
            big = big @ big * 1e-4
        late.copy_(x + 0.0 * big[0, 0].nan_to_num())
        found = neuron(late)
    stream.synchronize()
    assert torch.equal(found, wanted)
    assert torch.cuda.current_stream() == torch.cuda.default_stream()


@pytest.mark.skipif("torch.cuda.device_count() < 2", reason="one CUDA device on this machine")
def test_kernels_run_where_their_tensors_are_and_leave_the_current_device(x):
    far = LIF().to("cuda:1")(x.to("cuda:1"))
    assert torch.cuda.current_device() == 0
    assert torch.equal(far.cpu(), LIF().cuda()(x).cpu())


def test_nothing_waits_for_the_device(x):
    neuron = LIF(tau=learn(2.0)).cuda()
    neuron(x).sum().backward()
    torch.cuda.set_sync_debug_mode("error")
    try:
        neuron(x).sum().backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_graph_records_forward_and_backward(x):
    neuron = LIF(tau=learn(2.0)).cuda()
    given = x.clone().requires_grad_()
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        torch.autograd.grad(neuron(given).sum(), given)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        z = neuron(given)
        (grad,) = torch.autograd.grad(z.sum(), given)
    other = x.flip(0).contiguous()
    with torch.no_grad():
        given.copy_(other)
    graph.replay()
    other.requires_grad_()
    wanted = neuron(other)
    assert torch.equal(z, wanted)
    assert torch.equal(grad, torch.autograd.grad(wanted.sum(), other)[0])


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_a_net_compiles_into_one_graph(x):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 32), LIF(tau=learn(2.0)), nn.Linear(32, 4), LIF(reset=Soft())).cuda()
    nn.init.uniform_(net[0].weight, 0.0, 0.6)
    nn.init.uniform_(net[2].weight, 0.0, 0.6)
    compiled = torch.compile(net, fullgraph=True)
    found, wanted = (torch.autograd.grad(f(x).sum(), list(net.parameters())) for f in (compiled, net))
    assert torch.equal(compiled(x), net(x))
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_autocast_keeps_spikes_in_half_and_states_in_float(x, dtype):
    first, neuron, last = nn.Linear(8, 32).cuda(), LIF().cuda(), nn.Linear(32, 4).cuda()
    nn.init.uniform_(first.weight, 0.0, 0.6)
    with torch.autocast("cuda", dtype=dtype):
        current = first(x)
        z, state = neuron.scan(current)
        last(z).float().sum().backward()
    assert current.dtype == z.dtype == dtype
    assert state.v.dtype == torch.float32
    assert 0.0 < z.float().mean() < 1.0
    assert torch.equal(z.cpu(), LIF()(current.detach().cpu()))
    assert first.weight.grad.isfinite().all()


@pytest.mark.parametrize(("steps", "neurons"), [(5, (1 << 29) + 4), (1, (1 << 31) + 100)])
def test_places_beyond_31_bits_are_reached(steps, neurons):
    if torch.cuda.mem_get_info()[0] < 48 << 30:
        pytest.skip("less than 48 GiB of free memory on this device")
    x = torch.zeros(steps, 1, neurons, dtype=torch.float16, device="cuda")
    tail = torch.rand(steps, 1, 1000, generator=torch.Generator().manual_seed(1)).mul(3.0).half()
    x[..., -1000:] = tail.cuda()
    with torch.no_grad():
        z = LIF().cuda()(x)
    assert torch.equal(z[..., -1000:].cpu(), LIF()(tail))
    assert not z[..., :-1000].any()
