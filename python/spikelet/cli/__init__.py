"""The command line: each verb calls one public function.

A verb's module is imported only when the verb is used, so that `spikelet events` needs no torch.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from spikelet import __version__
from spikelet.cli.wording import one_line
from spikelet.errors import SpikeletError

_VERBS = {
    "demo": "train a spiking network on the offline event data set",
    "events": "look into recordings of event cameras, convert, cut, clean and play them",
}
# As a shell reports a program that a signal has ended: 128 + SIGINT, 128 + SIGPIPE.
_INTERRUPTED = 130
_NOBODY_READS = 141


class Verb(Protocol):
    """What the module of a verb offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Adds the verb's own arguments to its parser."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Does what was asked and returns the exit status."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit status.

    Args:
        argv: words after the program's name; those of the process where None.
    """
    first = _top_parser().parse_args(sys.argv[1:] if argv is None else list(argv))
    try:
        status = _run(first.verb, first.rest)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("spikelet: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # What is still buffered must go nowhere, or the interpreter complains when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    except (SpikeletError, OSError, ImportError) as error:
        if first.debug or "--debug" in first.rest:
            traceback.print_exc()
        print(f"spikelet: {one_line(error)}", file=sys.stderr)
        return 1
    return status


def _run(name: str, words: Sequence[str]) -> int:
    verb = cast("Verb", import_module(f"spikelet.cli.{name}"))
    parser = argparse.ArgumentParser(prog=f"spikelet {name}", description=_VERBS[name])
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    verb.add_arguments(parser)
    return verb.run(parser.parse_args(words))


def _top_parser() -> argparse.ArgumentParser:
    verbs = "\n".join(f"  {name:<10}{what}" for name, what in _VERBS.items())
    parser = argparse.ArgumentParser(
        prog="spikelet",
        description="Spiking neural networks from the event camera to the chip.",
        epilog=f"verbs:\n{verbs}\n\n`spikelet VERB --help` says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"spikelet {__version__}")
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    parser.add_argument("verb", choices=sorted(_VERBS), metavar="VERB", help="what to do")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="arguments of the verb")
    return parser
