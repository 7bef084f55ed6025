"""`spikelet events`: look into recordings, and make others of them."""

import argparse
from collections.abc import Callable
from typing import Protocol

from spikelet.cli.events import convert, crop, filter, frames, info, play, verify


class Action(Protocol):
    """What the module of an action offers."""

    HELP: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


_ACTIONS: dict[str, Action] = {
    "info": info,
    "convert": convert,
    "crop": crop,
    "filter": filter,
    "frames": frames,
    "play": play,
    "verify": verify,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's own arguments to its parser."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, action in _ACTIONS.items():
        described = f"{action.HELP[0].upper()}{action.HELP[1:]}."
        own = actions.add_parser(name, help=action.HELP, description=described)
        action.add_arguments(own)
        own.set_defaults(refuse=own.error)
        own.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def run(args: argparse.Namespace) -> int:
    """Does what was asked and returns the exit status."""
    return _ACTIONS[args.action].run(args)
