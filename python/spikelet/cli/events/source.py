"""The recording that an action reads, and how."""

import argparse
from typing import TypedDict

from spikelet import events
from spikelet.cli.events.spelling import number, sensor_size
from spikelet.events import Events, EventStream


class Description(TypedDict):
    """What the user knows of a file better than the file."""

    format: str | None
    sensor_size: tuple[int, int] | None
    chip: str | None
    order: str | None
    stream: int | None
    keep_invalid: bool


def add_source(parser: argparse.ArgumentParser) -> None:
    """Adds the file and what describes it."""
    parser.add_argument("file", help="the recording")
    parser.add_argument("--format", help="name of its format, where the file does not tell")
    parser.add_argument(
        "--sensor-size", type=sensor_size, metavar="WxH", help="width and height in pixels, as in 128x128"
    )
    parser.add_argument("--chip", help="name of the chip, where the file does not tell")
    parser.add_argument(
        "--order", metavar="COLUMNS", help='columns of a text, as in "t x y p", where the file does not tell'
    )
    parser.add_argument(
        "--stream", type=number, metavar="N", help="stream of the events, where a file holds several"
    )
    parser.add_argument(
        "--keep-invalid", action="store_true", help="take also events that the camera marked invalid"
    )


def add_lenient(parser: argparse.ArgumentParser) -> None:
    """Adds the wish to go on past bad events."""
    told = "drop and count events that are out of bounds or step back, and ignore a cut end"
    parser.add_argument("--lenient", action="store_true", help=told)


def described(args: argparse.Namespace) -> Description:
    """The arguments of `events.info` and the readers."""
    return {
        "format": args.format,
        "sensor_size": args.sensor_size,
        "chip": args.chip,
        "order": args.order,
        "stream": args.stream,
        "keep_invalid": args.keep_invalid,
    }


def streamed(
    args: argparse.Namespace, *, start_us: int | None = None, stop_us: int | None = None
) -> EventStream:
    """The file as a stream, or a slice of it."""
    return events.stream(
        args.file, **described(args), lenient=args.lenient, start_us=start_us, stop_us=stop_us
    )


def whole(args: argparse.Namespace) -> Events:
    """All events of the file."""
    return events.read(args.file, **described(args), lenient=args.lenient, backward="drop")
