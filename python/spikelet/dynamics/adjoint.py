"""Reverse-mode derivatives of traced expressions, as expressions.

Source: Griewank and Walther, Evaluating Derivatives, 2nd ed., chapter 3.
"""

from collections.abc import Callable, Sequence

from spikelet.dynamics.program import in_order
from spikelet.dynamics.symbols import Sym, constant, select

__all__ = ["cotangents"]


def cotangents(outputs: Sequence[tuple[Sym, Sym]], slope: Sym) -> dict[int, Sym]:
    """The cotangent of every symbol below `outputs`, by `id`; symbols that get none are missing.

    Args:
        outputs: pairs of a symbol and the cotangent that arrives at it.
        slope: derivative of the spike by the membrane, wherever a spike is met.
    """
    found: dict[int, Sym] = {}

    def add(sym: Sym, cotangent: Sym | None) -> None:
        if cotangent is not None and sym.op != "const":
            found[id(sym)] = cotangent if id(sym) not in found else found[id(sym)] + cotangent

    for sym, cotangent in outputs:
        add(sym, cotangent)
    for sym in reversed(in_order(sym for sym, _ in outputs)):
        if id(sym) in found and sym.args:
            for arg, cotangent in zip(sym.args, _pull_back(sym, found[id(sym)], slope), strict=True):
                add(arg, cotangent)
    return found


def _pull_back(sym: Sym, g: Sym, slope: Sym) -> tuple[Sym | None, ...]:
    """The cotangents of an operation's operands; None where no gradient passes."""
    if sym.op == "spike":
        return g * slope, -(g * slope)
    if sym.op in _CONSTANT:
        return tuple(None for _ in sym.args)
    return _RULES[sym.op](g, sym)


def _product(g: Sym, sym: Sym) -> tuple[Sym | None, ...]:
    # Cotangents of constants are never asked for; building them would only lengthen the program.
    a, b = sym.args
    return (None if a.op == "const" else g * b), (None if b.op == "const" else g * a)


def _quotient(g: Sym, sym: Sym) -> tuple[Sym | None, ...]:
    a, b = sym.args
    if b.op != "const" and _is_fixed(b):
        # Every loop takes the reciprocal once: divisions are what a derivative spends its time on.
        r = constant(1.0) / b
        return (None if a.op == "const" else g * r), -(g * sym) * r
    return (None if a.op == "const" else g / b), (None if b.op == "const" else -(g * sym) / b)


def _is_fixed(sym: Sym) -> bool:
    """Whether it is made of constants and parameters alone, the same at every step."""
    if not sym.args:
        return sym.op == "const" or sym.name.startswith("p.")
    return all(map(_is_fixed, sym.args))


def _absolute(g: Sym, sym: Sym) -> tuple[Sym | None, ...]:
    (a,) = sym.args
    return (select(a > 0.0, g, select(a < 0.0, -g, 0.0)),)


def _chosen(g: Sym, sym: Sym) -> tuple[Sym | None, ...]:
    condition = sym.args[0]
    return None, select(condition, g, 0.0), select(condition, 0.0, g)


def _extreme(g: Sym, sym: Sym) -> tuple[Sym | None, ...]:
    """The winner takes the cotangent; a tie shares it in halves, as torch does."""
    a, b = sym.args
    first, second = (a < b, b < a) if sym.op == "min" else (a > b, b > a)
    half = g * 0.5
    return select(first, g, select(second, 0.0, half)), select(second, g, select(first, 0.0, half))


_CONSTANT = ("detach", "lt", "le", "gt", "ge")

# Each rule takes the arriving cotangent and the operation.
_RULES: dict[str, Callable[[Sym, Sym], tuple[Sym | None, ...]]] = {
    "add": lambda g, sym: (g, g),
    "sub": lambda g, sym: (g, -g),
    "mul": _product,
    "div": _quotient,
    "neg": lambda g, sym: (-g,),
    "abs": _absolute,
    "exp": lambda g, sym: (g * sym,),
    "min": _extreme,
    "max": _extreme,
    "where": _chosen,
}
