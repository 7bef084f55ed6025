"""What the page says about other readers is what the tests with them know."""

import re
from pathlib import Path

from reader_disagreements import DISAGREEMENTS, NOT_ALIKE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "events.md"
ROW = re.compile(r"^\| (.+?) \| (.+?) \| .+ \|$", re.MULTILINE)
FORMAT_OF_START = {
    "aedat2": "aedat2",
    "aedat31": "aedat3",
    "aedat4": "aedat4",
    "dsec": "dsec",
    "evt2": "evt2",
    "evt21": "evt21",
    "evt3": "evt3",
}
FORMAT_OF_ENDING = {"bin": "bin40", "bs2": "bin40", "dat": "dat", "es": "es"}


def format_of(name):
    """The format of a recording of the tests, by the start of its name or else its ending."""
    start, ending = name.split("_")[0], name.rsplit(".")[-1]
    return FORMAT_OF_START.get(start) or FORMAT_OF_ENDING[ending]


def section():
    return PAGE.read_text(encoding="utf-8").split("## Where readers disagree\n")[1].split("\n## ")[0]


def pairs_of(text):
    """Readers and formats of `one `a`, `b`; two `a``."""
    readers = [part.split(None, 1) for part in text.split(";")]
    return {(reader, name) for reader, names in readers for name in re.findall(r"`(\w+)`", names)}


def test_the_page_names_each_reader_and_format_that_differs_with_its_reason():
    known = {}
    for (reader, name), (_, reason) in DISAGREEMENTS.items():
        known.setdefault(reason, set()).add((reader, format_of(name)))
    _head, *rows = ROW.findall(section())
    assert {f"it {what}": pairs_of(who) for what, who in rows} == known


def test_the_page_names_who_reads_what_is_written_here_otherwise():
    named = re.search(r"but for (.+?)\. They", section(), re.DOTALL)[1]
    assert pairs_of(named) == set(NOT_ALIKE)


def test_who_reads_what_is_written_here_otherwise_reads_recordings_so_too():
    reasons = {(reader, format_of(name), reason) for (reader, name), (_, reason) in DISAGREEMENTS.items()}
    assert {(*pair, reason) for pair, reason in NOT_ALIKE.items()} <= reasons
