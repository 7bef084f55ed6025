"""The programs of the neurons that spikelet ships: what the fused Rust steps are printed from."""

from collections.abc import Iterator, Mapping
from itertools import product

from spikelet.dynamics.program import Program
from spikelet.errors import EngineError
from spikelet.neurons.base import Neuron
from spikelet.neurons.integrate import IF
from spikelet.neurons.lif import LIF
from spikelet.reset import Hard, NoReset, Reset, Soft
from spikelet.surrogate import ATan, FastSigmoid, Sigmoid, Surrogate

__all__ = ["programs"]

# A new built-in neuron is one line here; then `python -m spikelet.dynamics` prints its fused step.
_NEURONS: Mapping[str, tuple[type[Neuron], dict[str, bool]]] = {
    "IF": (IF, {}),
    "LIF": (LIF, {}),
    "LIF undecayed": (LIF, {"decay_input": False}),
}
_RESETS: Mapping[str, Reset] = {
    "Hard": Hard(),
    "Hard detached": Hard(detach=True),
    "Soft": Soft(),
    "Soft detached": Soft(detach=True),
    "NoReset": NoReset(),
}
_SURROGATES: Mapping[str, Surrogate] = {
    "ATan": ATan(),
    "Sigmoid": Sigmoid(),
    "FastSigmoid": FastSigmoid(),
}


def programs() -> dict[str, Program]:
    """Every combination of built-in neuron, reset and surrogate, by a name that says what it is.

    Raises:
        EngineError: a built-in neuron is not written in the language of programs.
    """
    return dict(_each())


def _each() -> Iterator[tuple[str, Program]]:
    for (kind, (neuron, options)), (reset, surrogate) in product(
        _NEURONS.items(), product(_RESETS.items(), _SURROGATES.items())
    ):
        name = f"{kind}, {reset[0]}, {surrogate[0]}"
        ready = neuron(reset=reset[1], surrogate=surrogate[1], **options).prepared().ready
        if ready is None:
            raise EngineError(
                f"`{name}` must be written in the language of programs; see `spikelet.dynamics`"
            )
        yield name, ready.program
