"""What stands beside the events, on its way to a file: what finds a place there, and what does not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import DtypeError, OrderError, ParameterError
from spikelet.events.beside import Beside, Exposures, Imu, Specials, picked
from spikelet.events.formats import format_named
from spikelet.events.recording import TakesTriggers, Writer
from spikelet.events.report import Report

# What a recording may hold beside events and triggers, as the report counts it, and the kind of it.
_BESIDE = {
    "special_events": ("special events", "specials"),
    "frames": ("frames", "frames"),
    "aps_samples": ("frame samples", "samples"),
    "imu_samples": ("inertial samples", "imu"),
    "exposure_events": ("exposure events", "exposures"),
    "payloads": ("payloads", "payloads"),
}


def refuse_unheld(name: str, beside: Beside) -> None:
    """Refuses what the format called `name` has no place for.

    Raises:
        ParameterError: there is such.
        OrderError: triggers, samples or marks step back in time.
    """
    held = format_named(name).holds
    lost = {kind: count for kind, count in beside.counts().items() if kind not in held}
    if lost:
        listed = ", ".join(f"{kind} ({count})" for kind, count in lost.items())
        rule = f"have only what {name} has a place for ({', '.join(held) or 'nothing'})"
        raise ParameterError(
            f"`beside` must {rule}, got {listed}; leave them out by `beside.only({list(held)!r})` "
            "or choose another format"
        )
    if len(beside.imu) > 0 and not beside.imu.is_scaled:
        raise ParameterError(
            "`beside.imu` must be in units, got plain counts of a chip (`is_scaled` is False); scale them, "
            "or leave them out"
        )
    times = {kind: getattr(beside, kind).t for kind in ("triggers", "imu", "specials", "exposures")}
    times["frames"] = np.array([frame.t for frame in beside.frames], np.int64)
    for kind, t in times.items():
        back = np.flatnonzero(t[1:] < t[:-1])
        if len(back) > 0:
            at = int(back[0]) + 1
            raise OrderError(
                f"`beside.{kind}` must be sorted by t, got {t[at]} after {t[at - 1]} at {at}; sort them"
            )


def fitting(name: str, beside: Beside, *, source: str) -> Beside:
    """The part that the format called `name` has a place for, of a recording in the format `source`."""
    entry = format_named(name)
    # Marks are numbered by each format in its own way; places of exposures count events that may be left out.
    kinds = set(entry.holds) - {"exposures", "colors"} - (set() if source == name else {"specials"})
    if not beside.imu.is_scaled:
        kinds.discard("imu")
    held = beside.only(kinds)
    edges = picked(held.triggers, held.triggers.id < entry.trigger_inputs)
    return _sorted(replace(held, triggers=edges))


def _sorted(beside: Beside) -> Beside:
    """The same, each kind in the order of time, which packets of a recording need not have."""
    return replace(
        beside,
        triggers=picked(beside.triggers, np.argsort(beside.triggers.t, kind="stable")),
        imu=picked(beside.imu, np.argsort(beside.imu.t, kind="stable")),
        frames=tuple(sorted(beside.frames, key=lambda frame: frame.t)),
        specials=picked(beside.specials, np.argsort(beside.specials.t, kind="stable")),
    )


def turned(beside: Beside, *, height: int) -> Beside:
    """The same with places that count from the other corner; rows of frames come from the top in both."""
    frames = tuple(replace(frame, y=height - 1 - frame.y) for frame in beside.frames)
    return replace(beside, frames=frames)


def left_behind(report: Report, *, triggers: int, carried: Mapping[str, int] | None = None) -> dict[str, int]:
    """What was met beside the events and did not go along, by name.

    Args:
        report: what the reading met.
        triggers: how many edges it met.
        carried: what went along, by the names of `Beside`.
    """
    gone = carried or {}
    counts = report.to_dict()
    lost: dict[str, int] = {}
    for name, (words, kind) in _BESIDE.items():
        count = counts.get(name)
        lost[words] = (count if isinstance(count, int) else 0) - gone.get(kind, 0)
    if lost["frames"] < 0:
        # Frames of AEDAT 2 are stored as samples, which have gone over in them.
        del lost["frame samples"]
    lost["triggers"] = triggers - gone.get("triggers", 0)
    return {name: count for name, count in lost.items() if count > 0}


def add(writer: Writer, beside: Beside) -> None:
    """Hands over what finds a place, to be written with the events around it."""
    edges = beside.triggers
    if len(edges) > 0 and isinstance(writer, TakesTriggers):
        writer.add_triggers(
            _column("triggers.t", edges.t, np.int64),
            _column("triggers.id", edges.id, np.uint8),
            _column("triggers.p", edges.p, np.bool_),
        )
    if not isinstance(writer, _core.RawWriter):
        return
    _add_imu(writer, beside.imu)
    _add_specials(writer, beside.specials)
    _add_exposures(writer, beside.exposures)
    if len(beside.colors) > 0:
        writer.add_colors(_column("colors", beside.colors, np.uint8))
    for frame in beside.frames:
        times = (frame.t, frame.start, frame.end, frame.exposure_start, frame.exposure_end)
        writer.add_frame(times, (frame.x, frame.y), frame.pixels)


def _add_imu(writer: _core.RawWriter, imu: Imu) -> None:
    if len(imu) > 0:
        writer.add_imu(
            _column("imu.t", imu.t, np.int64),
            _column("imu.accelerometer", imu.accelerometer, np.float32),
            _column("imu.gyroscope", imu.gyroscope, np.float32),
            _column("imu.magnetometer", imu.magnetometer, np.float32),
            _column("imu.temperature", imu.temperature, np.float32),
        )


def _add_specials(writer: _core.RawWriter, specials: Specials) -> None:
    if len(specials) > 0:
        writer.add_specials(
            _column("specials.t", specials.t, np.int64),
            _column("specials.kind", specials.kind, np.uint8),
            _column("specials.data", specials.data, np.uint32),
        )


def _add_exposures(writer: _core.RawWriter, exposures: Exposures) -> None:
    if len(exposures) > 0:
        writer.add_exposures(
            _column("exposures.t", exposures.t, np.int64),
            _column("exposures.x", exposures.x, np.uint16),
            _column("exposures.y", exposures.y, np.uint16),
            _column("exposures.is_second", exposures.is_second, np.bool_),
            _column("exposures.index", exposures.index, np.uint64),
        )


def _column(name: str, values: NDArray[Any], dtype: type[Any]) -> NDArray[Any]:
    if values.dtype != dtype:
        raise DtypeError(
            f"`beside.{name}` must be {np.dtype(dtype)}, got {values.dtype}; convert it with `astype`"
        )
    return np.ascontiguousarray(values)
