"""AEDAT recordings: what stands beside the events, several streams, and what is refused."""

import struct

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import FormatError, ParameterError, TruncatedError
from spikelet.events import Events


@pytest.fixture
def aedat(shared_data):
    """The folder of AEDAT recordings."""
    return shared_data / "events" / "aedat"


@pytest.fixture
def davis(aedat):
    """A recording of events, frames, inertial samples and triggers."""
    return events.read_raw(aedat / "aedat4_davis346_lz4.aedat4")


def packet3(kind, records, *, source=1, overflow=0):
    size = len(records[0])
    number = len(records)
    head = struct.pack("<hh6i", kind, source, size, 4, overflow, number, number, number)
    return head + b"".join(records)


def polarity(t, x, y, p, *, valid=1):
    return struct.pack("<Ii", x << 17 | y << 2 | p << 1 | valid, t)


HEADER3 = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n"


def body4(rows):
    size = 28 + 16 * len(rows)
    start = bytes.fromhex("10000000 45565453 0000 0600 0800 0400 06000000 04000000")
    records = b"".join(struct.pack("<qHHB3x", t, x, y, p) for t, x, y, p in rows)
    return struct.pack("<I", size) + start + struct.pack("<I", len(rows)) + records


def packet4(stream, body):
    return struct.pack("<iI", stream, len(body)) + body


@pytest.fixture
def recording4(tmp_path):
    """Writes the given packets behind a header of AEDAT 4 that lists stream 0 and returns the path."""

    def make(*packets):
        path = tmp_path / "made.aedat4"
        events.write(path, Events([], [], [], [], sensor_size=(8, 8)))
        path.write_bytes(path.read_bytes() + b"".join(packets))
        return path

    return make


def test_frames_of_a_davis_have_its_size_and_lie_between_its_events(davis):
    assert len(davis.frames) == davis.report.frames == 4
    for frame in davis.frames:
        assert frame.pixels.shape == (260, 346, 1)
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels.std() > 5, "a picture, not noise or nothing"
        assert (frame.x, frame.y) == (0, 0)
        assert frame.start <= frame.exposure_start <= frame.exposure_end <= frame.end
    times = [frame.t for frame in davis.frames]
    assert times == sorted(times)
    assert abs(times[0] - davis.t[0]) < 1_000_000


def test_the_inertial_sensor_of_a_davis_feels_the_earth(davis):
    imu = davis.imu
    assert len(imu) == davis.report.imu_samples == 160
    assert imu.is_scaled
    assert imu.accelerometer.shape == imu.gyroscope.shape == (len(imu), 3)
    np.testing.assert_allclose(np.linalg.norm(imu.accelerometer, axis=1), 1, atol=0.2)
    assert np.all(np.diff(imu.t) > 0)
    assert np.all((imu.temperature > 0) & (imu.temperature < 80))


def test_marks_of_a_davis_say_when_its_frames_were_exposed(davis):
    kinds = {int(kind) for kind in davis.specials.kind}
    assert kinds <= {6, 7, 8, 9}
    # The first frame was begun before the recording.
    for kind, name in ((6, "start"), (7, "end"), (8, "exposure_start"), (9, "exposure_end")):
        marks = davis.specials.t[davis.specials.kind == kind].tolist()
        assert {getattr(frame, name) for frame in davis.frames[1:]} <= set(marks)
    assert len(davis.triggers) == 0


def test_records_of_the_inertial_sensor_become_samples(aedat):
    raw = events.read_raw(aedat / "aedat2_davis240_boxes.aedat")
    assert raw.report.imu_samples == 33837
    assert len(raw.imu) == 4833
    assert not raw.imu.is_scaled
    assert np.isnan(raw.imu.magnetometer).all()
    assert np.all(np.diff(raw.imu.t) > 0)


def test_invalid_events_are_left_out_unless_asked_for(recordings_by_name):
    path, facts = recordings_by_name("aedat31_a.aedat")
    raw = events.read_raw(path)
    assert raw.report.invalid_events == facts["invalid_events"]
    every = events.read_raw(path, keep_invalid=True)
    assert len(every) == facts["with_invalid_events"]["events"]
    assert every.digest() == facts["with_invalid_events"]["sha256_txyp"]
    assert len(raw.triggers) == facts["packets_by_type"]["0"]


def test_a_packet_that_breaks_its_rules_is_named_when_strict_and_counted_when_lenient(recording4):
    good = packet4(0, body4([(5, 1, 2, 1)]))
    path = recording4(good, packet4(0, b"\xff" * 20), packet4(0, body4([(6, 3, 4, 0)])))
    place = path.stat().st_size - 28 - 2 * len(good) + len(good)
    with pytest.raises(
        FormatError, match=rf"\(byte {place}\) \(bad packets: 1\).* keep the 2 events"
    ) as caught:
        events.read(path)
    assert [int(t) for t in caught.value.events.t] == [5, 6]
    assert events.read(path, lenient=True).report.bad_packets == 1
    parts = events.stream(path)
    assert len(next(parts)) == 2
    with pytest.raises(FormatError, match=r"bad packets: 1"):
        next(parts)


def test_a_damaged_head_ends_an_aedat3_recording(tmp_path):
    path = tmp_path / "a.aedat"
    good = packet3(1, [polarity(5, 1, 2, 1), polarity(6, 3, 4, 0)])
    path.write_bytes(HEADER3 + good + b"\xff" * 30)
    with pytest.raises(
        FormatError, match=rf"rules of aedat3, got one that does not \(byte {len(HEADER3 + good)}\)"
    ):
        events.read(path)
    found = events.read(path, lenient=True)
    assert (len(found), found.report.tail_bytes, found.sensor_size) == (2, 30, (128, 128))


def test_a_cut_packet_is_named_when_strict(recording4):
    path = recording4(packet4(0, body4([(5, 1, 2, 1)])), packet4(0, body4([(6, 1, 2, 1)]))[:-1])
    with pytest.raises(
        TruncatedError, match=r"bytes left over: 55\); pass `lenient=True` to keep the 1 events"
    ):
        events.read(path)


def test_one_of_several_streams_is_read(recording4, tmp_path):
    path = recording4(packet4(3, body4([(5, 1, 2, 1)])), packet4(0, body4([(6, 1, 2, 1)])))
    found = events.read_raw(path)
    assert (found.t.tolist(), found.report.other_streams) == ([6], 1)
    assert "other streams" in str(events.info(path))
    # The header lists stream 0 alone.
    with pytest.raises(ParameterError, match=r"`stream` must be one of events \(0\), got 3"):
        events.read_raw(path, stream=3)
    two = tmp_path / "two.aedat"
    packets = packet3(1, [polarity(5, 1, 2, 1)]) + packet3(1, [polarity(7, 1, 2, 1)], source=2)
    two.write_bytes(HEADER3.replace(b"#!END", b"#Source 2: DVS128\r\n#!END") + packets)
    assert events.read(two).t.tolist() == [5]
    assert events.read(two, stream=2).t.tolist() == [7]
    with pytest.raises(ParameterError, match=r"`stream` must be one of events \(1, 2\), got 3"):
        events.read(two, stream=3)
    # Without a list, the packets decide.
    two.write_bytes(HEADER3.replace(b"#Source 1: DVS128\r\n", b"") + packets)
    assert events.read_raw(two, stream=2).t.tolist() == [7]


def test_a_stream_is_refused_where_there_is_only_one(aedat):
    with pytest.raises(
        ParameterError, match=r"`stream` must be left out for aedat2, which holds one stream only, got 1"
    ):
        events.read(aedat / "aedat2_dvs128.aedat", stream=1)


@pytest.mark.parametrize(("compression", "share"), [("lz4", 0.8), ("zstd", 0.6)])
def test_compressed_events_are_read_back_and_are_fewer_bytes(tmp_path, random_events, compression, share):
    made = random_events(20_000)
    plain = events.write(tmp_path / "plain.aedat4", made)
    packed = events.write(tmp_path / "packed.aedat4", made, compression=compression)
    assert packed.bytes < share * plain.bytes
    assert events.read(tmp_path / "packed.aedat4") == events.read(tmp_path / "plain.aedat4") == made
    assert events.read(tmp_path / "packed.aedat4").metadata["compression"] == compression.upper()


def test_packets_of_zstd_are_what_another_library_packs(tmp_path, random_events):
    made = random_events(5_000)
    events.write(tmp_path / "plain.aedat4", made)
    events.write(tmp_path / "packed.aedat4", made, compression="zstd")
    plain, packed = (bodies_of((tmp_path / f"{name}.aedat4").read_bytes()) for name in ("plain", "packed"))
    unpack = pytest.importorskip("pyarrow").Codec("zstd").decompress
    found = [
        unpack(body, decompressed_size=len(wanted), asbytes=True)
        for wanted, body in zip(plain, packed, strict=True)
    ]
    assert len(plain) == 2
    assert found == plain


def bodies_of(file):
    """What the packets of a file hold."""
    start = len(b"#!AER-DAT4.0\r\n")
    start += 4 + int.from_bytes(file[start : start + 4], "little")
    bodies = []
    while start < len(file):
        size = int.from_bytes(file[start + 4 : start + 8], "little")
        bodies.append(file[start + 8 : start + 8 + size])
        start += 8 + size
    return bodies


def test_compression_is_refused_where_there_is_none_of_the_name(tmp_path, random_events):
    made = random_events(10)
    with pytest.raises(ParameterError, match=r"`compression` must be none for evt3, got another"):
        events.write(tmp_path / "a.raw", made, format="evt3", compression="lz4")
    with pytest.raises(ParameterError, match=r'`compression` must be "none", "lz4" or "zstd", got `zip`'):
        events.write(tmp_path / "a.aedat4", made, compression="zip")


def test_aedat1_without_any_header_is_known_by_its_name(tmp_path):
    records = struct.pack(">HI", 0x2345, 1000) + struct.pack(">HI", 0x1BE4, 1002)
    (tmp_path / "a.aedat").write_bytes(records)
    found = events.read(tmp_path / "a.aedat")
    assert (found.x.tolist(), found.y.tolist()) == ([0x45 >> 1, 114], [0x23, 27])
    (tmp_path / "a.dat").write_bytes(records)
    with pytest.raises(FormatError, match="bytes without a known mark"):
        events.read(tmp_path / "a.dat")
    assert events.read(tmp_path / "a.dat", format="aedat1") == found


def test_other_versions_are_refused_by_name(tmp_path):
    path = tmp_path / "a.aedat"
    for line, name in (("3.0", r"AEDAT 3\.0"), ("3.2", "AEDAT 3 other"), ("4.1", "AEDAT 4 other")):
        path.write_bytes(f"#!AER-DAT{line}\r\n".encode())
        with pytest.raises(FormatError, match=name):
            events.read(path)


def test_a_stream_of_chunks_counts_what_it_does_not_hand_out(aedat):
    chunks = events.stream(aedat / "aedat4_davis346_lz4.aedat4", chunk=100)
    assert sum(len(part) for part in chunks) == 6676
    assert (chunks.report.frames, chunks.report.other_streams) == (4, 0)
