"""A file that stands beside its final name until it is whole."""

import os
from itertools import count
from pathlib import Path
from typing import final

_NUMBERS = count()


@final
class Unfinished:
    """A new, empty file in the folder of `target`, hidden, which takes that name when it is done.

    Args:
        target: the final name.
    Raises:
        OSError: a device or a pipe is there, which would be gone.
    """

    def __init__(self, target: str) -> None:
        self.target = Path(target)
        if self.target.is_dir():
            # The system's own error for it, in its own words.
            self.target.open("r+b").close()
        elif self.target.is_file():
            # A link stays, and the file behind it is replaced.
            self.target = self.target.resolve()
        elif self.target.exists():
            raise OSError(f"{target}: the target must be a file, got a device or a pipe; write to a file")
        self.path = self._created()
        self._is_open = True

    def done(self) -> int:
        """Gives the file its name and returns its length."""
        length = self.path.stat().st_size
        self.path.replace(self.target)
        self._is_open = False
        return length

    def abort(self) -> None:
        """Removes the file; nothing happens after `done`."""
        if self._is_open:
            self._is_open = False
            self.path.unlink(missing_ok=True)

    def _created(self) -> Path:
        while True:
            path = self.target.with_name(f".{self.target.name}.{os.getpid()}-{next(_NUMBERS)}.tmp")
            try:
                path.touch(exist_ok=False)
            except FileExistsError:
                # Left behind by a killed process of the same number.
                continue
            except OSError as error:
                # Nobody asked for the hidden name.
                error.filename = str(self.target)
                raise
            return path
