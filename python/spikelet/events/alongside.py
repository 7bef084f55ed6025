"""What stands beside the events, on its way to a file: what finds a place there, and what does not."""

from collections.abc import Container, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import DtypeError, OrderError, ParameterError
from spikelet.events.beside import Beside, Frame, has_plain_counts, picked
from spikelet.events.formats import format_named
from spikelet.events.recording import TakesTriggers, Writer

# What people call the kinds of `Beside`.
WORDS = {
    "specials": "special events",
    "frames": "frames",
    "samples": "frame samples",
    "imu": "inertial samples",
    "exposures": "exposure events",
    "payloads": "payloads",
    "triggers": "triggers",
}
# Its empty columns are of the types that writers take.
_NOTHING = Beside()


def refuse_unheld(name: str, beside: Beside) -> None:
    """Refuses what the format called `name` has no place for.

    Raises:
        ParameterError: there is such.
        OrderError: triggers, samples or marks step back in time.
    """
    counts = beside.counts()
    # So it is with most parts of most recordings, for each of which the checks would take 24 us.
    if not counts:
        return
    held = format_named(name).holds
    lost = {kind: count for kind, count in counts.items() if kind not in held}
    if lost:
        listed = ", ".join(f"{kind} ({count})" for kind, count in lost.items())
        rule = f"have only what {name} has a place for ({', '.join(held) or 'nothing'})"
        raise ParameterError(
            f"`beside` must {rule}, got {listed}; leave them out by `beside.only({list(held)!r})` "
            "or choose another format"
        )
    if len(beside.imu) > 0 and beside.imu.is_scaled == has_plain_counts(name):
        rule = "plain counts of the chip" if has_plain_counts(name) else "in units"
        raise ParameterError(
            f"`beside.imu` must be {rule} in {name}, got `is_scaled` {beside.imu.is_scaled}; "
            "scale them, or leave them out"
        )
    times = {
        kind: getattr(beside, kind).t for kind in ("triggers", "imu", "samples", "specials", "exposures")
    }
    times["frames"] = np.array([frame.t for frame in beside.frames], np.int64)
    for kind, t in times.items():
        back = np.flatnonzero(t[1:] < t[:-1])
        if len(back) > 0:
            at = int(back[0]) + 1
            raise OrderError(
                f"`beside.{kind}` must be sorted by t, got {t[at]} after {t[at - 1]} at {at}; sort them"
            )


def fitting(name: str, beside: Beside, *, kinds: Container[str]) -> Beside:
    """The part of `kinds` that the format called `name` has a place for, each in the order of time."""
    if not beside.counts():
        return beside
    held = beside.only(kinds)
    if held.imu.is_scaled == has_plain_counts(name):
        held = replace(held, imu=_NOTHING.imu)
    if name == "aedat3":
        held = replace(held, frames=tuple(filter(_fits_aedat3, held.frames)))
    edges = picked(held.triggers, held.triggers.id < format_named(name).trigger_inputs)
    return _sorted(replace(held, triggers=edges))


def _fits_aedat3(frame: Frame) -> bool:
    """Whether its pixels have 16 bits, and its time is one of the four stored, whose upper bits agree."""
    times = (frame.start, frame.end, frame.exposure_start, frame.exposure_end)
    is_near = len({t >> 31 for t in times}) == 1
    return frame.pixels.dtype == np.uint16 and frame.t in times and is_near


def _sorted(beside: Beside) -> Beside:
    """The same, each kind in the order of time, which packets of a recording need not have."""
    return replace(
        beside,
        triggers=picked(beside.triggers, np.argsort(beside.triggers.t, kind="stable")),
        imu=picked(beside.imu, np.argsort(beside.imu.t, kind="stable")),
        frames=tuple(sorted(beside.frames, key=lambda frame: frame.t)),
        samples=picked(beside.samples, np.argsort(beside.samples.t, kind="stable")),
        specials=picked(beside.specials, np.argsort(beside.specials.t, kind="stable")),
    )


def left_behind(met: Mapping[str, int], *, carried: Mapping[str, int]) -> dict[str, int]:
    """What did not go along of what was met beside the events, by what people call it.

    Args:
        met: how many there were, by the names of `Beside`.
        carried: how many went along.
    """
    lost = {words: met.get(kind, 0) - carried.get(kind, 0) for kind, words in WORDS.items()}
    # What frames were made of has gone over in them, or they in it.
    for kind, other in (("frames", "samples"), ("samples", "frames")):
        if carried.get(kind, 0) > 0:
            del lost[WORDS[other]]
    return {words: count for words, count in lost.items() if count > 0}


def add(writer: Writer, beside: Beside) -> None:
    """Hands over what finds a place, to be written with the events around it."""
    if len(beside.triggers) > 0 and isinstance(writer, TakesTriggers):
        writer.add_triggers(*_columns(beside, "triggers"))
    if not isinstance(writer, _core.RawWriter):
        return
    if len(beside.imu) > 0:
        writer.add_imu(*_columns(beside, "imu"))
    if len(beside.samples) > 0:
        writer.add_samples(*_columns(beside, "samples"))
    if len(beside.specials) > 0:
        writer.add_specials(*_columns(beside, "specials"))
    if len(beside.exposures) > 0:
        writer.add_exposures(*_columns(beside, "exposures"))
    if len(beside.colors) > 0:
        writer.add_colors(_checked("colors", beside.colors, like=_NOTHING.colors))
    for frame in beside.frames:
        times = (frame.t, frame.start, frame.end, frame.exposure_start, frame.exposure_end)
        writer.add_frame(times, (frame.x, frame.y), frame.pixels)


def _columns(beside: Beside, kind: str) -> tuple[NDArray[Any], ...]:
    """The columns of a kind in the order of its fields, which is that of the writer's arguments."""
    items, empty = getattr(beside, kind), getattr(_NOTHING, kind)
    columns = {each.name: getattr(empty, each.name) for each in fields(empty)}
    return tuple(
        _checked(f"{kind}.{name}", getattr(items, name), like=column)
        for name, column in columns.items()
        if isinstance(column, np.ndarray)
    )


def _checked(name: str, values: NDArray[Any], *, like: NDArray[Any]) -> NDArray[Any]:
    if values.dtype != like.dtype:
        raise DtypeError(
            f"`beside.{name}` must be {like.dtype}, got {values.dtype}; convert it with `astype`"
        )
    return np.ascontiguousarray(values)
