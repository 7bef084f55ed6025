"""`spikelet events verify`: whether a recording is sound, and whether another holds the same events."""

import argparse

from spikelet import events
from spikelet.cli.events.answer import answer
from spikelet.cli.events.progress import Progress
from spikelet.cli.events.source import add_source, described
from spikelet.cli.events.spelling import time_us


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's own arguments to its parser."""
    add_source(parser)
    parser.add_argument("other", nargs="?", help="another recording that should hold the same events")
    parser.add_argument(
        "--time-offset",
        type=time_us,
        default=0,
        metavar="T",
        help="how much earlier the times of the other are, as `convert` said",
    )


def run(args: argparse.Namespace) -> int:
    """Prints what was found; returns 0 where the recording is sound and the other the same, else 1."""
    with Progress(args.file) as progress:
        found = events.verify(
            args.file, args.other, **described(args), time_offset_us=args.time_offset, progress=progress
        )
    answer(args, found.to_dict(), found)
    return 0 if found else 1
