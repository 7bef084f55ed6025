"""Prints the fused Rust steps of the built-in neurons: `python -m spikelet.dynamics [--check]`.

Run it in a checkout after an equation or a printer has changed, then rebuild. Until then a changed neuron is
served by the interpreter: a fused step is found by the hash of the program that it was printed from.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from spikelet.dynamics.rust import generated, samples
from spikelet.neurons.built_in import programs

_CRATE = Path("rust") / "spikelet-neurons"


def main() -> int:
    """Writes the two generated files, or with `--check` says whether they are as they should be."""
    parser = argparse.ArgumentParser(
        prog="python -m spikelet.dynamics", description="fused steps of built-in neurons"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 where a file is stale"
    )
    check: bool = parser.parse_args().check
    found = programs()
    files = {
        _CRATE / "src" / "generated.rs": _formatted(generated(found)),
        _CRATE / "tests" / "common" / "programs.txt": samples(found),
    }
    stale = [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if check:
            print(f"{path} is stale; run `python -m spikelet.dynamics`", file=sys.stderr)  # noqa: T201
        else:
            path.write_text(files[path], "utf-8")
    return 1 if check and stale else 0


def _formatted(text: str) -> str:
    done = subprocess.run(
        ["rustfmt", "--edition", "2024"],
        input=text, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
