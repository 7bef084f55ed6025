"""Columns of events in a data frame of pandas: the one file that imports it, when it is first needed."""

from typing import TYPE_CHECKING, Any

from spikelet.errors import MissingPackageError
from spikelet.events.columns import Columns

if TYPE_CHECKING:
    import pandas

__all__ = ["pandas_frame"]


def pandas_frame(columns: Columns) -> "pandas.DataFrame":
    """A frame with the columns `t x y p`, which share memory where pandas allows it.

    Raises:
        MissingPackageError: pandas is not installed.
    """
    return _pandas().DataFrame(dict(zip("txyp", columns, strict=True)), copy=False)


def _pandas() -> Any:
    try:
        import pandas as package  # noqa: PLC0415 -- optional; few need it
    except ImportError as error:
        raise MissingPackageError("data frames of pandas need it; run `pip install pandas`") from error
    return package
