"""The command line itself: verbs, errors, exit statuses."""

import sys
from types import SimpleNamespace

import pytest

import spikelet
from spikelet import cli
from spikelet.errors import FormatError


@pytest.fixture
def verb(monkeypatch):
    """Puts a verb in the place of `events` that does what it is told."""

    def install(action, *, arguments=lambda parser: None):
        module = SimpleNamespace(add_arguments=arguments, run=lambda args: action(args))
        monkeypatch.setattr(cli, "import_module", lambda name: module)

    return install


def failing(error):
    def action(args):
        raise error

    return action


def test_a_verb_says_the_exit_status(verb):
    verb(lambda args: 7)
    assert cli.main(["events"]) == 7


def test_arguments_after_the_verb_are_the_verbs(verb, capsys):
    def arguments(parser):
        parser.add_argument("--seed", type=int)
        parser.add_argument("name")

    verb(lambda args: print(args.seed, args.name) or 0, arguments=arguments)
    assert cli.main(["demo", "--seed", "3", "x"]) == 0
    assert capsys.readouterr().out == "3 x\n"


def test_an_error_of_ours_is_one_line_and_status_1(verb, capsys):
    verb(failing(FormatError("a.raw: is\nnothing")))
    assert cli.main(["events"]) == 1
    assert capsys.readouterr().err == "spikelet: a.raw: is nothing\n"


def test_an_error_of_the_system_names_the_file(verb, capsys):
    verb(failing(FileNotFoundError(2, "No such file or directory", "a.raw")))
    assert cli.main(["events"]) == 1
    assert capsys.readouterr().err == "spikelet: a.raw: No such file or directory\n"


def test_a_package_that_is_not_installed_is_named(verb, capsys):
    verb(failing(ModuleNotFoundError("No module named 'torch'", name="torch")))
    assert cli.main(["demo"]) == 1
    assert capsys.readouterr().err.startswith("spikelet: this verb needs the package `torch`; `pip install ")


@pytest.mark.parametrize("words", [["--debug", "events"], ["events", "--debug"]])
def test_debug_shows_where_an_error_came_from(verb, capsys, words):
    verb(failing(FormatError("a.raw: is nothing")))
    assert cli.main(words) == 1
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert err.endswith("spikelet: a.raw: is nothing\n")


def test_a_fault_of_ours_is_not_hidden(verb):
    verb(failing(ZeroDivisionError("ours")))
    with pytest.raises(ZeroDivisionError):
        cli.main(["events"])


def test_ctrl_c_is_status_130_without_a_traceback(verb, capsys):
    verb(failing(KeyboardInterrupt()))
    assert cli.main(["events"]) == 130
    assert capsys.readouterr().err == "spikelet: interrupted\n"


def test_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"spikelet {spikelet.__version__}\n"


def test_help_lists_the_verbs_without_importing_them(capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "spikelet.cli.demo", raising=False)
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert "demo" in out
    assert "events" in out
    assert "spikelet.cli.demo" not in sys.modules


@pytest.mark.parametrize(
    ("words", "message"), [([], "VERB"), (["frobnicate"], "invalid choice: 'frobnicate'")]
)
def test_no_verb_or_an_unknown_one_is_status_2(capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
