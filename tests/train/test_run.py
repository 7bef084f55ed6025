"""The run folder: whole or marked, never overwritten, read back as it was written."""

import json
from dataclasses import asdict, replace

import pytest
import torch
from torch import nn

from spikelet.errors import FormatError, ParameterError
from spikelet.train import Epoch, Run
from spikelet.train.run import Folder, best_epoch


def an_epoch(number=1, **changes):
    row = Epoch(
        epoch=number,
        train_loss=1.5,
        train_accuracy=0.5,
        validation_loss=1.25,
        validation_accuracy=0.625,
        test_loss=1.75,
        test_accuracy=0.75,
        rates={"1": 0.125, "3": 0.0625},
        learning_rate=0.001,
        samples_per_second=100.0,
        events_per_second=123_456.0,
        seconds=1.25,
    )
    return replace(row, **changes)


def a_run(path, net, *rows):
    folder = Folder(path)
    folder.write_config({"seed": 3})
    for row in rows or (an_epoch(),):
        folder.add(row)
    folder.keep(net.state_dict(), epoch=1)
    return folder.finish()


def test_the_best_epoch_has_the_highest_validation_accuracy():
    rows = [an_epoch(n, validation_accuracy=a) for n, a in [(1, 0.5), (2, 0.75), (3, 0.625)]]
    assert best_epoch(rows) is rows[1]


def test_ties_are_broken_by_the_lower_validation_loss_and_then_by_the_earlier_epoch():
    rows = [an_epoch(n, validation_loss=loss) for n, loss in [(1, 0.5), (2, 0.25), (3, 0.25), (4, 0.5)]]
    assert best_epoch(rows) is rows[1]


def test_the_choice_never_looks_at_the_test_result():
    rows = [an_epoch(1, validation_accuracy=0.75, test_accuracy=0.0, test_loss=9.0)]
    rows.append(an_epoch(2, validation_accuracy=0.625, test_accuracy=1.0, test_loss=0.0))
    assert best_epoch(rows) is rows[0]


def test_without_validation_the_last_epoch_is_kept():
    rows = [an_epoch(n, validation_accuracy=None, validation_loss=None, train_loss=n) for n in (1, 2)]
    assert best_epoch(rows) is rows[1]


def test_a_taken_name_gets_the_next_number(tmp_path):
    net = nn.Linear(2, 2)
    paths = [a_run(tmp_path / "a", net) for _ in range(3)]
    assert [path.name for path in paths] == ["a", "a-2", "a-3"]


def test_a_bare_name_lies_in_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert a_run("digits", nn.Linear(2, 2)).resolve() == (tmp_path / "runs" / "digits").resolve()


def test_a_run_that_has_not_ended_is_marked_and_keeps_its_name(tmp_path):
    Folder(tmp_path / "a").write_config({})
    second = Folder(tmp_path / "a")
    assert {path.name for path in tmp_path.iterdir()} == {"a.unfinished", "a-2.unfinished"}
    second.finish()
    assert {path.name for path in tmp_path.iterdir()} == {"a.unfinished", "a-2"}


@pytest.mark.parametrize("name", ["", ".", "a.unfinished"])
def test_a_name_that_cannot_be_a_run_is_refused(name):
    with pytest.raises(ParameterError, match="`run` must name a new folder"):
        Folder(name)


def test_a_run_reads_back_as_written(tmp_path):
    rows = (an_epoch(1), an_epoch(2, events_per_second=None))
    path = a_run(tmp_path / "a", nn.Linear(2, 2), *rows)
    run = Run.open(path)
    assert run.epochs == rows
    assert run.config == {"seed": 3}
    assert sorted(file.name for file in path.iterdir()) == [
        "config.json",
        "metrics.jsonl",
        "model.safetensors",
    ]
    assert [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()] == [
        asdict(row) for row in rows
    ]


def test_weights_come_back_bit_for_bit(tmp_path):
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    run = Run.open(a_run(tmp_path / "a", net))
    other = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    run.load(other)
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (nn.Linear(3, 5), r"got shape \[5\] for `bias` where the run has shape \[4\]"),
        (nn.Linear(3, 4, bias=False), r"got nothing for `bias` where the run has shape \[4\]"),
        (nn.Sequential(nn.Linear(3, 4)), r"got shape \[4\] for `0.bias` where the run has nothing"),
    ],
)
def test_weights_of_another_network_are_refused(tmp_path, other, words):
    run = Run.open(a_run(tmp_path / "a", nn.Linear(3, 4)))
    with pytest.raises(ParameterError, match=words):
        run.load(other)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        Run.open(tmp_path / "nowhere")
    path = a_run(tmp_path / "a", nn.Linear(2, 2))
    (path / "metrics.jsonl").write_text('{"epoch": 1}\n')
    with pytest.raises(FormatError, match="files must be those of a run"):
        Run.open(path)
    (path / "metrics.jsonl").write_text("")
    with pytest.raises(FormatError, match="must hold at least one epoch"):
        Run.open(path)


def test_the_table_is_aligned_and_leaves_out_what_was_not_measured(tmp_path):
    rows = [an_epoch(n, test_accuracy=None, validation_accuracy=v) for n, v in [(9, 0.625), (10, 1.0)]]
    run = Run.open(a_run(tmp_path / "a", nn.Linear(2, 2), *rows))
    assert run.table().splitlines() == [
        "epoch  train %  valid %  rate 1  rate 3  events/s    s",
        "   9     50.00    62.50   0.125   0.062     123 k  1.2",
        "  10*    50.00   100.00   0.125   0.062     123 k  1.2",
    ]
