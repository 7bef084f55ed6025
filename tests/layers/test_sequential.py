"""`Sequential`: what it takes and what it refuses."""

import copy
import pickle
from collections import OrderedDict

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from spikelet import layers
from spikelet.errors import ParameterError

TWINS = [
    nn.Conv1d(2, 2, 1),
    nn.Conv2d(2, 2, 1),
    nn.Conv3d(2, 2, 1),
    nn.BatchNorm1d(2),
    nn.BatchNorm2d(2),
    nn.BatchNorm3d(2),
    nn.GroupNorm(1, 2),
    nn.MaxPool1d(2),
    nn.MaxPool2d(2),
    nn.MaxPool3d(2),
    nn.AvgPool1d(2),
    nn.AvgPool2d(2),
    nn.AvgPool3d(2),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
]
LIFTABLE = [
    nn.ConvTranspose2d(2, 2, 1),
    nn.SyncBatchNorm(2),
    nn.InstanceNorm2d(2),
    nn.LocalResponseNorm(2),
    nn.AdaptiveMaxPool2d(1),
    nn.LPPool2d(2, 2),
    nn.Dropout2d(),
    nn.AlphaDropout(),
    nn.Upsample(scale_factor=2),
    nn.Unflatten(1, (1, 2)),
    nn.Unfold(2),
    nn.ChannelShuffle(2),
    nn.Softmax2d(),
    nn.PReLU(2),
    nn.TransformerEncoderLayer(2, 1),
]
FINE = [
    nn.ReLU(),
    nn.Linear(6, 6),
    nn.Identity(),
    nn.LayerNorm(6),
    nn.PReLU(),
    nn.Softmax(-1),
    nn.PixelShuffle(1),
    nn.ZeroPad2d(1),
]


def named(cases):
    return [pytest.param(case, id=type(case).__name__) for case in cases]


@pytest.mark.parametrize("module", named(TWINS))
def test_a_plain_layer_with_a_twin_is_refused_and_the_twin_named(module):
    name = type(module).__name__
    pattern = (
        f"^layer 1 of `Sequential` must be time-aware, got torch.nn.{name}; use `spikelet.layers.{name}`, "
    )
    with pytest.raises(ParameterError, match=pattern):
        layers.Sequential(nn.ReLU(), module)


def test_every_lifted_layer_is_named_as_a_twin():
    names = {type(module).__name__ for module in TWINS}
    theirs = {name for name in layers.__all__ if name not in ("Linear", "Dropout") and hasattr(nn, name)}
    assert names == theirs - {"Sequential"}


@pytest.mark.parametrize("module", named(LIFTABLE))
def test_other_layers_that_misread_time_are_refused_and_per_step_named(module):
    name = type(module).__name__
    with pytest.raises(
        ParameterError, match=rf"got torch.nn.{name}; wrap it .*PerStep\(torch.nn.{name}\(...\)\)"
    ):
        layers.Sequential(module)


@pytest.mark.parametrize("module", [nn.LSTM(2, 2), nn.GRU(2, 2), nn.RNNCell(2, 2)])
def test_torchs_recurrent_layers_are_refused(module):
    with pytest.raises(ParameterError, match="by rules of its own, so call it in the `forward` of a module"):
        layers.Sequential(module)


def test_plain_dropout_is_refused_with_the_choice_that_must_be_made():
    with pytest.raises(
        ParameterError, match=r"one mask per sequence\) or .*PerStep\(torch.nn.Dropout\(p\)\)` \(one per"
    ):
        layers.Sequential(nn.Dropout(0.2))


@pytest.mark.parametrize("module", named(FINE))
def test_layers_that_keep_time_and_batch_apart_pass_and_equal_a_loop(module):
    net = layers.Sequential(module)
    x = torch.randn(4, 3, 2, 6, 6)
    assert torch.allclose(net(x), torch.stack([module(x[t]) for t in range(4)]), atol=1e-6)


def test_twins_own_modules_and_lifted_modules_pass():
    class Mine(nn.Conv2d):
        def forward(self, x):
            return super().forward(x.flatten(0, 1)).unflatten(0, x.shape[:2])

    net = layers.Sequential(
        Mine(2, 4, 3),
        layers.BatchNorm2d(4),
        layers.Sequential(nn.ReLU(), layers.MaxPool2d(2)),
        layers.PerStep(nn.Upsample(scale_factor=2)),
        layers.Dropout(0.1),
        layers.Flatten(),
    )
    assert net(torch.randn(5, 3, 2, 8, 8)).shape == (5, 3, 4 * 6 * 6)


def test_a_layer_nested_in_torchs_own_container_is_refused_with_its_path():
    inner = nn.Sequential(nn.ReLU(), nn.Sequential(OrderedDict(norm=nn.BatchNorm2d(2))))
    with pytest.raises(
        ParameterError, match=r"^layer 1.1.norm of `Sequential` must be time-aware, got torch.nn.BatchN"
    ):
        layers.Sequential(nn.ReLU(), inner)


def test_lazy_and_parametrized_layers_are_refused():
    with pytest.raises(
        ParameterError, match=r"^layer 0 .* got torch.nn.LazyConv2d; use `spikelet.layers.Conv2d` and"
    ):
        layers.Sequential(nn.LazyConv2d(4, 3))
    with pytest.raises(ParameterError, match=r"got torch.nn.Conv2d; use `spikelet.layers.Conv2d`"):
        layers.Sequential(parametrizations.weight_norm(nn.Conv2d(2, 2, 1)))


def append(net, module):
    net.append(module)


def insert(net, module):
    net.insert(2, module)


def extend(net, module):
    net.extend([module])


def assign(net, module):
    net[2] = module


def add(net, module):
    net.add_module("2", module)


def in_place(net, module):
    net += nn.Sequential(module)


def joined(net, module):
    return net + nn.Sequential(module)


def attribute(net, module):
    setattr(net, "2", module)


@pytest.mark.parametrize("put", [append, insert, extend, add, in_place, joined])
def test_every_way_in_is_guarded_at_the_end(put):
    net = layers.Sequential(nn.ReLU(), nn.Identity())
    with pytest.raises(
        ParameterError, match=r"^layer 2 of `Sequential` must be time-aware, got torch.nn.Conv2d"
    ):
        put(net, nn.Conv2d(2, 2, 1))
    assert len(net) == 2


@pytest.mark.parametrize("put", [assign, attribute])
def test_replacing_a_layer_is_guarded(put):
    net = layers.Sequential(nn.ReLU(), nn.Identity(), nn.Tanh())
    with pytest.raises(
        ParameterError, match=r"^layer 2 of `Sequential` must be time-aware, got torch.nn.Conv2d"
    ):
        put(net, nn.Conv2d(2, 2, 1))
    assert isinstance(net[2], nn.Tanh)
    put(net, layers.Conv2d(2, 2, 1))
    assert isinstance(net[2], nn.Conv2d)


def test_slices_and_sums_stay_ours():
    net = layers.Sequential(nn.ReLU(), layers.Conv2d(2, 2, 1), nn.Tanh())
    assert type(net[1:]) is layers.Sequential
    assert type(net + net[:1]) is layers.Sequential
    assert len(net + net[:1]) == 4


def test_names_of_an_ordered_dict_are_kept():
    net = layers.Sequential(OrderedDict(conv=layers.Conv2d(2, 4, 3), act=nn.ReLU()))
    assert list(net.state_dict()) == ["conv.weight", "conv.bias"]
    with pytest.raises(ParameterError, match="layer conv of `Sequential`"):
        layers.Sequential(OrderedDict(conv=nn.Conv2d(2, 4, 3)))


def test_weights_move_to_and_from_torchs_own_container():
    ours = layers.Sequential(
        layers.Conv2d(2, 4, 3), layers.BatchNorm2d(4), layers.Flatten(), layers.Linear(16, 5)
    )
    plain = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 5))
    plain.load_state_dict(ours.state_dict())
    ours.load_state_dict(plain.state_dict())
    x = torch.randn(5, 3, 2, 4, 4)
    y = ours.eval()(x)
    assert torch.allclose(y, torch.stack([plain.eval()(x[t]) for t in range(5)]), atol=1e-6)


def test_copies_and_pickles_work_alike():
    net = layers.Sequential(layers.Conv2d(2, 4, 3), layers.Dropout(0.5), layers.Flatten())
    x = torch.randn(5, 3, 2, 4, 4)
    expected = net.eval()(x)
    assert torch.equal(copy.deepcopy(net)(x), expected)
    assert torch.equal(pickle.loads(pickle.dumps(net))(x), expected)
