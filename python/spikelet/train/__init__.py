"""Training: a plain loop, a run folder with all that it measured, and nothing hidden between.

`fit` trains a network on labelled sequences, keeps the weights that were best on the validation set
and writes `runs/<name>/`. `collate` is how samples become a batch `[T, B, ...]`; give it to your own
`DataLoader` when you need one.
"""

from spikelet.train.collate import collate
from spikelet.train.fit import fit
from spikelet.train.run import Epoch, Run

__all__ = ["Epoch", "Run", "collate", "fit"]
