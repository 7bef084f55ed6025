"""`EventCNN`: shapes, laws, refusals, and that it learns."""

import copy

import pytest
import torch

import spikelet
from spikelet import probe
from spikelet.errors import ParameterError, ShapeError
from spikelet.losses import RateCrossEntropy
from spikelet.metrics import accuracy
from spikelet.models import EventCNN
from spikelet.neurons import IF, LIF, learn
from spikelet.reset import Soft


def net(**options):
    torch.manual_seed(0)
    return EventCNN(**{"size": (18, 14), "classes": 4, "channels": (4, 6)} | options)


def frames(steps=5, batch=3):
    return torch.randint(0, 3, (steps, batch, 2, 18, 14), generator=torch.Generator().manual_seed(1)).float()


@pytest.mark.parametrize("hidden", [None, 7])
@pytest.mark.parametrize("size", [(34, 34), (18, 14), (17, 33), (8, 8)])
def test_it_returns_logits_for_every_step(size, hidden):
    y = net(size=size, hidden=hidden)(torch.zeros(5, 3, 2, *size))
    assert y.shape == (5, 3, 4)


def test_a_chunked_run_equals_the_whole_one_and_samples_are_independent():
    model, x = net(hidden=7, dropout=0.2).eval(), frames()
    whole = model(x)
    first, state = spikelet.scan(model, x[:2])
    second, _ = spikelet.scan(model, x[2:], state)
    assert torch.allclose(torch.cat([first, second]), whole, atol=1e-6)
    assert torch.allclose(model(x[:, 1:2]), whole[:, 1:2], atol=1e-6)
    assert torch.equal(model(x), whole)


def test_the_neuron_is_made_once_per_layer():
    model = net(hidden=7, neuron=lambda: LIF(tau=learn(3.0), reset=Soft()))
    neurons = [module for module in model.modules() if isinstance(module, LIF)]
    assert len(neurons) == len(set(neurons)) == 3
    assert all(isinstance(neuron.reset, Soft) for neuron in neurons)
    assert net(neuron=IF)(frames()).shape == (5, 3, 4)


def test_every_parameter_gets_a_gradient():
    model = net(hidden=7, neuron=lambda: LIF(tau=learn(2.0)))
    model(frames()).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_it_learns_which_corner_is_bright():
    labels = torch.arange(4).repeat(8)
    x = torch.rand(6, 32, 2, 16, 16, generator=torch.Generator().manual_seed(2)).gt(0.9).float()
    for sample, label in enumerate(labels.tolist()):
        top, left = 8 * (label // 2), 8 * (label % 2)
        x[:, sample, :, top : top + 8, left : left + 8] += 1
    model = net(size=(16, 16))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    loss = RateCrossEntropy()
    for _ in range(25):
        optimizer.zero_grad()
        loss(model(x), labels).backward()
        optimizer.step()
    with probe.rates(model) as rates:
        assert accuracy(model.eval()(x), labels) == 1.0
    assert len(rates) == 2
    assert all(0 < rate < 1 for rate in rates.values())


def test_weights_load_into_a_copy():
    model = net(hidden=7)
    other = copy.deepcopy(model)
    other.load_state_dict(model.state_dict())
    assert torch.equal(model.eval()(frames()), other.eval()(frames()))


def test_it_compiles_into_one_graph():
    torch.compiler.reset()
    model, x = net(), frames()
    expected = copy.deepcopy(model)(x)
    assert torch.equal(torch.compile(model, fullgraph=True, backend="eager")(x), expected)


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ({"size": (7, 2)}, r"`size` must leave a pixel after 2 blocks, got \[7, 2\]; give larger frames"),
        ({"channels": ()}, "`channels` must have at least one entry, got none"),
        ({"channels": (4, 0)}, "`channels` must be at least 1, got 0"),
        ({"classes": 0}, "`classes` must be at least 1, got 0"),
        ({"in_channels": 0}, "`in_channels` must be at least 1, got 0"),
        ({"hidden": 0}, "`hidden` must be at least 1, got 0"),
        ({"dropout": 1.0}, "`p` must be at least 0 and below 1, got 1.0"),
        ({"dropout": -0.5}, "`p` must be at least 0 and below 1, got -0.5"),
    ],
)
def test_numbers_out_of_range_are_refused(options, pattern):
    with pytest.raises(ParameterError, match=pattern):
        net(**options)


def test_frames_of_another_size_are_refused():
    with pytest.raises(ShapeError, match=r"frames of \[18, 14\] pixels, got \[14, 18\]; resize"):
        net()(frames().transpose(3, 4))
    with pytest.raises(ShapeError, match=r"\[T, B, C, H, W\] for `Conv2d`, got \[3, 2, 18, 14\]"):
        net()(frames()[0])
    with pytest.raises(ShapeError, match="must have size 2 on axis 2"):
        net()(frames()[:, :, :1])
