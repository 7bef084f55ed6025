"""The shell lines of a Markdown page and what the page says that they print."""

import re
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shell_lines(page: Path) -> list[tuple[str, str]]:
    """Every line after `$ ` in the `console` blocks of `page`, with the output shown below it."""
    shown = []
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        for entry in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, output = entry.partition("\n")
            shown.append((line, output))
    return shown


def is_shown_by(printed: str, output: str) -> bool:
    """Whether `printed` is what a page shows, where a line of three dots stands for any lines."""
    parts = re.split(r"^\.\.\.\n", output, flags=re.MULTILINE)
    return re.fullmatch(".*".join(map(re.escape, parts)), printed, flags=re.DOTALL) is not None
