"""How far a long file is, on one line of stderr while that is a terminal."""

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self, final

# What is over sooner needs no line.
_QUIET_SECONDS = 1.0
_SECONDS_BETWEEN = 0.2


@final
class Progress:
    """Takes the bytes read so far and shows the share; the line is gone after the `with` block.

    Args:
        path: the file that is read.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._begun = time.monotonic()
        self._next = self._begun + _QUIET_SECONDS
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def __call__(self, done: int) -> None:
        """Shows that `done` bytes are read, when it is time for it."""
        now = time.monotonic()
        if now < self._next or not sys.stderr.isatty():
            return
        self._next = now + _SECONDS_BETWEEN
        self._is_shown = True
        share = min(1.0, done / max(1, Path(self._path).stat().st_size))
        left = (now - self._begun) * (1 / share - 1) if share > 0 else 0.0
        line = f"{self._path}: {100 * share:.0f} %, {left:.0f} s left"
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
