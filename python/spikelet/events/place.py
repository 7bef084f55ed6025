"""Files of Python's making that are whole or not there, and never in the place of another by accident."""

from collections.abc import Generator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path

from spikelet.errors import ParameterError
from spikelet.events.unfinished import Unfinished


def refuse_existing(path: str | PathLike[str], *, overwrite: bool) -> None:
    """Nothing where `path` is free or may be replaced.

    Raises:
        ParameterError: a file stands there.
    """
    there = Path(path)
    # That a folder is no file the system says when it is written to.
    if not overwrite and there.exists() and not there.is_dir():
        raise ParameterError(
            f"{fspath(path)}: the target must not exist yet, got a file; take another name or "
            "pass `overwrite=True` to replace it"
        )


def require_ending(path: str | PathLike[str], ending: str) -> None:
    """Nothing where the name of `path` ends in `ending`.

    Raises:
        ParameterError: it ends in something else, by which others would take it for what it is not.
    """
    if Path(path).suffix.lower() != ending:
        raise ParameterError(f"`path` must end in {ending}, got {Path(path).name!r}")


@contextmanager
def whole_file(path: str | PathLike[str], *, overwrite: bool) -> Generator[Path]:
    """A file to write to, which becomes `path` at the end of the block; after an error nothing is left.

    Args:
        path: where the file goes.
        overwrite: whether a file there may be replaced.
    Raises:
        ParameterError: a file stands there.
    """
    refuse_existing(path, overwrite=overwrite)
    unfinished = Unfinished(fspath(path))
    try:
        yield unfinished.path
        unfinished.done()
    finally:
        unfinished.abort()
