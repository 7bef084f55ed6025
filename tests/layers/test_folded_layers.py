"""Each layer of `spikelet.layers` against torch's own, called once per time step."""

import pytest
import torch
from torch import nn

from spikelet import layers
from spikelet.errors import DtypeError, ShapeError

T, B = 5, 3

# name -> (arguments, shape of one frame)
FOLDED = {
    "Conv1d": ((2, 4, 3), (2, 9)),
    "Conv2d": ((2, 4, 3), (2, 7, 6)),
    "Conv3d": ((2, 4, 3), (2, 5, 4, 6)),
    "MaxPool1d": ((2,), (3, 9)),
    "MaxPool2d": ((2,), (3, 7, 6)),
    "MaxPool3d": ((2,), (3, 5, 4, 6)),
    "AvgPool1d": ((2,), (3, 9)),
    "AvgPool2d": ((2,), (3, 7, 6)),
    "AvgPool3d": ((2,), (3, 5, 4, 6)),
    "AdaptiveAvgPool2d": ((2,), (3, 7, 5)),
    "GroupNorm": ((2, 4), (4, 7, 5)),
    "Flatten": ((), (3, 7, 5)),
    "Linear": ((6, 4), (6,)),
}
NORMS = {
    "BatchNorm1d": ((4,), (4,)),
    "BatchNorm2d": ((4,), (4, 3, 5)),
    "BatchNorm3d": ((4,), (4, 3, 2, 5)),
}
ALL = FOLDED | NORMS
SIZED = ["Conv1d", "Conv2d", "Conv3d", "GroupNorm", "Linear", *NORMS]


def pair(name):
    """Our layer and torch's, with the same weights."""
    arguments = ALL[name][0]
    ours, plain = getattr(layers, name)(*arguments), getattr(nn, name)(*arguments)
    plain.load_state_dict(ours.state_dict())
    return ours, plain


def sequence(name, steps=T, batch=B):
    return torch.randn(steps, batch, *ALL[name][1], generator=torch.Generator().manual_seed(1))


def close(a, b):
    assert a.shape == b.shape
    assert (a - b).abs().max() <= 1e-6 * b.abs().max().clamp(min=1.0)


@pytest.mark.parametrize("name", FOLDED)
def test_a_layer_is_torchs_own_called_once_per_step(name):
    ours, plain = pair(name)
    x, x_plain = sequence(name).requires_grad_(), sequence(name).requires_grad_()
    y = ours(x)
    expected = torch.stack([plain(x_plain[t]) for t in range(T)])
    close(y, expected)
    weights = torch.randn(y.shape, generator=torch.Generator().manual_seed(2))
    (y * weights).sum().backward()
    (expected * weights).sum().backward()
    close(x.grad, x_plain.grad)
    for mine, theirs in zip(ours.parameters(), plain.parameters(), strict=True):
        close(mine.grad, theirs.grad)


@pytest.mark.parametrize("name", NORMS)
def test_batch_norm_takes_statistics_over_time_and_batch(name):
    ours, plain = pair(name)
    x, x_plain = sequence(name).requires_grad_(), sequence(name).requires_grad_()
    y = ours(x)
    expected = plain(x_plain.flatten(0, 1)).unflatten(0, (T, B))
    assert torch.equal(y, expected)
    # Not only torch's own word for it: the statistics by hand.
    others = [axis for axis in range(x.dim()) if axis != 2]
    assert torch.allclose(ours.running_mean, 0.1 * x.detach().mean(others))
    assert torch.allclose(ours.running_var, 0.9 + 0.1 * x.detach().var(others, unbiased=True))
    (y**2 * y.detach()).sum().backward()
    (expected**2 * expected.detach()).sum().backward()
    assert torch.equal(x.grad, x_plain.grad)
    for key, value in plain.state_dict().items():
        assert torch.equal(ours.state_dict()[key], value), key


@pytest.mark.parametrize("name", NORMS)
def test_batch_norm_in_eval_is_torchs_own_called_once_per_step(name):
    ours, plain = (layer.eval() for layer in pair(name))
    x = sequence(name)
    close(ours(x), torch.stack([plain(x[t]) for t in range(T)]))


def test_batch_norm_1d_also_takes_lines_of_values():
    x = torch.randn(T, B, 4, 6)
    expected = nn.BatchNorm1d(4)(x.flatten(0, 1)).unflatten(0, (T, B))
    assert torch.equal(layers.BatchNorm1d(4)(x), expected)


@pytest.mark.parametrize("name", ALL)
def test_a_layer_is_an_instance_of_torchs_own_with_the_same_state_dict(name):
    ours, plain = pair(name)
    assert isinstance(ours, getattr(nn, name))
    assert list(ours.state_dict()) == list(plain.state_dict())
    ours.load_state_dict(plain.state_dict())
    assert repr(ours) == repr(plain)


@pytest.mark.parametrize("name", ALL)
def test_no_layer_keeps_anything_from_a_call(name):
    layer = pair(name)[0].eval()
    before = set(vars(layer))
    layer(sequence(name))
    assert set(vars(layer)) == before


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("steps", "batch"), [(0, B), (T, 0), (0, 0), (1, 1)])
def test_empty_and_single_sequences_keep_their_axes(name, steps, batch):
    layer = pair(name)[0].eval()
    y = layer(sequence(name, steps, batch))
    assert y.shape == (steps, batch, *layer(sequence(name)).shape[2:])


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize(("steps", "batch"), [(0, B), (T, 0)])
def test_batch_norm_in_training_refuses_an_empty_batch(name, steps, batch):
    layer = pair(name)[0]
    x = sequence(name, steps, batch)
    with pytest.raises(
        ShapeError, match=rf"at least 2 values per channel for `{name}` in training, got \[{steps}, "
    ):
        layer(x)
    assert torch.equal(layer.running_mean, torch.zeros(4))
    assert layer.num_batches_tracked == 0


def test_batch_norm_in_training_refuses_a_single_value():
    with pytest.raises(ShapeError, match="longer sequence, a larger batch"):
        layers.BatchNorm1d(4)(torch.randn(1, 1, 4))


@pytest.mark.parametrize("name", ALL)
def test_a_missing_axis_is_refused_with_what_to_do(name):
    x = sequence(name)[0]
    if name in ("GroupNorm", "Flatten"):
        # They take a sequence of vectors, so that two axes must be missing.
        x = x[:, 0, 0]
    pattern = rf"`x` must have shape \[T, B, .*\] for `{name}`, got \[3, .*x.unsqueeze\(0\).*x.unsqueeze\(1\)"
    with pytest.raises(ShapeError, match=pattern):
        pair(name)[0](x)


@pytest.mark.parametrize("name", ["Conv2d", "MaxPool2d", "BatchNorm2d"])
def test_an_extra_axis_is_refused(name):
    with pytest.raises(ShapeError, match=r"\[T, B, C, H, W\]"):
        pair(name)[0](sequence(name).unsqueeze(0))


@pytest.mark.parametrize("name", SIZED)
def test_a_wrong_number_of_channels_is_refused(name):
    x = sequence(name)
    wrong = torch.cat([x, x], dim=-1 if name == "Linear" else 2)
    size = x.shape[-1 if name == "Linear" else 2]
    with pytest.raises(
        ShapeError, match=rf"must have size {size} on axis 2 for `{name}`, got \[5, 3, {2 * size}"
    ):
        pair(name)[0](wrong)


@pytest.mark.parametrize("name", ALL)
def test_integers_are_refused_rather_than_cast(name):
    with pytest.raises(DtypeError, match=rf"floating point for `{name}`, got torch.uint8; .*x.float\(\)"):
        pair(name)[0](torch.zeros(2, 2, *ALL[name][1], dtype=torch.uint8))


def test_an_array_is_refused_with_how_to_convert_it():
    with pytest.raises(DtypeError, match=r"torch tensor for `Conv2d`, got ndarray; .*as_tensor"):
        layers.Conv2d(2, 4, 3)(sequence("Conv2d").numpy())


def test_linear_takes_any_axes_between_batch_and_features():
    ours, plain = pair("Linear")
    x = torch.randn(T, B, 2, 7, 6)
    close(ours(x), torch.stack([plain(x[t]) for t in range(T)]))


def test_flatten_counts_axes_as_torch_does_within_a_step():
    x = sequence("Flatten")
    assert torch.equal(layers.Flatten(2)(x), x.flatten(3))
    assert torch.equal(layers.Flatten()(x), x.flatten(2))


def test_max_pool_returns_its_indices_with_time():
    x = sequence("MaxPool2d")
    y, where = layers.MaxPool2d(2, return_indices=True)(x)
    expected = [nn.MaxPool2d(2, return_indices=True)(x[t]) for t in range(T)]
    assert torch.equal(y, torch.stack([part[0] for part in expected]))
    assert torch.equal(where, torch.stack([part[1] for part in expected]))


@pytest.mark.parametrize("name", ["Conv2d", "MaxPool2d", "AvgPool2d", "BatchNorm2d"])
def test_channels_last_frames_are_not_copied_into_another_layout(name):
    ours, plain = pair(name)
    dense = sequence(name)
    frames = dense.flatten(0, 1).contiguous(memory_format=torch.channels_last)
    x = frames.unflatten(0, (T, B))
    assert x.data_ptr() == frames.data_ptr()
    y = ours.eval()(x)
    assert y.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)
    close(y, torch.stack([plain.eval()(dense[t]) for t in range(T)]))


@pytest.mark.parametrize("name", FOLDED)
def test_strided_sequences_give_the_same_result(name):
    layer = pair(name)[0]
    x = sequence(name)
    batch_first = x.transpose(0, 1).contiguous().transpose(0, 1)
    assert not batch_first.is_contiguous()
    close(layer(batch_first), layer(x))


@pytest.mark.parametrize("name", ALL)
def test_a_layer_compiles_into_one_graph(name):
    # All twins share one `forward`, and torch counts compilations by code object.
    torch.compiler.reset()
    layer = pair(name)[0]
    compiled = torch.compile(pair(name)[0], fullgraph=True, backend="eager")
    compiled.load_state_dict({f"_orig_mod.{key}": value for key, value in layer.state_dict().items()})
    x = sequence(name)
    assert torch.equal(compiled(x), layer(x))


@pytest.mark.parametrize("name", ["Conv2d", "BatchNorm2d", "Linear", "MaxPool2d"])
def test_a_layer_is_exported_with_free_time_and_batch(name):
    layer = pair(name)[0].eval()
    shapes = ({0: torch.export.Dim("T", min=2), 1: torch.export.Dim("B", min=2)},)
    program = torch.export.export(layer, (sequence(name),), dynamic_shapes=shapes)
    x = sequence(name, 7, 4)
    close(program.module()(x), layer(x))
