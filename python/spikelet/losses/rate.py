"""Cross-entropy of the rate readout."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from spikelet.layers.readout import check_labels, time_mean

__all__ = ["RateCrossEntropy"]


class RateCrossEntropy(nn.Module):
    r"""Cross-entropy of the mean logits over time.

    $L = -\frac{1}{B} \sum_b \log \frac{\exp m[b, l_b]}{\sum_k \exp m[b, k]}$ for the labels $l$, with
    $m[b, k] = \frac{1}{T} \sum_t y[t, b, k]$.

    Source:
        Deng et al., Temporal Efficient Training, ICLR 2022, where it is called standard direct
        training.
    """

    def forward(self, y: Tensor, labels: Tensor) -> Tensor:
        """The loss of a batch.

        Args:
            y: `[T, B, classes]` floating point.
            labels: `[B]` int64, 0 to `classes - 1`.
        Returns:
            `[]`, float32 or float64.
        Raises:
            ShapeError: `y` or `labels` has another shape or is empty.
            DtypeError: `y` is not floating point or `labels` not int64.
            ParameterError: a label names no class.
        """
        mean = time_mean(y)
        check_labels(labels, batch=mean.shape[0], classes=mean.shape[1])
        # No label is skipped: torch's default would leave out -100 without a word.
        return cross_entropy(mean, labels, ignore_index=torch.iinfo(torch.int64).min)
