"""Columns of events in a table of Arrow: the one file that imports pyarrow, when it is first needed."""

from typing import Any

from spikelet.errors import MissingPackageError
from spikelet.events.columns import Columns

__all__ = ["arrow_table"]


def arrow_table(columns: Columns) -> Any:
    """A `pyarrow.Table` with the columns `t x y p`; numbers share memory, polarities are packed into bits.

    Raises:
        MissingPackageError: pyarrow is not installed.
    """
    return _pyarrow().table(dict(zip("txyp", columns, strict=True)))


def _pyarrow() -> Any:
    try:
        import pyarrow as package  # noqa: PLC0415 -- optional; few need it
    except ImportError as error:
        raise MissingPackageError("tables of Arrow need pyarrow; run `pip install pyarrow`") from error
    return package
