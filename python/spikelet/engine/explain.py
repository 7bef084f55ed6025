"""What a neuron computes and who computes it, as text."""

import torch

from spikelet.dynamics.printing import readable
from spikelet.engine import cpu
from spikelet.engine.choice import kept, serve
from spikelet.engine.prepared import Prepared

__all__ = ["explain"]


def explain(prepared: Prepared, *, device: torch.device) -> str:
    """Equations, derivative, and who serves them on `device` and why."""
    served = serve(prepared, torch.empty(0, device=device))
    lines = [] if prepared.ready is None else [readable(prepared.ready.program)]
    by = "reference engine (plain torch)"
    if prepared.ready is not None and served.engine == "cpu":
        by = f"Rust, {cpu.kernel(prepared.ready.text).served_by}"
    elif served.engine == "cuda":
        by = "CUDA, kernels generated from these equations"
    lines += [f"served by: {by}", f"because: {served.why}"]
    if served.engine != "reference":
        lines.append(f"kept for the backward pass: {kept()}")
    return "\n".join(lines)
