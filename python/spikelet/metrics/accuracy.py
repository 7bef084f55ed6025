"""Share of samples that are named rightly."""

from torch import Tensor

from spikelet.layers.readout import check_labels, time_mean

__all__ = ["accuracy"]


def accuracy(y: Tensor, labels: Tensor) -> float:
    r"""Share of samples whose class has the largest mean logit over time.

    $\hat l_b = \arg\max_k \frac{1}{T} \sum_t y[t, b, k]$. Of several largest ones the lowest class number
    counts, so a network that is silent says class 0. A sample with NaN in its mean is counted as wrong.

    Args:
        y: `[T, B, classes]` floating point.
        labels: `[B]` int64, 0 to `classes - 1`.
    Returns:
        0 to 1.
    Raises:
        ShapeError: `y` or `labels` has another shape or is empty.
        DtypeError: `y` is not floating point or `labels` not int64.
        ParameterError: a label names no class.
    """
    mean = time_mean(y)
    check_labels(labels, batch=mean.shape[0], classes=mean.shape[1])
    right = (mean.argmax(1) == labels) & ~mean.isnan().any(1)
    return int(right.sum()) / right.numel()
