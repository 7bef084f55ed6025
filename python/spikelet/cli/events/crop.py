"""`spikelet events crop`: a part of a recording, in time and on the sensor."""

import argparse
from collections.abc import Iterable, Iterator

from spikelet.cli.events.answer import answer
from spikelet.cli.events.progress import Progress
from spikelet.cli.events.source import add_lenient, add_source, streamed, watched
from spikelet.cli.events.spelling import TIMES, box, time_us
from spikelet.cli.events.target import add_target, recorded, told
from spikelet.events import Events
from spikelet.events.alongside import left_behind
from spikelet.transforms import Crop, CropTime


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
    cut = CropTime(start_us=args.start, stop_us=args.stop)
    stream = streamed(args)
    size = stream.sensor_size if args.box is None else args.box[2:]
    with Progress(args.file) as progress:
        parts = map(cut, _until(args.stop, watched(stream, progress)))
        parts = _boxed(args, parts)
        parts = _from_zero(parts) if args.zero else parts
        written = recorded(parts, args, size=size, source_format=stream.format)
    facts = {"source": args.file, "target": args.target, "sensor_size": size, **written.to_dict()}
    lost = left_behind(stream.report, triggers=stream.triggers)
    facts |= {"report": stream.report.to_dict(), "lost": lost}
    answer(args, facts, told(written, target=args.target, lost=lost))
    return 0


def _until(stop: int | None, parts: Iterable[Events]) -> Iterator[Events]:
    for part in parts:
        if stop is not None and len(part) > 0 and part.t[0] >= stop:
            return
        yield part


def _from_zero(parts: Iterable[Events]) -> Iterator[Events]:
    first: int | None = None
    for part in parts:
        if first is None and len(part) > 0:
            first = int(part.t[0])
        yield Events(
            part.t - (first or 0), part.x, part.y, part.p, sensor_size=part.sensor_size, origin=part.origin
        )


def _boxed(args: argparse.Namespace, parts: Iterable[Events]) -> Iterable[Events]:
    if args.box is None:
        return parts
    x, y, width, height = args.box
    return map(Crop(x=x, y=y, width=width, height=height), parts)
