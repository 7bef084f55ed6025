"""What the arguments of transforms must be."""

from typing import Any

import numpy as np

from spikelet.errors import OrderError, ParameterError
from spikelet.events import Events
from spikelet.events.numbers import checked_number
from spikelet.events.type import require_events

MOST_US = 2**63 - 1


def checked_events(events: object) -> Events:
    """`events` where they are `Events`, and sorted."""
    sure = require_events(events)
    if not sure.is_sorted:
        raise OrderError(
            'events must be sorted to be transformed; read them with `backward="sort"` or "drop"'
        )
    return sure


def checked_span(
    name: str, value: object, *, least: float = -np.inf, most: float = np.inf
) -> float | tuple[float, float]:
    """A number, or a pair of rising numbers between which one is drawn."""
    if not isinstance(value, (tuple, list)):
        return checked_number(name, value, least=least, most=most)
    ends: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]: any object may come
    if len(ends) != 2:
        raise ParameterError(f"`{name}` must be a number or a pair (least, most), got {value!r}")
    low, high = (checked_number(name, end, least=least, most=most) for end in ends)
    if low > high:
        raise ParameterError(f"`{name}` must be a pair (least, most), got {value!r}; swap the two")
    return low, high


def drawn(span: float | tuple[float, float], rng: np.random.Generator) -> float:
    """The number itself, or one drawn evenly from its pair."""
    return float(rng.uniform(*span)) if isinstance(span, tuple) else span


def checked_flag(name: str, value: object) -> bool:
    """`value` where it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ParameterError(f"`{name}` must be True or False, got {value!r}")
    return bool(value)
