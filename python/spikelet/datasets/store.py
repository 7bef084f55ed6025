"""Folders of files that were built once: whole or not there, and checked against a manifest.

A folder is filled under a temporary name beside its place and renamed when complete, so that a build that
is killed leaves no half folder, and of several builds at once the first to finish wins and the others
use its folder.
"""

import errno
import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, final

from spikelet.errors import FormatError

__all__ = ["Store"]

MANIFEST = "manifest.json"
# No build runs for a day: what is older was left behind by one that was killed.
_ABANDONED_SECONDS = 24 * 3600


@final
@dataclass(frozen=True, slots=True)
class Store:
    """A complete folder and what its files must be.

    Args:
        path: the folder.
        sha256: digest of each file by its path in the folder, with `/` between parts.
    """

    path: Path
    sha256: Mapping[str, str]

    @classmethod
    def open_or_build(cls, path: Path, fill: Callable[[Path], None], *, about: Mapping[str, Any]) -> "Store":
        """The folder at `path`; where there is none, `fill` is called with an empty one to put files into.

        Args:
            path: the folder's place; the name says what is inside, so that other contents get another name.
            fill: writes all files below the folder that it is given.
            about: facts for the manifest.
        Raises:
            FormatError: the folder stands but is damaged.
            OSError: the folder cannot be written or read.
        """
        if not path.exists():
            _build(path, fill, about)
        return cls(path, _read_manifest(path))

    def require_intact(self, name: str) -> Path:
        """The path of a file, once its content is found to be what was stored.

        Raises:
            FormatError: the content is another.
            FileNotFoundError: the file is gone.
        """
        path = self.path / name
        try:
            got = _digest(path)
        except FileNotFoundError as error:
            message = f"a file of the data set is missing; {_remedy(self.path)}"
            raise FileNotFoundError(errno.ENOENT, message, str(path)) from error
        if got != self.sha256[name]:
            message = f"{path}: content must have sha256 {self.sha256[name]}, got {got}; {_remedy(self.path)}"
            raise FormatError(message)
        return path


def _remedy(folder: Path) -> str:
    return f"delete the folder {folder} and it is built again on next use"


def _build(path: Path, fill: Callable[[Path], None], about: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    # Made with `mkdir`, not `mkdtemp`: a shared cache is to be readable as the user's umask says.
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    part.mkdir()
    try:
        fill(part)
        files = sorted(file for file in part.rglob("*") if file.is_file())
        digests = {file.relative_to(part).as_posix(): _digest(file) for file in files}
        text = json.dumps({**about, "sha256": digests}, indent=1, ensure_ascii=False)
        (part / MANIFEST).write_text(text + "\n", encoding="utf-8")
        _move_into_place(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _move_into_place(part: Path, path: Path) -> None:
    try:
        part.rename(path)
    except OSError:
        # Another build was faster, and the same name stands for the same content.
        if not (path / MANIFEST).is_file():
            raise


def _sweep(path: Path) -> None:
    """Removes what killed builds of the same folder have left behind."""
    for left in path.parent.glob(f".{path.name}.*.part"):
        try:
            age = time.time() - left.stat().st_mtime
        except FileNotFoundError:
            continue
        if age > _ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _read_manifest(path: Path) -> dict[str, str]:
    manifest = path / MANIFEST
    try:
        content: Any = json.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"the manifest of the data set is missing; {_remedy(path)}"
        raise FileNotFoundError(errno.ENOENT, message, str(manifest)) from error
    except ValueError as error:
        raise FormatError(f"{manifest}: must be JSON, got {error}; {_remedy(path)}") from error
    digests = cast("dict[str, Any]", content).get("sha256") if isinstance(content, dict) else None
    if not isinstance(digests, dict):
        raise FormatError(f"{manifest}: must hold a table `sha256`, got none; {_remedy(path)}")
    return {str(name): str(digest) for name, digest in cast("dict[Any, Any]", digests).items()}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
