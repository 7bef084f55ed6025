"""Event Stream: what stands beside the events, and what the facts of the manifest say of it."""

import hashlib
import json
import struct

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import FormatError, TruncatedError


@pytest.fixture
def es(shared_data):
    """The folder of recordings."""
    return shared_data / "events" / "es"


@pytest.fixture
def facts(shared_data):
    """Facts of the manifest by the name of the file."""
    entries = json.loads((shared_data / "events" / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
    return {entry["file"]: entry["facts"] for entry in entries}


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_atis_events_and_exposures_are_the_manifest_in_file_order(es, facts):
    known = facts["es/atis_a.es"]
    raw = events.read_raw(es / "atis_a.es")
    flat = raw.flat()
    packed = np.empty(len(flat), np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")]))
    for name in "txyp":
        packed[name] = flat[name]
    assert len(flat) == known["events"]
    assert sha256(packed.tobytes()) == known["sha256_txyp"]
    assert sha256(flat["is_exposure"].tobytes()) == known["sha256_exposure"]
    assert len(raw.exposures) == raw.report.exposure_events == known["exposure_events"]
    assert len(raw) == raw.report.events == known["events"] - known["exposure_events"]
    assert raw.sensor_size == (320, 240)
    assert raw.metadata["type"] == "atis"


def test_events_of_an_atis_file_are_its_changes(es):
    raw = events.read_raw(es / "atis_a.es")
    found = events.read(es / "atis_a.es")
    assert found.digest() == raw.digest()
    assert (found.origin, found.report.exposure_events) == ("lower-left", 1792)
    assert "exposure events, beside the events: 1792" in str(found.report)
    chunks = events.stream(es / "atis_a.es", chunk=1000)
    assert sum(len(chunk) for chunk in chunks) == len(raw)
    assert events.info(es / "atis_a.es").report.exposure_events == 1792


def test_colours_are_the_manifest_and_no_events(es, facts):
    path, known = es / "color_small.es", facts["es/color_small.es"]
    raw = events.read_raw(path)
    assert raw.digest() == known["sha256_txyp"]
    assert raw.colors.shape == (known["events"], 3)
    assert sha256(raw.colors.tobytes()) == known["sha256_rgb"]
    assert raw.colors[0].tolist() == known["first_rgb"]
    assert not raw.p.any()
    for attempt in (events.read, events.stream):
        with pytest.raises(
            FormatError, match="must have a polarity, got an Event Stream of colors; `read_raw`"
        ):
            attempt(path)


def test_payloads_are_the_manifest_and_no_events(es, facts):
    path, known = es / "generic.es", facts["es/generic.es"]
    raw = events.read_raw(path)
    payloads = raw.payloads
    assert len(payloads) == raw.report.payloads == known["events"]
    assert (payloads.t[0], payloads.t[-1]) == (known["first_t"], known["last_t"])
    assert payloads[0] == known["first_bytes"].encode()
    assert len(payloads.data) == known["payload_bytes"]
    parts = [
        struct.pack("<qI", t, len(payloads[index])) + payloads[index] for index, t in enumerate(payloads.t)
    ]
    assert sha256(*parts) == known["sha256_t_len_payload"]
    assert payloads[-1] == payloads[len(payloads) - 1]
    assert (len(raw), raw.sensor_size) == (0, None)
    for attempt in (events.read, events.stream):
        with pytest.raises(
            FormatError, match="got an Event Stream of payloads; `read_raw` gives them as `payloads`"
        ):
            attempt(path)


def test_a_file_cut_in_its_header_or_of_another_version_is_refused(tmp_path):
    path = tmp_path / "made.es"
    for tail, error, message in (
        (b"\x02\0\0\x01\x40", TruncatedError, "header must be 20 bytes long"),
        (b"\x01\0\0\x01\x40\x01\xf0\0", FormatError, "version must be 2, got 1"),
        (b"\x02\0\0\x03\x40\x01\xf0\0", FormatError, r"got 3 \(display\)"),
        (b"\x02\0\0\x09\x40\x01\xf0\0", FormatError, "got 9; convert the file"),
    ):
        path.write_bytes(b"Event Stream" + tail)
        with pytest.raises(error, match=message):
            events.read_raw(path)


def test_recordings_come_back_as_written(tmp_path, random_events):
    recording = random_events(20_000).with_origin("lower-left")
    written = events.write(tmp_path / "written.es", recording)
    assert written.bytes == (tmp_path / "written.es").stat().st_size
    found = events.read(tmp_path / "written.es")
    assert found == recording
    assert found.metadata == {"version": "2.0.0", "type": "dvs", "geometry": "240x180"}
    nothing = recording[:0]
    events.write(tmp_path / "empty.es", nothing)
    assert events.read(tmp_path / "empty.es") == nothing


def test_recordings_without_exposures_are_flat_as_they_are(tmp_path, random_events):
    recording = random_events(100)
    events.write(tmp_path / "plain.npy", recording)
    raw = events.read_raw(tmp_path / "plain.npy")
    flat = raw.flat()
    assert not flat["is_exposure"].any()
    np.testing.assert_array_equal(flat["t"], recording.t)
    assert (len(raw.exposures), len(raw.payloads), raw.colors.shape) == (0, 0, (0, 3))
