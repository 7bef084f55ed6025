"""A linear map of every time step."""

from torch import Tensor, nn

from spikelet.layers.base import FROM_3, Layout

__all__ = ["Linear"]

_LAYOUT = Layout("[T, B, ..., F]", FROM_3, sized=-1)


class Linear(nn.Linear):
    """`torch.nn.Linear` on the last axis of `[T, B, ..., F]`; a missing time or batch axis is refused."""

    def forward(self, input: Tensor) -> Tensor:
        """The mapped sequence: `[T, B, ..., in_features]` to `[T, B, ..., out_features]`."""
        _LAYOUT.check(input, by=self, size=self.in_features)
        return super().forward(input)
