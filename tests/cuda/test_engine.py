"""The CUDA engine at its edges: nothing kept, nothing to do, shared parameters, devices that do not match."""

import pytest
import torch

from cuda_host import Recorder, instead_of_a_device, needs_compiler
from engine import zoo
from spikelet.engine import Charged, Checkpoints, cpu, cuda
from spikelet.errors import EngineError

pytestmark = [needs_compiler, pytest.mark.usefixtures("poisoned")]

KEEPS = [0, Charged().code, Charged(half=True).code, Checkpoints(every=4).code, Checkpoints().code]


def call(kind, *, shape, size="one", keep=0):
    """Arguments of the operator for a neuron with a parameter `[]`, or one for each of its places."""
    made, options = zoo.KINDS[kind]
    ready = made(**options).prepared().ready
    generator = torch.Generator().manual_seed(1)
    x = zoo.eighths(shape, generator)
    state = zoo.uniform((len(made.states), *shape[1:]), generator)
    lanes = () if size == "one" else (torch.Size(shape[2:]).numel(),)
    params = [1.0 + torch.rand(lanes, generator=generator) for _ in ready.tensors]
    return x, state, params, list(ready.numbers), ready.text, keep


def back(arguments, kept, wanted):
    x, state, params, numbers, text, keep = arguments
    generator = torch.Generator().manual_seed(2)
    grads = [torch.randn(t.shape, generator=generator) for t in (x, state)]
    return *grads, x, state, params, numbers, kept, text, keep, [wanted] * len(params)


def bits(t):
    return t.contiguous().view(torch.int32)


@pytest.mark.parametrize("is_wide", [True, False])
@pytest.mark.parametrize("keep", KEEPS)
def test_forward_equals_the_cpu_engine(host, keep, is_wide):
    arguments = call("Adaptive", shape=(23, 2, 10), size="each", keep=keep)
    with instead_of_a_device(host, is_wide=is_wide):
        found = cuda.forward(*arguments, False)
    wanted = cpu.forward(*arguments, False)
    assert torch.equal(found[0], wanted[0])
    assert torch.equal(bits(found[1]), bits(wanted[1]))
    if keep >= Checkpoints(every=4).code:
        assert torch.equal(bits(found[2]), bits(wanted[2]))


@pytest.mark.parametrize("keep", [Charged().code, Charged(half=True).code, Checkpoints(every=4).code])
@pytest.mark.parametrize("shape", [(0, 2, 3), (4, 0, 3), (4, 2, 0)])
def test_without_steps_or_neurons_the_gradient_is_that_of_the_last_state(host, shape, keep):
    arguments = call("LIF", shape=shape, keep=keep)
    with instead_of_a_device(host, is_wide=False):
        z, last, kept = cuda.forward(*arguments, True)
        given = back(arguments, kept, True)
        grad_x, grad_start, grads = cuda.backward(*given)
    assert z.shape == grad_x.shape == shape
    assert torch.equal(last, arguments[1])
    assert torch.equal(grad_start, given[1])
    assert all(torch.equal(grad, torch.zeros(())) for grad in grads)


def test_a_parameter_that_is_not_wanted_gets_no_gradient(host):
    arguments = call("LIF", shape=(5, 2, 8), size="each", keep=Charged().code)
    with instead_of_a_device(host, is_wide=True):
        kept = cuda.forward(*arguments, False)[2]
        given = list(back(arguments, kept, False))
        # The input is not there either: without these gradients nothing reads it.
        given[2], given[-1] = None, [False, False, True]
        _, _, grads = cuda.backward(*given)
        every = cuda.backward(*back(arguments, kept, True))[2]
    assert [grad.shape for grad in grads] == [(0,), (0,), (8,)]
    assert torch.equal(grads[2], every[2])


def test_a_parameter_may_be_a_view_that_repeats_one_number(host):
    x, state, params, *rest = call("LIF", shape=(5, 2, 8), size="each")
    views = [p[:1].expand(8) for p in params]
    with instead_of_a_device(host, is_wide=True):
        found = cuda.forward(x, state, views, *rest, False)
        wanted = cuda.forward(x, state, [v.contiguous() for v in views], *rest, False)
    assert torch.equal(found[0], wanted[0])


def test_memory_that_begins_inside_a_vector_is_read_one_number_at_a_time(host):
    x, *rest = call("LIF", shape=(5, 2, 8))
    shifted = torch.cat([x.new_zeros(1), x.flatten()])[1:].view(x.shape)
    recorder = Recorder()
    with instead_of_a_device(recorder, is_wide=True):
        cuda.forward(x, *rest, False)
        cuda.forward(shifted, *rest, False)
    aligned, single = (text for text, _ in recorder.kernels)
    assert "spikelet_width = 4;" in aligned
    assert "spikelet_width = 1;" in single
    with instead_of_a_device(host, is_wide=True):
        assert torch.equal(cuda.forward(x, *rest, False)[0], cuda.forward(shifted, *rest, False)[0])


def test_numbers_of_steps_neurons_and_parameters_are_no_part_of_a_kernel():
    recorder = Recorder()
    with instead_of_a_device(recorder, is_wide=False):
        for shape, size in (((4, 2, 3), "one"), ((100, 1, 70), "each")):
            cuda.forward(*call("LIF", shape=shape, size=size), False)
    assert len({*recorder.kernels}) == 1


def test_a_state_or_parameter_elsewhere_is_refused():
    x, state, params, *rest = call("LIF", shape=(5, 2, 8))
    message = "states and parameters must be on cpu as the input, got meta; move them with"
    with pytest.raises(EngineError, match=message):
        cuda.forward(x, state.to("meta"), params, *rest, False)
    with pytest.raises(EngineError, match=message):
        cuda.forward(x, state, [p.to("meta") for p in params], *rest, False)
