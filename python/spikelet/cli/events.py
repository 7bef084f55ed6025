"""`spikelet events`: look into recordings."""

import argparse
import json

from spikelet import events
from spikelet.errors import ParameterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's own arguments to its parser."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    info = actions.add_parser(
        "info", help="print what a recording holds", description="Print what a recording holds."
    )
    info.add_argument("file", help="the recording")
    info.add_argument("--json", action="store_true", help="print JSON instead of a table")
    info.add_argument("--format", help="name of the format, where the file does not tell")
    info.add_argument("--sensor-size", metavar="WxH", help="width and height in pixels, as in 128x128")
    info.add_argument("--chip", help="name of the chip, where the file does not tell")


def run(args: argparse.Namespace) -> int:
    """Prints what was asked and returns 0."""
    size = None if args.sensor_size is None else _size(args.sensor_size)
    found = events.info(args.file, format=args.format, sensor_size=size, chip=args.chip)
    print(json.dumps(found.to_dict(), indent=2) if args.json else found)
    return 0


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise ParameterError(
            f"`--sensor-size` must be WIDTHxHEIGHT in pixels, got {text!r}; write for example 128x128"
        )
    return int(width), int(height)
