"""What the README and the pages of docs/ show is run here as it stands."""

from pathlib import Path

import pytest

from docs_blocks import python_blocks

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_CODE = [page for page in PAGES if python_blocks(page)]


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.name)
def test_every_python_block_of_the_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for line, text in python_blocks(page):
        # Blank lines in front make a traceback point at the line of the page.
        exec(compile("\n" * (line - 1) + text, str(page), "exec"), namespace)


def test_the_readme_and_the_guides_show_code():
    names = {page.name for page in WITH_CODE}
    assert {"README.md", "events.md", "frames.md", "neurons.md", "layers.md", "training.md"} <= names


def test_every_page_is_in_the_table_of_contents():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"}
    assert pages == {line.strip() for line in index.splitlines() if line.strip() in pages}
