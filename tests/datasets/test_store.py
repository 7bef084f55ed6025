"""A built folder is whole or not there, whatever happens while it is built."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spikelet.datasets.store import Store
from spikelet.errors import FormatError

ABOUT = {"builder": 1}


def fill(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    for name, content in (("one.bin", b"1"), ("a/two.bin", b"22"), ("a/b/three.bin", b"333")):
        (folder / name).write_bytes(content)


def refuse(folder: Path) -> None:
    raise AssertionError(folder)


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.endswith(".part")]


def test_a_folder_is_built_once_and_then_opened(tmp_path):
    built = Store.open_or_build(tmp_path / "deep" / "set", fill, about=ABOUT)
    again = Store.open_or_build(tmp_path / "deep" / "set", refuse, about=ABOUT)
    assert built == again
    assert sorted(again.sha256) == ["a/b/three.bin", "a/two.bin", "one.bin"]
    assert again.require_intact("a/two.bin").read_bytes() == b"22"
    assert json.loads((tmp_path / "deep" / "set" / "manifest.json").read_text())["builder"] == 1


def test_a_build_that_raises_leaves_nothing(tmp_path):
    def stop(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Store.open_or_build(tmp_path / "set", stop, about=ABOUT)
    assert list(tmp_path.iterdir()) == []


# Stops in the middle of a file, as the kernel would stop it.
KILLED = """
import os, signal, sys
from pathlib import Path
from spikelet.datasets.store import Store

def fill(folder):
    (folder / "one.bin").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)

Store.open_or_build(Path(sys.argv[1]), fill, about={})
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_build_leaves_no_folder_under_the_final_name_and_the_next_one_builds(tmp_path):
    target = tmp_path / "set"
    done = subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not target.exists()
    assert len(leftovers(tmp_path)) == 1
    store = Store.open_or_build(target, fill, about=ABOUT)
    assert store.require_intact("one.bin").read_bytes() == b"1"


def test_what_a_killed_build_left_behind_goes_after_a_day_and_not_before(tmp_path):
    old, fresh, other = (tmp_path / name for name in (".set.0a.part", ".set.0b.part", ".else.0c.part"))
    for path in (old, fresh, other):
        path.mkdir()
    for path in (old, other):
        os.utime(path, (0, 0))
    Store.open_or_build(tmp_path / "set", fill, about=ABOUT)
    assert sorted(leftovers(tmp_path)) == [other, fresh]


# Each waits in the middle of its build until all four are there, so that all four race for the name.
RACER = """
import sys, time
from pathlib import Path
from spikelet.datasets.store import Store

target = Path(sys.argv[1])

def fill(folder):
    (folder / "one.bin").write_bytes(b"1")
    while not target.exists() and sum(1 for p in target.parent.iterdir() if p.name.endswith(".part")) < 4:
        time.sleep(0.01)
    (folder / "two.bin").write_bytes(b"22")

store = Store.open_or_build(target, fill, about={})
print(len([store.require_intact(name) for name in store.sha256]))
"""


def test_four_builds_at_once_end_with_one_whole_folder(tmp_path):
    target = tmp_path / "set"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(target)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    results = [(*racer.communicate(timeout=60), racer.returncode) for racer in racers]
    assert results == [("2\n", "", 0)] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert sorted(path.name for path in target.iterdir()) == ["manifest.json", "one.bin", "two.bin"]


def test_a_build_that_cannot_be_moved_into_place_raises(tmp_path):
    target = tmp_path / "set"

    def block(folder: Path) -> None:
        fill(folder)
        # Somebody puts a file where the folder shall be.
        target.write_bytes(b"in the way")

    with pytest.raises(OSError, match="set"):
        Store.open_or_build(target, block, about=ABOUT)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r"manifest\.json: must be JSON, got .*; delete the folder"),
        (b"\xff\xfe", r"manifest\.json: must be JSON, got .*; delete the folder"),
        (b"[]", r"must hold a table `sha256`, got none; delete the folder"),
        (b'{"sha256": 3}', r"must hold a table `sha256`, got none; delete the folder"),
    ],
)
def test_a_damaged_manifest_is_named_with_the_way_out(tmp_path, content, message):
    Store.open_or_build(tmp_path / "set", fill, about=ABOUT)
    (tmp_path / "set" / "manifest.json").write_bytes(content)
    with pytest.raises(FormatError, match=message):
        Store.open_or_build(tmp_path / "set", refuse, about=ABOUT)


def test_a_missing_manifest_is_named_with_the_way_out(tmp_path):
    Store.open_or_build(tmp_path / "set", fill, about=ABOUT)
    (tmp_path / "set" / "manifest.json").unlink()
    with pytest.raises(FileNotFoundError, match="manifest of the data set is missing; delete the folder"):
        Store.open_or_build(tmp_path / "set", refuse, about=ABOUT)
