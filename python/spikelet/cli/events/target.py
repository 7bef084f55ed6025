"""The recording that an action writes."""

import argparse
from pathlib import Path

from spikelet import events
from spikelet.events.converting import Target


def add_target(parser: argparse.ArgumentParser) -> None:
    """Adds the file to write and its format."""
    parser.add_argument("target", type=_file, help="where the result goes")
    parser.add_argument("--to", metavar="FORMAT", help="name of the target's format")
    parser.add_argument("--to-chip", metavar="CHIP", help="name of the chip, for formats by chip")
    add_overwrite(parser)


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Adds the permission to replace a file."""
    parser.add_argument("--overwrite", action="store_true", help="replace the target where it stands already")


def place(args: argparse.Namespace, *, source_format: str) -> Target:
    """Where the result goes; in the source's own format where its name allows that and no other is said."""
    return Target(
        path=args.target,
        format=_format_of(args, source_format),
        chip=args.to_chip,
        overwrite=args.overwrite,
    )


def _file(word: str) -> str:
    if word == "-":
        raise argparse.ArgumentTypeError("the target must be a file, got -; give it a name")
    return word


def _format_of(args: argparse.Namespace, source_format: str) -> str | None:
    """What was said, or the source's own format where the target's ending may be that."""
    if args.to is not None:
        return args.to
    ending = Path(args.target).suffix.lower()
    own = next(entry for entry in events.formats() if entry.name == source_format)
    return own.name if own.is_written and ending in own.extensions else None
