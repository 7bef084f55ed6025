"""Events as tensors of one device, cut into slices."""

from dataclasses import dataclass, field
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spikelet.errors import BoundsError, DtypeError, EngineError, OrderError, ShapeError
from spikelet.events import Events
from spikelet.frames import Window, slices

_TYPES = {"t": torch.int64, "x": torch.uint16, "y": torch.uint16, "p": torch.bool}


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class EventTensors:
    """Sorted events of one sensor on one device, and the slices that become frames.

    What is promised is checked once, here, which waits for the device; nothing that makes frames waits.

    Args:
        t: `[n]` int64, times in microseconds.
        x: `[n]` uint16, columns of the sensor.
        y: `[n]` uint16, rows of the sensor.
        p: `[n]` bool, true is brighter.
        slices: `[T, 2]` int64 on the CPU, first event of each slice and one past its last.
        sensor_size: width and height in pixels.
    Raises:
        DtypeError: a tensor has another type.
        ShapeError: lengths differ, or a slice reaches outside the events.
        EngineError: the tensors are on several devices.
        BoundsError: an event lies outside the sensor.
        OrderError: a timestamp goes backwards.
    """

    t: Tensor
    x: Tensor
    y: Tensor
    p: Tensor
    slices: NDArray[np.int64]
    sensor_size: tuple[int, int]
    slices_there: Tensor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check_columns(self)
        _check_slices(self.slices, len(self.t))
        _check_events(self)
        there = torch.from_numpy(np.ascontiguousarray(self.slices)).to(self.t.device)
        object.__setattr__(self, "slices_there", there)

    @classmethod
    def of(cls, events: Events, *, window: Window, device: torch.device | str) -> "EventTensors":
        """A recording, cut and sent to a device.

        Args:
            events: sorted events.
            window: how the recording is cut.
            device: where the tensors shall be.
        Raises:
            OrderError: the events were read with `backward="keep"` and step back.
        """
        cut = slices(events, window)
        # Copies: columns of events cannot be written to, and a tensor could.
        columns = (torch.from_numpy(column.copy()) for column in (events.t, events.x, events.y, events.p))
        t, x, y, p = (column.to(device) for column in columns)
        return cls(t=t, x=x, y=y, p=p, slices=cut, sensor_size=events.sensor_size)

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.t.device

    def __len__(self) -> int:
        return len(self.t)


def _check_columns(events: EventTensors) -> None:
    for name, dtype in _TYPES.items():
        column: Tensor = getattr(events, name)
        if column.dtype != dtype:
            raise DtypeError(f"`{name}` must be a tensor of {dtype}, got {column.dtype}; convert it first")
        if column.ndim != 1 or len(column) != len(events.t):
            raise ShapeError(f"`{name}` must have shape [{len(events.t)}], got {list(column.shape)}")
        if column.device != events.t.device:
            raise EngineError(
                f"`{name}` must be on {events.t.device} as `t`, got {column.device}; move it with `.to`"
            )
        object.__setattr__(events, name, column.contiguous())


def _check_slices(cut: object, events: int) -> None:
    if not isinstance(cut, np.ndarray) or cut.dtype != np.int64:
        kind = str(cut.dtype) if isinstance(cut, np.ndarray) else type(cut).__name__
        raise DtypeError(f"`slices` must be a numpy array of int64, got {kind}; take `frames.slices`")
    if cut.ndim != 2 or cut.shape[1] != 2:
        raise ShapeError(f"`slices` must have shape [T, 2], got {list(cut.shape)}")
    wrong = (cut[:, 0] < 0) | (cut[:, 0] > cut[:, 1]) | (cut[:, 1] > events)
    if wrong.any():
        first = int(np.argmax(wrong))
        start, stop = cut[first].tolist()
        raise ShapeError(f"slice {first} must lie in the {events} events, got {start}..{stop}")


def _check_events(events: EventTensors) -> None:
    if len(events) == 0:
        return
    width, height = events.sensor_size
    # Torch finds no maximum of uint16.
    x, y = int(events.x.to(torch.int32).max()), int(events.y.to(torch.int32).max())
    if x >= width or y >= height:
        raise BoundsError(
            f"`x`, `y` must lie on the sensor of {width}x{height} pixels, got up to x = {x}, y = {y}; "
            "correct `sensor_size` or leave events out by a mask"
        )
    if bool((events.t[1:] < events.t[:-1]).any()):
        raise OrderError("`t` must not go backwards; sort all columns by `torch.argsort(t, stable=True)`")
