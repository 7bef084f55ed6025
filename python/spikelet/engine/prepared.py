"""A neuron's equations made ready for the engines: traced once, with the numbers of reset and surrogate."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, final

from torch import Tensor

from spikelet.dynamics.program import Program, Section
from spikelet.dynamics.tracing import numbers_of, trace
from spikelet.engine import cpu
from spikelet.engine.equations import Equations
from spikelet.engine.state import Values
from spikelet.errors import SpikeletError

__all__ = ["Prepared", "Ready", "prepare"]


@final
@dataclass(frozen=True)
class Ready:
    """A program in the form in which it is called; plain values, for `torch.compile` reads them.

    Attributes:
        program: the program.
        text: what the operator is given.
        tensors: names of the parameters that are the neuron's own or derived from them.
        derived: how the derived ones are computed.
        numbers: the other parameters: numbers of reset and surrogate, and what is derived from them.
        reads_x: whether the derivative reads the input.
        params_read_x: whether it does when gradients of parameters are wanted.
        left_out: the charged states that it does not read, as the operator's code has them.
        params_leave_out: likewise when gradients of parameters are wanted.
    """

    program: Program
    text: str
    tensors: tuple[str, ...]
    derived: Section
    numbers: tuple[float, ...]
    reads_x: bool
    params_read_x: bool
    left_out: int
    params_leave_out: int

    def lanes(self, values: Values, shape: Sequence[int]) -> list[Tensor]:
        """The parameters in order, each `[]` or `[M]`; derived ones are torch's, and so is their gradient.

        Args:
            values: parameters that broadcast against one step.
            shape: of one step, `[B, ...]`.
        """
        if not self.derived.outputs:
            return [_lanes(getattr(values, name), shape) for name in self.tensors]
        given = {f"p.{name}": value for name, value in values.items()}
        given |= self.derived.run(given)
        return [_lanes(given[f"p.{name}"], shape) for name in self.tensors]


@final
@dataclass(frozen=True)
class Prepared:
    """Equations, and the program made of them or why there is none.

    Attributes:
        equations: for the reference engine.
        ready: for the fast engines; None where the equations have no program.
        refusal: why not; empty where they have one.
    """

    equations: Equations
    ready: Ready | None
    refusal: str = ""


def prepare(equations: Equations) -> Prepared:
    """Traces `equations`, or takes the program of equations that differ in numbers alone."""
    key = (equations.charge, equations.after, equations.rule, equations.states, equations.params)
    key += (_shape(equations.surrogate), _shape(equations.reset), tuple(equations.options.items()))
    try:
        if key not in _PROGRAMS:
            program = trace(equations)
            # Read at once: what is too long for the engines is refused here, and the reference serves it.
            cpu.kernel(program.call_text)
            _PROGRAMS[key] = program
        return Prepared(equations, _ready(_PROGRAMS[key], equations))
    except SpikeletError as error:
        return Prepared(equations, None, str(error))
    except Exception as error:
        # A user's function may raise anything on symbols; with tensors it may do, or raises again.
        return Prepared(equations, None, f"{type(error).__name__}: {error} ({_place(error)})")


# Layers of a net share programs: their numbers are no part of them.
_PROGRAMS: dict[tuple[Any, ...], Program] = {}


def _ready(program: Program, equations: Equations) -> Ready:
    given = numbers_of(equations.reset, "reset") | numbers_of(equations.surrogate, "surrogate")
    values = {f"p.{name}": value for name, value in given.items()}
    values |= program.derived_numbers.run(values)
    kernel = cpu.kernel(program.call_text)
    return Ready(
        program=program,
        text=program.call_text,
        tensors=program.tensors,
        derived=program.derived_tensors,
        numbers=tuple(values[f"p.{name}"] for name in program.numbers),
        reads_x=program.reads_input(params=False),
        params_read_x=program.reads_input(params=True),
        left_out=kernel.left_out(False),
        params_leave_out=kernel.left_out(True),
    )


def _place(error: Exception) -> str:
    """File and line of what raised `error`: of the equation, where one did."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename}, line {last.lineno}"


def _shape(part: object) -> tuple[object, ...]:
    """What of a reset or surrogate decides its operations: its class and what is no number."""
    if not is_dataclass(part):
        return (part,)
    values = [getattr(part, each.name) for each in fields(part)]
    return (type(part), *(type(value) if isinstance(value, float) else value for value in values))


def _lanes(value: Tensor, shape: Sequence[int]) -> Tensor:
    """One number, or one for each neuron of a sample, row after row."""
    return value if value.ndim == 0 else value.expand(shape[1:]).reshape(-1)
