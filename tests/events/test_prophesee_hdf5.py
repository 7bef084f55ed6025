"""Prophesee HDF5: the container, the index, and damage; the codec has its own tests beside it."""

import hashlib
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelet import _core, events
from spikelet.cli import main
from spikelet.errors import FormatError, MissingPackageError, OrderError, ParameterError

h5py = pytest.importorskip("h5py")

ECF = 36559
RECORD = np.dtype(
    {"names": ["x", "y", "p", "t"], "formats": ["<u2", "<u2", "<i2", "<i8"], "offsets": [0, 2, 4, 8]}
)
MASKED = bytes.fromhex("14000000 e803000000000000 0331fcf2f101 a400c100 54018002e000 8302")
GOLDEN = [(1000, 10, 5, 1), (1000, 11, 5, 1), (1000, 13, 5, 1), (1003, 20, 5, 0), (1303, 7, 6, 0)]


def rows_of(columns):
    return [tuple(int(v) for v in row) for row in zip(*columns, strict=True)]


def all_rows(found):
    return rows_of((found.t, found.x, found.y, found.p))


def test_h5py_is_first_imported_for_a_file_that_needs_it(environment):
    code = "import sys, spikelet.events; spikelet.events.formats(); print('h5py' in sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True, env=environment
    )
    assert printed.stdout.strip() == "False"


@pytest.fixture
def written(tmp_path, random_events):
    """A file of so many random events, and the events."""

    def make(n, **arguments):
        path = tmp_path / "made.hdf5"
        recording = random_events(n, **arguments)
        events.write(path, recording)
        return path, recording

    return make


@pytest.mark.parametrize("threads", [1, 2])
def test_the_core_decodes_chunks_and_names_the_damaged(threads):
    chunks = [MASKED, MASKED[:-1], MASKED, MASKED, MASKED]
    columns, damaged = _core.ecf_decode(chunks, [5, 5, 3, 6, 5], threads=threads)
    assert rows_of(columns) == GOLDEN + GOLDEN[:3] + GOLDEN
    assert damaged == [1, 3]
    assert _core.ecf_encode(*columns_of(GOLDEN)) == MASKED


def columns_of(rows):
    t, x, y, p = np.array(rows, np.int64).reshape(-1, 4).T
    return t.copy(), x.astype(np.uint16), y.astype(np.uint16), p.astype(bool)


def test_the_core_refuses_what_a_chunk_cannot_hold():
    with pytest.raises(OrderError, match="event 1: `t` must not step back in ecf, got 4 after 5"):
        _core.ecf_encode(*columns_of([(5, 1, 1, 1), (4, 1, 1, 1)]))


def test_chunks_are_those_of_the_vendor(shared_data, tmp_path):
    source = shared_data / "events" / "prophesee" / "ecf_trigger_hd.hdf5"
    events.write(tmp_path / "again.hdf5", events.read(source))
    with h5py.File(source, "r", locking=False) as theirs, h5py.File(tmp_path / "again.hdf5", "r") as ours:
        assert ours["CD/events"].dtype == theirs["CD/events"].dtype
        assert ours["CD/events"].chunks == theirs["CD/events"].chunks
        for start in range(0, 81_920, 16_384):
            chunks = [file["CD/events"].id.read_direct_chunk((start,)) for file in (ours, theirs)]
            assert chunks[0] == chunks[1]
        np.testing.assert_array_equal(ours["CD/indexes"][:], theirs["CD/indexes"][:])
        assert ours["CD/indexes"].attrs["offset"] == theirs["CD/indexes"].attrs["offset"]
        assert dict(ours.attrs) == dict(theirs.attrs)


@pytest.mark.parametrize("n", [0, 1, 16_383, 16_384, 16_385, 300_000])
def test_any_number_of_events_comes_back(written, n):
    path, recording = written(n)
    found = events.read(path)
    assert found == recording
    assert found.metadata == {"version": "1.0", "geometry": "240x180"}
    assert (events.info(path).format, events.info(path).recognised_by) == ("ecf", "content")
    assert sum(len(part) for part in events.stream(path, chunk=1000)) == n


def test_the_index_finds_the_first_event_of_each_slot(written):
    path, recording = written(2000, longest_us=100_000)
    with h5py.File(path, "r") as file:
        index, offset = file["CD/indexes"][:], int(file["CD/indexes"].attrs["offset"])
    shifted = recording.t + offset
    assert tuple(index[0]) == (0, -1)
    assert len(index) == 2 + int(shifted[-1]) // 2000
    for k, (number, time) in enumerate(index[1:]):
        inside = np.flatnonzero((shifted >= 2000 * k) & (shifted < 2000 * (k + 1)))
        expected = (inside[0], shifted[inside[0]]) if len(inside) > 0 else tuple(index[k])
        assert (number, time) == expected


def test_a_small_recording_is_a_small_file(written):
    path, _ = written(100, longest_us=100_000)
    assert path.stat().st_size < 65_536


def test_slots_without_events_repeat_the_one_before(tmp_path):
    t = [5, 10, 4005, 12_004, 12_005]
    recording = events.Events(t, [0] * 5, [0] * 5, [1] * 5, sensor_size=(8, 8))
    events.write(tmp_path / "gaps.h5", recording, format="ecf")
    with h5py.File(tmp_path / "gaps.h5", "r") as file:
        index = [tuple(entry) for entry in file["CD/indexes"][:]]
    assert index == [(0, -1), (0, 0), (0, 0), (2, 4000), (2, 4000), (2, 4000), (3, 11_999), (4, 12_000)]


def test_a_pause_that_would_fill_the_index_is_refused_and_leaves_nothing(tmp_path):
    recording = events.Events([0, 1 << 40], [0, 0], [0, 0], [0, 0], sensor_size=(8, 8))
    with pytest.raises(OrderError, match="`t` must not pause for more than 8388608000 microseconds in ecf"):
        events.write(tmp_path / "pause.hdf5", recording)
    assert list(tmp_path.iterdir()) == []


def test_a_sensor_that_does_not_fit_is_refused_and_leaves_nothing(tmp_path):
    recording = events.Events([1], [1], [1], [1], sensor_size=(2049, 8))
    with pytest.raises(ParameterError, match="must be 1x1 to 2048x2048 for ecf, got 2049x8"):
        events.write(tmp_path / "wide.hdf5", recording)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("t", [[0, 1 << 40], [-(1 << 62), 1 << 62], [-(1 << 63), (1 << 63) - 1]])
def test_no_pause_is_too_long_to_be_refused(tmp_path, t):
    recording = events.Events(t, [0, 0], [0, 0], [0, 0], sensor_size=(8, 8))
    with pytest.raises(OrderError, match="must not pause for more than"):
        events.write(tmp_path / "pause.hdf5", recording)


@pytest.mark.parametrize("header", [{"note": "a\0b"}, {"": "nameless"}])
def test_header_lines_that_cannot_be_attributes_are_refused(tmp_path, random_events, header):
    with pytest.raises(ParameterError, match="`header` must hold what HDF5 keeps as an attribute"):
        events.write(tmp_path / "made.hdf5", random_events(3), header=header)
    assert list(tmp_path.iterdir()) == []


def test_triggers_of_inputs_that_cannot_be_are_refused(written):
    path, _ = written(20)
    with h5py.File(path, "r+") as file:
        file["EXT_TRIGGER/events"].resize((2,))
        file["EXT_TRIGGER/events"][1] = (1, 5, 256)
    with pytest.raises(FormatError, match="must be numbered 0 to 255, got 256 at trigger 1"):
        events.read(path)


def test_header_lines_become_attributes(tmp_path, random_events):
    path = tmp_path / "made.hdf5"
    events.write(
        path, random_events(3), header={"serial_number": "00000157", "format": "EVT3", "geometry": "1x1"}
    )
    metadata = events.read(path).metadata
    assert metadata == {"serial_number": "00000157", "version": "1.0", "geometry": "240x180"}


def test_a_damaged_chunk_is_left_out_and_counted(written):
    path, recording = written(40_000)
    with h5py.File(path, "r+") as file:
        chunks = file["CD/events"].id
        place = chunks.get_chunk_info_by_coord((16_384,)).byte_offset
        _, chunk = chunks.read_direct_chunk((16_384,))
        chunks.write_direct_chunk((16_384,), chunk[:12] + b"\x00" + chunk[13:])
    message = (
        f"{path}: packets must follow the rules of ecf, got one that does not (byte {place}) (bad packets: 1)"
        "; pass `lenient=True` to keep the 23616 events of the others"
    )
    with pytest.raises(FormatError, match=f"^{re.escape(message)}$") as caught:
        events.read(path)
    found = events.read(path, lenient=True)
    assert caught.value.events == found
    assert (found.report.bad_packets, found.report.first_bad_byte) == (1, place)
    np.testing.assert_array_equal(found.t, np.delete(recording.t, slice(16_384, 32_768)))
    with pytest.raises(FormatError, match="bad packets: 1"):
        list(events.stream(path))


def test_a_chunk_that_the_filter_was_left_out_for_is_read_as_it_stands(written):
    path, recording = written(40_000)
    records = np.zeros(16_384, RECORD)
    for name in "txyp":
        records[name] = getattr(recording, name)[16_384:32_768]
    with h5py.File(path, "r+") as file:
        file["CD/events"].id.write_direct_chunk((16_384,), records.tobytes(), filter_mask=1)
    assert events.read(path) == recording
    with h5py.File(path, "r+") as file:
        file["CD/events"].id.write_direct_chunk((16_384,), records.tobytes()[:-1], filter_mask=1)
    assert events.read(path, lenient=True).report.bad_packets == 1


def test_a_last_chunk_that_was_filled_up_gives_only_its_events(written):
    path, recording = written(20)
    with h5py.File(path, "r+") as file:
        t, x, y, p = (np.repeat(getattr(recording, name), 1) for name in "txyp")
        padded = [np.concatenate([column, column[-1:].repeat(5)]) for column in (t, x, y, p)]
        file["CD/events"].id.write_direct_chunk((0,), _core.ecf_encode(*padded))
    assert events.read(path) == recording


@pytest.mark.parametrize("options", [{}, {"chunks": (100,)}, {"chunks": (1000,), "compression": "gzip"}])
def test_events_stored_without_the_codec_are_read_too(tmp_path, random_events, options):
    path, recording = tmp_path / "plain.h5", random_events(5000)
    records = np.zeros(5000, RECORD)
    for name in "txyp":
        records[name] = getattr(recording, name)
    with h5py.File(path, "w") as file:
        file.attrs["geometry"] = "240x180"
        file.create_dataset("CD/events", data=records, **options)
    assert events.read(path) == recording


def _foreign(file, name):
    records = np.zeros(5, RECORD)
    if name == "soft link":
        file["elsewhere"] = records
        file["CD/events"] = h5py.SoftLink("/elsewhere")
    elif name == "external link":
        file["CD/events"] = h5py.ExternalLink("other.h5", "/CD/events")
    elif name == "linked group":
        file["CD"] = h5py.ExternalLink("other.h5", "/CD")
    elif name == "group":
        file.create_group("CD/events")


@pytest.mark.parametrize("name", ["soft link", "external link", "linked group", "group"])
def test_events_behind_a_link_are_no_recording(tmp_path, name):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["CD/events"] = np.zeros(5, RECORD)
    path = tmp_path / "link.h5"
    with h5py.File(path, "w") as file:
        _foreign(file, name)
    with pytest.raises(FormatError, match="HDF5"):
        events.read_raw(path)
    with pytest.raises(FormatError, match="`format` must agree with the content, got ecf"):
        events.read_raw(path, format="ecf")


def test_events_whose_bytes_lie_in_other_files_are_refused(tmp_path):
    (tmp_path / "bytes").write_bytes(bytes(80))
    with h5py.File(tmp_path / "outside.h5", "w") as file:
        file.create_dataset("CD/events", (5,), RECORD, external=[(str(tmp_path / "bytes"), 0, 80)])
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((5,), RECORD)
        layout[:] = h5py.VirtualSource(str(tmp_path / "outside.h5"), "CD/events", shape=(5,))
        file.create_virtual_dataset("CD/events", layout)
    for name in ("outside.h5", "virtual.h5"):
        with pytest.raises(FormatError, match="`CD/events` must lie in this file"):
            events.read_raw(tmp_path / name)


def test_events_behind_an_unknown_filter_are_refused(tmp_path):
    path = tmp_path / "filter.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("CD/events", (5,), RECORD, chunks=(5,), compression="lzf")
    with pytest.raises(FormatError, match="must be stored without filters that are not read, got 32000"):
        events.read_raw(path)


@pytest.mark.parametrize("length", [100_000, 1 << 60])
def test_a_length_that_the_file_does_not_hold_is_refused(written, length):
    path, _ = written(20)
    with h5py.File(path, "r+") as file:
        file["CD/events"].resize((length,))
    with pytest.raises(FormatError, match=r"`/CD/events` must have all of its \d+ chunks, got 1; it is cut"):
        events.read_raw(path)


def test_chunks_beyond_all_measure_are_refused(tmp_path):
    path = tmp_path / "huge.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "CD/events", (5,), RECORD, chunks=(1 << 24,), maxshape=(None,), compression="gzip"
        )
        file["CD/events"].id.write_direct_chunk((0,), b"x")
    with pytest.raises(FormatError, match="chunks of `/CD/events` must be at most 67108864 bytes long"):
        events.read_raw(path)


@pytest.mark.parametrize(
    "fields",
    [
        [("x", "<u2"), ("t", "<i8")],
        [("x", "<i4"), ("y", "<u2"), ("p", "<i2"), ("t", "<i8")],
        [("x", "<u2"), ("y", "<u2"), ("p", "<i2"), ("t", "<f8")],
        [("x", "<u2", 2), ("y", "<u2"), ("p", "<i2"), ("t", "<i8")],
    ],
)
def test_records_of_other_fields_are_refused(tmp_path, fields):
    path = tmp_path / "fields.h5"
    with h5py.File(path, "w") as file:
        file["CD/events"] = np.zeros(5, fields)
    with pytest.raises(FormatError, match="must be a column of records with the integers x, y, p, t, got"):
        events.read_raw(path)


@pytest.mark.parametrize("geometry", ["wide", "0x7", "65537x1", "1x2x3", "1x-2"])
def test_a_geometry_that_is_none_is_refused(written, geometry):
    path, _ = written(20)
    with h5py.File(path, "r+") as file:
        file.attrs["geometry"] = geometry
    with pytest.raises(FormatError, match="`geometry` must read a width and a height in pixels"):
        events.read(path)


def test_without_a_geometry_the_size_is_asked_for(written):
    path, recording = written(20)
    with h5py.File(path, "r+") as file:
        del file.attrs["geometry"]
    with pytest.raises(ParameterError, match="`sensor_size` must be given, for this ecf file"):
        events.read(path)
    assert events.read(path, sensor_size=(240, 180)) == recording
    outside = events.read(path, sensor_size=(100, 180), lenient=True)
    assert outside.report.out_of_bounds == np.count_nonzero(recording.x >= 100)


@pytest.mark.parametrize("keep", [9, 100, 5000, -1])
def test_a_cut_file_is_refused(written, keep):
    path, _ = written(20_000)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FormatError, match="must be a whole HDF5 file"):
        events.read_raw(path)


def test_mutated_files_are_read_or_refused(written):
    path, _ = written(3000)
    whole = path.read_bytes()
    rng = np.random.default_rng(5)
    read = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), rng.integers(1, 8)):
            damaged[at] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            raw = events.read_raw(path)
        except FormatError:
            continue
        read += 1
        assert len(raw) <= 3000
    assert read > 30


def test_without_h5py_the_message_says_what_to_install(written, monkeypatch, capsys):
    path, recording = written(20)
    monkeypatch.setitem(sys.modules, "h5py", None)
    for attempt in (events.read, events.read_raw, events.info, events.stream):
        with pytest.raises(MissingPackageError, match=r'pip install "spikelet\[hdf5\]"'):
            attempt(path)
    with pytest.raises(MissingPackageError, match=r'pip install "spikelet\[hdf5\]"'):
        events.write(path.with_name("other.hdf5"), recording)
    assert list(path.parent.iterdir()) == [path]
    assert main(["events", "info", str(path)]) == 1
    assert capsys.readouterr().err.startswith(
        "spikelet: h5py must be installed for HDF5 files, got none; run"
    )


def test_triggers_stand_beside_the_events(shared_data):
    raw = events.read_raw(shared_data / "events" / "prophesee" / "ecf_trigger_hd.hdf5")
    assert raw.triggers.t.tolist() == [14_547_491, 14_549_491]
    assert raw.triggers.p.tolist() == [False, True]
    assert raw.digest() != hashlib.sha256().hexdigest()


steps = st.lists(
    st.tuples(st.integers(0, 40_000), st.integers(0, 2047), st.integers(0, 2047), st.booleans()), max_size=300
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=steps, start=st.integers(-(1 << 62), 1 << 62))
def test_every_recording_in_order_comes_back_unchanged(tmp_path, rows, start):
    gaps, x, y, p = zip(*rows, strict=True) if rows else ((), (), (), ())
    t = start + np.cumsum(np.array(gaps, dtype=np.int64))
    recording = events.Events(
        t, np.array(x, np.uint16), np.array(y, np.uint16), np.array(p, bool), sensor_size=(2048, 2048)
    )
    written = events.write(tmp_path / "made.hdf5", recording)
    assert written.time_offset_us == 0
    assert events.read(tmp_path / "made.hdf5") == recording
