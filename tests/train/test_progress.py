"""The progress bar: on a terminal and nowhere else."""

import io
from contextlib import redirect_stderr

from spikelet.train import progress as module
from spikelet.train.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def seen_on(stream, *, wanted=True):
    with redirect_stderr(stream):
        bar = progress(2, shown=wanted)
        bar.set_description_str("epoch 1/1")
        bar.update()
        bar.update()
        bar.close()
    return stream.getvalue()


def test_a_terminal_sees_a_bar_on_stderr(capsys):
    assert "epoch 1/1" in seen_on(Terminal())
    assert capsys.readouterr().out == ""


def test_no_bar_is_shown_that_was_not_wanted():
    assert seen_on(Terminal(), wanted=False) == ""


def test_no_bar_is_shown_where_stderr_is_no_terminal():
    assert seen_on(io.StringIO()) == ""


def test_without_tqdm_nothing_is_shown_and_nothing_breaks(monkeypatch):
    monkeypatch.setattr(module, "_tqdm", None)
    assert seen_on(Terminal()) == ""
