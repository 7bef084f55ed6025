"""How a recording is cut into frames, by one option of the command line."""

import argparse

from spikelet.cli.events.spelling import count, time_us
from spikelet.frames import (
    ByCount,
    ByTime,
    IntoByCount,
    IntoByTime,
    SpikingJellyByDuration,
    SpikingJellyByNumber,
    SpikingJellyByTime,
    Window,
)


def by_time(text: str) -> Window:
    """Windows of a time."""
    return ByTime(us=count(str(time_us(text))))


def by_count(text: str) -> Window:
    """Windows of so many events."""
    return ByCount(count(text))


def into_by_time(text: str) -> Window:
    """So many windows of one duration."""
    return IntoByTime(count(text))


def into_by_count(text: str) -> Window:
    """So many windows of one count."""
    return IntoByCount(count(text))


def spikingjelly_by_time(text: str) -> Window:
    """SpikingJelly's own windows by time."""
    return SpikingJellyByTime(count(text))


def spikingjelly_by_number(text: str) -> Window:
    """SpikingJelly's own windows by number."""
    return SpikingJellyByNumber(count(text))


def spikingjelly_by_duration(text: str) -> Window:
    """SpikingJelly's own windows of a duration."""
    return SpikingJellyByDuration(duration_us=count(str(time_us(text))))


_OPTIONS = (
    ("--by-time", by_time, "T", "frames of T, microseconds as 1000 or seconds as 0.001"),
    ("--by-count", by_count, "N", "frames of N events"),
    ("--into-by-time", into_by_time, "N", "N frames of one duration"),
    ("--into-by-count", into_by_count, "N", "N frames whose counts differ by 1 at most"),
    ("--spikingjelly-by-time", spikingjelly_by_time, "N", "as SpikingJelly splits by time into N"),
    ("--spikingjelly-by-number", spikingjelly_by_number, "N", "as SpikingJelly splits by number into N"),
    ("--spikingjelly-by-duration", spikingjelly_by_duration, "T", "as SpikingJelly splits by duration T"),
)


def add_window(parser: argparse.ArgumentParser, *, default: Window | None) -> None:
    """Adds the options of which one says the window; needed where there is no default."""
    group = parser.add_mutually_exclusive_group(required=default is None)
    for option, made, metavar, told in _OPTIONS:
        group.add_argument(option, dest="window", type=made, default=default, metavar=metavar, help=told)
