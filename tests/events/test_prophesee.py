"""Prophesee's EVT2.1 and DAT files: headers, both byte orders, both layouts, and the way back."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelet import events
from spikelet.errors import FormatError, OrderError, ParameterError, TruncatedError

# The golden words: three events in one vector, one event, one trigger.
LITTLE = bytes.fromhex("0000000010000080 0500008064004211 0100000065008301 00000000010240a2")
LEGACY = bytes.fromhex("1000008000000000 6400421105000080 6500830101000000 010240a200000000")
VECTORS = [(1029, 64, 100, 1), (1029, 66, 100, 1), (1029, 95, 100, 1), (1030, 96, 101, 0)]


def rows_of(found):
    return [tuple(int(v) for v in row) for row in zip(found.t, found.x, found.y, found.p, strict=True)]


@pytest.fixture
def made(tmp_path):
    """Writes a file of a header and data and returns its path."""

    def make(header, data, *, name="made.raw"):
        path = tmp_path / name
        path.write_bytes("".join(f"% {line}\n" for line in header).encode() + data)
        return path

    return make


@pytest.mark.parametrize(
    ("lines", "data"),
    [
        (["format EVT21;endianness=little;height=720;width=1280"], LITTLE),
        (["format EVT21;endianness=legacy;height=720;width=1280"], LEGACY),
        (["evt 2.1", "geometry 1280x720", "endianness legacy"], LEGACY),
        (["evt 2.1", "geometry 1280x720", "endianness little"], LITTLE),
    ],
)
def test_the_header_says_the_byte_order_of_evt21(made, lines, data):
    raw = events.read_raw(made([*lines, "end"], data))
    assert raw.format == "evt21"
    assert rows_of(raw) == VECTORS
    assert [int(column[0]) for column in (raw.triggers.t, raw.triggers.id, raw.triggers.p)] == [1033, 2, 1]
    assert raw.report.notes == ()


@pytest.mark.parametrize(("data", "order"), [(LITTLE, "little"), (LEGACY, "legacy")])
def test_a_byte_order_that_was_found_out_is_said(made, data, order):
    path = made(["evt 2.1", "geometry 1280x720", "end"], data)
    found = events.read(path)
    note = f"byte order of evt21 not in the header: {order}, as the first words show"
    assert rows_of(found) == VECTORS
    assert found.report.notes == (note,)
    assert str(found.report).splitlines()[-1] == note
    assert str(events.info(path)).splitlines()[-1].split(None, 1) == ["note", note]
    assert next(iter(events.stream(path))).report.notes == (note,)


def test_recordings_whose_header_lost_the_byte_order_are_read_alike(shared_data, tmp_path):
    folder = shared_data / "events" / "prophesee"
    for name in ("evt21_hd_transcoded.raw", "evt21_kv260_vectors.raw", "evt21_kv260_vectors_legacy.raw"):
        path = tmp_path / name
        path.write_bytes(re.sub(rb"endianness=\w+;", b"", (folder / name).read_bytes()))
        assert events.read_raw(path).digest() == events.read_raw(folder / name).digest()
        assert len(events.read_raw(path).report.notes) == 1


@pytest.mark.parametrize("chunk", [1, 5, 31, 32, 33, 1000])
def test_chunks_end_anywhere_in_a_vector(shared_data, chunk):
    path = shared_data / "events" / "prophesee" / "evt21_hd_transcoded.raw"
    whole = events.read(path, stop_us=14_260_000)
    parts = list(events.stream(path, chunk=chunk, stop_us=14_260_000))
    assert {len(part) for part in parts[:-1]} == {chunk}
    for column in "txyp":
        joined = np.concatenate([getattr(part, column) for part in parts])
        np.testing.assert_array_equal(joined, getattr(whole, column))


def test_an_unknown_byte_order_is_refused(made):
    with pytest.raises(FormatError, match="`endianness` must read little or legacy, got `middle`"):
        events.read(made(["format EVT21;endianness=middle", "end"], LITTLE))


V2 = bytes.fromhex("e803000040013c10 ffffffff01800000 0500000003000110")
V1 = bytes.fromhex("e80300002fdf0300 ea030000000e0000")


@pytest.mark.parametrize(
    ("lines", "kind", "data", "expected"),
    [
        (["Version 2"], b"\x0c\x08", V2, [(1000, 320, 240, 1), (4294967295, 1, 2, 0), (4294967301, 3, 4, 1)]),
        (["Data file containing CD events."], b"\x0c\x08", V2[:8], [(1000, 320, 240, 1)]),
        (["Version 2"], b"\x00\x08", V2[:8], [(1000, 320, 240, 1)]),
        (["Version 1"], b"\x00\x08", V1, [(1000, 303, 239, 1), (1002, 0, 7, 0)]),
    ],
)
def test_dat_has_two_layouts(made, lines, kind, data, expected):
    path = made(lines, kind + data, name="made.dat")
    raw = events.read_raw(path)
    assert (raw.format, rows_of(raw)) == ("dat", expected)
    assert raw.sensor_size == ((304, 240) if lines == ["Version 1"] else None)


def test_dat_without_a_header_is_read_where_it_is_said_to_be_one(made):
    path = made([], V2, name="bare.dat")
    with pytest.raises(FormatError, match="pass `format` if you know it"):
        events.read_raw(path)
    assert len(events.read_raw(path, format="dat")) == 3


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (b"\x0e\x08", r"external triggers \(event type 0x0e\)"),
        (b"\x0c\x05", "got type 0x0c and size 5"),
        (b"\x01\x08", "got type 0x01 and size 8"),
    ],
)
def test_dat_of_other_events_is_refused(made, kind, message):
    with pytest.raises(FormatError, match=message):
        events.read(made(["Version 2"], kind + V2, name="other.dat"))


def test_dat_that_ends_before_its_event_type_is_empty_when_lenient(made):
    path = made(["Version 2", "Width 640", "Height 480"], b"", name="cut.dat")
    length = path.stat().st_size
    message = (
        f"{path}: the file must go on after its header, got its end at byte {length} "
        "(bytes missing before the first event: 2); pass `lenient=True` to take it for an empty recording"
    )
    with pytest.raises(TruncatedError, match=f"^{re.escape(message)}$") as caught:
        events.read(path)
    found = events.read(path, lenient=True)
    assert caught.value.events == found
    assert (len(found), found.sensor_size) == (0, (640, 480))
    assert found.report.missing_bytes == 2
    with pytest.raises(TruncatedError, match="must go on after its header"):
        list(events.stream(path))
    assert list(events.stream(path, lenient=True)) == []


def test_dat_is_written_as_the_vendor_does(tmp_path, random_events):
    recording = random_events(1000)
    path = tmp_path / "made.dat"
    written = events.write(path, recording, header={"Date": "2026-01-01 00:00:00", "camera": "a b"})
    assert (written.format, written.events, written.bytes) == ("dat", 1000, path.stat().st_size)
    assert path.read_bytes().startswith(
        b"% Data file containing CD events.\n% Version 2\n% Width 240\n% Height 180\n"
        b"% Date 2026-01-01 00:00:00\n% camera a b\n\x0c\x08"
    )
    again = events.read(path)
    assert again == recording
    assert again.metadata["camera"] == "a b"


def test_evt21_is_written_with_its_byte_order(tmp_path, random_events):
    path = tmp_path / "made.raw"
    recording = random_events(1000)
    events.write(path, recording, format="evt21", header={"endianness": "legacy", "serial_number": "7"})
    again = events.read(path)
    assert again == recording
    assert again.metadata["format"] == "EVT21;endianness=little;height=180;width=240"
    assert "endianness" not in again.metadata
    assert again.metadata["serial_number"] == "7"
    assert again.report.notes == ()


def test_the_header_of_one_recording_may_go_to_another_format(tmp_path, random_events):
    recording = random_events(50)
    events.write(tmp_path / "a.dat", recording)
    header = dict(events.read(tmp_path / "a.dat").metadata)
    for name in ("evt2", "evt21", "evt3"):
        events.write(tmp_path / f"{name}.raw", recording, format=name, header=header)
        found = events.read_raw(tmp_path / f"{name}.raw")
        assert (found.format, found.sensor_size) == (name, (240, 180))
    header = dict(events.read(tmp_path / "evt21.raw").metadata)
    events.write(tmp_path / "b.dat", recording, header=header)
    assert events.read_raw(tmp_path / "b.dat").format == "dat"


def test_dat_refuses_a_pause_that_hides_a_wrap(tmp_path):
    recording = events.Events([0, 1 << 33], [0, 0], [0, 0], [0, 0], sensor_size=(8, 8))
    with pytest.raises(
        ParameterError, match="event 1: `t` must follow within 2147483647 microseconds in dat"
    ):
        events.write(tmp_path / "pause.dat", recording)
    assert list(tmp_path.iterdir()) == []


rows = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 239), st.integers(0, 179), st.booleans()), max_size=200
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, start=st.integers(-(1 << 40), 1 << 40), name=st.sampled_from(["evt21", "dat"]))
def test_what_is_written_comes_back_up_to_the_period_of_the_counter(tmp_path, rows, start, name):
    steps, x, y, p = zip(*rows, strict=True) if rows else ((), (), (), ())
    t = start + np.cumsum(np.array(steps, dtype=np.int64))
    recording = events.Events(
        t, np.array(x, np.uint16), np.array(y, np.uint16), np.array(p, bool), sensor_size=(240, 180)
    )
    path = tmp_path / "made.raw"
    written = events.write(path, recording, format=name)
    again = events.read(path)
    period = {"evt21": 1 << 34, "dat": 1 << 32}[name]
    assert written.time_offset_us % period == 0
    np.testing.assert_array_equal(again.t + written.time_offset_us, recording.t)
    for column in "xyp":
        np.testing.assert_array_equal(getattr(again, column), getattr(recording, column))


def test_a_strict_stream_stops_at_the_first_step_back(edge):
    stream = events.stream(edge / "dat_backward_a.dat", chunk=700)
    assert sum(len(next(stream)) for _ in range(3)) == 1500
    with pytest.raises(OrderError, match="event 1500"):
        next(stream)
