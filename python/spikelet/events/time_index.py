"""Where in a container a time begins, as the container itself tells, and whether its events say so too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import final

from spikelet.errors import FormatError
from spikelet.events.columns import Columns, taken


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TimeIndex:
    """What a container knows of where its times lie.

    Args:
        mark: for a time, the last place not behind it of which the container tells: the number of an event,
            and a time that this event has reached and the one before it has not; 0 where it tells of none.
        pieces: the events from a number on, in pieces as those of `Contents`.
    """

    mark: Callable[[int], tuple[int, int]]
    pieces: Callable[[int], Iterator[Columns]]

    def pieces_before(self, start_us: int) -> tuple[int, Iterator[Columns]]:
        """The events from the last place marked before a time on, and how many lie before that place.

        Raises:
            FormatError: the events at that place are not where the container says, or are damaged.
        """
        first, since = self.mark(start_us)
        if first == 0:
            return 0, self.pieces(0)
        pieces = (piece for piece in self.pieces(first - 1) if len(piece[0]) > 0)
        before = next(pieces, None)
        if before is None or not int(before[0][0]) < since <= start_us:
            raise FormatError(f"event {first} must be the first from {since} on, got another")
        rest = taken(before, slice(1, None))
        if len(rest[0]) == 0:
            rest = next(pieces, rest)
        if len(rest[0]) > 0 and int(rest[0][0]) < since:
            raise FormatError(f"event {first} must not be earlier than {since}, got {rest[0][0]}")
        return first, chain([rest], pieces)
