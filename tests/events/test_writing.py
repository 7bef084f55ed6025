"""What is written is read back as it was, or was refused."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelet import events
from spikelet.errors import BoundsError, DtypeError, FormatError, ParameterError
from spikelet.events import Events

# For each format: the file's ending, the largest sensor, the first time it cannot hold without loss.
FORMATS = {
    "bin40": (".bin", (256, 240), 1 << 24),
    "aedat2": (".aedat", (240, 180), 1 << 31),
    "evt2": (".raw", (2048, 2048), 1 << 34),
    "aedat1": (".aedat", (128, 128), 1 << 31),
    "aedat3": (".aedat", (1 << 15, 1 << 15), 1 << 61),
    "aedat4": (".aedat4", (1 << 15, 1 << 15), 1 << 61),
    "evt3": (".raw", (2048, 2048), 1 << 24),
}
CHIP = {"aedat2": "DAVIS240C"}
ORIGIN = {"aedat1": "lower-left", "aedat2": "lower-left"}


@st.composite
def recordings(draw, name):
    _, (width, height), period = FORMATS[name]
    n = draw(st.integers(0, 60))
    first = draw(st.integers(0, period - 1))
    steps = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 100_000))
    t = first + np.cumsum([0, *draw(st.lists(steps, min_size=max(n - 1, 0), max_size=max(n - 1, 0)))])[:n]
    # Few rows and runs of columns, so that vectors occur; corners, so that limits do.
    x = draw(st.lists(st.one_of(st.integers(0, 40), st.just(width - 1)), min_size=n, max_size=n))
    y = draw(st.lists(st.sampled_from([0, 7, height - 1]), min_size=n, max_size=n))
    p = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return Events(
        t.astype(np.int64)[:n], x, y, p, sensor_size=(width, height), origin=ORIGIN.get(name, "upper-left")
    )


@pytest.mark.parametrize("name", FORMATS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_written_events_are_read_back(tmp_path, name, data):
    made = data.draw(recordings(name))
    path = tmp_path / f"made{FORMATS[name][0]}"
    written = events.write(path, made, format=name, chip=CHIP.get(name))
    found = events.read(path, sensor_size=made.sensor_size)
    assert found == made
    assert (written.format, written.events, written.time_offset_us) == (name, len(made), 0)
    assert written.bytes == path.stat().st_size


@pytest.mark.parametrize("name", FORMATS)
def test_a_row_of_events_at_one_time_is_read_back(tmp_path, name):
    size = FORMATS[name][1]
    n = min(200, size[0])
    x = np.arange(n)
    made = Events(
        np.full(n, 5000),
        x,
        np.full(n, 9),
        x % 7 < 5,
        sensor_size=size,
        origin=ORIGIN.get(name, "upper-left"),
    )
    path = tmp_path / "row"
    events.write(path, made, format=name, chip=CHIP.get(name))
    assert events.read(path, format=name, sensor_size=size) == made


def test_recordings_survive_a_change_of_format(tmp_path, shared_data):
    made = events.read(shared_data / "events" / "prophesee" / "evt2_hd_transcoded.raw")
    for name in ("evt2", "evt3", "aedat3", "aedat4"):
        path = tmp_path / f"{name}.raw"
        events.write(path, made, format=name)
        found = events.read(path)
        assert found == made
        assert events.info(path).format == name


@pytest.mark.parametrize(("name", "period"), [("evt2", 1 << 34), ("evt3", 1 << 24), ("aedat2", 1 << 32)])
def test_times_beyond_the_counter_lose_a_whole_number_of_periods(tmp_path, name, period):
    t = np.array([0, 10, period // 2 - 1, period - 2, period + 3]) + 5 * period + 17
    size = FORMATS[name][1]
    corner = ORIGIN.get(name, "upper-left")
    made = Events(t, [1, 2, 3, 4, 5], [0] * 5, [0, 1, 0, 1, 0], sensor_size=size, origin=corner)
    path = tmp_path / "late"
    offset = events.write(path, made, format=name, chip=CHIP.get(name)).time_offset_us
    found = events.read(path, format=name, sensor_size=size)
    assert offset % period == 0
    assert offset > 0
    np.testing.assert_array_equal(found.t, t - offset)
    np.testing.assert_array_equal(found.x, made.x)


@pytest.mark.parametrize("name", ["evt2", "evt3"])
def test_a_long_silence_keeps_its_length(tmp_path, name):
    period = FORMATS[name][2]
    t = np.array([5, period // 2, period * 3 + 7, period * 3 + 9])
    made = Events(t, [1, 2, 3, 4], [0] * 4, [0, 1, 0, 1], sensor_size=(640, 480))
    events.write(tmp_path / "a.raw", made, format=name)
    assert events.read(tmp_path / "a.raw") == made


def test_a_silence_that_aedat2_cannot_tell_from_a_step_back_is_refused(tmp_path):
    made = Events([0, 1 << 31], [1, 2], [0, 0], [0, 1], sensor_size=(240, 180), origin="lower-left")
    with pytest.raises(ParameterError, match=r"event 1: `t` must follow within 2147483647 microseconds"):
        events.write(tmp_path / "a.aedat", made, format="aedat2", chip="DAVIS240C")


def test_the_ending_says_the_format_where_only_one_is_called_so(tmp_path, random_events):
    made = random_events(50)
    assert events.write(tmp_path / "a.bin", made).format == "bin40"
    assert events.write(tmp_path / "a.bs2", made).format == "bin40"
    assert events.write(tmp_path / "a.BIN", made).format == "bin40"


def test_raw_without_a_format_is_refused(tmp_path, random_events):
    with pytest.raises(
        ParameterError,
        match=r"`format` must be said for '\.raw', which may be evt2 or evt21 or evt3; pass `format=\"evt",
    ):
        events.write(tmp_path / "a.raw", random_events(1))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_ending_is_refused(tmp_path, random_events):
    with pytest.raises(ParameterError, match=r"`path` must end in one of \.aedat.*\.bin.*got 'a\.events'"):
        events.write(tmp_path / "a.events", random_events(1))
    with pytest.raises(ParameterError, match=r"`format` must be one of .*got \'mp4\'"):
        events.write(tmp_path / "a.bin", random_events(1), format="mp4")


def test_what_a_format_cannot_hold_is_refused_and_leaves_no_file(tmp_path):
    wide = Events([1, 2, 3], [0, 255, 256], [0, 0, 0], [1, 1, 1], sensor_size=(300, 100))
    with pytest.raises((BoundsError, ParameterError)):
        events.write(tmp_path / "wide.bin", wide)
    high = Events([1, 2], [0, 0], [239, 240], [1, 1], sensor_size=(100, 260))
    with pytest.raises((BoundsError, ParameterError)):
        events.write(tmp_path / "high.bin", high)
    negative = Events([-5, 2], [0, 0], [0, 0], [1, 1], sensor_size=(34, 34))
    with pytest.raises((BoundsError, ParameterError)):
        events.write(tmp_path / "negative.bin", negative)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_recording_leaves_the_file_before_it_alone(tmp_path, random_events):
    path = tmp_path / "a.bin"
    made = random_events(10)
    events.write(path, made)
    wide = Events([1, 2, 3], [0, 255, 256], [0, 0, 0], [1, 1, 1], sensor_size=(300, 100))
    with pytest.raises((BoundsError, ParameterError)):
        events.write(path, wide)
    assert events.read(path, sensor_size=made.sensor_size) == made
    events.write(path, made[:5])
    assert events.read(path, sensor_size=made.sensor_size) == made[:5]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_a_folder_that_is_not_there_is_pythons_own_error(tmp_path, random_events):
    with pytest.raises(FileNotFoundError):
        events.write(tmp_path / "nowhere" / "a.bin", random_events(1))


def test_header_lines_come_back_as_metadata(tmp_path, random_events):
    path = tmp_path / "a.raw"
    events.write(path, random_events(20), format="evt3", header={"operator": "someone else"})
    assert events.read(path).metadata["operator"] == "someone else"


def test_a_header_line_break_cannot_smuggle_in_another_line(tmp_path, random_events):
    with pytest.raises((ParameterError, FormatError)):
        events.write(tmp_path / "a.raw", random_events(2), format="evt3", header={"a": "b\n% end"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_events_that_count_from_another_corner_are_refused(tmp_path, name):
    here = ORIGIN.get(name, "upper-left")
    there = "upper-left" if here == "lower-left" else "lower-left"
    given = events.Events(
        np.array([1]), np.array([2]), np.array([3]), np.array([True]), sensor_size=(128, 128), origin=there
    )
    with pytest.raises(
        ParameterError, match=f'got {there}; turn them with `events.with_origin\\("{here}"\\)`'
    ):
        events.write(tmp_path / "a.bin", given, format=name, chip="DVS128" if name == "aedat2" else None)


@pytest.mark.parametrize("format", ["evt3", "csv", "npy"])
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_what_is_no_file_is_not_replaced_by_one(format, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    some = Events([1], [2], [3], [1], sensor_size=(8, 8))
    with pytest.raises(OSError, match="pipe: the target must be a file, got a device or a pipe"):
        events.write(path, some, format=format)
    assert path.is_fifo()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format", ["evt3", "npz"])
def test_a_link_stays_and_the_file_behind_it_is_replaced(format, tmp_path):
    behind, link = tmp_path / "far" / "behind", tmp_path / "link"
    behind.parent.mkdir()
    behind.write_text("before")
    link.symlink_to(behind)
    some = Events([1], [2], [3], [1], sensor_size=(8, 8))
    events.write(link, some, format=format)
    assert link.is_symlink()
    assert events.read(behind, format=format) == some
    assert list(behind.parent.iterdir()) == [behind]


def test_what_is_no_events_is_refused(tmp_path):
    some = Events([1], [2], [3], [1], sensor_size=(8, 8))
    message = "`events` must be an `Events`, got ndarray; build one with"
    with pytest.raises(DtypeError, match=message):
        events.write(tmp_path / "a.npy", some.to_structured())
    with (
        pytest.raises(DtypeError, match=message),
        events.writer(tmp_path / "a.npy", sensor_size=(8, 8)) as out,
    ):
        out.write(some.to_tonic())
    with pytest.raises(DtypeError, match=message):
        events.show(some.to_tonic())
    assert list(tmp_path.iterdir()) == []
