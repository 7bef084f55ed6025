"""`train.fit`: it learns, it repeats, it chooses by validation alone, and it says what is wrong."""

import json
import re
import sys
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader

import spikelet
from spikelet.errors import DtypeError, ParameterError, ShapeError, TrainingError
from spikelet.layers import Dropout, Linear, Sequential
from spikelet.losses import RateCrossEntropy
from spikelet.neurons import LIF
from spikelet.train import Run, collate, fit

STEPS, FEATURES, CLASSES = 4, 6, 3
ADAM = partial(torch.optim.Adam, lr=0.02)


class Stripes:
    """Sequences whose class is the pair of channels with the larger counts."""

    def __init__(self, size, *, seed, labels=None):
        draw = np.random.default_rng(seed)
        self.labels = draw.integers(0, CLASSES, size) if labels is None else np.full(size, labels)
        self.x = draw.random((size, STEPS, FEATURES)).astype(np.float32)
        for x, label in zip(self.x, self.labels, strict=True):
            x[:, 2 * label : 2 * label + 2] += 1.0

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.x[index], int(self.labels[index])


def a_net(seed=0, threshold=1.0):
    torch.manual_seed(seed)
    return Sequential(
        Linear(FEATURES, 16), LIF(tau=2.0, threshold=threshold), Dropout(0.1), Linear(16, CLASSES)
    )


TRAIN, VALIDATION, TEST = Stripes(96, seed=1), Stripes(48, seed=2), Stripes(48, seed=3)


@pytest.fixture
def quick_fit(tmp_path):
    def call(net, data=TRAIN, **arguments):
        defaults = {"loss": RateCrossEntropy(), "epochs": 2, "optimizer": ADAM, "run": tmp_path / "run"}
        return fit(net, data, **(defaults | arguments))

    return call


def same_weights(a, b):
    return all(
        torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    )


def test_a_small_task_is_learned(quick_fit):
    run = quick_fit(a_net(), validation=VALIDATION, test=TEST, epochs=8)
    assert run.epochs[-1].train_loss < 0.5 * run.epochs[0].train_loss
    assert run.best.test_accuracy > 0.9


def test_the_same_seed_gives_the_same_run_bit_for_bit(quick_fit):
    nets = [a_net(), a_net()]
    runs = [quick_fit(net, validation=VALIDATION, seed=5) for net in nets]
    assert same_weights(*nets)
    assert [row.train_loss for row in runs[0].epochs] == [row.train_loss for row in runs[1].epochs]


def test_another_seed_gives_another_run(quick_fit):
    nets = [a_net(), a_net()]
    for seed, net in enumerate(nets):
        quick_fit(net, seed=seed)
    assert not same_weights(*nets)


def test_measuring_more_does_not_train_otherwise(quick_fit):
    nets = [a_net(), a_net()]
    quick_fit(nets[0])
    # A loader without its own generator draws from torch's global one.
    quick_fit(nets[1], test=DataLoader(TEST, batch_size=7, collate_fn=collate, shuffle=True))
    assert same_weights(*nets)


def test_the_kept_weights_are_those_of_the_best_validation_epoch_whatever_the_test_says(quick_fit):
    # The test set calls everything class 0 and validation class 1: their best epochs lie apart.
    net = a_net()
    validation, test = Stripes(48, seed=2), Stripes(48, seed=3)
    test.labels = (test.labels + 1) % CLASSES
    run = quick_fit(net, validation=validation, test=test, epochs=6)
    assert run.best.validation_accuracy == max(row.validation_accuracy for row in run.epochs)
    assert run.best.test_accuracy < max(row.test_accuracy for row in run.epochs)
    net.eval()
    x, labels = collate([test[index] for index in range(len(test))])
    hits = (net(x).mean(0).argmax(1) == labels).float().mean()
    assert hits.item() == pytest.approx(run.best.test_accuracy)


def test_reloaded_weights_give_identical_outputs(quick_fit):
    net = a_net()
    run = quick_fit(net, validation=VALIDATION)
    again = a_net(seed=9)
    Run.open(run.path).load(again)
    x, _ = collate([TEST[0], TEST[1]])
    assert torch.equal(net.eval()(x), again.eval()(x))


def test_the_run_folder_says_what_was_asked_and_measured(quick_fit, tmp_path):
    run = quick_fit(
        a_net(), validation=VALIDATION, scheduler=CosineAnnealingLR, count_events=torch.sum, seed=4
    )
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert {path.name for path in run.path.iterdir()} == {"config.json", "metrics.jsonl", "model.safetensors"}
    config = json.loads((run.path / "config.json").read_text())
    assert config == run.config
    asked = config["arguments"]
    assert (asked["seed"], asked["epochs"], asked["batch_size"]) == (4, 2, 32)
    assert asked["optimizer"]["lr"] == 0.02
    assert asked["scheduler"] == "torch.optim.lr_scheduler.CosineAnnealingLR"
    assert config["data"]["length"] == 96
    assert config["test"] is None
    assert config["versions"]["spikelet"] == spikelet.__version__
    assert re.fullmatch("[0-9a-f]{64}", config["net"]["first_weights_sha256"])
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2]
    assert rows[0]["learning_rate"] == 0.02
    assert rows[1]["learning_rate"] == pytest.approx(0.01)
    assert list(rows[0]["rates"]) == ["1"]
    events = float(TRAIN.x.sum())
    assert rows[0]["events_per_second"] == pytest.approx(
        rows[0]["samples_per_second"] * events / 96, rel=1e-5
    )


def test_ready_batches_are_taken_as_they_come(quick_fit):
    loader = DataLoader(TRAIN, batch_size=16, collate_fn=collate)
    nets = [a_net(), a_net()]
    quick_fit(nets[0], loader)
    quick_fit(nets[1], iter_again(loader))
    assert same_weights(*nets)


def iter_again(loader):
    class Batches:
        def __iter__(self):
            return iter(loader)

    return Batches()


def test_a_generator_that_runs_dry_is_named(quick_fit):
    with pytest.raises(ParameterError, match="`data` must give at least one batch in every epoch, got none"):
        quick_fit(a_net(), iter([collate([TRAIN[0], TRAIN[1]])]))


@pytest.mark.parametrize(
    ("batch", "kind", "words"),
    [
        (
            (torch.ones(4, 3, 6), torch.zeros(2, dtype=torch.int64)),
            ShapeError,
            r"batch 0 of `data` must have shape \[T, 2",
        ),
        ((torch.ones(4, 2, 6), torch.zeros(2)), DtypeError, r"must be \[B\] int64, got \[2\] torch.float32"),
        ((np.ones((4, 2, 6)), torch.zeros(2)), DtypeError, "must hold two tensors, got ndarray and Tensor"),
        (torch.ones(4, 2, 6), ParameterError, r"must be a pair \(x, labels\), got Tensor"),
    ],
)
def test_a_wrong_batch_is_named(quick_fit, batch, kind, words):
    with pytest.raises(kind, match=words):
        quick_fit(a_net(), iter([batch]))


def test_a_loss_that_is_not_finite_names_epoch_and_batch(quick_fit):
    class Explodes(nn.Module):
        calls = 0

        def forward(self, y, labels):
            self.calls += 1
            return RateCrossEntropy()(y, labels) * (float("nan") if self.calls == 5 else 1.0)

    with pytest.raises(
        TrainingError, match=r"got nan in epoch 2, batch 1 of `data`; lower the learning rate \(now 0.02\)"
    ):
        quick_fit(a_net(), loss=Explodes(), batch_size=32)


def test_data_that_is_not_finite_is_blamed_on_the_data(quick_fit, tmp_path):
    data = Stripes(8, seed=1)
    data.x[3, 1, 2] = np.nan
    net = nn.Sequential(nn.Linear(FEATURES, CLASSES))
    with pytest.raises(TrainingError, match="1 values of this batch's x are not finite"):
        quick_fit(net, data)
    assert [path.name for path in tmp_path.iterdir()] == ["run.unfinished"]


def test_a_loss_of_many_numbers_is_refused(quick_fit):
    with pytest.raises(ShapeError, match=r"`loss` must return one number, got shape \[32\]"):
        quick_fit(a_net(), loss=lambda y, labels: y.mean((0, 2)))


def test_a_dead_layer_is_warned_of_once(quick_fit):
    with pytest.warns(
        UserWarning, match="layer `1` is dead: 0.000 spikes per neuron and step in epoch 1"
    ) as caught:
        quick_fit(a_net(threshold=1e6), epochs=3)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_a_saturated_layer_is_warned_of(quick_fit):
    net = a_net()
    net[0].weight.data.zero_()
    net[0].bias.data.fill_(50.0)
    with pytest.warns(
        UserWarning, match="layer `1` is saturated: 1.000 spikes per neuron and step in epoch 1; raise"
    ):
        quick_fit(net, epochs=1)


def test_a_healthy_network_is_not_warned_of(quick_fit):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        quick_fit(a_net())
    assert not caught


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"batch_size": 0}, {"workers": -1}, {"seed": -1}, {"epochs": 2.0}]
)
def test_numbers_outside_their_rule_are_refused(quick_fit, wrong, tmp_path):
    name = next(iter(wrong))
    with pytest.raises(ParameterError, match=f"`{name}` must be a whole number of at least"):
        quick_fit(a_net(), **wrong)
    assert not list(tmp_path.iterdir())


def test_data_that_holds_nothing_is_refused(quick_fit):
    with pytest.raises(ParameterError, match="`data` must hold at least one sample, got 0"):
        quick_fit(a_net(), [])
    with pytest.raises(ParameterError, match="`validation` must be a dataset, a DataLoader or an iterable"):
        quick_fit(a_net(), validation=3)


def test_a_scheduler_needs_to_know_the_number_of_batches(quick_fit):
    with pytest.raises(
        ParameterError, match="`data` must know its number of batches when `scheduler` is given"
    ):
        quick_fit(a_net(), iter([]), scheduler=CosineAnnealingLR)


def test_without_safetensors_nothing_begins_and_the_remedy_is_named(quick_fit, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    with pytest.raises(ImportError, match=re.escape('run `pip install "spikelet[train]"`')):
        quick_fit(a_net())
    assert not list(tmp_path.iterdir())


def test_a_network_without_neurons_trains_and_has_no_rates(quick_fit):
    run = quick_fit(nn.Sequential(nn.Linear(FEATURES, CLASSES)), epochs=1)
    assert run.best.rates == {}


def test_an_interrupted_run_is_marked_and_keeps_its_best_weights(quick_fit, tmp_path):
    class Interrupts(Stripes):
        def __getitem__(self, index):
            self.reads = getattr(self, "reads", 0) + 1
            if self.reads > 150:
                raise KeyboardInterrupt
            return super().__getitem__(index)

    with pytest.raises(KeyboardInterrupt):
        quick_fit(a_net(), Interrupts(96, seed=1), validation=VALIDATION)
    assert [path.name for path in tmp_path.iterdir()] == ["run.unfinished"]
    run = Run.open(tmp_path / "run.unfinished")
    assert len(run.epochs) == 1
    run.load(a_net())


def test_nothing_is_printed_where_there_is_no_terminal(quick_fit, capfd):
    quick_fit(a_net())
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
