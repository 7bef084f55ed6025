"""The functions of the language beyond operators: they take tensors, symbols and numbers alike."""

import math
from typing import Any

from spikelet.dynamics.symbols import Sym, minimum_maximum, select

__all__ = ["exp", "maximum", "minimum", "where"]


def exp(value: Any) -> Any:
    """The exponential $e^v$."""
    return math.exp(value) if isinstance(value, int | float) else value.exp()


def minimum(left: Any, right: Any) -> Any:
    """The smaller of two values; NaN if either is. At a tie the gradient is shared in halves."""
    return _extreme("min", left, right)


def maximum(left: Any, right: Any) -> Any:
    """The larger of two values; NaN if either is. At a tie the gradient is shared in halves."""
    return _extreme("max", left, right)


def where(condition: Any, if_true: Any, if_false: Any) -> Any:
    """`if_true` where the comparison holds, else `if_false`."""
    if isinstance(condition, Sym):
        return select(condition, if_true, if_false)
    if isinstance(condition, bool):
        return if_true if condition else if_false
    if not isinstance(if_true, int | float):
        return if_true.where(condition, if_false)
    if not isinstance(if_false, int | float):
        return if_false.where(~condition, if_true)
    # Two numbers: the spike itself, 1 where the condition holds.
    return condition.float() * (if_true - if_false) + if_false


def _extreme(op: str, left: Any, right: Any) -> Any:
    if isinstance(left, Sym) or isinstance(right, Sym):
        return minimum_maximum(op, left, right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return min(left, right) if op == "min" else max(left, right)
    if isinstance(left, int | float):
        left, right = right, left
    if isinstance(right, int | float):
        right = left.new_full((), right)
    return left.minimum(right) if op == "min" else left.maximum(right)
