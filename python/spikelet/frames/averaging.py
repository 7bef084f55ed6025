"""Averaged time surfaces (HATS): what happened around each event, averaged over cells of the sensor."""

import numpy as np
from numpy.typing import NDArray

from spikelet import _core
from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.events.numbers import checked_integer
from spikelet.frames.fading import Exponential, Fading, Linear
from spikelet.frames.making import Where, checked_kind, checked_polarity, making
from spikelet.frames.polarity import Polarity
from spikelet.frames.slicing import MAX_BYTES, Window
from spikelet.frames.surfaces import named_fading

_MOST_SIDE = 2**16


def averaged_time_surfaces(  # noqa: PLR0913 - all of them keywords
    events: Events,
    *,
    window: Window,
    cell_size: int,
    surface_size: int,
    history_us: int,
    fading: Fading,
    polarity: Polarity = Polarity.TWO_CHANNEL,
    out: NDArray[np.float32] | None = None,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[np.float32]:
    r"""Mean over the events of each cell of the sensor of what happened around them before (HATS).

    For event $i$, $S_i[d_y, d_x] = \sum_j f(t_i - t_j)$ over the earlier events $j$ of the same window, cell
    and polarity at $(x_i + d_x, y_i + d_y)$ with $t_j \ge t_i - \Delta$, and 1 more at the centre for $i$.
    A cell holds the mean of $S_i$ over its events, and 0 without events.

    Args:
        events: sorted events.
        window: how the recording is cut.
        cell_size: side of a cell in pixels; cells begin at x = y = 0, the last of a row or column may be cut.
        surface_size: side $s$ of a surface in pixels, an odd number.
        history_us: how far back a surface looks, $\Delta$ in microseconds.
        fading: what an earlier event is worth, $f$.
        polarity: `Polarity.TWO_CHANNEL` or `Polarity.MERGED`, the channels $C$.
        out: `[T, cells, C, s, s]` float32, overwritten and returned; undefined after an error.
        threads: as for `counts`, but threads share cells.
        max_bytes: as for `counts`.
    Returns:
        `[T, cells, C, s, s]` float32, cells row by row, off events first where there are two channels. The
        time taken grows with the events that lie in one cell within `history_us`.
    Raises:
        DtypeError: `events` is not an `Events`, `window` is no window, `fading` is none, or `out` is not of
            float32.
        OrderError: the events were read with `backward="keep"` and step back.
        ShapeError: `out` has another shape, is not contiguous, or cannot be written to.
        ParameterError: an argument is outside its rule, or the frames would be larger than `max_bytes`.
    Source:
        Sironi et al., HATS, CVPR 2018.
    """
    how = checked_kind("fading", fading, (Exponential, Linear))
    channels = checked_polarity(polarity, (Polarity.TWO_CHANNEL, Polarity.MERGED))
    cell, side, back = checked_surfaces(cell_size, surface_size, history_us)
    given, frames = making(
        events,
        window,
        Where(out, threads, max_bytes),
        cell=np.dtype(np.float32),
        shape=lambda width, height: (-(-width // cell) * -(-height // cell), channels.channels, side, side),
        zeros=False,
    )
    _core.averaged_surfaces_into_frames(
        given, frames, channels.value, (cell, side // 2), back, named_fading(how)
    )
    return frames


def checked_surfaces(cell_size: int, surface_size: int, history_us: int) -> tuple[int, int, int]:
    """The three as plain whole numbers where they are that."""
    cell = checked_integer("cell_size", cell_size, least=1, most=_MOST_SIDE)
    side = checked_integer("surface_size", surface_size, least=1, most=_MOST_SIDE)
    back = checked_integer("history_us", history_us, least=0)
    if side % 2 == 0:
        raise ParameterError(f"`surface_size` must be odd, to have a centre, got {side}")
    return cell, side, back
