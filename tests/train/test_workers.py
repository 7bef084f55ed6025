"""Loader processes forked from a parent whose thread pools are warm."""

import subprocess
import sys

SCRIPT = """
import sys
from functools import partial
import numpy as np
import torch
from spikelet import events, frames
from spikelet.frames import IntoByTime
from spikelet.layers import Flatten, Linear, Sequential
from spikelet.losses import RateCrossEntropy
from spikelet.neurons import LIF
from spikelet.train import fit

def recording(seed):
    draw = np.random.default_rng(seed)
    x, y = draw.integers(0, 16, (2, 500)).astype(np.uint16)
    t = np.sort(draw.integers(0, 50_000, 500))
    return events.Events(t, x, y, x > y, sensor_size=(16, 16))

class Recordings:
    def __len__(self):
        return 24
    def __getitem__(self, index):
        return frames.counts(recording(index), window=IntoByTime(4)), index % 2

# Both pools of threads are at work before the first fork: torch's, and that of the Rust core.
torch.randn(512, 512) @ torch.randn(512, 512)
for seed in range(8):
    frames.counts(recording(seed), window=IntoByTime(4))
torch.manual_seed(0)
net = Sequential(Flatten(), Linear(512, 8), LIF(), Linear(8, 2))
net[1].weight.data *= 8  # sparse counts would leave the neurons silent
run = fit(net, Recordings(), validation=Recordings(), loss=RateCrossEntropy(), epochs=2, batch_size=4,
          workers=int(sys.argv[1]), run="run", count_events=torch.sum)
print(run.best.train_loss, round(run.best.events_per_second / run.best.samples_per_second))
"""


def test_two_forked_workers_of_a_warm_parent_end_and_give_what_no_workers_give(tmp_path):
    printed = []
    for workers in ("0", "2"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, workers],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        printed.append(done.stdout)
    assert printed[0] == printed[1]
    assert printed[0].split()[1] == "500"
