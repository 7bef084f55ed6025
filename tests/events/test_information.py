"""`info` says what the manifest says, in one pass."""

import hashlib
import json
import struct

import pytest

from spikelet import events


def test_info_gives_the_facts_of_the_manifest(recording):
    found = events.info(recording.path, sensor_size=recording.size_to_give())
    facts = recording.facts
    assert found.events == facts["events"]
    assert found.digest == recording.digest_to_find()
    assert found.triggers == recording.triggers
    assert found.bytes == recording.path.stat().st_size
    assert found.format == recording.format
    assert recording.size_to_find() in (found.sensor_size, None)
    if facts["events"] > 0:
        assert list(found.first) == facts["first_txyp"]
        assert list(found.last) == facts["last_txyp"]
        assert (found.t_min, found.t_max) == (facts["t_min"], facts["t_max"])
        assert (found.x_max, found.y_max) == (facts["x_max"], facts["y_max"])
        assert (found.on, found.off) == (facts["on"], facts["off"])


def test_info_and_raw_reading_report_the_same(recording):
    size = recording.size_to_give()
    assert (
        events.info(recording.path, sensor_size=size).report
        == events.read_raw(recording.path, sensor_size=size).report
    )


def test_info_survives_json(recording):
    found = events.info(recording.path, sensor_size=recording.size_to_give()).to_dict()
    again = json.loads(json.dumps(found))
    assert again["events"] == recording.facts["events"]
    assert again["report"]["tail_bytes"] == found["report"]["tail_bytes"]
    assert [tuple(line) for line in again["header"]] == list(found["header"])


def test_an_empty_recording_has_no_first_event_and_no_rate(edge):
    found = events.info(edge / "evt3_empty_a.raw")
    assert (found.first, found.last, found.rate_hz, found.duration_us) == (None, None, None, 0)
    assert found.on == found.off == 0
    assert "first" not in str(found)


def test_rate_and_duration_follow_from_times(bin40):
    path = bin40([(1_000, 1, 1, 1), (2_000, 1, 1, 0), (501_000, 2, 2, 1)])
    found = events.info(path, sensor_size=(8, 8))
    assert found.duration_us == 500_000
    assert found.rate_hz == pytest.approx(6.0)


def test_the_table_reads_well(bin40):
    rows = [(1_000, 1, 1, 1), (501_000, 9, 2, 1), (400_000, 3, 4, 0)]
    path = bin40(rows, tail=b"\x00\x01")
    digest = hashlib.sha256(b"".join(struct.pack("<qHHB", *row) for row in rows)).hexdigest()
    assert str(events.info(path, sensor_size=(8, 8))).splitlines() == [
        f"file            {path}",
        "bytes           17",
        "format          bin40 (by extension)",
        "sensor          8 x 8 pixels, origin upper-left",
        "events          3",
        "on, off         2, 1",
        "first           t 1000 us, x 1, y 1, p 1",
        "last            t 400000 us, x 3, y 4, p 0",
        "largest         x 9, y 4",
        "duration        0.500000 s",
        "mean rate       6.0 events per second",
        "triggers        0",
        f"digest          {digest}",
        "out of bounds   1",
        "backward steps  1",
        "before time     0",
        "tail bytes      2",
    ]


def test_bounds_are_not_counted_where_nobody_knows_the_sensor(bin40):
    found = events.info(bin40([(1, 2, 3, 1)]))
    assert found.sensor_size is None
    assert "not counted, the sensor size is unknown" in str(found)
    assert "sensor          unknown, origin upper-left" in str(found)


def test_the_format_is_recognised_by_content_or_ending_or_given(shared_data, tmp_path, bin40):
    folder = shared_data / "events"
    assert events.info(folder / "prophesee" / "evt3_gen41_hd.raw").recognised_by == "content"
    renamed = tmp_path / "strange.name"
    renamed.write_bytes((folder / "edge" / "evt2_wrap_a.raw").read_bytes())
    assert events.info(renamed).format == "evt2"
    path = bin40([(1, 2, 3, 1)])
    assert events.info(path).recognised_by == "extension"
    assert events.info(path, format="bin40").recognised_by == "given"


def test_a_long_header_is_cut_in_the_table_only(shared_data):
    found = events.info(shared_data / "events" / "aedat" / "aedat2_davis240_boxes.aedat")
    assert max(map(len, str(found).splitlines())) < 200
    assert any("DAVIS240C" in value for _, value in found.header)


def test_lines_of_a_header_that_name_nothing_do_not_widen_the_table(tmp_path, random_events):
    made = random_events(10, size=(128, 128)).with_origin("lower-left")
    events.write(tmp_path / "a.aedat", made, format="aedat2", chip="DVS128")
    lines = str(events.info(tmp_path / "a.aedat")).splitlines()
    remark = next(line for line in lines if "raw AE data file - do not edit" in line)
    (count,) = (line for line in lines if line.startswith("events "))
    assert remark == remark.rstrip()
    assert len(count) < len(remark)
