"""Checks of arguments that windows and representations share."""

import math
from typing import Any

import numpy as np

from spikelet.errors import ParameterError
from spikelet.events.numbers import checked_integer


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
    given = getattr(owner, name)
    whole = checked_integer(name, given, least=least)
    if whole is not given:
        object.__setattr__(owner, name, whole)


def settle_real(owner: Any, name: str, *, above: float = 0.0) -> None:
    """Checks a field of a frozen dataclass, and keeps it as a plain float."""
    object.__setattr__(owner, name, checked_real(name, getattr(owner, name), above=above))


def check_bool(owner: Any, name: str) -> None:
    """Checks a field of a frozen dataclass."""
    if not isinstance(getattr(owner, name), bool):
        raise ParameterError(f"`{name}` must be True or False, got {getattr(owner, name)!r}")
