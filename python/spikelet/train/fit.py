"""The training loop's front door."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from os import PathLike
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler

from spikelet.errors import ParameterError
from spikelet.train import weights
from spikelet.train.batches import Batches, batches
from spikelet.train.describe import describe, describe_data, describe_net, versions
from spikelet.train.health import warn_of_lost_layers
from spikelet.train.loop import Learner, Measured
from spikelet.train.progress import progress as progress_bar
from spikelet.train.run import Epoch, Folder, Run, best_epoch

__all__ = ["fit"]


def fit(  # noqa: PLR0913 -- all but two are keywords, each with one job
    net: nn.Module,
    data: Any,
    *,
    loss: Callable[[Tensor, Tensor], Tensor],
    epochs: int,
    validation: Any = None,
    test: Any = None,
    optimizer: Callable[[Iterable[nn.Parameter]], Optimizer] = Adam,
    scheduler: Callable[[Optimizer, int], LRScheduler] | None = None,
    batch_size: int = 32,
    workers: int = 0,
    seed: int = 0,
    count_events: Callable[[Tensor], Any] | None = None,
    run: str | PathLike[str] = "run",
    progress: bool = True,
) -> Run:
    """Train a network and keep the weights that were best on the validation data.

    A plain loop: `loss(net(x), labels)`, backward, one step of the optimizer for each batch, and after each
    epoch the accuracy on `validation` and `test`. The kept epoch has the highest validation accuracy, then
    the lowest validation loss; `test` is measured but never chosen by. Without `validation` the last epoch
    is kept. On return `net` holds the kept weights.

    `seed` sets the order of the samples and torch's global generator (dropout draws from it). The first
    weights are the caller's: seed before building `net`.

    Args:
        net: takes `[T, B, ...]` and returns `[T, B, classes]`; trained on the device where it lies.
        data: dataset with `len` and `[index]` that gives `(sequence [T, ...], label)`, or a DataLoader or
            other iterable of batches `(x [T, B, ...], labels [B])`.
        loss: of `[T, B, classes]` and `[B]`, one number.
        epochs: passes over `data`, at least 1.
        validation: as `data`; chooses the epoch that is kept.
        test: as `data`; only measured.
        optimizer: called with the parameters, such as `partial(torch.optim.AdamW, lr=2e-3)`.
        scheduler: called with the optimizer and the number of batches in the whole run, such as
            `CosineAnnealingLR`; stepped after every batch.
        batch_size: samples in a batch, where `data` is a dataset.
        workers: processes that load a dataset; 0 loads in this one.
        seed: of all that `fit` draws.
        count_events: number of events in a batch `x`, for events per second; `torch.sum` for count frames.
        run: folder for the run; a bare name lies in `runs/`. A taken name gets the next free number.
        progress: show a bar on stderr, if that is a terminal.
    Returns:
        The run: its folder and a row of measurements for each epoch.
    Raises:
        ParameterError: an argument has a value outside its rule.
        TrainingError: the loss is not finite; the epoch and batch are named.
        ImportError: the package safetensors is not installed.
    """
    _check(epochs=(epochs, 1), batch_size=(batch_size, 1), workers=(workers, 0), seed=(seed, 0))
    weights.require()
    torch.manual_seed(seed)

    load = partial(batches, batch_size=batch_size, workers=workers, seed=seed)
    parts = _Parts(
        load(data, part="data"),
        None if validation is None else load(validation, part="validation"),
        None if test is None else load(test, part="test"),
    )
    moved = optimizer(net.parameters())
    plan = None if scheduler is None else scheduler(moved, epochs * len(parts.training))
    learner = Learner(net, loss, moved, plan, count_events, next(net.parameters()).device)
    asked = {
        "seed": seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "workers": workers,
        "loss": loss,
        "optimizer": optimizer,
        "scheduler": scheduler,
        "count_events": count_events,
    }
    config = _config(asked, net, data=(data, validation, test))
    folder = Folder(run)
    folder.write_config(config)
    rows = _epochs(learner, parts, folder=folder, epochs=epochs, progress=progress)
    done = Run(folder.finish(), tuple(rows), config)
    done.load(net)
    return done


@final
@dataclass(frozen=True)
class _Parts:
    training: Batches
    validation: Batches | None
    test: Batches | None


def _config(asked: dict[str, Any], net: nn.Module, *, data: tuple[Any, Any, Any]) -> dict[str, Any]:
    return {
        "format": 1,
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "arguments": describe(asked),
        "net": describe_net(net),
        **{
            name: describe_data(part) for name, part in zip(("data", "validation", "test"), data, strict=True)
        },
        "versions": versions(),
    }


def _epochs(learner: Learner, parts: _Parts, *, folder: Folder, epochs: int, progress: bool) -> list[Epoch]:
    count = parts.training.count()
    bar = progress_bar(None if count is None else epochs * count, shown=progress)
    rows: list[Epoch] = []
    warned: set[str] = set()
    try:
        for epoch in range(1, epochs + 1):
            bar.set_description_str(f"epoch {epoch}/{epochs}")
            rate = learner.learning_rate
            trained = learner.train(parts.training, epoch=epoch, bar=bar)
            checked = learner.evaluate(parts.validation, epoch=epoch)
            tested = learner.evaluate(parts.test, epoch=epoch)
            row = _row(epoch, (trained, checked, tested), rate=rate)
            # 3: this function, `fit`, and the line that called it.
            warn_of_lost_layers(row.rates, epoch=epoch, warned=warned, stacklevel=3)
            rows.append(row)
            folder.add(row)
            if best_epoch(rows) is row:
                folder.keep(learner.net.state_dict(), epoch=epoch)
    finally:
        bar.close()
    return rows


def _row(epoch: int, passes: tuple[Measured, Measured | None, Measured | None], *, rate: float) -> Epoch:
    trained, checked, tested = passes
    return Epoch(
        epoch=epoch,
        train_loss=trained.loss,
        train_accuracy=trained.accuracy,
        validation_loss=checked.loss if checked else None,
        validation_accuracy=checked.accuracy if checked else None,
        test_loss=tested.loss if tested else None,
        test_accuracy=tested.accuracy if tested else None,
        rates=trained.rates,
        learning_rate=rate,
        samples_per_second=trained.samples / trained.seconds,
        events_per_second=trained.events / trained.seconds if trained.events else None,
        seconds=sum(measured.seconds for measured in passes if measured),
    )


def _check(**wholes: tuple[int, int]) -> None:
    for name, (value, least) in wholes.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ParameterError(
                f"`{name}` must be a whole number of at least {least}, got {value!r}; give another"
            )
