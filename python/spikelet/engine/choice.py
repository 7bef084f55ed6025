"""Which engine serves a call: by the device of the tensor, or the one that `use` forces."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, final, get_args

import torch
from torch import Tensor

from spikelet.engine import cuda
from spikelet.engine.keep import Charged, Checkpoints, Keep
from spikelet.engine.modes import differentiates_by_transform
from spikelet.engine.prepared import Prepared
from spikelet.errors import EngineError, ParameterError

__all__ = ["Engine", "Served", "announce", "is_forced", "keep", "kept", "serve", "use"]

Engine = Literal["reference", "cpu", "cuda"]


@final
@dataclass(frozen=True)
class Served:
    """Who runs a program, and why; and of whom that is worth a warning, if it is."""

    engine: Engine
    why: str
    whose: str = ""


# What `use` and `keep` ask for; plain lists, which `torch.compile` reads.
_used: list[Engine] = []
_keeps: list[Keep] = []
_told: set[str] = set()


@contextmanager
def use(engine: Engine) -> Generator[None]:
    """Run every neuron on one engine inside the `with` block, in all threads; for debugging and tests.

    Args:
        engine: `"reference"` (plain torch, any device, any derivative), `"cpu"` (Rust) or `"cuda"` (CuPy).
    Raises:
        ParameterError: there is no such engine.
        EngineError: at a call inside the block that the engine cannot serve; the message says why.
    """
    if engine not in get_args(Engine):
        raise ParameterError(f'`engine` must be "reference", "cpu" or "cuda", got {engine!r}')
    _used.append(engine)
    try:
        yield
    finally:
        _used.pop()


@contextmanager
def keep(what: Keep) -> Generator[None]:
    """Choose what forward passes inside the `with` block keep for their backward passes, in all threads.

    By default a neuron keeps its charged states, `Charged()`.

    Args:
        what: `Charged()`, `Charged(half=True)` or `Checkpoints(every=16)`.
    Raises:
        ParameterError: `what` is none of these.
    """
    if not isinstance(what, Charged | Checkpoints):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(f"`what` must be `Charged()` or `Checkpoints()`, got {what!r}")
    _keeps.append(what)
    try:
        yield
    finally:
        _keeps.pop()


def is_forced() -> bool:
    """Whether `use` asks for an engine."""
    return bool(_used)


def kept() -> Keep:
    """What a forward pass keeps now."""
    return _keeps[-1] if _keeps else Charged()


def serve(prepared: Prepared, x: Tensor) -> Served:
    """The engine for a call, with the reason.

    Raises:
        EngineError: `use` asks for an engine that cannot serve the call.
    """
    able = _able(prepared, x)
    if _used and _used[-1] == "reference":
        # Where it serves in any case the other reason says more, but surprises nobody.
        asked = able.engine != "reference"
        return Served("reference", "`spikelet.engine.use` asks for it" if asked else able.why)
    if not _used or _used[-1] == able.engine:
        return able
    raise EngineError(
        f'engine "{_used[-1]}" must be able to serve the call, got one for "{able.engine}": {able.why}'
    )


def announce(prepared: Prepared, served: Served) -> None:
    """Says once for each neuron class, or once for all on CUDA, that only the slow engine can serve."""
    message = f"{served.whose} runs on the reference engine, a slow loop over time: {served.why}"
    # By the whole message: two classes may share a name, but not the line that is in the way.
    if served.whose and message not in _told:
        _told.add(message)
        warnings.warn(message, stacklevel=2)


def _able(prepared: Prepared, x: Tensor) -> Served:
    """The engine that the tensor's device and type ask for."""
    if x.dtype == torch.float64:
        return Served("reference", "`x` is float64, which only plain torch computes")
    if prepared.ready is None:
        name = f"`{prepared.equations.charge.__qualname__}`"
        return Served("reference", prepared.refusal, name if prepared.refusal else "")
    if differentiates_by_transform():
        return Served("reference", "`torch.func` differentiates, which only plain torch follows")
    if x.device.type in ("cpu", "meta"):
        return Served("cpu", "`x` is on the CPU")
    if x.device.type == "cuda":
        reason = cuda.refusal()
        if reason:
            return Served("reference", reason, "every neuron on CUDA")
        return Served("cuda", "`x` is on a CUDA device")
    return Served("reference", f"`x` is on {x.device.type}, which has no kernels yet")
