"""How a recording is cut into frames, by one option of the command line."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from spikelet.cli.events.spelling import TIMES, count, number, time_us
from spikelet.errors import ParameterError
from spikelet.frames import (
    ByCount,
    ByTime,
    IntoByCount,
    IntoByTime,
    Slices,
    SpikingJellyByDuration,
    SpikingJellyByNumber,
    SpikingJellyByTime,
    TimeSlices,
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


def slices(text: str) -> Window:
    """Slices of one's own, by the numbers of their events."""
    starts, stops = _ends(text, number)
    return _checked(lambda: Slices(starts, stops))


def time_slices(text: str) -> Window:
    """Slices of one's own, by time."""
    starts, stops = _ends(text, time_us)
    return _checked(lambda: TimeSlices(starts_us=starts, stops_us=stops))


_OPTIONS = (
    ("--by-time", by_time, "T", "frames of T, microseconds as 1000 or seconds as 0.001"),
    ("--by-count", by_count, "N", "frames of N events"),
    ("--into-by-time", into_by_time, "N", "N frames of one duration"),
    ("--into-by-count", into_by_count, "N", "N frames whose counts differ by 1 at most"),
    ("--spikingjelly-by-time", spikingjelly_by_time, "N", "as SpikingJelly splits by time into N"),
    ("--spikingjelly-by-number", spikingjelly_by_number, "N", "as SpikingJelly splits by number into N"),
    ("--spikingjelly-by-duration", spikingjelly_by_duration, "T", "as SpikingJelly splits by duration T"),
    ("--slices", slices, "LIST", "frames of the events from A to before B each, as in 0..100,50..150"),
    (
        "--time-slices",
        time_slices,
        "LIST",
        f"frames from time A to before B each, as in 0.5..1,1..1.5; {TIMES}",
    ),
)


def add_window(parser: argparse.ArgumentParser, *, default: Window | None) -> None:
    """Adds the options of which one says the window; needed where there is no default."""
    group = parser.add_mutually_exclusive_group(required=default is None)
    for option, made, metavar, told in _OPTIONS:
        group.add_argument(option, dest="window", type=made, default=default, metavar=metavar, help=told)
    parser.add_argument(
        "--overlap",
        metavar="T|N",
        help="what a frame of --by-time T or --by-count N shares with the next, in the same unit",
    )


def window_asked(args: argparse.Namespace) -> Window:
    """The window with the overlap that was asked for, which must have a place for one."""
    if args.overlap is None:
        return args.window
    try:
        return _overlapping(args.window, args.overlap)
    except argparse.ArgumentTypeError as error:
        return args.refuse(f"argument --overlap: {error}")


def _overlapping(window: Window, text: str) -> Window:
    match window:
        case ByTime():
            overlap_us = time_us(text)
            return _checked(lambda: replace(window, overlap_us=overlap_us))
        case ByCount():
            overlap = number(text)
            return _checked(lambda: replace(window, overlap=overlap))
        case _:
            raise argparse.ArgumentTypeError("it goes with --by-time or --by-count")


def _ends(text: str, end: Callable[[str], int]) -> tuple[list[int], list[int]]:
    """Starts and stops from `A..B,A..B`, or from the file named behind an `@`, which has one a line."""
    listed = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
    starts: list[int] = []
    stops: list[int] = []
    for each in filter(None, map(str.strip, listed.replace("\n", ",").split(","))):
        start, dots, stop = each.partition("..")
        # Three dots could belong to a number on either side.
        if not dots or "..." in each:
            raise argparse.ArgumentTypeError(
                f"a slice must be START..STOP, got {each!r}; write for example 0..100"
            )
        starts.append(end(start))
        stops.append(end(stop))
    if not starts:
        raise argparse.ArgumentTypeError(f"there must be a slice at least, got {text!r}; write 0..100")
    return starts, stops


def _checked(made: Callable[[], Window]) -> Window:
    try:
        return made()
    except ParameterError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
