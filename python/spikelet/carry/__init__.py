"""Where state lives while a net runs: `scan`, `Stream` and `checkpoint`.

A module holds parameters and never a membrane. `scan(net, x, state)` puts a carry on one stack, runs
`net(x)` and takes the carry off again; while it lies there, every stateful leaf of the net takes its
state from it and puts the new one back under the leaf's qualified name. With no carry a leaf starts
from rest and leaves nothing.

The protocol of a stateful leaf (a neuron, a dropout that keeps its mask, a delay line):

    class Dropout(torch.nn.Module):
        carries_state = True                # `scan` finds leaves by this class attribute

        def forward(self, x):
            mask = carry.take(self)         # what the chunk before left; None: begin from rest
            if mask is None:
                mask = self.rest(x[0])
            carry.put(self, mask)           # for the chunk after; does nothing outside `scan`
            return x * mask

        def rest(self, like):               # the state of samples that have seen nothing yet
            ...

- `take` comes first and once in a pass; `put` follows it. A leaf that carries nothing in this pass
  (dropout in eval mode) calls neither, and its entry goes through unchanged.
- A state is any pytree of tensors (one tensor, a `State`, a dict) whose first axis is the batch.
- `rest(like)` is needed for `Stream.reset(mask)` alone: it gets the leaf's state and returns one of the
  same structure, shapes and dtypes.
- A leaf that runs another net step by step (recurrence) calls `scan(inner, x_t, inner_state)` inside
  its own `forward` and hands the inner state to `put` as its own.

The stack is a plain list, not a context variable, so that `torch.compile(fullgraph=True)` and
`torch.export` trace through it.
"""

from spikelet.carry.stack import checkpoint, is_running, put, scan, take
from spikelet.carry.stream import Stream, detach

__all__ = ["Stream", "checkpoint", "detach", "is_running", "put", "scan", "take"]
