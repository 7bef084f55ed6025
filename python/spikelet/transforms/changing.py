"""Events with some columns replaced: sorted again where times moved."""

import numpy as np
from numpy.typing import NDArray

from spikelet.events import Events
from spikelet.events.columns import Columns, SensorSize
from spikelet.events.type import adopted


def columns_of(events: Events) -> Columns:
    """The four columns."""
    return events.t, events.x, events.y, events.p


def with_columns(events: Events, columns: Columns, *, sensor_size: SensorSize | None = None) -> Events:
    """`events` over other columns, which must be sorted and on the sensor and are given away."""
    t, x, y, p = columns
    return adopted(
        (
            np.ascontiguousarray(t, dtype=np.int64),
            np.ascontiguousarray(x, dtype=np.uint16),
            np.ascontiguousarray(y, dtype=np.uint16),
            np.ascontiguousarray(p, dtype=np.bool_),
        ),
        sensor_size=events.sensor_size if sensor_size is None else sensor_size,
        origin=events.origin,
        report=events.report,
        metadata=dict(events.metadata),
    )


def joined(one: Columns, two: Columns) -> Columns:
    """The columns of two recordings, one behind the other."""
    return (
        np.concatenate([one[0], two[0]]),
        np.concatenate([one[1], two[1]]),
        np.concatenate([one[2], two[2]]),
        np.concatenate([one[3], two[3]]),
    )


def sorted_by_time(columns: Columns) -> Columns:
    """Columns in order of time; events of one microsecond stay in order."""
    order: NDArray[np.int64] = np.argsort(columns[0], kind="stable")
    t, x, y, p = columns
    return t[order], x[order], y[order], p[order]
