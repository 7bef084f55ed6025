"""Rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "python" / "spikelet").rglob("*.py"))
RUST = sorted((ROOT / "rust").rglob("*.rs"))

# Rooms where each file offers public names that its `__init__` must list.
LISTED = ["datasets", "layers", "losses", "metrics", "models", "neurons", "transforms"]
# Files of these rooms that hold what the others are built from.
SHARED = {"base", "built_in", "changing", "declare", "draws", "rules", "store"}


@pytest.mark.parametrize("room", LISTED)
def test_every_file_of_a_room_is_in_its_list(room):
    folder = ROOT / "python" / "spikelet" / room
    listed = set(re.findall(rf"from spikelet\.{room}\.(\w+) import", (folder / "__init__.py").read_text()))
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"} - SHARED
    assert files <= listed


def test_no_room_is_called_utils():
    names = {path.stem for path in SOURCES + RUST}
    assert names.isdisjoint({"utils", "util", "common", "misc", "helpers"})


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_files_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            start = first.end_lineno if docstring else node.lineno
            assert node.end_lineno - start <= 40, node.name


@pytest.mark.parametrize("package", ["sklearn", "safetensors", "tqdm", "cupy", "h5py", "nir"])
def test_an_optional_package_is_imported_in_one_file_at_most(package):
    pattern = re.compile(rf"^\s*(import|from) {package}\b", re.MULTILINE)
    files = [path for path in SOURCES if pattern.search(path.read_text(encoding="utf-8"))]
    assert len(files) <= 1


def test_only_the_binding_crate_knows_python():
    knowing = {path.relative_to(ROOT / "rust").parts[0] for path in RUST if "pyo3" in path.read_text()}
    assert knowing == {"spikelet-python"}


def test_every_public_type_and_function_of_the_crates_has_an_example():
    item = re.compile(r"^pub (?:const )?(?:struct|enum|trait|fn) (\w+)", re.MULTILINE)
    bare = set()
    for path in RUST:
        crate, folder, *_ = path.relative_to(ROOT / "rust").parts
        if crate == "spikelet-python" or folder != "src":
            continue
        text = path.read_text(encoding="utf-8")
        for found in item.finditer(text):
            # Comments and attributes stand in front of it without a blank line among them.
            before = text[: found.start()].rpartition("\n\n")[2]
            if "```" not in before:
                bare.add(f"{crate}/{path.name}: {found[1]}")
    assert not bare
