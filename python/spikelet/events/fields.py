"""Columns that other tools name and type in their own ways, as the columns of events."""

from collections.abc import Iterable, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spikelet.errors import FormatError
from spikelet.events.columns import Columns

_NAMES: Mapping[str, tuple[str, ...]] = {
    "t": ("t", "ts", "time", "timestamp", "timestamps"),
    "x": ("x",),
    "y": ("y",),
    "p": ("p", "pol", "polarity", "polarities", "on"),
}


def is_field(name: str) -> bool:
    """Whether a column of this name may be one of an event."""
    return any(name.lower() in aliases for aliases in _NAMES.values())


def found_fields(names: Iterable[str]) -> dict[str, str] | None:
    """By `t`, `x`, `y`, `p` the one of `names` that stands for it, None where one of them is missing."""
    lower = {name.lower(): name for name in names}
    found = {
        ours: next(lower[name] for name in aliases if name in lower)
        for ours, aliases in _NAMES.items()
        if any(name in lower for name in aliases)
    }
    return found if len(found) == len(_NAMES) else None


@final
class Exact:
    """Turns columns of any integer type into those of events, piece by piece, where every value fits.

    Args:
        path: the file, for messages.
        notes: where it says what it had to conclude.
        start: number of the first event of the first piece.
    """

    def __init__(self, path: str, notes: list[str], *, start: int = 0) -> None:
        self._path = path
        self._notes = notes
        self._events = start

    def columns(self, t: NDArray[Any], x: NDArray[Any], y: NDArray[Any], p: NDArray[Any]) -> Columns:
        """The next events of the file; where a column has the type of ours already, it is the one given.

        Raises:
            FormatError: columns differ in length, are no integers, or hold a value that no event can have.
        """
        lengths = {len(t), len(x), len(y), len(p)}
        if len(lengths) > 1:
            raise FormatError(
                f"{self._path}: t, x, y, p must be equally long, got {len(t)}, {len(x)}, {len(y)}, {len(p)}"
            )
        columns = self._times(t), self._pixels("x", x), self._pixels("y", y), self._polarities(p)
        self._events += len(t)
        return columns

    def _times(self, t: NDArray[Any]) -> NDArray[np.int64]:
        self._refuse_other_kinds("t", t, "iu", advice="scale times to whole microseconds first")
        if not np.can_cast(t.dtype, np.int64):
            self._refuse("t", t, t > np.iinfo(np.int64).max, rule="be below 2**63")
        return t.astype(np.int64, copy=False)

    def _pixels(self, name: str, pixels: NDArray[Any]) -> NDArray[np.uint16]:
        self._refuse_other_kinds(name, pixels, "iu", advice="store pixels as whole numbers first")
        if pixels.dtype == np.int8:
            if len(pixels) > 0 and pixels.min() < 0:
                self._note("pixels stored as signed bytes taken as unsigned")
            return pixels.astype(np.uint8).astype(np.uint16)
        if not np.can_cast(pixels.dtype, np.uint16):
            self._refuse(name, pixels, (pixels < 0) | (pixels > 65_535), rule="be from 0 to 65535")
        return pixels.astype(np.uint16, copy=False)

    def _polarities(self, p: NDArray[Any]) -> NDArray[np.bool_]:
        if p.dtype == np.bool_:
            return p
        self._refuse_other_kinds("p", p, "iu", advice="store polarities as 0 and 1 first")
        if p.dtype.kind == "i":
            self._refuse("p", p, p < -1, rule="be 0 or 1, or -1 for off")
            if len(p) > 0 and p.min() < 0:
                self._note("polarity -1 taken as off")
        if len(p) > 0 and p.max() > 1:
            self._note("polarities above 1 taken as on")
        return p > 0

    def _refuse_other_kinds(self, name: str, column: NDArray[Any], kinds: str, *, advice: str) -> None:
        if column.ndim != 1:
            raise FormatError(f"{self._path}: `{name}` must have shape [n], got {list(column.shape)}")
        if column.dtype.kind not in kinds:
            raise FormatError(f"{self._path}: `{name}` must be integers, got {column.dtype}; {advice}")

    def _refuse(self, name: str, column: NDArray[Any], outside: NDArray[np.bool_], *, rule: str) -> None:
        if outside.any():
            first = int(outside.argmax())
            raise FormatError(
                f"{self._path}: event {self._events + first}: `{name}` must {rule}, got {int(column[first])}"
            )

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


def in_microseconds(path: str, seconds: NDArray[Any]) -> NDArray[np.int64]:
    """Times in seconds of any floating type as the nearest whole microseconds.

    Raises:
        FormatError: a time is not finite or too large.
    """
    # Half precision steps by a millisecond above one second: nothing may be computed in it.
    scaled = np.rint(seconds.astype(np.float64) * 1e6)
    bad = ~(np.abs(scaled) < 2**63)
    if bad.any():
        first = int(bad.argmax())
        raise FormatError(
            f"{path}: times must be finite seconds, got {float(seconds[first])} at event {first} of its piece"
        )
    return scaled.astype(np.int64)
