"""What is wrong with a recording, and where two part."""

import hashlib

import pytest

from spikelet import events
from spikelet.errors import FormatError


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("evt2_out_of_range_a.raw", {"out_of_bounds": 15}),
        ("evt2_odd_tail_a.raw", {"tail_bytes": 3}),
        ("evt3_odd_tail_a.raw", {"tail_bytes": 1}),
        ("evt3_before_time_a.raw", {"dropped_before_time": 2}),
        ("evt2_wrap_a.raw", {}),
        ("evt3_wrap_a.raw", {}),
        ("evt3_header_without_end_a.raw", {}),
        ("evt3_empty_a.raw", {}),
    ],
)
def test_the_edge_cases_have_the_faults_that_they_are_made_for(edge, name, faults):
    found = events.verify(edge / name)
    assert {fault.name: fault.count for fault in found.faults} == faults
    assert found.is_sound == bool(found) == (not faults)


def test_every_recording_of_the_manifest_has_its_facts_and_none_too_many(recording):
    found = events.verify(recording.path, sensor_size=recording.size_to_give())
    facts = recording.facts
    assert found.info.digest == facts.get("sha256_txyp", hashlib.sha256().hexdigest())
    counts = {fault.name: fault.count for fault in found.faults}
    assert counts.get("backward_steps", 0) == facts.get("backward_time_steps", 0)
    # Only the edge cases are made to be unsound.
    assert found.is_sound or "edge" in recording.path.parts


def test_every_recording_of_the_manifest_survives_a_round_trip(recording, tmp_path):
    size = recording.size_to_give()
    source = events.stream(recording.path, sensor_size=size, lenient=True)
    done = events.convert(source, tmp_path / "a.raw", format="evt2")
    handed_out = done.report.events - done.report.dropped_out_of_bounds - done.report.dropped_backward
    assert done.events == handed_out
    found = events.verify(
        recording.path, tmp_path / "a.raw", sensor_size=size, time_offset_us=done.time_offset_us
    )
    assert bool(found.difference) == (done.events < done.report.events)


def test_each_fault_has_its_place(bin40):
    rows = [(100, 1, 1, 1), (300, 20, 2, 0), (200, 3, 3, 1), (150, 9, 3, 1)]
    found = events.verify(bin40(rows, tail=b"\x05\x06"), sensor_size=(8, 8))
    places = {fault.name: (fault.count, fault.event, fault.byte) for fault in found.faults}
    assert places == {
        "out_of_bounds": (2, 1, 5),
        "backward_steps": (2, 2, 10),
        "tail_bytes": (2, None, 20),
    }
    assert "steps back in time: 2, first at event 2 (byte 10)" in str(found)
    assert "the recording is not sound" in str(found)


def test_a_strict_read_agrees_about_soundness(edge):
    for path in sorted(edge.glob("evt*.raw")):
        found = events.verify(path)
        strict = [f for f in found.faults if f.name in ("out_of_bounds", "backward_steps", "tail_bytes")]
        try:
            events.read(path)
            is_read = True
        except (FormatError, ValueError):
            is_read = False
        assert is_read == (not strict), path.name


def test_unchecked_bounds_are_said(bin40):
    found = events.verify(bin40([(100, 200, 1, 1)]))
    assert found.is_sound
    assert not found.is_bounds_checked
    assert "bounds not checked: the sensor size is unknown" in str(found)


def test_a_round_trip_holds_the_same_events(tmp_path, random_events):
    # More than one piece of the comparison, and pieces of another length in the other file.
    given = random_events(300_000)
    events.write(tmp_path / "a.raw", given, format="evt2")
    events.write(tmp_path / "b.bin", given)
    found = events.verify(tmp_path / "a.raw", tmp_path / "b.bin")
    assert found
    assert (found.difference.event, found.difference.events) == (None, 300_000)
    assert "holds the same 300000 events" in str(found)


def test_corners_do_not_matter(tmp_path, random_events):
    given = random_events(1000, size=(128, 128))
    events.write(tmp_path / "a.raw", given, format="evt2")
    events.write(tmp_path / "b.aedat", given.with_origin("lower-left"), format="aedat2", chip="DVS128")
    assert events.verify(tmp_path / "a.raw", tmp_path / "b.aedat")
    assert events.verify(tmp_path / "b.aedat", tmp_path / "a.raw")


def test_an_expected_offset_is_no_difference(tmp_path, random_events):
    given = random_events(1000)
    late = events.Events(given.t + 2**24, given.x, given.y, given.p, sensor_size=(240, 180))
    events.write(tmp_path / "a.raw", late, format="evt2")
    done = events.write(tmp_path / "b.raw", late, format="evt3")
    assert not events.verify(tmp_path / "a.raw", tmp_path / "b.raw")
    assert events.verify(tmp_path / "a.raw", tmp_path / "b.raw", time_offset_us=done.time_offset_us)


@pytest.mark.parametrize("column", range(4))
@pytest.mark.parametrize("place", [0, 1, 777, 998, 999])
def test_one_other_value_anywhere_is_found(tmp_path, random_events, column, place):
    given = random_events(1000)
    columns = [given.t.copy(), given.x.copy(), given.y.copy(), given.p.copy()]
    # A time that is later by nothing but its own is still in order at the end alone.
    columns[0][place:] += column == 0
    columns[1][place] ^= column == 1
    columns[2][place] ^= column == 2
    columns[3][place] ^= column == 3
    events.write(tmp_path / "a.raw", given, format="evt2")
    events.write(tmp_path / "b.bin", events.Events(*columns, sensor_size=(240, 180)))
    found = events.verify(tmp_path / "a.raw", tmp_path / "b.bin")
    assert found.is_sound
    assert not found
    difference = found.difference
    assert difference.event == place
    assert difference.here == tuple(int(c[place]) for c in (given.t, given.x, given.y, given.p))
    assert difference.there == tuple(int(c[place]) for c in columns)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_missing_end_is_a_difference(tmp_path, random_events, swapped):
    given = random_events(1000)
    paths = [tmp_path / "a.raw", tmp_path / "b.bin"]
    events.write(paths[0], given[:900] if swapped else given, format="evt2")
    events.write(paths[1], given if swapped else given[:900])
    difference = events.verify(*paths).difference
    assert difference.event == 900
    assert (difference.here is None) == swapped
    assert (difference.there is None) != swapped
    assert difference.events == (1000 if swapped else 900)
    assert "no event" in str(difference)


def test_what_is_no_recording_is_refused(tmp_path):
    path = tmp_path / "a.xyz"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(FormatError, match="content must be of a known format"):
        events.verify(path)


def test_everything_is_fit_for_json(bin40):
    facts = events.verify(bin40([(100, 1, 1, 1)], tail=b"\x01"), sensor_size=(8, 8)).to_dict()
    assert facts["is_sound"] is False
    assert facts["is_same"] is None
    assert facts["faults"] == [{"name": "tail_bytes", "count": 1, "event": None, "byte": 5}]
    assert facts["info"]["events"] == 1


def test_the_columns_of_a_text_are_those_of_the_recording_alone(tmp_path):
    (tmp_path / "a.txt").write_text("1 2 3 100\n0 4 5 200\n")
    made = events.Events([100, 200], [3, 5], [2, 4], [1, 0], sensor_size=(8, 8))
    events.write(tmp_path / "b.raw", made, format="evt2")
    options = {"sensor_size": (8, 8), "order": "p y x t"}
    assert events.verify(tmp_path / "a.txt", tmp_path / "b.raw", **options)
    swapped = {**options, "order": "p x y t"}
    assert not events.verify(tmp_path / "a.txt", tmp_path / "b.raw", **swapped)
