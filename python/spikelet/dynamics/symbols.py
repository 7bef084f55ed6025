"""Symbols: the values that an equation computes with while it is being traced.

A neuron's equations are ordinary functions of numbers. Called with torch tensors they run; called with
symbols they leave behind the graph of what they did, and everything fast is made from that graph.
"""

import inspect
from collections.abc import Sequence
from numbers import Real
from pathlib import Path
from typing import NoReturn, final

from spikelet.errors import ParameterError

__all__ = [
    "LanguageError",
    "Operand",
    "Sym",
    "constant",
    "minimum_maximum",
    "number",
    "refuse",
    "select",
    "variable",
]


class LanguageError(ParameterError):
    """An equation does what the language of programs cannot express; plain torch may still run it."""


_LANGUAGE = "an equation must be built from + - * /, exp, abs, minimum, maximum, where"
# With tensors it would write into the state that the caller holds.
_IN_PLACE = "a value of an equation must not be changed in place, got `{0}=`; write `v = v {0} ...`"
_HERE = str(Path(__file__).parent)

# What lies nearer to the next power of two than to the largest float32 becomes infinite there.
_TOO_LARGE = 2.0**128 - 2.0**103

# What an operation takes: conditions come from comparisons and go into `where` alone.
COMPARISONS = ("lt", "le", "gt", "ge")
ARITHMETIC = ("add", "sub", "mul", "div", "neg", "abs", "min", "max", "exp", "detach", "spike", "where")


@final
class Sym:
    """One operation on other symbols, a variable, or a constant.

    Operators build new symbols in the order in which torch would compute: `2.0 / v` is a reciprocal
    and a product, as torch's own reflected division is.
    """

    __slots__ = ("args", "line", "name", "op", "value")

    def __init__(self, op: str, args: tuple["Sym", ...] = (), *, name: str = "", value: float = 0.0) -> None:
        self.op = op
        self.args = args
        self.name = name
        self.value = value
        self.line = _users_line()

    @property
    def is_condition(self) -> bool:
        """Whether this is a comparison, which only `where` may use."""
        return self.op in COMPARISONS

    def __add__(self, other: "Operand") -> "Sym":
        return _binary("add", self, other)

    def __radd__(self, other: "Operand") -> "Sym":
        return _binary("add", self, other)

    def __sub__(self, other: "Operand") -> "Sym":
        return _binary("sub", self, other)

    def __rsub__(self, other: "Operand") -> "Sym":
        return _binary("sub", other, self)

    def __mul__(self, other: "Operand") -> "Sym":
        return _binary("mul", self, other)

    def __rmul__(self, other: "Operand") -> "Sym":
        return _binary("mul", self, other)

    def __truediv__(self, other: "Operand") -> "Sym":
        return _binary("div", self, other)

    def __rtruediv__(self, other: "Operand") -> "Sym":
        return _binary("mul", _binary("div", 1.0, self), other)

    def __iadd__(self, other: object) -> NoReturn:
        refuse(_IN_PLACE.format("+"))

    def __isub__(self, other: object) -> NoReturn:
        refuse(_IN_PLACE.format("-"))

    def __imul__(self, other: object) -> NoReturn:
        refuse(_IN_PLACE.format("*"))

    def __itruediv__(self, other: object) -> NoReturn:
        refuse(_IN_PLACE.format("/"))

    def __neg__(self) -> "Sym":
        return _unary("neg", self)

    def __abs__(self) -> "Sym":
        return _unary("abs", self)

    def __pow__(self, exponent: object) -> "Sym":
        if isinstance(exponent, Sym) or exponent not in (2, 3):
            got = "a value of the equation" if isinstance(exponent, Sym) else repr(exponent)
            refuse(f"a power must be 2 or 3, got {got}; write it with `exp` or as a product")
        square = self * self
        return square if exponent == 2 else square * self

    def __lt__(self, other: "Operand") -> "Sym":
        return _binary("lt", self, other)

    def __le__(self, other: "Operand") -> "Sym":
        return _binary("le", self, other)

    def __gt__(self, other: "Operand") -> "Sym":
        return _binary("gt", self, other)

    def __ge__(self, other: "Operand") -> "Sym":
        return _binary("ge", self, other)

    def __eq__(self, other: object) -> NoReturn:
        refuse("two values of an equation must not be compared with `==`; use `>=` or `<=` inside `where`")

    def __ne__(self, other: object) -> NoReturn:
        refuse("two values of an equation must not be compared with `!=`; use `>=` or `<=` inside `where`")

    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        refuse(
            "an equation must not branch on its values (`if`, `and`, `or`, `not`, `min`, `max`); "
            "use `where(condition, a, b)` from `spikelet.dynamics`, or an `option` for a static choice"
        )

    def __float__(self) -> NoReturn:
        refuse("a value of an equation must not be turned into a number; keep it symbolic")

    def __getattr__(self, name: str) -> NoReturn:
        # Copying, numpy and torch ask for underscored names and expect this error.
        if name.startswith("_"):
            raise AttributeError(name)
        refuse(f"{_LANGUAGE}, got `.{name}`")

    def exp(self) -> "Sym":
        """The exponential."""
        return _unary("exp", self)

    def abs(self) -> "Sym":
        """The absolute value."""
        return _unary("abs", self)

    def detach(self) -> "Sym":
        """The same value, through which no gradient passes."""
        return _unary("detach", self)

    def where(self, condition: "Sym", other: "Operand") -> "Sym":
        """This value where the comparison holds, else `other`."""
        return select(condition, self, other)

    @classmethod
    def __torch_function__(
        cls,
        func: object,
        types: Sequence[type],
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> "Sym":
        """Serves `torch.exp(v)` and the like, and refuses by name what the language does not have."""
        del types
        name = getattr(func, "__name__", repr(func))
        if name not in (*_UNARY, *_BINARY, "where"):
            refuse(f"{_LANGUAGE}, got `torch.{name}`")
        operands = [lift(arg) for arg in args if isinstance(arg, Sym | int | float)]
        if kwargs or len(operands) < len(args):
            refuse(f"`torch.{name}` must be given values of the equation alone")
        if name in _UNARY and len(operands) == 1:
            return _unary(_UNARY[name], operands[0])
        if name in _BINARY and len(operands) == 2:
            return _binary(_BINARY[name], operands[0], operands[1])
        if name == "where" and len(operands) == 3:
            return select(operands[0], operands[1], operands[2])
        refuse(f"`torch.{name}` must be given as many values as it takes, got {len(operands)}")


Operand = Sym | float | int

_UNARY = {"exp": "exp", "abs": "abs", "neg": "neg", "detach": "detach"}
_BINARY = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "div", "true_divide": "div",
    "minimum": "min", "maximum": "max", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge",
}  # fmt: skip


def variable(name: str) -> Sym:
    """An input of the program, such as `x`, `s.v` or `p.tau`."""
    return Sym("var", name=name)


def constant(value: float) -> Sym:
    """A number written in the equation; rounded to float32 when it meets a value, as torch does."""
    if not abs(value) < _TOO_LARGE:
        refuse(f"a number in an equation must be finite in float32, got {value}")
    return Sym("const", value=float(value))


def lift(value: Operand) -> Sym:
    """`value` as a symbol."""
    if isinstance(value, Sym):
        return value
    # Scalars of numpy are real numbers too.
    if isinstance(value, bool) or not isinstance(value, Real):
        refuse(f"an operand must be a value of the equation or a number, got {type(value).__name__}")
    return constant(float(value))


def select(condition: Operand, if_true: Operand, if_false: Operand) -> Sym:
    """`if_true` where the comparison holds, else `if_false`."""
    test = lift(condition)
    if not test.is_condition:
        refuse("the first argument of `where` must be a comparison such as `v > 0.0`")
    return Sym("where", (test, number(if_true), number(if_false)))


def minimum_maximum(op: str, left: Operand, right: Operand) -> Sym:
    """The smaller (`min`) or larger (`max`) of two values; NaN if either is."""
    return _binary(op, left, right)


def _unary(op: str, operand: Sym) -> Sym:
    return Sym(op, (number(operand),))


def _binary(op: str, left: Operand, right: Operand) -> Sym:
    return Sym(op, (number(left), number(right)))


def number(value: Operand) -> Sym:
    """`value` as a symbol that is no comparison."""
    sym = lift(value)
    if sym.is_condition:
        refuse("a comparison must go into `where(condition, a, b)` and nowhere else")
    return sym


def _users_line() -> str:
    """File and line of the nearest caller outside this package and torch: where the equation was written."""
    frame = inspect.currentframe()
    while frame is not None and (
        frame.f_code.co_filename.startswith(_HERE) or frame.f_globals.get("__name__", "").startswith("torch.")
    ):
        frame = frame.f_back
    return "" if frame is None else f"{frame.f_code.co_filename}, line {frame.f_lineno}"


def refuse(message: str) -> NoReturn:
    """Raise with the line of the equation that is at fault."""
    line = _users_line()
    raise LanguageError(f"{message} ({line})" if line else message)
