"""`spikelet events info`, as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("spikelet")


def spikelet(*words, **options):
    return subprocess.run(
        [PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=60, check=False, **options
    )


@pytest.fixture
def recording(tmp_path):
    """Three 40-bit records, the second out of an 8x8 sensor."""
    path = tmp_path / "three.bin"
    path.write_bytes(bytes.fromhex("0101800064 0902000096 0304800190"))
    return path


def test_info_prints_a_table(recording):
    done = spikelet("events", "info", recording, "--sensor-size", "8x8")
    assert done.returncode == 0
    assert done.stderr == ""
    table = dict(line.split("  ", 1) for line in done.stdout.splitlines())
    assert table["events"].strip() == "3"
    assert table["out of bounds"].strip() == "1"
    assert table["format"].strip() == "bin40 (by extension)"


def test_info_prints_json(recording):
    done = spikelet("events", "info", recording, "--json")
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["events"] == 3
    assert found["sensor_size"] is None
    assert found["first"] == [100, 1, 1, 1]
    assert found["last"] == [400, 3, 4, 1]
    assert found["duration_us"] == 300
    assert found["report"]["backward_steps"] == 0


def test_json_and_table_hold_the_manifests_facts(shared_data):
    path = shared_data / "events" / "prophesee" / "evt3_trigger_hd.raw"
    found = json.loads(spikelet("events", "info", path, "--json").stdout)
    digest = "8721ec1753c3cb9aadb3db1287486f9c2dd97d3bb74d949ae83becce9b208c93"
    assert (found["events"], found["triggers"], found["digest"]) == (82_469, 2, digest)
    table = spikelet("events", "info", path).stdout
    assert digest in table
    assert "1280 x 720 pixels" in table


def test_a_missing_file_is_one_line_and_status_1(tmp_path):
    path = tmp_path / "nothing.raw"
    done = spikelet("events", "info", path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"spikelet: {path}: No such file or directory\n"


def test_a_file_of_no_known_format_is_one_line_and_status_1(tmp_path):
    path = tmp_path / "notes.xyz"
    path.write_bytes(bytes(range(256)))
    done = spikelet("events", "info", path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"spikelet: {path}: ")
    assert done.stderr.count("\n") == 1


def test_debug_shows_the_traceback(tmp_path):
    done = spikelet("--debug", "events", "info", tmp_path / "nothing.raw")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("nothing.raw: No such file or directory\n")


@pytest.mark.parametrize("size", ["8", "8x", "x8", "8x8x8", "-8x8", "axb"])
def test_a_sensor_size_that_is_none_is_status_2(recording, size):
    done = spikelet("events", "info", recording, f"--sensor-size={size}")
    assert done.returncode == 2
    assert f"argument --sensor-size: a size must be WIDTHxHEIGHT in pixels, got '{size}'" in done.stderr


def test_no_action_is_status_2():
    done = spikelet("events")
    assert done.returncode == 2
    assert "ACTION" in done.stderr


def test_the_verb_needs_no_torch(recording):
    code = (
        "import sys; from spikelet.cli import main; status = main(sys.argv[1:]); "
        "print('torch' in sys.modules); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "events", "info", recording],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "False"


def test_a_reader_that_closes_the_pipe_sees_no_traceback(recording):
    words = [PROGRAM, "events", "info", recording, "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        child.stdout.close()
        errors = child.stderr.read()
        child.wait(timeout=60)
    assert errors == ""
    assert child.returncode == 141
