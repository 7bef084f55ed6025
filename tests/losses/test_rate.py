"""The rate readout, its loss and its accuracy, against numbers by hand and torch's own."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from spikelet.errors import DtypeError, ParameterError, ShapeError
from spikelet.layers import time_mean
from spikelet.losses import RateCrossEntropy
from spikelet.metrics import accuracy

# [T=2, B=2, classes=3], with the means [[1, 0, 0], [0, 2, -2]].
Y = torch.tensor([[[2.0, 0.0, 0.0], [0.0, 1.0, -4.0]], [[0.0, 0.0, 0.0], [0.0, 3.0, 0.0]]])
LABELS = torch.tensor([0, 2])


def by_hand():
    first = math.exp(1) / (math.exp(1) + 2)
    second = math.exp(-2) / (1 + math.exp(2) + math.exp(-2))
    return -(math.log(first) + math.log(second)) / 2


CALLS = [pytest.param(RateCrossEntropy(), id="loss"), pytest.param(accuracy, id="accuracy")]


def test_the_loss_equals_the_sum_worked_out_by_hand():
    assert RateCrossEntropy()(Y, LABELS).item() == pytest.approx(by_hand(), rel=1e-6)


def test_the_loss_and_its_gradient_equal_torchs_on_the_mean():
    torch.manual_seed(0)
    y = torch.randn(7, 5, 4, dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([3, 0, 1, 1, 2])
    loss = RateCrossEntropy()(y, labels)
    expected = cross_entropy(sum(y.unbind(0)) / 7, labels)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    (gradient,) = torch.autograd.grad(loss, y)
    (wanted,) = torch.autograd.grad(expected, y)
    assert torch.allclose(gradient, wanted, rtol=1e-12)
    # Every step has the same share in the mean.
    assert torch.equal(gradient, gradient[:1].expand_as(gradient))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_averaged_in_float32(dtype):
    y = torch.tensor([2048.0, 1.0, 1.0, 1.0]).reshape(4, 1, 1).to(dtype)
    mean = time_mean(y)
    assert mean.dtype == torch.float32
    assert mean.item() == 2051 / 4


def test_accuracy_is_the_share_of_largest_means():
    assert accuracy(Y, LABELS) == 0.5
    assert accuracy(Y, torch.tensor([0, 1])) == 1.0
    assert accuracy(Y, torch.tensor([1, 0])) == 0.0


def test_of_equal_means_the_lowest_class_counts():
    silent = torch.zeros(4, 3, 10)
    assert accuracy(silent, torch.tensor([0, 0, 9])) == 2 / 3
    tie = torch.tensor([0.0, 1.0, 1.0]).expand(2, 1, 3)
    assert accuracy(tie, torch.tensor([1])) == 1.0
    assert accuracy(tie, torch.tensor([2])) == 0.0


def test_nan_is_never_right():
    y = Y.clone()
    y[0, 1, 2] = math.nan
    assert accuracy(y, torch.tensor([0, 2])) == 0.5


def test_the_loss_of_nan_is_nan():
    y = Y.clone()
    y[0, 1, 2] = math.nan
    assert RateCrossEntropy()(y, LABELS).isnan()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("shape", [(2, 3), (2, 2, 3, 1), (0, 2, 3), (2, 0, 3), (2, 2, 0)])
def test_logits_of_another_shape_or_empty_are_refused(call, shape):
    with pytest.raises(ShapeError, match=r"`y` must have shape \[T, B, classes\] with no empty axis, got \["):
        call(torch.zeros(shape), LABELS)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("shape", [(3,), (2, 1), (2, 3), ()])
def test_labels_of_another_shape_are_refused(call, shape):
    with pytest.raises(ShapeError, match=r"`labels` must have shape \[2\], got \["):
        call(Y, torch.zeros(shape, dtype=torch.int64))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("dtype", [torch.int32, torch.float32, torch.uint8, torch.bool])
def test_labels_of_another_type_are_refused(call, dtype):
    with pytest.raises(DtypeError, match=rf"`labels` must be int64, got {dtype}; .*labels.long\(\)"):
        call(Y, LABELS.to(dtype))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("labels", [[0, 3], [-1, 0], [-100, 0]])
def test_labels_that_name_no_class_are_refused(call, labels):
    with pytest.raises(
        ParameterError, match=rf"`labels` must be 0 to 2, got {min(labels)} to {max(labels)}; number"
    ):
        call(Y, torch.tensor(labels))


@pytest.mark.parametrize("call", CALLS)
def test_integer_logits_are_refused(call):
    with pytest.raises(DtypeError, match=r"`y` must be floating point, got torch.int64; .*y.float\(\)"):
        call(Y.long(), LABELS)


def test_the_loss_compiles_into_one_graph():
    torch.compiler.reset()
    loss = RateCrossEntropy()
    compiled = torch.compile(loss, fullgraph=True, backend="eager")
    assert torch.equal(compiled(Y, LABELS), loss(Y, LABELS))
    # No range check in a graph, but torch's own still stands: -100 is not skipped.
    with pytest.raises(Exception, match="out of bounds"):
        compiled(Y, torch.tensor([-100, 0]))
