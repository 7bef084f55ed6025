"""`PerStep`: any torch module, on every time step."""

import pytest
import torch
from torch import nn

from spikelet import layers
from spikelet.errors import DtypeError, ParameterError, ShapeError
from spikelet.neurons import LIF

T, B = 4, 3


@pytest.mark.parametrize(
    ("inner", "frame"),
    [
        (nn.PixelShuffle(2), (8, 3, 5)),
        (nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten()), (2, 5, 6)),
        (nn.MaxPool2d(2), (2, 6, 4)),
        (nn.TransformerEncoderLayer(8, 2, batch_first=True, dropout=0.0), (5, 8)),
    ],
)
def test_it_is_the_module_called_once_per_step(inner, frame):
    layer = layers.PerStep(inner)
    x = torch.randn(T, B, *frame, requires_grad=True)
    y = layer(x)
    expected = torch.stack([inner(x[t]) for t in range(T)])
    assert y.shape == expected.shape
    assert torch.allclose(y, expected, atol=1e-6)
    (gradient,) = torch.autograd.grad(y.square().sum(), x)
    (wanted,) = torch.autograd.grad(expected.square().sum(), x)
    assert torch.allclose(gradient, wanted, atol=1e-5)


def test_batch_norm_inside_takes_its_statistics_over_time_and_batch():
    x = torch.randn(T, B, 2, 3, 3)
    assert torch.equal(layers.PerStep(nn.BatchNorm2d(2))(x), layers.BatchNorm2d(2)(x))


def test_several_outputs_come_back_with_time():
    class Both(nn.Module):
        def forward(self, x):
            return x + 1, x.sum(1)

    x = torch.randn(T, B, 5)
    plus, total = layers.PerStep(Both())(x)
    assert torch.equal(plus, x + 1)
    assert torch.equal(total, x.sum(2))


def test_the_parameters_are_under_inner():
    assert list(layers.PerStep(nn.Linear(2, 3)).state_dict()) == ["inner.weight", "inner.bias"]


class Returns(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.make = make

    def forward(self, x):
        return self.make(x)


def test_an_output_without_the_batch_is_refused():
    x = torch.randn(T, B, 5)
    with pytest.raises(
        ShapeError, match=r"\[T \* B, ...\] with T \* B = 12, got \[\]; .* keeps the elements"
    ):
        layers.PerStep(Returns(torch.sum))(x)
    with pytest.raises(ShapeError, match=r"with T \* B = 12, got \[5, 12\]"):
        layers.PerStep(Returns(torch.t))(x)


@pytest.mark.parametrize("make", [lambda x: {"y": x}, lambda x: [x], lambda x: (x, None)])
def test_an_output_that_is_no_tensor_is_refused(make):
    with pytest.raises(DtypeError, match=r"a lifted module must return tensors, got (dict|list|NoneType)"):
        layers.PerStep(Returns(make))(torch.randn(T, B, 5))


@pytest.mark.parametrize(
    ("inner", "pattern"),
    [
        (
            LIF(),
            "must have no memory, got LIF; its state would run through the batch; use it without `PerStep`",
        ),
        (layers.Dropout(0.5), "must have no memory, got Dropout; .* run through the batch"),
        (nn.Sequential(nn.ReLU(), layers.Dropout(0.5)), "must have no memory, got Dropout at '1'"),
        (layers.Conv2d(2, 4, 3), "must be a plain torch module, got Conv2d; .* time-aware already"),
        (layers.Linear(2, 4), "must be a plain torch module, got Linear"),
        (layers.PerStep(nn.ReLU()), "must be a plain torch module, got PerStep"),
        (nn.LSTM(3, 4), "must have no memory, got LSTM; call it in the `forward`"),
        (
            nn.TransformerEncoderLayer(8, 2),
            "must have its batch on the first axis, got MultiheadAttention at 'self_attn'",
        ),
    ],
)
def test_what_would_mix_time_and_batch_is_refused(inner, pattern):
    with pytest.raises(ParameterError, match=f"the module of `PerStep` {pattern}"):
        layers.PerStep(inner)


def test_a_missing_axis_is_refused():
    with pytest.raises(ShapeError, match=r"\[T, B, ...\] for `PerStep`, got \[3, 5\]"):
        layers.PerStep(nn.ReLU())(torch.randn(3, 5))


def test_it_compiles_into_one_graph():
    torch.compiler.reset()
    layer = layers.PerStep(nn.PixelShuffle(2))
    x = torch.randn(T, B, 8, 3, 5)
    assert torch.equal(torch.compile(layer, fullgraph=True, backend="eager")(x), layer(x))
