"""A recording, and lines of `spikelet events` that ask about it."""

import json

import numpy as np
import pytest

from spikelet import cli, events


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Events in `a.raw`, in the working directory."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(2)
    t = np.sort(rng.integers(0, 2_000_000, 5000))
    x, y = rng.integers(0, 32, 5000), rng.integers(0, 24, 5000)
    made = events.Events(t, x, y, rng.integers(0, 2, 5000), sensor_size=(32, 24))
    events.write("a.raw", made, format="evt2")
    return made


@pytest.fixture
def asked(capsys):
    """Runs a line and returns status, the JSON of stdout, and stderr."""

    def ask(*words):
        try:
            status = cli.main(["events", *map(str, words), "--json"])
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if printed.out else None, printed.err

    return ask
