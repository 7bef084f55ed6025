"""How times, sizes and boxes are spelled on the command line."""

import argparse
import re
from decimal import Decimal

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,6})?)")
_SECONDS = re.compile(r"-?\d*\.\d{1,6}|-?\d+\.")
_MICROSECONDS = re.compile(r"-?\d+")
TIMES = "times: 1500 is microseconds, 1.5 seconds, 00:01:02.5 hours, minutes and seconds"


def time_us(text: str) -> int:
    """Microseconds from `1500` (microseconds), `1.5` (seconds) or `00:01:02.5`."""
    if _MICROSECONDS.fullmatch(text):
        return int(text)
    if _SECONDS.fullmatch(text):
        return int(Decimal(text) * 1_000_000)
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups()
        return int((Decimal(hours or 0) * 3600 + Decimal(minutes) * 60 + Decimal(seconds)) * 1_000_000)
    raise argparse.ArgumentTypeError(
        f"a time must be microseconds as 1500, seconds as 1.5 or 00:01:02.5, got {text!r}"
    )


def sensor_size(text: str) -> tuple[int, int]:
    """Width and height from `128x128`."""
    width, cross, height = text.lower().partition("x")
    if not (cross and _is_whole(width) and _is_whole(height)):
        raise argparse.ArgumentTypeError(
            f"a size must be WIDTHxHEIGHT in pixels, got {text!r}; write for example 128x128"
        )
    return int(width), int(height)


def box(text: str) -> tuple[int, int, int, int]:
    """The corner nearest the origin, width and height from `10,20,64,48`."""
    parts = text.split(",")
    if len(parts) != 4 or not all(map(_is_whole, parts)):
        raise argparse.ArgumentTypeError(
            f"a box must be X,Y,WIDTH,HEIGHT in pixels, got {text!r}; write for example 10,20,64,48"
        )
    x, y, width, height = map(int, parts)
    if width == 0 or height == 0:
        raise argparse.ArgumentTypeError(f"a box must hold pixels, got {text!r}; write it as 10,20,64,48")
    return x, y, width, height


def count(text: str) -> int:
    """A whole number above 0."""
    if not _is_whole(text) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"it must be a whole number above 0, got {text!r}")
    return int(text)


def number(text: str) -> int:
    """A whole number from 0 on."""
    if not _is_whole(text):
        raise argparse.ArgumentTypeError(f"it must be a whole number, 0 or above, got {text!r}")
    return int(text)


def rate_hz(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"it must be a number above 0, got {text!r}")
    return value


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal()
