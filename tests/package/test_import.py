"""What an import brings along."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest

import spikelet


def modules_after(statement):
    code = f"import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "module",
    ["spikelet", "spikelet.events", "spikelet.frames", "spikelet.datasets", "spikelet.plot", "spikelet.cli"],
)
def test_the_data_side_imports_no_torch(module):
    assert "torch" not in modules_after(f"import {module}")


def test_importing_spikelet_brings_numpy_and_the_standard_library_alone():
    extra = modules_after("import numpy, spikelet") - modules_after("import numpy")
    foreign = {name.split(".")[0] for name in extra} - {"spikelet"} - set(sys.stdlib_module_names)
    assert foreign == set()


def test_scan_and_stream_are_reached_from_the_top():
    loaded = modules_after("import spikelet; spikelet.scan; spikelet.Stream")
    assert "spikelet.carry" in loaded


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Lif'"):
        spikelet.Lif  # noqa: B018


def test_a_room_that_is_not_imported_yet_says_how():
    code = "import spikelet; spikelet.events.read"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (
        "has no attribute 'events' yet; write `import spikelet.events` or `from spikelet import"
        in done.stderr
    )
    assert {"scan", "Stream", "checkpoint"} <= set(dir(spikelet))


def test_the_version_of_core_and_package_agree():
    assert spikelet.__version__ == version("spikelet")


def test_the_package_under_test_is_the_installed_one():
    # `make test` installs a wheel: a file forgotten in it would go unseen if the sources were imported.
    assert "site-packages" in spikelet.__file__


def test_the_package_runs_as_a_program():
    words = [sys.executable, "-m", "spikelet", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["spikelet", spikelet.__version__]
