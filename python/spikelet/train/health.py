"""Layers that say nothing: told once, with numbers and what to try."""

import warnings
from collections.abc import Mapping

__all__ = ["warn_of_lost_layers"]

# A layer that spikes at 99 of 100 chances tells as little as one that never does.
SATURATED = 0.99


def warn_of_lost_layers(rates: Mapping[str, float], *, epoch: int, warned: set[str], stacklevel: int) -> None:
    """Warn of each layer, once in a run, that was dead or saturated all through an epoch.

    Args:
        rates: mean spikes per neuron and time step, by layer.
        epoch: number of the epoch that they were measured in.
        warned: layers that were spoken of before; those of now are added.
        stacklevel: frames between here and the caller to name.
    """
    for layer, rate in rates.items():
        if layer in warned or not (rate == 0.0 or rate >= SATURATED):
            continue
        warned.add(layer)
        what, advice = (
            ("is dead", "lower its threshold, or scale its weights or input up")
            if rate == 0.0
            else ("is saturated", "raise its threshold, or scale its weights or input down")
        )
        warnings.warn(
            f"layer `{layer}` {what}: {rate:.3f} spikes per neuron and step in epoch {epoch}; {advice}",
            stacklevel=stacklevel + 1,
        )
