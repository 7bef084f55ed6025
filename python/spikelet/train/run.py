"""The run folder: what was asked, what was measured, and the weights that were best."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, final

from torch import Tensor, nn

from spikelet.errors import FormatError, ParameterError
from spikelet.train import weights
from spikelet.train.table import table

__all__ = ["Epoch", "Folder", "Run", "best_epoch"]

CONFIG, METRICS, WEIGHTS = "config.json", "metrics.jsonl", "model.safetensors"
UNFINISHED = ".unfinished"


@final
@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one epoch measured; accuracies are fractions, and parts that were not given are None.

    `train_*`, `rates` (mean spikes per neuron and time step, by layer) and `events_per_second` come from
    the training pass, while the weights still move; `validation_*` and `test_*` from the weights at its end.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    rates: Mapping[str, float]
    learning_rate: float
    samples_per_second: float
    events_per_second: float | None
    seconds: float


def best_epoch(epochs: Sequence[Epoch]) -> Epoch:
    """Epoch with the highest validation accuracy, then the lowest validation loss, then the first.

    Without validation data there is nothing to choose by, and it is the last one. Test results are
    never looked at.
    """
    if epochs[-1].validation_accuracy is None:
        return epochs[-1]
    return max(epochs, key=lambda e: (e.validation_accuracy, -(e.validation_loss or 0.0), -e.epoch))


@final
@dataclass(frozen=True)
class Run:
    """A finished training run: where it lies and what it measured.

    `epochs` holds one row per epoch, `best` the row whose weights were kept, `config` what was asked.
    """

    path: Path
    epochs: tuple[Epoch, ...] = field(repr=False)
    config: Mapping[str, Any] = field(repr=False)

    @property
    def best(self) -> Epoch:
        """Row of the epoch whose weights were kept."""
        return best_epoch(self.epochs)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "Run":
        """The run that lies in a folder.

        Raises:
            FileNotFoundError: there is no such folder, or a file of it is missing.
            FormatError: a file of it does not read as a run's.
        """
        folder = Path(path)
        try:
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            rows = (folder / METRICS).read_text(encoding="utf-8").splitlines()
            epochs = tuple(Epoch(**json.loads(row)) for row in rows)
        except (TypeError, ValueError) as error:
            raise FormatError(f"{folder}: files must be those of a run, got {error}; train again") from error
        if not epochs:
            raise FormatError(f"{folder / METRICS}: must hold at least one epoch, got none; train again")
        return cls(folder, epochs, config)

    def load(self, net: nn.Module) -> None:
        """Give a network of the same build the weights of the best epoch.

        Raises:
            ParameterError: the network has other parameters than the run's.
        """
        kept = weights.from_bytes((self.path / WEIGHTS).read_bytes())
        own = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
        for name in sorted(own.keys() | kept.keys()):
            shape = tuple(kept[name].shape) if name in kept else None
            if own.get(name) != shape:
                raise ParameterError(
                    f"`net` must be built as it was for {self.path}, got {_shown(own.get(name))} for "
                    f"`{name}` where the run has {_shown(shape)}; see its {CONFIG}"
                )
        net.load_state_dict(kept)

    def table(self) -> str:
        """The epochs as plain aligned text, the best one marked with a star."""
        return table([asdict(epoch) for epoch in self.epochs], best=self.best.epoch)


def _shown(shape: tuple[int, ...] | None) -> str:
    return "nothing" if shape is None else f"shape {list(shape)}"


@final
class Folder:
    """A run folder being written: `<name>.unfinished` until the run ends, then `<name>`.

    A run that is killed or interrupted therefore never looks like a whole one. An existing run is never
    touched: a taken name gets the next free number (`digits`, `digits-2`, ...).
    """

    def __init__(self, name: str | os.PathLike[str]) -> None:
        wanted = Path(name)
        if not wanted.name or wanted.name.endswith(UNFINISHED):
            raise ParameterError(
                f'`run` must name a new folder, got "{wanted}"; give a name such as "digits" for runs/digits'
            )
        if len(wanted.parts) == 1:
            wanted = Path("runs") / wanted
        self.final = _reserve(wanted)
        self.path = _unfinished(self.final)
        self._lines: list[str] = []

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Say what was asked."""
        _write(self.path / CONFIG, (json.dumps(config, indent=2) + "\n").encode())

    def add(self, epoch: Epoch) -> None:
        """Add one line of metrics."""
        self._lines.append(json.dumps(asdict(epoch)) + "\n")
        _write(self.path / METRICS, "".join(self._lines).encode())

    def keep(self, state: Mapping[str, Tensor], *, epoch: int) -> None:
        """Keep these weights as the best so far."""
        _write(self.path / WEIGHTS, weights.to_bytes(state, metadata={"epoch": str(epoch)}))

    def finish(self) -> Path:
        """Give the folder its final name."""
        self.path.rename(self.final)
        return self.final


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + UNFINISHED)


def _reserve(wanted: Path) -> Path:
    wanted.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        number += 1
        if path.exists():
            continue
        try:
            _unfinished(path).mkdir()
        except FileExistsError:
            continue
        # The run that held this name may have ended between the look and the reservation.
        if not path.exists():
            return path
        _unfinished(path).rmdir()


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)
