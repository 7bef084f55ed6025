"""Checks of arguments that windows and representations share."""

import math
from typing import Any

import numpy as np

from spikelet.errors import ParameterError

MOST = 2**63 - 1
"""The largest number that the compiled core takes."""


def checked_whole(name: str, value: object, *, least: int, most: int = MOST) -> int:
    """`value` as a plain integer from `least` to `most`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ParameterError(f"`{name}` must be a whole number, got {value!r}")
    if not least <= value <= most:
        raise ParameterError(f"`{name}` must be from {least} to {most}, got {value}")
    return int(value)


def checked_real(name: str, value: object, *, above: float) -> float:
    """`value` as a plain finite float above `above`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ParameterError(f"`{name}` must be a number, got {value!r}")
    number = float(value)
    if not (math.isfinite(number) and number > above):
        raise ParameterError(f"`{name}` must be finite and above {above:g}, got {value}")
    return number


def settle_whole(owner: Any, name: str, *, least: int = 1) -> None:
    """Checks a field of a frozen dataclass.

    A numpy integer is kept as a plain one, so that equal values pickle and print alike.
    """
    object.__setattr__(owner, name, checked_whole(name, getattr(owner, name), least=least))


def settle_real(owner: Any, name: str, *, above: float = 0.0) -> None:
    """Checks a field of a frozen dataclass, and keeps it as a plain float."""
    object.__setattr__(owner, name, checked_real(name, getattr(owner, name), above=above))


def check_bool(owner: Any, name: str) -> None:
    """Checks a field of a frozen dataclass."""
    if not isinstance(getattr(owner, name), bool):
        raise ParameterError(f"`{name}` must be True or False, got {getattr(owner, name)!r}")
