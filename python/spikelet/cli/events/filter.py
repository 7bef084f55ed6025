"""`spikelet events filter`: a recording without noise, filter after filter in the order given."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Protocol, final

from spikelet import events
from spikelet.cli.events.answer import answer
from spikelet.cli.events.progress import Progress
from spikelet.cli.events.source import add_lenient, add_source, described, streamed, watched, whole
from spikelet.cli.events.spelling import count, rate_hz, time_us
from spikelet.cli.events.target import add_target, recorded, told
from spikelet.errors import ParameterError
from spikelet.events import Events
from spikelet.transforms import Denoise, HotPixelFilter, RefractoryPeriod

Filter = Denoise | HotPixelFilter | RefractoryPeriod


class _Group(Protocol):
    """What options are added to."""

    add_argument: Callable[..., argparse.Action]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's own arguments to its parser."""
    add_source(parser)
    add_target(parser)
    add_lenient(parser)
    steps = parser.add_argument_group("filters, at least one, used in the order given")
    _add_step(
        steps,
        "--refractory",
        lambda text: RefractoryPeriod(us=_positive_us(text)),
        metavar="T",
        told="drop an event that follows another of its pixel within T",
    )
    _add_step(
        steps,
        "--denoise",
        lambda text: Denoise(us=_positive_us(text)),
        metavar="T",
        told="drop an event without another on the eight pixels around within T before it",
    )
    _add_step(
        steps,
        "--hot-pixels",
        lambda text: HotPixelFilter(rate_hz=rate_hz(text)),
        metavar="HZ",
        told="drop pixels with more events per second; needs memory for the whole recording",
    )
    _add_step(
        steps,
        "--hot-pixels-sigmas",
        lambda text: HotPixelFilter(sigmas=rate_hz(text)),
        metavar="S",
        told="drop pixels with more events than the mean by S standard deviations; needs the same memory",
    )


def run(args: argparse.Namespace) -> int:
    """Writes what the filters let through, says what each dropped, and returns 0."""
    if not args.steps:
        args.refuse("say what to drop by --refractory, --denoise, --hot-pixels or --hot-pixels-sigmas")
    needs_all = any(isinstance(step, HotPixelFilter) for _, step in args.steps)
    stream = streamed(args)
    with Progress(args.file) as progress:
        tallies = [_Tally((whole(args),) if needs_all else watched(stream, progress))]
        for _, step in args.steps:
            tallies.append(_Tally(_through(step, tallies[-1])))
        written = recorded(tallies[-1], args, size=stream.sensor_size, source_format=stream.format)
    dropped = [before.events - after.events for before, after in pairwise(tallies)]
    steps = [{"filter": name, "dropped": drops} for (name, _), drops in zip(args.steps, dropped, strict=True)]
    # Where hot pixels are looked for, the stream was not read.
    triggers = events.info(args.file, **described(args)).triggers if needs_all else stream.triggers
    facts = {"source": args.file, "target": args.target, **written.to_dict(), "filters": steps}
    facts["lost"] = {"triggers": triggers}
    lines = [f"{step['filter']}: {step['dropped']} events dropped" for step in steps]
    answer(args, facts, "\n".join([*lines, told(written, target=args.target, triggers=triggers)]))
    return 0


@final
class _Tally:
    """Parts that pass by, and how many events they hold."""

    def __init__(self, parts: Iterable[Events]) -> None:
        self.events = 0
        self._parts = parts

    def __iter__(self) -> Iterator[Events]:
        for part in self._parts:
            self.events += len(part)
            yield part


def _through(step: Filter, parts: Iterable[Events]) -> Iterable[Events]:
    # Its state goes from part to part; hot pixels are found in a whole.
    return map(step, parts) if isinstance(step, HotPixelFilter) else step.over(parts)


def _add_step(group: _Group, option: str, made: Callable[[str], Filter], *, metavar: str, told: str) -> None:
    def step(text: str) -> tuple[str, Filter]:
        try:
            return option.removeprefix("--"), made(text)
        except ParameterError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    group.add_argument(option, dest="steps", action="append", type=step, metavar=metavar, help=told)


def _positive_us(text: str) -> int:
    return count(str(time_us(text)))
