"""The formats that are read and written: those of the compiled core, and the containers."""

from functools import cache
from os import PathLike
from pathlib import Path

from spikelet import _core
from spikelet.errors import ParameterError
from spikelet.events.columns import Origin
from spikelet.events.containers import CONTAINERS
from spikelet.events.recording import Format


@cache
def formats() -> tuple[Format, ...]:
    """Every format that `read` knows, and `write` where the format says so."""
    native = tuple(
        Format(
            name=entry["name"],
            title=entry["title"],
            extensions=tuple(entry["extensions"]),
            max_size=entry["max_size"],
            origin=entry["origin"],
            holds=tuple(entry["holds"]),
            trigger_inputs=entry["trigger_inputs"],
        )
        for entry in _core.formats()
    )
    return native + tuple(entry.format for entry in CONTAINERS)


@cache
def _names() -> tuple[str, ...]:
    return tuple(entry.name for entry in formats())


def checked_format(name: str) -> str:
    """`name` where a format is called so."""
    if name in _names():
        return name
    listed = ", ".join(f'"{known}"' for known in _names())
    raise ParameterError(f"`format` must be one of {listed}, got {name!r}")


def format_named(name: str) -> Format:
    """The format called `name`, which is one."""
    return next(entry for entry in formats() if entry.name == name)


def origin_of(name: str) -> Origin:
    """The corner from which the format called `name` counts pixels."""
    return format_named(name).origin


def format_to_write(path: str | PathLike[str]) -> str:
    """The one format that the ending of `path` stands for."""
    ending = Path(path).suffix
    written = [entry for entry in formats() if entry.is_written]
    fitting = [entry.name for entry in written if ending.lower() in entry.extensions]
    if len(fitting) == 1:
        return fitting[0]
    advice = f'pass `format="{(fitting or [written[0].name])[-1]}"`'
    if fitting:
        raise ParameterError(
            f"`format` must be said for {ending!r}, which may be {' or '.join(fitting)}; {advice} for example"
        )
    known = sorted({extension for entry in written for extension in entry.extensions})
    raise ParameterError(
        f"`path` must end in one of {', '.join(known)}, got {Path(path).name!r}; "
        f"rename it or {advice} for example"
    )
