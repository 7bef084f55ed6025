"""A bar on stderr while it is a terminal, where tqdm is installed; otherwise nothing."""

import sys
from typing import Protocol

try:
    import tqdm as _tqdm
except ImportError:
    _tqdm = None

__all__ = ["Progress", "progress"]


class Progress(Protocol):
    """What the loop tells its watcher."""

    def update(self, n: float | None = 1, /) -> bool | None:
        """So many batches are done."""
        ...

    def set_description_str(self, desc: str | None = None, /) -> None:
        """Where the run stands, in words."""
        ...

    def close(self) -> None:
        """The run has ended."""
        ...


class _Silent:
    def update(self, n: float | None = 1, /) -> bool | None:
        del n

    def set_description_str(self, desc: str | None = None, /) -> None:
        del desc

    def close(self) -> None:
        pass


def progress(total: int | None, *, shown: bool) -> Progress:
    """A bar of `total` batches, or a silent one when it is not wanted, not possible or not on a terminal."""
    if not shown or _tqdm is None or not sys.stderr.isatty():
        return _Silent()
    return _tqdm.tqdm(total=total, unit="batch", leave=False, dynamic_ncols=True, file=sys.stderr)
