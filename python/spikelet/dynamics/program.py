"""A neuron as data: short straight-line lists of operations, with a text form and a content hash.

A `Program` has five sections, each a list of scalar float32 operations in order:

| section | inputs | outputs |
|---|---|---|
| `derive` | `p.*` | `p.*`, computed once on the host before a run |
| `charge` | `x`, states `s.*`, `p.*` | charged states `h.*` |
| `fire` | `h.*`, `p.*` | spike `z`, next states `s.*` |
| `slope` | `u` (membrane minus threshold), `p.*` | `slope`, the surrogate's derivative |
| `adjoint` | `g.z`, `g.*`, `slope`, `h.*`, `s.*`, `x`, `p.*` | `g.x`, `g.*` one step earlier, `gp.*` |

The text form is what the Rust and CUDA engines read. An operand is an input's name, `%n` for the result of
operation n of the same section, or the bits of a float32 constant such as `0x3f800000`.
"""

import hashlib
import operator
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

from spikelet.dynamics.functions import exp, maximum, minimum, where
from spikelet.dynamics.symbols import Sym

__all__ = ["Op", "Program", "Section", "in_order", "lower", "structure"]

VERSION = 1


@final
@dataclass(frozen=True)
class Op:
    """One operation: its name and the operands it reads."""

    name: str
    operands: tuple[str, ...]


@final
@dataclass(frozen=True)
class Section:
    """Operations in order, and which operand each output is."""

    ops: tuple[Op, ...]
    outputs: tuple[tuple[str, str], ...]

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs that are read, in order of first use."""
        names: dict[str, None] = {}
        for operand in self._operands():
            if not operand.startswith(("%", "0x")):
                names[operand] = None
        return tuple(names)

    def without_outputs(self, keep: Callable[[str], bool]) -> "Section":
        """This section with the outputs that `keep` accepts, and only the operations that they need."""
        outputs = tuple((name, operand) for name, operand in self.outputs if keep(name))
        needed = {operand for _, operand in outputs}
        for index in range(len(self.ops) - 1, -1, -1):
            if f"%{index}" in needed:
                needed.update(self.ops[index].operands)
        kept = [index for index in range(len(self.ops)) if f"%{index}" in needed]
        new = {f"%{old}": f"%{index}" for index, old in enumerate(kept)}
        ops = tuple(
            Op(self.ops[old].name, tuple(new.get(o, o) for o in self.ops[old].operands)) for old in kept
        )
        return Section(ops, tuple((name, new.get(operand, operand)) for name, operand in outputs))

    def run(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Executes the section on numbers or tensors: the plain meaning that every engine must equal."""
        results: list[Any] = []

        def value(operand: str) -> Any:
            if operand.startswith("%"):
                return results[int(operand[1:])]
            return float_of(operand) if operand.startswith("0x") else values[operand]

        for op in self.ops:
            results.append(_MEANING[op.name](*map(value, op.operands)))  # noqa: PERF401 - reads the results before
        return {name: value(operand) for name, operand in self.outputs}

    def text(self) -> str:
        """The section's lines."""
        lines = [f"%{i} = {op.name} {' '.join(op.operands)}" for i, op in enumerate(self.ops)]
        return "\n".join([*lines, *(f"{name} <- {operand}" for name, operand in self.outputs)])

    def _operands(self) -> Iterable[str]:
        for op in self.ops:
            yield from op.operands
        for _, operand in self.outputs:
            yield operand


@final
@dataclass(frozen=True)
class Program:
    """A neuron's step and its derivative as data; see the table of sections above."""

    states: tuple[str, ...]
    membrane: str
    derive: Section
    charge: Section
    fire: Section
    slope: Section
    adjoint: Section

    @cached_property
    def step_params(self) -> tuple[str, ...]:
        """Names of the parameters that the step reads: first those of the neuron, then plain numbers."""
        names = _params(self.charge, self.fire, self.adjoint)
        return tuple(sorted(names, key=lambda name: name in self._numbers))

    @cached_property
    def tensors(self) -> tuple[str, ...]:
        """The step's parameters that are the neuron's own or derived from them."""
        return tuple(name for name in self.step_params if name not in self._numbers)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The other parameters, step first, then slope: numbers of reset and surrogate."""
        return tuple(name for name in self.step_params + self.slope_params if name in self._numbers)

    @cached_property
    def slope_params(self) -> tuple[str, ...]:
        """Names of the parameters that the surrogate's slope reads, in order."""
        return _params(self.slope)

    @cached_property
    def backward_of_input(self) -> Section:
        """The derivative without the gradients of parameters."""
        return self.adjoint.without_outputs(lambda name: not name.startswith("gp."))

    @cached_property
    def derived_tensors(self) -> Section:
        """How derived parameters of `tensors` are computed."""
        return self.derive.without_outputs(lambda name: name.removeprefix("p.") in self.tensors)

    @cached_property
    def derived_numbers(self) -> Section:
        """How derived parameters of `numbers` are computed."""
        return self.derive.without_outputs(lambda name: name.removeprefix("p.") in self.numbers)

    def reads_input(self, *, params: bool) -> bool:
        """Whether the derivative reads `x`; `params` says whether gradients of parameters are wanted."""
        return "x" in (self.adjoint if params else self.backward_of_input).inputs

    @cached_property
    def call_text(self) -> str:
        """What an engine is called with: the hashes of step and slope, then the text."""
        return f"{self.hash} {self.slope_hash}\n{self.text}"

    @cached_property
    def _numbers(self) -> frozenset[str]:
        """Parameters into which no parameter of the neuron goes."""

        def is_number(name: str) -> bool:
            sources = self.derive.without_outputs(lambda key: key == f"p.{name}").inputs or (f"p.{name}",)
            return all(source.startswith(("p.reset.", "p.surrogate.")) for source in sources)

        names = _params(self.charge, self.fire, self.adjoint, self.slope)
        return frozenset(name for name in names if is_number(name))

    @cached_property
    def text(self) -> str:
        """What the engines read."""
        head = [
            f"spikelet-program {VERSION}",
            f"states {' '.join(self.states)}",
            f"membrane {self.membrane}",
            f"step_params {' '.join(self.step_params)}".rstrip(),
            f"slope_params {' '.join(self.slope_params)}".rstrip(),
        ]
        names = ("charge", "fire", "slope", "adjoint")
        body = [f"section {name}\n{getattr(self, name).text()}" for name in names]
        return "\n".join([*head, *body, "end", ""])

    @cached_property
    def hash(self) -> str:
        """Content hash of states and step: operations, constants and order."""
        step = [self.states, self.membrane, self.charge.text(), self.fire.text(), self.adjoint.text()]
        return _digest(repr(step))

    @cached_property
    def slope_hash(self) -> str:
        """Content hash of the surrogate's slope."""
        return _digest(self.slope.text())


def lower(outputs: Iterable[tuple[str, Sym]]) -> Section:
    """A list of operations that computes `outputs`; equal subexpressions are computed once."""
    ops: list[Op] = []
    operand_of: dict[int, str] = {}
    seen: dict[Op, str] = {}
    wanted = list(outputs)
    for sym in in_order(sym for _, sym in wanted):
        if sym.op == "var":
            operand_of[id(sym)] = sym.name
        elif sym.op == "const":
            operand_of[id(sym)] = bits_of(sym.value)
        elif sym.op == "detach":
            operand_of[id(sym)] = operand_of[id(sym.args[0])]
        else:
            name = f"{sym.op}_{sym.name}" if sym.op == "spike" else sym.op
            op = Op(name, tuple(operand_of[id(arg)] for arg in sym.args))
            if op not in seen:
                seen[op] = f"%{len(ops)}"
                ops.append(op)
            operand_of[id(sym)] = seen[op]
    return Section(tuple(ops), tuple((name, operand_of[id(sym)]) for name, sym in wanted))


def structure(sym: Sym, known: dict[int, tuple[Any, ...]]) -> tuple[Any, ...]:
    """A key that is equal for equal expressions; `known` keeps the keys already made."""
    if id(sym) not in known:
        args = tuple(structure(arg, known) for arg in sym.args)
        known[id(sym)] = (sym.op, sym.name, sym.value, *args)
    return known[id(sym)]


def bits_of(value: float) -> str:
    """The float32 nearest to `value` as the text of its bits."""
    return f"0x{struct.unpack('<I', struct.pack('<f', value))[0]:08x}"


def float_of(bits: str) -> float:
    """The number whose float32 bits are `bits`."""
    return struct.unpack("<f", struct.pack("<I", int(bits, 16)))[0]


def in_order(roots: Iterable[Sym]) -> list[Sym]:
    """Every symbol below `roots`, operands before the operations that use them."""
    seen: set[int] = set()
    ordered: list[Sym] = []
    # Not by recursion: an equation with a loop in it may be deeper than Python's stack.
    waiting = [(root, False) for root in reversed(list(roots))]
    while waiting:
        sym, has_operands = waiting.pop()
        if has_operands:
            ordered.append(sym)
        elif id(sym) not in seen:
            seen.add(id(sym))
            waiting.append((sym, True))
            waiting.extend((arg, False) for arg in reversed(sym.args))
    return ordered


def _params(*sections: Section) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for section in sections:
        names.update(dict.fromkeys(name for name in section.inputs if name.startswith("p.")))
    return tuple(name[2:] for name in names)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _spike_at_or_above(v: Any, threshold: Any) -> Any:
    return where(v >= threshold, 1.0, 0.0)


def _spike_above(v: Any, threshold: Any) -> Any:
    return where(v > threshold, 1.0, 0.0)


_MEANING: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "abs": abs,
    "exp": exp,
    "min": minimum,
    "max": maximum,
    "where": where,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "spike_ge": _spike_at_or_above,
    "spike_gt": _spike_above,
}
