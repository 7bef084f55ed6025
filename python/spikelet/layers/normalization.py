"""Normalization with statistics over time and batch."""

from typing import Any

from torch import Tensor, nn

from spikelet.errors import ShapeError
from spikelet.layers.base import FROM_3, PLANE, SPACE, Layout, Lifted

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm"]


class _LiftedBatchNorm(Lifted):
    """What the three batch normalizations share.

    In training, mean and variance of a channel are taken over time, batch and space together, as if the
    steps were `T * B` samples. The laws of `scan` therefore hold in `eval()` only: two chunks have two
    sets of statistics.
    """

    sized_by = "num_features"
    num_features: int
    running_mean: Tensor | None

    def forward(self, input: Tensor) -> Any:
        """The normalized sequence: `[T, B, C, ...]` to the same shape."""
        self.layout.check(input, by=self, size=self.num_features)
        by_batch = self.training or self.running_mean is None
        if by_batch and input.numel() < 2 * self.num_features:
            # torch lets an empty batch through and leaves NaN in the running statistics.
            raise ShapeError(
                f"`x` must hold at least 2 values per channel for `{type(self).__name__}` in training, got "
                f"{list(input.shape)}; use a longer sequence, a larger batch, or `eval()`"
            )
        return super().forward(input)


class BatchNorm1d(_LiftedBatchNorm, nn.BatchNorm1d):
    r"""`torch.nn.BatchNorm1d` of `[T, B, C]` or `[T, B, C, L]`.

    $y = \gamma (x - \mu_c) / \sqrt{\sigma_c^2 + \epsilon} + \beta$, statistics of `c` over `T B L`.
    """

    layout = Layout("[T, B, C] or [T, B, C, L]", range(3, 5))


class BatchNorm2d(_LiftedBatchNorm, nn.BatchNorm2d):
    r"""`torch.nn.BatchNorm2d` of `[T, B, C, H, W]`.

    $y = \gamma (x - \mu_c) / \sqrt{\sigma_c^2 + \epsilon} + \beta$, statistics of `c` over `T B H W`.
    """

    layout = PLANE


class BatchNorm3d(_LiftedBatchNorm, nn.BatchNorm3d):
    r"""`torch.nn.BatchNorm3d` of `[T, B, C, D, H, W]`.

    $y = \gamma (x - \mu_c) / \sqrt{\sigma_c^2 + \epsilon} + \beta$, statistics of `c` over `T B D H W`.
    """

    layout = SPACE


class GroupNorm(Lifted, nn.GroupNorm):
    """`torch.nn.GroupNorm` on every time step of `[T, B, C, ...]`, each with statistics of its own."""

    layout = Layout("[T, B, C, ...]", FROM_3)
    sized_by = "num_channels"
