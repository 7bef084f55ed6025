"""The demonstration's training with the engine in charge and with plain torch, epoch by epoch in one run.

Both begin from the same weights and see the same batches; the losses must agree before a time is printed.
Decoding, framing, convolutions and the optimizer are in the times: what a user waits for.
"""

import contextlib
import time
from functools import partial

import torch
from torch.optim import AdamW
from torch.utils.data import DataLoader

from harness import Unit, compare, parser, record, show
from spikelet import engine, frames
from spikelet.cli.demo_digits import Plan, network
from spikelet.datasets import EventDigits
from spikelet.frames import IntoByTime
from spikelet.losses import RateCrossEntropy


def main() -> None:
    args = parser(__doc__ or "").parse_args()
    torch.set_num_threads(1)
    plan = Plan.of(quick=True, epochs=None, seed=0)
    data = EventDigits("train", transform=partial(frames.counts, window=IntoByTime(plan.steps)))
    epochs = {
        "spikelet": Epoch(plan, data, contextlib.nullcontext),
        "plain torch (reference engine)": Epoch(plan, data, partial(engine.use, "reference")),
    }
    rows = compare(
        f"one epoch of EventDigits, {len(data)} recordings", epochs, unit=Unit("recordings/s", len(data)),
        rounds=args.rounds,
    )  # fmt: skip
    mine, plain = (epoch.losses for epoch in epochs.values())
    worst = max(abs(a - b) for a, b in zip(mine, plain, strict=True))
    print(f"mean loss of each epoch {[round(loss, 4) for loss in mine]}, apart by at most {worst:.2g}")
    assert worst < 0.05, "the engines learn differently"
    show(rows)
    if args.record:
        print(f"\nwritten to {record(args.record, rows, rounds=args.rounds)}")


class Epoch:
    """Trains one more epoch at every call."""

    def __init__(self, plan, data, within):
        torch.manual_seed(plan.seed)
        self.net, self.within, self.losses, self.calls = network(plan), within, [], 0
        self.optimizer = AdamW(self.net.parameters(), lr=plan.learning_rate / 4)
        self.data, self.batch_size = data, plan.batch_size

    def __call__(self):
        generator = torch.Generator().manual_seed(self.calls)
        self.calls += 1
        loader = DataLoader(self.data, self.batch_size, shuffle=True, generator=generator, drop_last=True)
        start, total, loss_of = time.perf_counter(), 0.0, RateCrossEntropy()
        with self.within():
            for x, label in loader:
                loss = loss_of(self.net(x.transpose(0, 1).float()), label)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                total += loss.item()
        self.losses.append(total / len(loader))
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
