"""Paths that lead to no recording, and arguments that cannot be."""

import os
import re
import threading

import pytest

from spikelet import events
from spikelet.errors import FormatError, ParameterError, ShapeError

EVERY_DOOR = [events.read, events.read_raw, events.stream, events.info]


@pytest.fixture(params=EVERY_DOOR, ids=lambda door: door.__name__)
def door(request):
    return request.param


def test_a_missing_file_is_pythons_own_error(door, tmp_path):
    path = tmp_path / "nothing.raw"
    with pytest.raises(FileNotFoundError) as caught:
        door(path)
    assert caught.value.filename == str(path)


def test_a_directory_is_pythons_own_error(door, tmp_path):
    with pytest.raises(IsADirectoryError) as caught:
        door(tmp_path)
    assert caught.value.filename == str(tmp_path)


def test_a_path_may_be_text(bin40):
    path = bin40([(1, 2, 3, 1)])
    assert len(events.read(str(path), sensor_size=(8, 8))) == 1


def test_a_file_of_no_known_format_is_refused_by_name(door, tmp_path):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)))
    with pytest.raises(FormatError, match=re.escape(str(path))):
        door(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_a_pipe_of_no_known_format_is_refused_and_not_waited_for(door, tmp_path):
    path = tmp_path / "pipe.raw"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"\xff\xd8\xff\xe0\x00\x10JFIF",), daemon=True)
    writer.start()
    with pytest.raises(FormatError, match="bytes without a known mark"):
        door(path)
    writer.join()


def test_an_empty_file_without_a_format_is_refused(door, tmp_path):
    path = tmp_path / "empty.raw"
    path.write_bytes(b"")
    with pytest.raises(FormatError, match=re.escape(str(path))):
        door(path)


def test_an_empty_40_bit_file_is_a_recording_of_nothing(tmp_path):
    path = tmp_path / "empty.bin"
    path.write_bytes(b"")
    found = events.read(path, sensor_size=(34, 34))
    assert len(found) == 0
    assert found.sensor_size == (34, 34)
    assert list(events.stream(path, sensor_size=(34, 34))) == []


def test_a_header_cut_in_the_middle_never_gives_events(tmp_path):
    path = tmp_path / "cut.raw"
    path.write_bytes(b"% date 2024-01-01\n% evt 3.")
    with pytest.raises(FormatError, match=re.escape(str(path))):
        events.read(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("EVT4", "EVT ?4"),
        ("HISTO3D", "HISTO3D"),
        ("DIFF3D", "DIFF3D"),
        ("AER-8b", "AER-8b"),
        ("AER-4b", "AER-4b"),
    ],
)
def test_prophesee_formats_that_are_not_read_are_refused_by_name(tmp_path, name, said):
    path = tmp_path / "other.raw"
    path.write_bytes(f"% format {name};height=720;width=1280\n% end\n".encode() + bytes(64))
    with pytest.raises(FormatError, match=said):
        events.read(path)


def test_a_format_that_is_none_is_refused_with_the_list(door, bin40):
    with pytest.raises(ParameterError, match=r'`format` must be one of .*"bin40".*"evt3".*, got \'evt9\''):
        door(bin40([]), format="evt9")


def test_a_chip_that_is_none_is_refused(door, shared_data):
    path = shared_data / "events" / "aedat" / "aedat2_dvs128.aedat"
    with pytest.raises(ParameterError, match="DVS999"):
        door(path, chip="DVS999")


def test_a_sensor_size_that_is_none_is_refused_before_the_file_is_opened(door, tmp_path):
    with pytest.raises(ParameterError, match=r"must be \(width, height\) in pixels, got 34"):
        door(tmp_path / "nothing.bin", sensor_size=34)


def test_every_format_has_a_name_and_endings():
    known = {entry.name: entry for entry in events.formats()}
    assert {"bin40", "aedat2", "evt2", "evt3"} <= set(known)
    assert set(known["bin40"].extensions) == {".bin", ".bs2"}
    assert known["evt3"].max_size == (2048, 2048)
    assert all(entry.title and entry.extensions for entry in known.values())


def test_rank_is_checked_at_the_door_of_structured_records():
    records = events.Events([1], [2], [3], [1], sensor_size=(9, 9)).to_structured()
    with pytest.raises(ShapeError, match=r"`t` must have shape \[n\], got \[1, 1\]"):
        events.Events.from_structured(records.reshape(1, 1), sensor_size=(9, 9))


def test_an_unknown_file_is_told_every_format_that_is_read(tmp_path):
    path = tmp_path / "holiday.raw"
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    names = ", ".join(entry.name for entry in events.formats())
    for attempt in (events.read, events.read_raw, events.info, events.stream, events.verify):
        with pytest.raises(FormatError, match=re.escape(f"must be of a known format ({names}), got bytes")):
            attempt(path)


@pytest.mark.parametrize("name", ["aedat4", "es"])
@pytest.mark.parametrize("content", [b"", b"\x05\x04\x80\x00\x17"])
def test_a_format_that_begins_with_a_mark_is_not_read_without_it(tmp_path, name, content):
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=f"got {name} for a file of bytes without its mark"):
        events.info(path, format=name)
