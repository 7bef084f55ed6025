"""`spikelet events convert`: a recording in another format."""

import argparse

from spikelet import events
from spikelet.cli.events.answer import answer
from spikelet.cli.events.progress import Progress
from spikelet.cli.events.source import add_lenient, add_source, described, streamed
from spikelet.cli.events.target import add_target
from spikelet.events import Converted, Difference


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's own arguments to its parser."""
    add_source(parser)
    add_target(parser)
    add_lenient(parser)
    parser.add_argument(
        "--verify", action="store_true", help="read both again and compare; status 1 where they differ"
    )


def run(args: argparse.Namespace) -> int:
    """Converts, says what was carried and lost, and returns 0, or 1 where the target differs."""
    if args.verify and args.lenient:
        args.refuse("--verify compares with all that the source stores; --lenient leaves some of it out")
    with Progress(args.file) as progress:
        done = events.convert(
            streamed(args),
            args.target,
            format=args.to,
            chip=args.to_chip,
            overwrite=args.overwrite,
            progress=progress,
        )
        difference = _difference(args, done, progress) if args.verify else None
    facts = {"source": args.file, "target": args.target, **done.to_dict()}
    if difference is not None:
        facts["is_same"] = not difference
    text = f"{args.target}: {done}"
    answer(args, facts, text if difference is None else f"{text}\n{difference}")
    return 1 if difference else 0


def _difference(args: argparse.Namespace, done: Converted, progress: Progress) -> Difference | None:
    found = events.verify(
        args.file, args.target, **described(args), time_offset_us=done.time_offset_us, progress=progress
    )
    return found.difference
