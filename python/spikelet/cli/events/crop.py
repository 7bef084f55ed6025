"""`spikelet events crop`: a part of a recording, in time and on the sensor."""

import argparse

from spikelet.cli.events.answer import answer
from spikelet.cli.events.progress import Progress
from spikelet.cli.events.source import add_lenient, add_source, streamed
from spikelet.cli.events.spelling import TIMES, box, time_us
from spikelet.cli.events.target import add_target, place
from spikelet.events import Events
from spikelet.events.converting import Parts, parts_of, rewritten
from spikelet.events.moved import Box, counted_from, inside
from spikelet.transforms import Crop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's own arguments to its parser."""
    add_source(parser)
    add_target(parser)
    add_lenient(parser)
    parser.add_argument("--start", type=time_us, metavar="T", help=f"first time taken; {TIMES}")
    parser.add_argument("--stop", type=time_us, metavar="T", help="first time no longer taken")
    parser.add_argument(
        "--box", type=box, metavar="X,Y,W,H", help="pixels taken; their corner becomes x = y = 0"
    )
    parser.add_argument("--zero", action="store_true", help="count times from the first event taken")


def run(args: argparse.Namespace) -> int:
    """Writes the part, says how much it is, and returns 0."""
    if args.start is None and args.stop is None and args.box is None and not args.zero:
        args.refuse("say what to take by --start, --stop, --box or --zero")
    stream = streamed(args, start_us=args.start, stop_us=args.stop)
    size = stream.sensor_size if args.box is None else args.box[2:]
    with Progress(args.file) as progress:
        parts = parts_of(stream, progress=progress)
        parts = parts if args.box is None else _boxed(parts, args.box)
        parts = _from_zero(parts) if args.zero else parts
        done = rewritten(stream, parts, place(args, source_format=stream.format), sensor_size=size)
    facts = {"source": args.file, "target": args.target, "sensor_size": size, **done.to_dict()}
    answer(args, facts, f"{args.target}: {done}")
    return 0


def _boxed(parts: Parts, box: Box) -> Parts:
    x, y, width, height = box
    crop = Crop(x=x, y=y, width=width, height=height)
    for part, beside in parts:
        yield crop(part), inside(beside, box, origin=part.origin)


def _from_zero(parts: Parts) -> Parts:
    zero: int | None = None
    for part, beside in parts:
        if zero is None and len(part) > 0:
            zero = int(part.t[0])
        if zero is not None:
            moved = Events(
                part.t - zero, part.x, part.y, part.p, sensor_size=part.sensor_size, origin=part.origin
            )
            yield moved, counted_from(beside, zero)
