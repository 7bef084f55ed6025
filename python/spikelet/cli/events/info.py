"""`spikelet events info`: what a recording holds."""

import argparse

from spikelet import events
from spikelet.cli.events.answer import answer
from spikelet.cli.events.progress import Progress
from spikelet.cli.events.source import add_source, described


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's own arguments to its parser."""
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    """Prints what was found and returns 0."""
    with Progress(args.file) as progress:
        found = events.info(args.file, **described(args), progress=progress)
    answer(args, found.to_dict(), found)
    return 0
