"""`spikelet events`: look into recordings, and make others of them."""

import argparse
from collections.abc import Callable
from typing import Protocol

from spikelet.cli.events import convert, crop, filter, frames, info, play, verify


class Action(Protocol):
    """What the module of an action offers."""

    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


_ACTIONS: dict[str, tuple[Action, str]] = {
    "info": (info, "print what a recording holds"),
    "convert": (convert, "write a recording in another format"),
    "crop": (crop, "write a part of a recording, in time or on the sensor"),
    "filter": (filter, "write a recording without noise"),
    "frames": (frames, "count events into frames: an array, a PNG, a GIF or a film"),
    "play": (play, "play a recording in the browser, or make a film of it"),
    "verify": (verify, "read all of a recording and say what is wrong with it, or where another one differs"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's own arguments to its parser."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, (action, does) in _ACTIONS.items():
        own = actions.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.")
        action.add_arguments(own)
        own.set_defaults(refuse=own.error)
        own.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def run(args: argparse.Namespace) -> int:
    """Does what was asked and returns the exit status."""
    return _ACTIONS[args.action][0].run(args)
