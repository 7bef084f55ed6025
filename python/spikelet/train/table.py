"""The table that a training run prints."""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["aligned", "table"]


def table(epochs: Sequence[Mapping[str, Any]], *, best: int) -> str:
    """Epochs as plain aligned text: accuracies in per cent, rates in spikes per neuron and time step.

    Columns that no epoch has a number for are left out.
    """
    layers = list(epochs[0]["rates"])
    head = ["epoch", "train %", "valid %", "test %", *(f"rate {layer}" for layer in layers), "events/s", "s"]
    rows = [
        [
            f"{row['epoch']}{'*' if row['epoch'] == best else ' '}",
            _percent(row["train_accuracy"]),
            _percent(row["validation_accuracy"]),
            _percent(row["test_accuracy"]),
            *(f"{row['rates'][layer]:.3f}" for layer in layers),
            "" if row["events_per_second"] is None else _short(row["events_per_second"]),
            f"{row['seconds']:.1f}",
        ]
        for row in epochs
    ]
    used = [column for column in range(len(head)) if any(row[column] for row in rows)]
    return aligned([[line[column] for column in used] for line in [head, *rows]])


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Cells in right-aligned columns, two blanks apart."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _percent(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:.2f}"


def _short(number: float) -> str:
    if number >= 1e6:
        return f"{number / 1e6:.2f} M"
    if number >= 1e3:
        return f"{number / 1e3:.0f} k"
    return f"{number:.0f}"
