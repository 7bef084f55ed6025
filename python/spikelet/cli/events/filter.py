"""`spikelet events filter`: a recording without noise, filter after filter in the order given."""

import argparse
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Protocol, final

from spikelet.cli.events.answer import answer
from spikelet.cli.events.progress import Progress
from spikelet.cli.events.source import add_lenient, add_source, streamed, whole
from spikelet.cli.events.spelling import count, rate_hz, time_us
from spikelet.cli.events.target import add_target, place
from spikelet.errors import ParameterError
from spikelet.events import Beside, Events
from spikelet.events.beside import joined
from spikelet.events.converting import Parts, parts_of, rewritten
from spikelet.transforms import Denoise, HotPixelFilter, RefractoryPeriod

Filter = Denoise | HotPixelFilter | RefractoryPeriod


class _Group(Protocol):
    """What options are added to."""

    add_argument: Callable[..., argparse.Action]


def refractory(text: str) -> Filter:
    """Rests of pixels."""
    return RefractoryPeriod(us=_positive_us(text))


def denoise(text: str) -> Filter:
    """Support by neighbours."""
    return Denoise(us=_positive_us(text))


def hot_pixels(text: str) -> Filter:
    """Pixels above a rate."""
    return HotPixelFilter(rate_hz=rate_hz(text))


def hot_pixels_sigmas(text: str) -> Filter:
    """Pixels far above the others."""
    return HotPixelFilter(sigmas=rate_hz(text))


_STEPS = (
    ("--refractory", refractory, "T", "drop an event that follows another of its pixel within T"),
    (
        "--denoise",
        denoise,
        "T",
        "drop an event without another on the eight pixels around within T before it",
    ),
    (
        "--hot-pixels",
        hot_pixels,
        "HZ",
        "drop pixels with more events per second; needs memory for the whole recording",
    ),
    (
        "--hot-pixels-sigmas",
        hot_pixels_sigmas,
        "S",
        "drop pixels with more events than the mean by S standard deviations; needs the same memory",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's own arguments to its parser."""
    add_source(parser)
    add_target(parser)
    add_lenient(parser)
    steps = parser.add_argument_group("filters, at least one, used in the order given")
    for option, made, metavar, does in _STEPS:
        _add_step(steps, option, made, metavar=metavar, told=does)


def run(args: argparse.Namespace) -> int:
    """Writes what the filters let through, says what each dropped, and returns 0."""
    if not args.steps:
        args.refuse("say what to drop by --refractory, --denoise, --hot-pixels or --hot-pixels-sigmas")
    needs_all = any(isinstance(step, HotPixelFilter) for _, step in args.steps)
    stream = streamed(args)
    # What stands beside each part that the filters are at work on.
    waiting: deque[Beside] = deque()
    with Progress(args.file) as progress:
        parts = parts_of(stream, progress=progress)
        parts = _at_once(parts, args) if needs_all else parts
        tallies = [_Tally(_set_apart(parts, waiting))]
        for _, step in args.steps:
            tallies.append(_Tally(_through(step, tallies[-1])))
        filtered = ((part, waiting.popleft()) for part in tallies[-1])
        done = rewritten(stream, filtered, place(args, source_format=stream.format))
    dropped = [before.events - after.events for before, after in pairwise(tallies)]
    steps = [{"filter": name, "dropped": drops} for (name, _), drops in zip(args.steps, dropped, strict=True)]
    facts = {"source": args.file, "target": args.target, **done.to_dict(), "filters": steps}
    lines = [f"{step['filter']}: {step['dropped']} events dropped" for step in steps]
    answer(args, facts, "\n".join([*lines, f"{args.target}: {done}"]))
    return 0


def _at_once(parts: Parts, args: argparse.Namespace) -> Parts:
    """All events in one part, behind all that stands beside them, which waits for its place.

    Exposures, which are placed among the events, come with them.
    """
    none = Beside().exposures
    exposures = [none]
    for part, beside in parts:
        yield part[:0], replace(beside, exposures=none)
        exposures.append(beside.exposures)
    yield whole(args), Beside(exposures=joined(exposures))


def _set_apart(parts: Parts, waiting: deque[Beside]) -> Iterator[Events]:
    for part, beside in parts:
        waiting.append(beside)
        yield part


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
