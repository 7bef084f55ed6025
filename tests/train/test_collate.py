"""`train.collate`: time first, and nothing made to fit."""

import numpy as np
import pytest
import torch

from spikelet.errors import DtypeError, ParameterError, ShapeError
from spikelet.train import collate


def test_samples_are_stacked_on_axis_one():
    samples = [(np.full((4, 2, 3), index, np.float32), index % 2) for index in range(5)]
    x, labels = collate(samples)
    assert x.shape == (4, 5, 2, 3)
    assert x.dtype == torch.float32
    assert x[:, 3].unique().tolist() == [3.0]
    assert labels.tolist() == [0, 1, 0, 1, 0]
    assert labels.dtype == torch.int64


def test_tensors_and_numpy_labels_are_taken_too():
    x, labels = collate([(torch.ones(3, 2), np.int64(4)), (torch.zeros(3, 2), torch.tensor(1))])
    assert x.shape == (3, 2, 2)
    assert labels.tolist() == [4, 1]


def test_the_dtype_of_the_samples_is_kept():
    x, _ = collate([(np.ones((3, 2), np.uint8), 0)])
    assert x.dtype == torch.uint8


def test_unequal_lengths_are_refused_with_advice():
    with pytest.raises(
        ShapeError, match=r"one length, got 4 time steps in sample 0 and 5 in sample 2 .*IntoByTime"
    ):
        collate([(np.ones((4, 2)), 0), (np.ones((4, 2)), 0), (np.ones((5, 2)), 0)])


def test_unequal_sensors_are_refused():
    with pytest.raises(ShapeError, match=r"one shape, got \[4, 2\] in sample 0 and \[4, 3\] in sample 1"):
        collate([(np.ones((4, 2)), 0), (np.ones((4, 3)), 0)])


def test_unequal_dtypes_are_refused():
    with pytest.raises(DtypeError, match=r"got torch.float32 in sample 0 and torch.uint8 in sample 1"):
        collate([(np.ones((4, 2), np.float32), 0), (np.ones((4, 2), np.uint8), 0)])


@pytest.mark.parametrize("label", [1.0, "cat", None, torch.tensor([1]), torch.tensor(1.0), np.float32(2)])
def test_a_label_that_is_no_whole_number_is_refused(label):
    with pytest.raises(DtypeError, match="a label must be the whole number of a class, got"):
        collate([(np.ones((4, 2)), label)])


def test_a_sample_without_label_is_refused():
    with pytest.raises(
        ParameterError, match=r"a sample must be a pair \(sequence, label\), got ndarray as sample 0"
    ):
        collate([np.ones((4, 2))])


def test_a_sequence_that_is_no_array_is_refused_with_advice():
    with pytest.raises(DtypeError, match=r"array or tensor \[T, ...\], got str as sample 0 .*frames.counts"):
        collate([("recording.bin", 0)])


def test_a_sequence_without_axes_is_refused():
    with pytest.raises(ShapeError, match=r"shape \[T, ...\], got \[\] as sample 0"):
        collate([(np.array(1.0), 0)])


def test_an_empty_batch_is_refused():
    with pytest.raises(ParameterError, match="at least one pair, got none"):
        collate([])
