"""Every recording of the manifest is read with exactly its facts, or refused by name."""

import re

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import FormatError


def rows_at(raw, index):
    return [int(column[index]) for column in (raw.t, raw.x, raw.y, raw.p)]


def test_raw_reading_gives_the_manifest_exactly(recording):
    raw = events.read_raw(recording.path, sensor_size=recording.size_to_give())
    facts = recording.facts
    assert raw.format == recording.format
    assert recording.size_to_find() in (raw.sensor_size, None)
    assert len(raw) == raw.report.events == facts["events"]
    assert raw.digest() == recording.digest_to_find()
    if facts["events"] > 0:
        assert rows_at(raw, 0) == facts["first_txyp"]
        assert rows_at(raw, -1) == facts["last_txyp"]
        assert [raw.t.min(), raw.t.max()] == [facts["t_min"], facts["t_max"]]
        assert [raw.x.max(), raw.y.max()] == [facts["x_max"], facts["y_max"]]
        assert np.count_nonzero(raw.p) == facts["on"]
        assert np.count_nonzero(~raw.p) == facts["off"]
        assert raw.report.backward_steps == facts["backward_time_steps"]


def test_triggers_and_records_beside_the_events_are_counted(recording):
    raw = events.read_raw(recording.path, sensor_size=recording.size_to_give())
    facts = recording.facts
    assert len(raw.triggers) == recording.triggers
    assert raw.report.special_events == len(raw.specials)
    if "special" in facts:
        assert len(raw.specials) == facts["special"]
    assert raw.report.frames == len(raw.frames) == facts.get("packets", {}).get("1:FRME", 0)
    if "first_trigger_t_id_p" in facts:
        for index, name in ((0, "first"), (-1, "last")):
            columns = (raw.triggers.t, raw.triggers.id, raw.triggers.p)
            assert [int(column[index]) for column in columns] == facts[f"{name}_trigger_t_id_p"]
    assert raw.report.overflow_records == facts.get("overflow_records", 0)
    assert raw.report.aps_samples == len(raw.samples) == facts.get("aps_records", 0)
    if "imu_records" in facts:
        assert raw.report.imu_samples == facts["imu_records"]
        assert len(raw.imu) == facts["imu_records"] // 7


def test_the_whole_file_is_read(recording):
    raw = events.read_raw(recording.path, sensor_size=recording.size_to_give())
    assert raw.report.bytes_read == recording.path.stat().st_size


def test_another_format_than_the_content_has_is_refused(shared_data):
    path = shared_data / "events" / "prophesee" / "evt3_gen41_hd.raw"
    with pytest.raises(FormatError, match=re.escape(str(path))):
        events.read(path, format="evt2")
    with pytest.raises(FormatError, match=re.escape(str(path))):
        events.read(path, format="aedat2")
