"""SpikingJelly's own slicing, to the last event."""

from dataclasses import dataclass
from typing import final

from spikelet.frames.arguments import settle_whole


@final
@dataclass(frozen=True)
class SpikingJellyByTime:
    r"""SpikingJelly's `frames_number=..., split_by="time"`.

    Bins of $\lfloor (t_{N-1} - t_0) / \mathrm{frames\_number} \rfloor$ microseconds; what is left over, the
    last event always, joins the last bin. An empty bin is an error, as it is there.

    Args:
        frames_number: number of windows.
    Raises:
        ParameterError: `frames_number` is not a whole number above 0.
    Source:
        SpikingJelly 2.0, `spikingjelly/datasets`.
    """

    frames_number: int

    def __post_init__(self) -> None:
        settle_whole(self, "frames_number")


@final
@dataclass(frozen=True)
class SpikingJellyByNumber:
    r"""SpikingJelly's `frames_number=..., split_by="number"`.

    Windows of $\lfloor N / \mathrm{frames\_number} \rfloor$ events; what is left over joins the last one.

    Args:
        frames_number: number of windows.
    Raises:
        ParameterError: `frames_number` is not a whole number above 0.
    Source:
        SpikingJelly 2.0, `spikingjelly/datasets`.
    """

    frames_number: int

    def __post_init__(self) -> None:
        settle_whole(self, "frames_number")


@final
@dataclass(frozen=True, kw_only=True)
class SpikingJellyByDuration:
    r"""SpikingJelly's `duration=...`, in microseconds.

    $F = \lceil (t_{N-1} - t_0) / \mathrm{duration\_us} \rceil$ windows; a last event at exactly
    $F \cdot \mathrm{duration\_us}$ joins the last one. Events at one instant are an error, as they are there.

    Args:
        duration_us: length of a window in microseconds.
    Raises:
        ParameterError: `duration_us` is not a whole number above 0.
    Source:
        SpikingJelly 2.0, `spikingjelly/datasets`. Versions up to 0.0.0.0.14 had another rule.
    """

    duration_us: int

    def __post_init__(self) -> None:
        settle_whole(self, "duration_us")
