"""Every line on the page about the command line does what the page says."""

import shlex
from pathlib import Path

import pytest

from docs_blocks import python_blocks
from docs_shell import is_shown_by, shell_lines
from spikelet import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "command-line.md"


def test_every_line_prints_what_the_page_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for _, text in python_blocks(PAGE):
        exec(compile(text, str(PAGE), "exec"), {})
    for line, output in shell_lines(PAGE):
        program, *words = shlex.split(line)
        assert program == "spikelet"
        status = cli.main(words)
        printed = capsys.readouterr()
        assert printed.err == "", line
        assert is_shown_by(printed.out, output), f"{line}\n{printed.out}"
        assert status == (1 if "differs from" in printed.out else 0), line


@pytest.mark.parametrize("action", ["info", "convert", "crop", "filter", "frames", "play", "verify"])
def test_every_action_has_a_line_on_the_page(action):
    assert any(shlex.split(line)[1:3] == ["events", action] for line, _ in shell_lines(PAGE))


def test_dots_stand_for_lines_and_nothing_else_does():
    assert is_shown_by("a\nb\nc\n", "a\n...\nc\n")
    assert is_shown_by("a\n", "a\n")
    assert not is_shown_by("a\nb\n", "a\n")
    assert not is_shown_by("a\nb\nd\n", "a\n...\nc\n")
