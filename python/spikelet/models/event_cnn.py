"""A small convolutional spiking network for event frames.

Source:
    The parts of a block and their use on event frames are those of Fang et al., Incorporating Learnable
    Membrane Time Constant, ICCV 2021. Ours has two blocks by default, pools by the mean instead of by the
    maximum and not behind the last block, and reads out plain logits instead of spikes and votes.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import final

from torch import Tensor, nn

from spikelet.errors import ParameterError, ShapeError
from spikelet.layers import AvgPool2d, BatchNorm1d, BatchNorm2d, Conv2d, Dropout, Flatten, Linear, Sequential
from spikelet.neurons import LIF, Neuron

__all__ = ["EventCNN"]


@final
class EventCNN(nn.Module):
    r"""Convolution, batch norm and neurons per entry of `channels`, mean pools between; a linear readout.

    $y[t] = W z[t] + b$ with $z[t]$ the spikes of the last block or of the hidden layer. The first convolution
    has stride 2, which leaves a quarter of the neurons to run; the last block is not pooled, since where it
    spikes tells the classes apart.

    Args:
        in_channels: channels of a frame; 2 for off and on events.
        size: height and width of a frame in pixels.
        classes: number of classes.
        channels: channels of each block; each block but the last halves height and width once more.
        hidden: neurons between the last block and the readout; None for no such layer.
        dropout: share of the readout's inputs set to zero for a whole sequence, at least 0 and below 1.
        neuron: makes one layer of neurons per call.
    Raises:
        ParameterError: a number is out of its range, or the frame is too small for the blocks.
    """

    def __init__(
        self,
        in_channels: int = 2,
        *,
        size: tuple[int, int],
        classes: int,
        channels: Sequence[int] = (16, 32),
        hidden: int | None = None,
        dropout: float = 0.0,
        neuron: Callable[[], Neuron] = LIF,
    ) -> None:
        super().__init__()
        _require_positive(in_channels=[in_channels], size=size, classes=[classes], channels=channels)
        _require_positive(hidden=[1 if hidden is None else hidden])
        self.size = size
        blocks: list[nn.Module] = []
        for before, after in pairwise([in_channels, *channels]):
            pool = [AvgPool2d(2)] if blocks else []
            stride = 1 if blocks else 2
            convolution = Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
            blocks += [*pool, convolution, BatchNorm2d(after), neuron()]
        self.features = Sequential(*blocks, Flatten())
        width = channels[-1] * _pixels(size, blocks=len(channels))
        head: list[nn.Module] = []
        if hidden is not None:
            head += [Linear(width, hidden, bias=False), BatchNorm1d(hidden), neuron()]
            width = hidden
        if dropout != 0:
            head.append(Dropout(dropout))
        self.readout = Sequential(*head, Linear(width, classes))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of every time step.

        Args:
            x: `[T, B, in_channels, H, W]` floating point.
        Returns:
            `[T, B, classes]`.
        Raises:
            ShapeError: `x` has another shape than the network was built for.
        """
        if x.dim() == 5 and tuple(x.shape[3:]) != tuple(self.size):
            hint = "resize the frames or build the network for them"
            raise ShapeError(
                f"`x` must have frames of {list(self.size)} pixels, got {list(x.shape[3:])}; {hint}"
            )
        return self.readout(self.features(x))


def _pixels(size: tuple[int, int], *, blocks: int) -> int:
    """Pixels left of a channel after the stride of the first block and the pools between blocks."""
    height, width = ((side + 1) // 2 // 2 ** (blocks - 1) for side in size)
    if height * width == 0:
        hint = "give larger frames or fewer `channels`"
        raise ParameterError(f"`size` must leave a pixel after {blocks} blocks, got {list(size)}; {hint}")
    return height * width


def _require_positive(**sizes: Sequence[int]) -> None:
    for name, values in sizes.items():
        if not values:
            raise ParameterError(
                f"`{name}` must have at least one entry, got none; give one number per block"
            )
        if min(values) < 1:
            raise ParameterError(f"`{name}` must be at least 1, got {min(values)}; count from 1")
