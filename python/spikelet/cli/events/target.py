"""The recording that an action writes."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

from spikelet import events
from spikelet.events import Events, Written


def add_target(parser: argparse.ArgumentParser) -> None:
    """Adds the file to write and its format."""
    parser.add_argument("target", help="where the result goes")
    parser.add_argument("--to", metavar="FORMAT", help="name of the target's format")
    parser.add_argument("--to-chip", metavar="CHIP", help="name of the chip, for formats by chip")
    add_overwrite(parser)


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Adds the permission to replace a file."""
    parser.add_argument("--overwrite", action="store_true", help="replace the target where it stands already")


def recorded(
    parts: Iterable[Events], args: argparse.Namespace, *, size: tuple[int, int], source_format: str
) -> Written:
    """Writes parts of a recording to the target."""
    out = events.writer(
        args.target,
        sensor_size=size,
        format=_format_of(args, source_format),
        chip=args.to_chip,
        overwrite=args.overwrite,
    )
    with out:
        for part in parts:
            out.write(part.with_origin(out.origin))
    return out.written


def _format_of(args: argparse.Namespace, source_format: str) -> str | None:
    """What was said, or the source's own format where the target's ending may be that."""
    if args.to is not None:
        return args.to
    ending = Path(args.target).suffix.lower()
    own = next(entry for entry in events.formats() if entry.name == source_format)
    return own.name if own.is_written and ending in own.extensions else None


def told(written: Written, *, target: str, lost: Mapping[str, int]) -> str:
    """A line about what stands in the target, and one for each kind of what of the source does not."""
    text = f"{target}: {written.events} events written as {written.format} in {written.bytes} bytes"
    if written.time_offset_us != 0:
        text = f"{text}; times are {written.time_offset_us} us earlier, for the format's counter is too short"
    return "\n".join([text, *(f"{name} left behind: {count}" for name, count in lost.items())])
