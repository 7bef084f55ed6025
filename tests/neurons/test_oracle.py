"""The engine against plain loops: spikes equal, state bit for bit, gradients to 1e-6 of the largest."""

import numpy as np
import pytest
import torch

import oracle
from spikelet.neurons import IF, LIF, learn
from spikelet.reset import Hard, NoReset, Soft
from spikelet.surrogate import ATan, FastSigmoid, Sigmoid

RESETS = {
    "hard": (Hard(), {"reset": "hard"}),
    "hard to -0.25": (Hard(to=-0.25), {"reset": "hard", "to": -0.25}),
    "hard detach": (Hard(detach=True), {"reset": "hard", "detach": True}),
    "soft": (Soft(), {"reset": "soft"}),
    "soft detach": (Soft(detach=True), {"reset": "soft", "detach": True}),
    "none": (NoReset(), {"reset": "none"}),
}
CHARGES = {
    "IF": (IF, {}),
    "LIF": (LIF, {"tau": 2.0}),
    "LIF leaking to 0.125": (LIF, {"tau": 1.7, "v_leak": 0.125}),
    "LIF undecayed": (LIF, {"tau": 3.0, "decay_input": False}),
}
SLOPES = {
    ATan(): oracle.atan_slope,
    Sigmoid(): oracle.sigmoid_slope,
    FastSigmoid(): oracle.fast_sigmoid_slope,
}
SHAPES = [(1, 63), (7, 63), (9, 1), (5, 1000)]


def uniform(shape):
    return np.random.default_rng(1).uniform(-0.5, 2.0, shape).astype(np.float32)


def eighths(shape):
    return (np.random.default_rng(2).integers(-4, 17, shape) / 8).astype(np.float32)


def close(found, wanted):
    found = found.detach().double().numpy().reshape(np.shape(wanted))
    assert np.abs(found - wanted).max(initial=0) <= 1e-6 * np.abs(wanted).max(initial=1e-30)


@pytest.mark.parametrize("inputs", [uniform, eighths])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("charge", CHARGES)
def test_forward_and_gradient_equal_the_loop(charge, reset, shape, inputs):
    kind, numbers = CHARGES[charge]
    reset, words = RESETS[reset]
    words = numbers | {"v0": 0.0} | words
    if "v_leak" in numbers:
        words["v0"] = numbers["v_leak"]
    array = inputs(shape)
    forward = {k: v for k, v in words.items() if k != "detach"}
    z, charged, after = oracle.neuron_forward(array, **forward)

    neuron = kind(reset=reset, **numbers)
    x = torch.tensor(array).unsqueeze(1).requires_grad_()
    found = neuron.trace(x)
    assert np.array_equal(found["z"].detach().numpy()[:, 0], z)
    assert found["v_charged"].detach().numpy()[:, 0].tobytes() == charged.tobytes()
    assert found["v"].detach().numpy()[:, 0].tobytes() == after.tobytes()

    rng = np.random.default_rng(3)
    grad_z, grad_v = rng.normal(size=z.shape), rng.normal(size=z.shape[1])
    spikes, state = neuron.scan(x)
    loss = (spikes[:, 0] * torch.tensor(grad_z)).sum() + (state.v[0] * torch.tensor(grad_v)).sum()
    loss.backward()
    grad_x, _, _ = oracle.neuron_gradient(array, grad_z, grad_v, slope=oracle.atan_slope, **words)
    close(x.grad, grad_x)


@pytest.mark.parametrize("surrogate", SLOPES)
@pytest.mark.parametrize("inputs", [uniform, eighths])
def test_gradients_of_state_and_of_tau_per_neuron_equal_the_loop(surrogate, inputs):
    array = inputs((6, 63))
    tau = np.random.default_rng(4).uniform(1.25, 4.0, 63).astype(np.float32)
    neuron = LIF(tau=learn(torch.tensor(tau)), reset=Soft(), surrogate=surrogate)
    # The value that the weight stands for, which float32 rounds.
    tau = neuron.tau.detach().double().numpy()
    x = torch.tensor(array).unsqueeze(1).requires_grad_()
    state = neuron.rest(neuron.scan(x)[1]).replace(v=torch.full((1, 63), 0.25, requires_grad=True))
    z, after = neuron.scan(x, state)
    (z.sum() + after.v.sum()).backward()
    ones = np.ones(array.shape), np.ones(63)
    grad_x, grad_v0, grad_tau = oracle.neuron_gradient(
        array, *ones, slope=SLOPES[surrogate], tau=tau, reset="soft", v0=0.25
    )
    close(x.grad, grad_x)
    close(state.v.grad, grad_v0)
    # d tau / d w = -exp(-w) = 1 - tau
    close(neuron.raw_tau.grad, grad_tau * (1 - tau))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_input_is_computed_in_float32(dtype):
    x = torch.tensor(uniform((6, 63))).unsqueeze(1).to(dtype)
    half, full = x.clone().requires_grad_(), x.float().requires_grad_()
    neuron = LIF(tau=1.7)
    z, state = neuron.scan(half)
    z_full, state_full = neuron.scan(full)
    z.sum().backward()
    z_full.sum().backward()
    assert z.dtype == dtype
    assert torch.equal(z.float(), z_full)
    assert state.v.dtype == torch.float32
    assert torch.equal(state.v, state_full.v)
    assert torch.equal(half.grad, full.grad.to(dtype))


def test_views_of_any_stride_give_what_their_copies_give():
    base = torch.tensor(eighths((12, 4, 10)))
    neuron = LIF(reset=Soft())
    for view in (
        base[::2],
        base.transpose(1, 2),
        base[..., ::3],
        base[:, :1].expand(12, 5, 10),
        base.flip(0),
    ):
        assert torch.equal(neuron(view), neuron(view.contiguous()))


@pytest.mark.parametrize("shape", [(0, 2, 3), (4, 0, 3), (4, 2, 0)])
def test_empty_input_gives_empty_spikes(shape):
    x = torch.zeros(shape, requires_grad=True)
    z, state = LIF(v_leak=0.25).scan(x)
    z.sum().backward()
    assert z.shape == shape
    assert state.v.shape == shape[1:]
    assert (state.v == 0.25).all() or 0 in shape[1:]
    assert {k: v.shape for k, v in LIF().trace(x).items()} == {"z": shape, "v_charged": shape, "v": shape}


def test_no_steps_leave_the_state_as_it_was():
    neuron = LIF()
    _, state = neuron.scan(torch.rand(3, 2, 5))
    _, after = neuron.scan(torch.zeros(0, 2, 5), state)
    assert after is state
