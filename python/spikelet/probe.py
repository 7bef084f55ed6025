"""What a network does while it runs, recorded from outside.

A probe hooks itself to the neurons for the length of a `with` block and keeps a few numbers per layer,
however long the run. It sees calls of modules: a direct `neuron.step(...)` passes it by.
"""

import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import final

import torch
from torch import Tensor, nn

from spikelet.errors import ParameterError
from spikelet.neurons import Neuron

__all__ = ["Rates", "rates"]


@final
class Rates(Mapping[str, float]):
    r"""Mean firing rate of each layer of neurons, by qualified name, in spikes per neuron and time step.

    $r = \frac{1}{n} \sum |z|$ over all $n$ spikes or silences seen so far, of all batches together: a batch
    counts by its size, negative spikes count like positive ones, and a NaN makes the rate NaN. Layers that
    have not run are left out.
    """

    def __init__(self) -> None:
        self._spikes: dict[str, Tensor] = {}
        self._seen: dict[str, int] = {}

    def record(self, name: str, z: Tensor) -> None:
        """Add the spikes `z` of the layer `name`, without waiting for a device."""
        if z.numel() == 0:
            return
        spikes = z.detach().abs().sum(dtype=torch.float64)
        before = self._spikes.get(name)
        self._spikes[name] = spikes if before is None else before + spikes
        self._seen[name] = self._seen.get(name, 0) + z.numel()

    def __getitem__(self, name: str) -> float:
        return float(self._spikes[name]) / self._seen[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spikes)

    def __len__(self) -> int:
        return len(self._spikes)

    def __repr__(self) -> str:
        return f"Rates({dict(self)})"


@contextmanager
def rates(net: nn.Module) -> Generator[Rates]:
    """Record the mean firing rate of every layer of neurons in `net` while a `with` block runs.

    Warns if nothing was seen because `torch.compile` had compiled the net before.

    Args:
        net: holds at least one `Neuron`, at any depth.
    Returns:
        A mapping from qualified name to rate, readable during the block and after it.
    Raises:
        ParameterError: `net` holds no neuron.
    """
    neurons = {name: module for name, module in net.named_modules() if isinstance(module, Neuron)}
    if not neurons:
        raise ParameterError(
            f"`net` must hold a neuron, got {type(net).__name__} with none; add one to record"
        )
    recorded = Rates()
    with ExitStack() as hooks:
        for name, neuron in neurons.items():
            # `torch.compile` puts its name in front; the layer is the same one.
            recorder = _recorder(recorded, name.replace("_orig_mod.", ""))
            hooks.callback(neuron.register_forward_hook(recorder).remove)
        yield recorded
    if not recorded and _is_compiled(net):
        hint = "probe the plain net, or call the compiled one for the first time inside the block"
        warnings.warn(
            f"rates of a compiled net must be recorded as it compiles, got none; {hint}", stacklevel=3
        )


def _recorder(recorded: Rates, name: str) -> Callable[[nn.Module, object, Tensor], None]:
    def record(_neuron: nn.Module, _inputs: object, z: Tensor) -> None:
        recorded.record(name, z)

    return record


def _is_compiled(net: nn.Module) -> bool:
    # `torch.compile(net)` wraps, `net.compile()` marks; compiled code does not look for new hooks.
    return any(
        hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None
        for module in net.modules()
    )
