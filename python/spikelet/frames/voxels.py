"""Voxel grids and event-spike tensors: events spread over bins of time."""

from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.events import Events
from spikelet.events.numbers import checked_integer
from spikelet.frames.fading import Alpha, Exponential, Kernel, Trilinear
from spikelet.frames.making import Where, checked_kind, checked_polarity, making
from spikelet.frames.polarity import Polarity
from spikelet.frames.slicing import MAX_BYTES, Window

_FLOAT = np.dtype(np.float32)
# More bins than this are frames of their own.
MOST_BINS = 2**16


class Measure(Enum):
    """What an event puts into its bins."""

    COUNT = "count"
    """1."""

    TIME = "time"
    """Its time within the slice, from 0 at the first event to 1 at the last."""


def voxel_grid(
    events: Events,
    *,
    window: Window,
    bins: int,
    polarity: Polarity = Polarity.SIGNED,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[np.float32]:
    r"""Events of each window spread over bins of time, each shared by the two bins around it.

    $V[k, b, y, x] = \sum_{i \in \mathrm{slice}_k,\ x_i = x,\ y_i = y} s_i \max(0, 1 - |b - \tau_i|)$ with
    $\tau_i = (B - 1)(t_i - t_\mathrm{first}) / (t_\mathrm{last} - t_\mathrm{first})$ between the first and
    last event of the slice, and 0 where these are at one instant; $s_i$ is 1 for on and -1 for off events,
    or 1 for all with `Polarity.MERGED`.

    Args:
        events: sorted events; their sensor gives width $W$ and height $H$.
        window: how the recording is cut.
        bins: number of bins $B$.
        polarity: `Polarity.SIGNED` or `Polarity.MERGED`; off and on apart is `event_spike_tensor`.
        out: `[T, B, H, W]` float32, overwritten and returned; undefined after an error.
        threads: as for `counts`, but threads share bins too.
        max_bytes: as for `counts`.
    Returns:
        `[T, B, H, W]` float32. A frame sums to its on events less its off events, or to its events, but for
        rounding.
    Raises:
        DtypeError: `events` is not an `Events`, `window` is no window, or `out` is not of float32.
        OrderError: the events were read with `backward="keep"` and step back.
        ShapeError: `out` has another shape, is not contiguous, or cannot be written to.
        ParameterError: an argument is outside its rule, or the frames would be larger than `max_bytes`.
    Source:
        Zhu et al., Unsupervised event-based learning, CVPR 2019.
    """
    channels = checked_polarity(polarity, (Polarity.SIGNED, Polarity.MERGED))
    planes = checked_integer("bins", bins, least=1, most=MOST_BINS)
    given, frames = making(
        events,
        window,
        Where(out, threads, max_bytes),
        cell=_FLOAT,
        shape=lambda width, height: (planes, height, width),
    )
    _core.voxel_grid_into_frames(
        given, frames, channels.value, planes, ("trilinear", 1.0), Measure.COUNT.value
    )
    return frames


def event_spike_tensor(
    events: Events,
    *,
    window: Window,
    bins: int,
    kernel: Kernel | None = None,
    measure: Measure = Measure.COUNT,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[np.float32]:
    r"""Events of each window spread over bins of time by a kernel, off and on apart (EST).

    $E[k, c, b, y, x] = \sum_i f_i\, \kappa(i, b)$ over the events of slice $k$ with $p_i = c$ on the pixel.
    The bins stand evenly from the first event of the slice to the last; with one bin, or events at one
    instant, every event stands at bin 0. `Trilinear` weighs by the distance in bins; `Exponential` and
    `Alpha` by the time from the event to the bin, and leave bins before the event alone.

    Args:
        events: sorted events; their sensor gives width $W$ and height $H$.
        window: how the recording is cut.
        bins: number of bins $B$.
        kernel: $\kappa$; `Trilinear()` where None, as the voxel grid.
        measure: $f$, 1 or the time within the slice.
        out: `[T, 2, B, H, W]` float32, overwritten and returned; undefined after an error.
        threads: as for `counts`, but threads share bins and polarities too.
        max_bytes: as for `counts`.
    Returns:
        `[T, 2, B, H, W]` float32, off events first.
    Raises:
        DtypeError: `kernel` or `measure` is none; otherwise as `voxel_grid` raises.
    Source:
        Gehrig et al., End-to-end learning of representations for event-based data, ICCV 2019.
    """
    chosen = checked_kind("kernel", kernel or Trilinear(), (Trilinear, Exponential, Alpha))
    what = checked_kind("measure", measure, (Measure,))
    planes = checked_integer("bins", bins, least=1, most=MOST_BINS)
    given, frames = making(
        events,
        window,
        Where(out, threads, max_bytes),
        cell=_FLOAT,
        shape=lambda width, height: (2, planes, height, width),
    )
    _core.voxel_grid_into_frames(
        given, frames, Polarity.TWO_CHANNEL.value, planes, _named(chosen), what.value
    )
    return frames


def _named(kernel: Any) -> tuple[str, float]:
    if isinstance(kernel, Trilinear):
        return "trilinear", 1.0
    return type(kernel).__name__.lower(), kernel.tau_us
