"""`spikelet demo`: from event recordings to a trained network, offline, in less than a minute."""

import argparse
import json
import sys
from importlib import import_module

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--quick", action="store_true", help="few epochs, to see that everything works")
    parser.add_argument("--compare", action="store_true", help="three seeds, and a logistic regression")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights and the order (default 0)")
    parser.add_argument("--epochs", type=int, default=None, help="passes over the training recordings")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def run(args: argparse.Namespace) -> int:
    """Make the recordings where they are missing, train, and say what came out; 0 when all went well."""
    try:
        # torch, safetensors and scikit-learn are optional; without them the command line still stands.
        digits = import_module("spikelet.cli.demo_digits")
        plan = digits.Plan.of(quick=args.quick, epochs=args.epochs, seed=args.seed)
        report = digits.compare(plan) if args.compare else digits.demo(plan)
    except ImportError as error:
        remedy = "" if "pip install" in str(error) else '; run: pip install "spikelet[train,digits]"'
        print(f"spikelet demo: {error}{remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        told = "interrupted; a run that was not finished keeps `.unfinished` in its name"
        print(f"\nspikelet demo: {told}", file=sys.stderr)
        return 130
    print(json.dumps(report.to_dict()) if args.json else report.text())
    return 0
