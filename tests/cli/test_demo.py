"""`spikelet demo`, from raw recordings to a trained network, as a newcomer calls it."""

import json
import os
import subprocess
import sys

import pytest

from spikelet.cli import main
from spikelet.train import Run

BASELINE = {"PATH": os.environ.get("PATH", ""), "PYTHONWARNINGS": "error"}


def spikelet(*words, cwd, cache, prelude=""):
    code = f"import sys\n{prelude}\nfrom spikelet.cli import main\nsys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=cwd,
        env=BASELINE | {"HOME": str(cache), "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    cwd = tmp_path_factory.mktemp("cwd")
    cache = tmp_path_factory.mktemp("cache")
    return cwd, spikelet("demo", "--quick", cwd=cwd, cache=cache), cache


def test_the_quick_demo_ends_well_and_warns_of_nothing(quick):
    _, done, _ = quick
    assert (done.returncode, done.stderr) == (0, "")


def test_the_quick_demo_writes_one_run_folder_and_nothing_else(quick):
    cwd, _, _ = quick
    assert [path.name for path in cwd.iterdir()] == ["runs"]
    assert [path.name for path in (cwd / "runs").iterdir()] == ["demo"]
    run = Run.open(cwd / "runs" / "demo")
    assert run.best.test_accuracy >= 0.85
    assert {"config.json", "metrics.jsonl", "model.safetensors"} == {p.name for p in run.path.iterdir()}


def test_the_quick_demo_says_what_it_did_and_what_to_try(quick):
    cwd, done, cache = quick
    run = Run.open(cwd / "runs" / "demo")
    assert "a quick run" in done.stdout
    assert run.table() in done.stdout
    assert "million events per second went through training" in done.stdout
    assert "saved in runs/demo" in done.stdout
    recording = next(line.split()[-1] for line in done.stdout.splitlines() if "events info" in line)
    assert recording.startswith(str(cache))
    assert main(["events", "info", recording]) == 0


def test_the_run_knows_its_data_and_its_seed(quick):
    cwd, _, _ = quick
    config = json.loads((cwd / "runs" / "demo" / "config.json").read_text())
    assert config["arguments"]["seed"] == 0
    assert config["data"]["split"] == "train"
    assert config["data"]["transform"]["window"] == {"class": "spikelet.frames.windows.IntoByTime", "n": 8}
    assert "event-digits-" in config["data"]["root"]
    assert "CC BY 4.0" in config["data"]["card"]


def test_json_is_one_object_and_another_seed_another_run(quick):
    cwd, _, cache = quick
    done = spikelet("demo", "--epochs", "1", "--seed", "3", "--json", cwd=cwd, cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["run"] == "runs/demo-2"
    assert report["plan"]["seed"] == 3
    assert [row["epoch"] for row in report["epochs"]] == [1]
    assert report["events_per_second"] > 0


@pytest.mark.parametrize("missing", ["torch", "safetensors.torch"])
def test_a_missing_package_is_named_with_the_remedy(quick, missing, tmp_path):
    _, _, cache = quick
    done = spikelet("demo", cwd=tmp_path, cache=cache, prelude=f"sys.modules[{missing!r}] = None")
    assert_refused_for_want_of_a_package(done, tmp_path)


def test_without_scikit_learn_recordings_cannot_be_made_and_the_remedy_is_named(tmp_path):
    prelude = "sys.modules['sklearn.datasets'] = None"
    done = spikelet("demo", cwd=tmp_path, cache=tmp_path / "cache", prelude=prelude)
    assert_refused_for_want_of_a_package(done, tmp_path)


def assert_refused_for_want_of_a_package(done, cwd):
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.count("pip install") == 1
    assert not (cwd / "runs").exists()


def test_an_interrupted_demo_leaves_a_marked_run(quick, tmp_path):
    _, _, cache = quick
    prelude = """
from torch.optim import optimizer
calls = 0
def step(*args):
    global calls
    calls += 1
    if calls == 5:
        raise KeyboardInterrupt
optimizer.register_optimizer_step_post_hook(step)
"""
    done = spikelet("demo", "--quick", cwd=tmp_path, cache=cache, prelude=prelude)
    assert done.returncode == 130
    assert "interrupted; a run that was not finished keeps `.unfinished` in its name" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["demo.unfinished"]


def test_no_epochs_are_refused(capsys):
    assert main(["demo", "--epochs", "0"]) == 1
    assert "`epochs` must be a whole number of at least 1, got 0" in capsys.readouterr().err


@pytest.mark.slow
def test_three_seeds_beat_a_logistic_regression(quick, tmp_path):
    _, _, cache = quick
    done = spikelet("demo", "--compare", "--json", cwd=tmp_path, cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert len(report["runs"]) == 3
    assert report["mean_test_accuracy"] >= 0.97
    assert report["difference"] >= 0.01
    assert (
        report["difference"] == report["mean_test_accuracy"] - report["logistic_regression"]["test_accuracy"]
    )
