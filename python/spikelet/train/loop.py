"""One pass over the data: training, and measuring without training."""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from spikelet import probe
from spikelet.errors import ShapeError, TrainingError
from spikelet.metrics import accuracy
from spikelet.neurons import Neuron
from spikelet.train.batches import Batches
from spikelet.train.progress import Progress

__all__ = ["Learner", "Measured"]


@final
@dataclass
class Measured:
    """Sums over one pass, and the means that they give."""

    loss_sum: float = 0.0
    hits: int = 0
    samples: int = 0
    events: float = 0.0
    seconds: float = 0.0
    rates: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def loss(self) -> float:
        """Mean loss of a sample."""
        return self.loss_sum / self.samples

    @property
    def accuracy(self) -> float:
        """Fraction of samples whose class was hit."""
        return self.hits / self.samples

    def add(self, loss: float, y: Tensor, labels: Tensor) -> None:
        """Count one batch."""
        size = labels.shape[0]
        self.loss_sum += loss * size
        # A whole number of hits, so that equal epochs tie exactly whatever the batches' sizes.
        self.hits += round(float(accuracy(y, labels)) * size)
        self.samples += size


@final
@dataclass(frozen=True)
class Learner:
    """A network with all that moves its weights."""

    net: nn.Module
    loss: Callable[[Tensor, Tensor], Tensor]
    optimizer: Optimizer
    scheduler: LRScheduler | None
    count_events: Callable[[Tensor], Any] | None
    device: torch.device

    @property
    def learning_rate(self) -> float:
        """Rate of the first parameter group."""
        return float(self.optimizer.param_groups[0]["lr"])

    def train(self, batches: Batches, *, epoch: int, bar: Progress) -> Measured:
        """One epoch: every batch forward, backward, and one step of the weights."""
        self.net.train()
        measured = Measured()
        start = time.perf_counter()
        with self._rates() as rates:
            for number, (x, labels) in enumerate(batches):
                if self.count_events is not None:
                    measured.events += float(self.count_events(x))
                x, labels = x.to(self.device), labels.to(self.device)
                y = self.net(x)
                loss = self.loss(y, labels)
                value = self._finite(loss, x, f"epoch {epoch}, batch {number} of `data`")
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                if self.scheduler is not None:
                    self.scheduler.step()
                measured.add(value, y.detach(), labels)
                bar.update()
        measured.seconds = time.perf_counter() - start
        measured.rates = dict(rates)
        return measured

    def evaluate(self, batches: Batches | None, *, epoch: int) -> Measured | None:
        """Loss and accuracy with the weights as they are; None for a part that was not given.

        Leaves torch's random stream as it was, so that measuring more does not train otherwise.
        """
        if batches is None:
            return None
        self.net.eval()
        measured = Measured()
        start = time.perf_counter()
        with torch.random.fork_rng(), torch.no_grad():
            for number, (x, labels) in enumerate(batches):
                there = labels.to(self.device)
                y = self.net(x.to(self.device))
                where = f"epoch {epoch}, batch {number} of `{batches.part}`"
                measured.add(self._finite(self.loss(y, there), x, where), y, there)
        measured.seconds = time.perf_counter() - start
        return measured

    def _rates(self) -> AbstractContextManager[Mapping[str, float]]:
        # A network without spikes trains too; it has no rates to watch.
        spiking = any(isinstance(module, Neuron) for module in self.net.modules())
        return probe.rates(self.net) if spiking else nullcontext(dict[str, float]())

    def _finite(self, loss: Tensor, x: Tensor, where: str) -> float:
        if loss.ndim != 0:
            raise ShapeError(f"`loss` must return one number, got shape {list(loss.shape)}; take its mean")
        value = float(loss.detach())
        if math.isfinite(value):
            return value
        bad = x.numel() - int(torch.isfinite(x).sum())
        advice = (
            f"{bad} values of this batch's x are not finite: clean the data"
            if bad
            else f"lower the learning rate (now {self.learning_rate:g}) or bound the gradient"
        )
        raise TrainingError(f"the loss must be finite, got {value} in {where}; {advice}")
