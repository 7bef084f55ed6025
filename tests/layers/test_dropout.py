"""Dropout: one mask per sequence, carried as state."""

import pytest
import torch
from torch import nn

import spikelet
from spikelet import layers
from spikelet.errors import DtypeError, ParameterError, ShapeError, StateError


def ones(*shape, dtype=torch.float32):
    return torch.ones(shape, dtype=dtype, requires_grad=dtype.is_floating_point)


def test_the_mask_is_the_same_at_every_time_step_and_its_own_for_each_sample():
    y = layers.Dropout(0.5)(ones(6, 4, 100))
    assert torch.equal(y, y[:1].expand_as(y))
    assert len({tuple(sample.tolist()) for sample in y[0]}) == 4


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_kept_elements_are_scaled_so_that_the_mean_stays(p):
    torch.manual_seed(0)
    y = layers.Dropout(p)(ones(1, 20, 1000))
    assert set(y.unique().tolist()) == {0.0, torch.tensor(1 / (1 - p)).item()}
    kept = (y != 0).double().mean().item()
    # Five standard deviations of 20,000 draws.
    assert abs(kept - (1 - p)) < 5 * (p * (1 - p) / 20_000) ** 0.5


def test_the_gradient_passes_where_the_mask_does():
    x = ones(3, 2, 50)
    y = layers.Dropout(0.5)(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


def test_two_calls_draw_two_masks_and_nothing_stays_on_the_module():
    layer = layers.Dropout(0.5)
    before = dict(vars(layer))
    x = ones(1, 4, 100)
    assert not torch.equal(layer(x), layer(x))
    assert vars(layer) == before
    assert list(layer.state_dict()) == []


def test_it_is_off_in_eval():
    x = ones(3, 2, 50)
    layer = layers.Dropout(0.5).eval()
    assert layer(x) is x
    y, state = spikelet.scan(layer, x)
    assert y is x
    assert state == {}


def test_zero_drops_nothing():
    x = ones(3, 2, 50)
    assert torch.equal(layers.Dropout(0)(x), x)


def test_scan_carries_the_mask_to_the_next_chunk():
    net = layers.Sequential(layers.Dropout(0.5), layers.Flatten())
    x = torch.randn(7, 3, 4, 5)
    torch.manual_seed(3)
    whole = net(x)
    torch.manual_seed(3)
    first, state = spikelet.scan(net, x[:2])
    second, after = spikelet.scan(net, x[2:], state)
    assert torch.equal(torch.cat([first, second]), whole)
    assert list(state) == ["0"]
    assert state["0"].shape == (3, 4, 5)
    assert torch.equal(after["0"], state["0"])


def test_a_chunk_in_eval_lets_the_carried_mask_through():
    layer = layers.Dropout(0.5)
    x = ones(2, 3, 40)
    first, state = spikelet.scan(layer, x)
    layer.eval()
    between, state = spikelet.scan(layer, x, state)
    layer.train()
    last, state = spikelet.scan(layer, x, state)
    assert torch.equal(between, x)
    assert torch.equal(last, first)


def test_an_empty_chunk_draws_the_mask_of_the_sequence():
    layer = layers.Dropout(0.5)
    y, state = spikelet.scan(layer, ones(0, 3, 40))
    assert y.shape == (0, 3, 40)
    first, state = spikelet.scan(layer, ones(1, 3, 40), state)
    assert torch.equal(first[0] != 0, next(iter(state.values())))


def test_a_stream_draws_a_new_mask_for_the_samples_that_begin_anew():
    stream = spikelet.Stream(layers.Dropout(0.5))
    before = stream(ones(1, 3, 200))[0]
    stream.reset(torch.tensor([False, True, False]))
    after = stream(ones(1, 3, 200))[0]
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])
    assert torch.equal(before[2], after[2])


def test_a_mask_carried_to_another_batch_is_refused():
    layer = layers.Dropout(0.5)
    _, state = spikelet.scan(layer, ones(2, 3, 40))
    with pytest.raises(StateError, match=r"must have shape \[4, 40\], got \[3, 40\]; begin a new sequence"):
        spikelet.scan(layer, ones(2, 4, 40), state)


@pytest.mark.parametrize("p", [-0.1, 1, 1.5, float("nan")])
def test_a_share_out_of_range_is_refused(p):
    with pytest.raises(ParameterError, match=f"`p` must be at least 0 and below 1, got {p}"):
        layers.Dropout(p)


def test_wrong_input_is_refused():
    with pytest.raises(ShapeError, match=r"\[T, B, ...\] for `Dropout`, got \[3, 40\]"):
        layers.Dropout(0.5)(ones(3, 40))
    with pytest.raises(DtypeError, match=r"floating point for `Dropout`, got torch.int64"):
        layers.Dropout(0.5)(ones(2, 3, 40, dtype=torch.int64))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_the_type_of_the_input_is_kept(dtype):
    assert layers.Dropout(0.5)(ones(2, 3, 4, dtype=dtype)).dtype == dtype


def test_it_compiles_into_one_graph():
    torch.compiler.reset()
    layer = layers.Dropout(0.5)
    compiled = torch.compile(layer, fullgraph=True, backend="eager")
    x = ones(4, 3, 40)
    torch.manual_seed(0)
    expected = layer(x)
    torch.manual_seed(0)
    assert torch.equal(compiled(x), expected)


def test_torchs_own_dropout_in_per_step_draws_a_new_mask_at_every_step():
    y = layers.PerStep(nn.Dropout(0.5))(ones(6, 4, 100))
    assert len({tuple(step.flatten().tolist()) for step in y}) == 6
