"""What an action prints on stdout: a text for people, or one JSON object."""

import argparse
import json
from collections.abc import Mapping


def answer(args: argparse.Namespace, facts: Mapping[str, object], text: object) -> None:
    """Prints `facts` where JSON was asked for, else `text`."""
    print(json.dumps(facts, indent=2) if args.json else text)
