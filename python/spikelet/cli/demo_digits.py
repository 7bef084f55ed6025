"""What `spikelet demo` does: EventDigits from raw recordings to a trained network, and the report."""

import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import OneCycleLR

from spikelet import frames, train
from spikelet.datasets import EventDigits
from spikelet.frames import IntoByTime
from spikelet.losses import RateCrossEntropy
from spikelet.models import EventCNN
from spikelet.train.table import aligned

__all__ = ["Comparison", "Demo", "Plan", "compare", "demo"]

SEEDS = 3
SPLITS = ("train", "validation", "test")


@final
@dataclass(frozen=True)
class Plan:
    """How the demonstration trains: numbers chosen on the validation split."""

    seed: int
    epochs: int
    quick: bool
    steps: int = 8
    channels: tuple[int, int] = (16, 32)
    hidden: int = 128
    # With 32 the averages of batch norm lag behind the first epoch, and validation reads as chance.
    batch_size: int = 16
    learning_rate: float = 1e-2

    @classmethod
    def of(cls, *, quick: bool, epochs: int | None, seed: int) -> "Plan":
        """The plan that the command line asks for."""
        usual = 3 if quick else 10
        return cls(seed, usual if epochs is None else epochs, quick)


@final
@dataclass(frozen=True)
class Demo:
    """One training run of the demonstration."""

    plan: Plan
    run: train.Run
    sizes: tuple[int, int, int]
    seconds: float
    example: Path

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return {
            "plan": asdict(self.plan),
            "run": str(self.run.path),
            "epochs": [asdict(row) for row in self.run.epochs],
            "best": asdict(self.run.best),
            "events_per_second": events_per_second(self.run),
            "seconds": self.seconds,
        }

    def text(self) -> str:
        """All of it as a newcomer reads it."""
        best = self.run.best
        return "\n".join(
            [
                _title(self.plan, self.sizes),
                "",
                self.run.table(),
                "",
                f"test accuracy {_percent(best.test_accuracy)} with the weights of epoch {best.epoch}, "
                "the best on validation",
                f"{events_per_second(self.run) / 1e6:.2f} million events per second went through training, "
                "decoding and framing included",
                f"saved in {self.run.path} after {self.seconds:.1f} s",
                "",
                "next: spikelet demo --compare",
                f"      spikelet events info {self.example}",
                f"      spikelet.train.Run.open({str(self.run.path)!r}).load(net)  (docs/training.md)",
            ]
        )


@final
@dataclass(frozen=True)
class Comparison:
    """Runs of several seeds beside a logistic regression on the summed frames."""

    demos: Sequence[Demo]
    regression: float
    regression_c: float

    @property
    def mean(self) -> float:
        """Mean test accuracy of the seeds."""
        return float(np.mean([demo.run.best.test_accuracy or 0.0 for demo in self.demos]))

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        return {
            "runs": [demo.to_dict() for demo in self.demos],
            "mean_test_accuracy": self.mean,
            "logistic_regression": {"test_accuracy": self.regression, "C": self.regression_c},
            "difference": self.mean - self.regression,
        }

    def text(self) -> str:
        """All of it as a newcomer reads it."""
        head = ["seed", "epoch", "train %", "valid %", "test %", "events/s", "s", "saved in"]
        lines = [head, *(_line(demo) for demo in self.demos)]
        return "\n".join(
            [
                _title(self.demos[0].plan, self.demos[0].sizes),
                "",
                aligned(lines),
                "",
                f"mean test accuracy of {len(self.demos)} seeds        {_percent(self.mean)}",
                f"logistic regression, summed frames    {_percent(self.regression)}"
                f"  (C = {self.regression_c:g}, chosen on validation)",
                f"difference                            {100 * (self.mean - self.regression):+.2f} points",
            ]
        )


def demo(plan: Plan) -> Demo:
    """Train one network on EventDigits."""
    start = time.perf_counter()
    transform = partial(frames.counts, window=IntoByTime(plan.steps))
    training, validation, test = (EventDigits(split, transform=transform) for split in SPLITS)
    _say(f"training for {plan.epochs} epochs, seed {plan.seed} ...")
    torch.manual_seed(plan.seed)
    with _one_thread():
        run = train.fit(
            network(plan),
            training,
            validation=validation,
            test=test,
            loss=RateCrossEntropy(),
            epochs=plan.epochs,
            optimizer=partial(AdamW, lr=plan.learning_rate),
            scheduler=partial(_one_cycle, max_lr=plan.learning_rate),
            batch_size=plan.batch_size,
            seed=plan.seed,
            count_events=torch.sum,
            run="demo",
        )
    sizes = (len(training), len(validation), len(test))
    return Demo(plan, run, sizes, time.perf_counter() - start, test.path(0))


def network(plan: Plan) -> EventCNN:
    """The network of the demonstration, with fresh weights from torch's generator."""
    width, height = EventDigits.sensor_size
    return EventCNN(
        in_channels=2,
        size=(height, width),
        classes=len(EventDigits.class_names),
        channels=plan.channels,
        hidden=plan.hidden,
    )


def compare(plan: Plan) -> Comparison:
    """Train with several seeds, and a logistic regression on the frames summed over time."""
    _say("fitting the logistic regression ...")
    accuracy, c = regression(plan.steps)
    demos = [demo(replace(plan, seed=plan.seed + number)) for number in range(SEEDS)]
    return Comparison(demos, accuracy, c)


def regression(steps: int) -> tuple[float, float]:
    """Test accuracy and C of the logistic regression whose C was best on validation."""
    linear_model = import_module("sklearn.linear_model")
    # scikit-learn brings it. On busy cores BLAS with two threads took twenty times as long as with one.
    limits = import_module("threadpoolctl").threadpool_limits
    (x, labels), (check_x, check_labels), (test_x, test_labels) = (_summed(split, steps) for split in SPLITS)
    scale = x.max()
    fitted: list[tuple[float, float, Any]] = []
    with limits(1):
        for c in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0):
            model = linear_model.LogisticRegression(C=c, max_iter=5000)
            model.fit(x / scale, labels)
            # Of equals the smaller C, the simpler model.
            fitted.append((float(model.score(check_x / scale, check_labels)), -c, model))
    _, c, model = max(fitted, key=lambda entry: entry[:2])
    return float(model.score(test_x / scale, test_labels)), -c


def events_per_second(run: train.Run) -> float:
    """Events that went through training per second of it, over the whole run."""
    rows = run.epochs
    seconds = [1 / row.samples_per_second for row in rows]
    events = [(row.events_per_second or 0.0) * s for row, s in zip(rows, seconds, strict=True)]
    return sum(events) / sum(seconds)


def _summed(split: str, steps: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    data = EventDigits(split, transform=partial(frames.counts, window=IntoByTime(steps)))
    pairs = [data[index] for index in range(len(data))]
    x = np.stack([grid.sum(axis=0).reshape(-1) for grid, _ in pairs])
    return x, np.array([label for _, label in pairs])


@contextmanager
def _one_thread() -> Generator[None]:
    """Keep torch to one thread, for numbers that do not depend on the machine's cores.

    Batches this small gain little from more, and lose much when the cores are busy: with two threads on two
    busy cores an epoch took five times as long as with one.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _one_cycle(optimizer: Optimizer, steps: int, *, max_lr: float) -> OneCycleLR:
    return OneCycleLR(optimizer, max_lr, total_steps=steps)


def _title(plan: Plan, sizes: tuple[int, int, int]) -> str:
    counts = ", ".join(
        f"{size:,} {name}" for size, name in zip(sizes, ("training", "validation", "test"), strict=True)
    )
    quick = "; a quick run: few epochs, lower accuracy" if plan.quick else ""
    return f"EventDigits ({counts} recordings), {plan.epochs} epochs, seed {plan.seed}{quick}"


def _line(demo: Demo) -> list[str]:
    best = demo.run.best
    accuracies = (best.train_accuracy, best.validation_accuracy, best.test_accuracy)
    return [
        str(demo.plan.seed),
        str(best.epoch),
        *map(_percent_cell, accuracies),
        f"{events_per_second(demo.run) / 1e6:.2f} M",
        f"{demo.seconds:.1f}",
        str(demo.run.path),
    ]


def _percent_cell(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:.2f}"


def _percent(fraction: float | None) -> str:
    return f"{_percent_cell(fraction)} %"


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(text, file=sys.stderr)
