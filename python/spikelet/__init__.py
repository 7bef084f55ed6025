"""Spiking neural networks from the event camera to the chip.

`import spikelet` needs numpy alone; `spikelet.scan`, `spikelet.Stream` and `spikelet.checkpoint` bring
torch when they are first used. Everything else has one home: `spikelet.events`, `spikelet.frames`,
`spikelet.datasets`, `spikelet.neurons`, `spikelet.layers`, `spikelet.train`, ...
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from spikelet._core import __version__

if TYPE_CHECKING:
    from spikelet.carry import Stream, checkpoint, scan

__all__ = ["Stream", "__version__", "checkpoint", "scan"]


def __getattr__(name: str) -> object:
    if name in ("scan", "Stream", "checkpoint"):
        return getattr(import_module("spikelet.carry"), name)
    is_room = name.isidentifier() and find_spec(f"spikelet.{name}") is not None
    hint = f" yet; write `import spikelet.{name}` or `from spikelet import {name}`" if is_room else ""
    raise AttributeError(f"module 'spikelet' has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
