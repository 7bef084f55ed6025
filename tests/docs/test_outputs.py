"""Pages that show outputs show what their code prints."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
SHOWN = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["simulator.md", "transforms.md"])
def test_outputs_on_the_page_are_what_its_blocks_print(name):
    namespace = {}
    for code, output in SHOWN.findall((DOCS / name).read_text(encoding="utf-8")):
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(code, name, "exec"), namespace)
        assert printed.getvalue() == output
