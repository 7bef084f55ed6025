"""Numbers printed by SpikingJelly 2.0.0 on the CPU in float32, loss = sum of the spikes."""

import pytest
import torch

from spikelet.neurons import IF, LIF, Above, learn
from spikelet.reset import Hard, NoReset, Soft

X = [0.5, 1.5, -0.3, 2.0, 0.8, 1.2]

ROWS = {
    "IF hard": (
        IF(),
        [0, 1, 0, 1, 0, 1],
        0.0,
        [0.366062, 0.0907468, 0.00680897, -0.0489231, 0.756189, 0.0919997],
    ),
    "IF soft": (
        IF(reset=Soft()),
        [0, 1, 0, 1, 1, 1],
        1.7,
        [0.728518, 0.61849, 0.579835, 0.106818, 0.0755033, 0.0338717],
    ),
    "IF hard detach": (
        IF(reset=Hard(detach=True)),
        [0, 1, 0, 1, 0, 1],
        0.0,
        [0.3804, 0.0919997, 0.227909, 0.171347, 0.808957, 0.0919997],
    ),
    "LIF hard": (
        LIF(),
        [0, 0, 0, 1, 0, 0],
        0.8,
        [0.297394, 0.459697, 0.219101, 0.285479, 0.273309, 0.358478],
    ),
    "LIF hard detach": (
        LIF(reset=Hard(detach=True)),
        [0, 0, 0, 1, 0, 0],
        0.8,
        [0.365625, 0.578616, 0.29084, 0.415301, 0.289056, 0.358478],
    ),
    "LIF hard, input undecayed": (
        LIF(decay_input=False),
        [0, 1, 0, 1, 0, 1],
        0.0,
        [0.349431, 0.142628, 0.0749171, 0.0360971, 0.763786, 0.219633],
    ),
    "LIF hard detach, input undecayed": (
        LIF(decay_input=False, reset=Hard(detach=True)),
        [0, 1, 0, 1, 0, 1],
        0.0,
        [0.364717, 0.152633, 0.118057, 0.122989, 0.826773, 0.219633],
    ),
    "LIF soft": (
        LIF(reset=Soft()),
        [0, 0, 0, 1, 0, 0],
        0.835938,
        [0.267386, 0.450973, 0.26611, 0.438858, 0.278126, 0.395052],
    ),
    "LIF soft detach": (
        LIF(reset=Soft(detach=True)),
        [0, 0, 0, 1, 0, 0],
        0.835938,
        [0.386297, 0.619961, 0.37353, 0.580681, 0.33076, 0.395052],
    ),
    "LIF soft, input undecayed": (
        LIF(decay_input=False, reset=Soft()),
        [0, 1, 0, 1, 1, 1],
        0.359375,
        [0.383233, 0.266534, 0.268834, 0.364503, 0.609367, 0.439626],
    ),
    "LIF soft detach, input undecayed": (
        LIF(decay_input=False, reset=Soft(detach=True)),
        [0, 1, 0, 1, 1, 1],
        0.359375,
        [0.446886, 0.316971, 0.328676, 0.445592, 0.719122, 0.439626],
    ),
    "LIF learnable tau": (
        LIF(tau=learn(2.0)),
        [0, 0, 0, 1, 0, 0],
        0.8,
        [0.297394, 0.459697, 0.219101, 0.285479, 0.273309, 0.358478],
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_spikes_membrane_and_gradient_equal_the_table(row):
    neuron, spikes, v, grad = ROWS[row]
    x = torch.tensor(X).reshape(6, 1, 1).requires_grad_()
    z, state = neuron.scan(x)
    z.sum().backward()
    assert z.flatten().tolist() == spikes
    # The table has six digits.
    torch.testing.assert_close(state.v.flatten(), torch.tensor([v]), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(x.grad.flatten(), torch.tensor(grad), rtol=1e-6, atol=1e-6 * max(grad))


def test_the_weight_of_a_learnable_tau_gets_the_gradient_of_the_parametric_lif():
    neuron = LIF(tau=learn(2.0))
    neuron(torch.tensor(X).reshape(6, 1, 1)).sum().backward()
    assert neuron.raw_tau.shape == ()
    assert neuron.raw_tau.item() == 0.0
    assert neuron.raw_tau.grad.item() == pytest.approx(0.730094, rel=1e-6)


TAU_3 = [
    (0.0, True, Hard(), [0, 0, 0, 1, 0], [0.333333, 0.888889, 0.692593, 0, -0.333333]),
    (0.0, False, Hard(), [1, 1, 0, 1, 0], [0, 0, 0.3, 0, -1]),
    (-0.5, True, Hard(to=-0.5), [0, 0, 0, 1, 0], [-0.166667, 0.388889, 0.192593, -0.5, -0.833333]),
    (-0.5, False, Hard(to=-0.5), [0, 1, 0, 1, 0], [0.5, -0.5, -0.2, -0.5, -1.5]),
    (0.0, True, Soft(), [0, 0, 0, 1, 0], [0.333333, 0.888889, 0.692593, 0.795062, 0.196708]),
    (0.0, False, Soft(), [1, 1, 0, 1, 1], [0, 1, 0.966667, 3.644444, 0.42963]),
]


@pytest.mark.parametrize(("v_leak", "decay_input", "reset", "spikes", "v"), TAU_3)
def test_tau_3_gives_the_table_after_each_reset(v_leak, decay_input, reset, spikes, v):
    neuron = LIF(tau=3.0, v_leak=v_leak, decay_input=decay_input, reset=reset)
    trace = neuron.trace(torch.tensor([1, 2, 0.3, 4, -1]).reshape(5, 1, 1))
    assert trace["z"].flatten().tolist() == spikes
    torch.testing.assert_close(
        trace["v"].flatten(), torch.tensor(v, dtype=torch.float32), rtol=1e-5, atol=1e-6
    )


def test_three_steps_by_hand():
    # tau 2: v = x/2 = 1 spikes at the threshold, then 0 + 0.5/2, then 0.25 + (3 - 0.25)/2 = 1.625 spikes.
    trace = LIF().trace(torch.tensor([2.0, 0.5, 3.0]).reshape(3, 1, 1))
    assert trace["v_charged"].flatten().tolist() == [1.0, 0.25, 1.625]
    assert trace["z"].flatten().tolist() == [1, 0, 1]
    assert trace["v"].flatten().tolist() == [0.0, 0.25, 0.0]


def test_the_strict_rule_does_not_spike_at_the_threshold():
    x = torch.tensor([1.0, 0.5]).reshape(2, 1, 1)
    assert IF()(x).flatten().tolist() == [1, 0]
    assert IF(rule=Above())(x).flatten().tolist() == [0, 1]


def test_without_reset_a_neuron_above_its_threshold_spikes_at_every_step():
    x = torch.tensor([1.5, 0.0, 0.0]).reshape(3, 1, 1)
    assert IF(reset=NoReset())(x).flatten().tolist() == [1, 1, 1]
