"""A program as Rust, as CUDA C and as text for people."""

from dataclasses import dataclass
from typing import final

from spikelet.dynamics.program import Program, Section, bits_of, float_of

__all__ = ["CUDA", "RUST", "Dialect", "function_body", "readable"]


@final
@dataclass(frozen=True)
class Dialect:
    """How one language writes an operation, a constant and a line."""

    operations: dict[str, str]
    constant: str
    line: str


RUST = Dialect(
    operations={
        "add": "{0} + {1}",
        "sub": "{0} - {1}",
        "mul": "{0} * {1}",
        "div": "{0} / {1}",
        "neg": "-{0}",
        "abs": "{0}.abs()",
        "exp": "exp({0})",
        "min": "minimum({0}, {1})",
        "max": "maximum({0}, {1})",
        "where": "if {0} {{ {1} }} else {{ {2} }}",
        "lt": "{0} < {1}",
        "le": "{0} <= {1}",
        "gt": "{0} > {1}",
        "ge": "{0} >= {1}",
        "spike_ge": "if {0} >= {1} {{ 1.0 }} else {{ 0.0 }}",
        "spike_gt": "if {0} > {1} {{ 1.0 }} else {{ 0.0 }}",
    },
    constant="{}_f32",
    line="let {0}{2} = {1};",
)

CUDA = Dialect(
    operations={
        "add": "{0} + {1}",
        "sub": "{0} - {1}",
        "mul": "{0} * {1}",
        "div": "{0} / {1}",
        "neg": "-{0}",
        "abs": "fabsf({0})",
        "exp": "spikelet_exp({0})",
        "min": "spikelet_min({0}, {1})",
        "max": "spikelet_max({0}, {1})",
        "where": "{0} ? {1} : {2}",
        "lt": "{0} < {1}",
        "le": "{0} <= {1}",
        "gt": "{0} > {1}",
        "ge": "{0} >= {1}",
        "spike_ge": "{0} >= {1} ? 1.0f : 0.0f",
        "spike_gt": "{0} > {1} ? 1.0f : 0.0f",
    },
    constant="{}f",
    line="const {2} {0} = {1};",
)

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_CONDITIONS = ("lt", "le", "gt", "ge")


def function_body(
    section: Section, names: dict[str, str], dialect: Dialect
) -> tuple[list[str], dict[str, str]]:
    """The lines of a function that computes `section`, and the expression of each output.

    Args:
        names: how the function calls each input.
    """
    written: list[str] = []

    def spell(operand: str) -> str:
        if operand.startswith("%"):
            return f"t{operand[1:]}"
        return literal(operand, dialect) if operand.startswith("0x") else names[operand]

    for index, op in enumerate(section.ops):
        expression = dialect.operations[op.name].format(*map(spell, op.operands))
        kind = "bool" if op.name in _CONDITIONS else "float"
        mark = "" if dialect is RUST else kind
        written.append(dialect.line.format(f"t{index}", expression, mark))
    return written, {name: spell(operand) for name, operand in section.outputs}


def literal(bits: str, dialect: Dialect) -> str:
    """The shortest decimal that reads back as the same float32."""
    value = float_of(bits)
    tries = (f"{value:.{digits}g}" for digits in range(1, 10))
    text = next(text for text in tries if bits_of(float(text)) == bits)
    return dialect.constant.format(text if any(c in text for c in ".e") else f"{text}.0")


def readable(program: Program) -> str:
    """Equation and derivative as lines that a person can check against a paper."""
    parts: list[str] = []
    for title, section in (
        ("derived once", program.derive),
        ("charge", program.charge),
        ("fire", program.fire),
        ("surrogate slope", program.slope),
        ("derivative", program.adjoint),
    ):
        if section.outputs:
            parts.append(f"{title}\n" + "\n".join(f"  {line}" for line in _equations(section)))
    return "\n".join(parts)


def _equations(section: Section) -> list[str]:
    """Each output as one expression; what is used twice gets a line and a name of its own."""
    uses = [operand for op in section.ops for operand in op.operands]
    uses += [operand for _, operand in section.outputs]
    text: dict[str, str] = {}
    lines: list[str] = []
    for index, op in enumerate(section.ops):
        operand = f"%{index}"
        args = [_spell(arg, text) for arg in op.operands]
        if op.name in _SIGNS:
            expression = f"({args[0]} {_SIGNS[op.name]} {args[1]})"
        elif op.name.startswith("spike_"):
            expression = f"({args[0]} {_SIGNS[op.name[6:]]} {args[1]})"
        else:
            expression = f"-{args[0]}" if op.name == "neg" else f"{op.name}({', '.join(args)})"
        if uses.count(operand) > 1:
            text[operand] = f"t{index}"
            lines.append(f"t{index} = {_bare(expression)}")
        else:
            text[operand] = expression
    return [
        *lines,
        *(f"{_short(name)} = {_bare(_spell(operand, text))}" for name, operand in section.outputs),
    ]


def _spell(operand: str, text: dict[str, str]) -> str:
    if operand.startswith("%"):
        return text[operand]
    return f"{float_of(operand):g}" if operand.startswith("0x") else _short(operand)


def _short(name: str) -> str:
    """`p.tau` is tau, `s.v` is v, `h.v` is v charged, `g.z` is dz and `gp.tau` is dtau."""
    kind, _, rest = name.partition(".")
    if not rest:
        return name
    return {"p": rest, "s": rest, "h": f"{rest}_charged", "g": f"d{rest}", "gp": f"d{rest}"}[kind]


def _bare(expression: str) -> str:
    """Without the pair of brackets around everything."""
    if not expression.startswith("("):
        return expression
    depth = 0
    for index, letter in enumerate(expression):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return expression[1:-1] if index == len(expression) - 1 else expression
    return expression
