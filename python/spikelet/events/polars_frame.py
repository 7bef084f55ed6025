"""Columns of events in a data frame of polars: the one file that imports it, when it is first needed."""

from typing import TYPE_CHECKING, Any

from spikelet.errors import MissingPackageError
from spikelet.events.columns import Columns

if TYPE_CHECKING:
    import polars

__all__ = ["polars_frame"]


def polars_frame(columns: Columns) -> "polars.DataFrame":
    """A frame with the columns `t x y p`.

    Raises:
        MissingPackageError: polars is not installed.
    """
    return _polars().DataFrame(dict(zip("txyp", columns, strict=True)))


def _polars() -> Any:
    try:
        import polars as package  # noqa: PLC0415 -- optional; few need it
    except ImportError as error:
        raise MissingPackageError("data frames of polars need it; run `pip install polars`") from error
    return package
