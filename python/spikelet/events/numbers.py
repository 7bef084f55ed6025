"""Numbers that are given as arguments."""

from math import inf, isfinite

import numpy as np

from spikelet.errors import ParameterError

MOST = 2**63 - 1
"""The largest integer that the compiled core takes."""
MOST_THREADS = 1024
"""The most threads that may be asked for."""


def checked_number(name: str, value: object, *, least: float = -inf, most: float = inf) -> float:
    """`value` as a plain finite float from `least` to `most`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ParameterError(f"`{name}` must be a number, got {value!r}")
    if not isfinite(value) or not least <= value <= most:
        raise ParameterError(f"`{name}` must be {_interval(least, most)}, got {value}")
    return float(value)


def _interval(least: float, most: float) -> str:
    if isfinite(least) and isfinite(most):
        return f"from {least:g} to {most:g}"
    if isfinite(least):
        return f"finite and at least {least:g}"
    return "finite"


def checked_integer(name: str, value: object, *, least: int = 0, most: int = MOST) -> int:
    """`value` as a plain integer from `least` to `most`."""
    whole = value if type(value) is int else _plain_integer(name, value)
    if not least <= whole <= most:
        raise ParameterError(f"`{name}` must be from {least} to {most}, got {value}")
    return whole


def _plain_integer(name: str, value: object) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ParameterError(f"`{name}` must be a whole number, got {value!r}")
    return int(value)
