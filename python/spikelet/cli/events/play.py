"""`spikelet events play`: a recording as a page that plays it, or as a film."""

import argparse
import tempfile
import webbrowser
from pathlib import Path
from typing import Any

from spikelet import events
from spikelet.cli.events.answer import answer
from spikelet.cli.events.film import add_film, filmed, refuse_idle
from spikelet.cli.events.progress import Progress
from spikelet.cli.events.source import add_lenient, add_source, streamed, whole
from spikelet.cli.events.spelling import count
from spikelet.cli.events.target import add_overwrite
from spikelet.cli.events.window import add_window, window_asked
from spikelet.frames import IntoByTime

_MOST_EVENTS = 2_000_000
_WINDOW = IntoByTime(100)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the action's own arguments to its parser."""
    add_source(parser)
    add_overwrite(parser)
    add_lenient(parser)
    parser.add_argument("--page", metavar="FILE", help="where the page goes (default: a temporary file)")
    parser.add_argument("--no-open", action="store_true", help="write the page, open no browser")
    parser.add_argument(
        "--most-events",
        type=count,
        metavar="N",
        help=f"events that the page holds at most, evenly chosen (default {_MOST_EVENTS})",
    )
    parser.add_argument("--gif", metavar="FILE", help="write a GIF, and no page unless --page asks for it")
    parser.add_argument("--mp4", metavar="FILE", help="write an MP4 film through PyAV, likewise")
    add_window(parser, default=_WINDOW)
    add_film(parser)


def run(args: argparse.Namespace) -> int:
    """Writes and opens what was asked for and returns 0."""
    for name, ending in (("gif", ".gif"), ("mp4", ".mp4")):
        path = getattr(args, name)
        if path is not None and Path(path).suffix.lower() != ending:
            args.refuse(f"the file of --{name} must end in {ending}, got {path!r}")
    window = window_asked(args)
    is_film = args.gif is not None or args.mp4 is not None
    if not is_film:
        refuse_idle(args, ("frame_ms", "scale", "light"), goes_with="--gif or --mp4")
        if window is not _WINDOW:
            args.refuse("windows go with --gif or --mp4")
    elif args.page is None:
        refuse_idle(args, ("most_events",), goes_with="--page")
    facts: dict[str, Any] = {"source": args.file}
    lines: list[str] = []
    if is_film:
        recording = whole(args)
        for name, path in (("gif", args.gif), ("mp4", args.mp4)):
            if path is not None:
                film = filmed(path, recording, args, window=window)
                facts[name] = film.to_dict()
                lines.append(str(film))
    if args.page is not None or not lines:
        page, text = _page(args)
        facts["page"] = page
        lines.append(text)
    answer(args, facts, "\n".join(lines))
    return 0


def _page(args: argparse.Namespace) -> tuple[dict[str, Any], str]:
    with Progress(args.file) as progress:
        player = events.show(
            streamed(args),
            name=args.file,
            most_events=args.most_events or _MOST_EVENTS,
            plays_at_once=True,
            progress=progress,
        )
    path = player.save(_place(args), overwrite=args.overwrite)
    is_opened = not args.no_open and webbrowser.open(path.resolve().as_uri())
    facts = {"path": str(path), "events": player.events, "shown": player.shown, "is_opened": is_opened}
    shown = "" if player.stride == 1 else f", 1 of every {player.stride} shown: {player.shown}"
    return facts, f"{path}: {player.events} events{shown}"


def _place(args: argparse.Namespace) -> str:
    if args.page is not None:
        return args.page
    # The browser reads it after this program has ended, so the system clears it away some day.
    return str(Path(tempfile.mkdtemp(prefix="spikelet-")) / f"{Path(args.file).name}.html")
