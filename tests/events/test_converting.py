"""From one format to another: what is carried, what is lost, what never happens to the target."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikelet import events
from spikelet.errors import BoundsError, OrderError, ParameterError, TruncatedError


@pytest.fixture
def written(tmp_path, random_events):
    """A recording in a file, and its events."""
    path = tmp_path / "a.raw"
    given = random_events(3000)
    events.write(path, given, format="evt2", header={"serial_number": "00000157"})
    return path, given


def test_events_are_carried_exactly(written, tmp_path):
    path, given = written
    done = events.convert(path, tmp_path / "b.bin")
    assert events.read(tmp_path / "b.bin", sensor_size=(240, 180)) == given
    assert (done.format, done.events, done.bytes) == ("bin40", 3000, (tmp_path / "b.bin").stat().st_size)
    assert (done.time_offset_us, done.is_turned) == (0, False)


def test_the_header_goes_along_where_it_fits(written, tmp_path):
    path, _ = written
    done = events.convert(path, tmp_path / "b.raw", format="evt3")
    assert events.read(tmp_path / "b.raw").metadata["serial_number"] == "00000157"
    assert done.header_lines > 0
    assert "header lines" not in done.lost
    lost = events.convert(path, tmp_path / "b.bin").lost
    assert lost == {"header lines": len(events.read(path).metadata)}


def test_triggers_that_the_target_cannot_hold_are_reported(shared_data, tmp_path):
    source = shared_data / "events" / "prophesee" / "evt3_trigger_hd.raw"
    done = events.convert(source, tmp_path / "b.dat")
    assert done.lost["triggers"] == 2
    assert "triggers left behind: 2" in str(done)
    assert events.info(tmp_path / "b.dat").digest == events.info(source).digest


def test_y_is_mirrored_between_corners_so_that_the_picture_stays(tmp_path, random_events):
    given = random_events(500, size=(128, 128)).with_origin("lower-left")
    events.write(tmp_path / "a.aedat", given, format="aedat2", chip="DVS128")
    done = events.convert(tmp_path / "a.aedat", tmp_path / "b.raw", format="evt2")
    assert done.is_turned
    assert events.read(tmp_path / "b.raw") == given.with_origin("upper-left")
    back = events.convert(tmp_path / "b.raw", tmp_path / "c.aedat", format="aedat2", chip="DVS128")
    assert back.is_turned
    assert events.read(tmp_path / "c.aedat") == given


def test_time_that_the_counter_cannot_hold_is_said(tmp_path):
    period = 2**24
    late = events.Events([5 * period + 7, 5 * period + 9], [1, 2], [3, 4], [0, 1], sensor_size=(34, 34))
    done = events.convert(late, tmp_path / "a.raw", format="evt3")
    assert done.time_offset_us == 5 * period
    assert events.read(tmp_path / "a.raw").t.tolist() == [7, 9]
    assert f"times are {5 * period} us earlier" in str(done)


def test_streams_and_events_are_sources_too(written, tmp_path):
    path, given = written
    events.convert(events.stream(path, chunk=7), tmp_path / "b.bin")
    events.convert(given, tmp_path / "c.bin")
    assert (tmp_path / "b.bin").read_bytes() == (tmp_path / "c.bin").read_bytes()


def test_a_lenient_stream_says_what_it_left_out(bin40, tmp_path):
    rows = [(100, 1, 1, 1), (300, 20, 2, 0), (200, 3, 3, 1), (150, 3, 3, 1)]
    path = bin40(rows, tail=b"\x05")
    stream = events.stream(path, sensor_size=(8, 8), lenient=True)
    done = events.convert(stream, tmp_path / "b.raw", format="evt2")
    assert events.read(tmp_path / "b.raw").t.tolist() == [100, 200]
    assert (done.report.dropped_out_of_bounds, done.report.dropped_backward) == (1, 1)
    assert done.report.tail_bytes == 1
    assert "events outside the sensor, dropped: 1" in str(done)


@pytest.mark.parametrize(
    ("rows", "tail", "error"),
    [
        ([(100, 1, 1, 1), (300, 20, 2, 0)], b"", BoundsError),
        ([(100, 1, 1, 1), (50, 2, 2, 0)], b"", OrderError),
        ([(100, 1, 1, 1)], b"\x01\x02", TruncatedError),
    ],
)
def test_a_bad_source_leaves_no_target(bin40, tmp_path, rows, tail, error):
    path = bin40(rows, tail=tail)
    (tmp_path / "b.raw").write_bytes(b"mine")
    stream = events.stream(path, sensor_size=(8, 8), chunk=1)
    with pytest.raises(error):
        events.convert(stream, tmp_path / "b.raw", format="evt2", overwrite=True)
    assert (tmp_path / "b.raw").read_bytes() == b"mine"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["b.raw", "made.bin"]


def test_a_target_that_stands_is_kept(written, tmp_path):
    path, given = written
    (tmp_path / "b.bin").write_bytes(b"mine")
    with pytest.raises(
        ParameterError, match=r"b\.bin: the target must not exist yet, got a file; take anoth"
    ):
        events.convert(path, tmp_path / "b.bin")
    assert (tmp_path / "b.bin").read_bytes() == b"mine"
    events.convert(path, tmp_path / "b.bin", overwrite=True)
    assert events.read(tmp_path / "b.bin", sensor_size=(240, 180)) == given


def test_a_recording_may_replace_itself(written):
    path, given = written
    events.convert(path, path, format="evt3", overwrite=True)
    assert events.info(path).format == "evt3"
    assert events.read(path) == given


def test_an_interruption_leaves_nothing(written, tmp_path):
    path, _ = written

    def interrupted(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        events.convert(path, tmp_path / "b.bin", progress=interrupted)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.raw"]


def test_progress_ends_with_the_length_of_the_file(written, tmp_path):
    path, _ = written
    seen = []
    events.convert(events.stream(path, chunk=100), tmp_path / "b.bin", progress=seen.append)
    assert len(seen) == 30
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


def test_a_long_recording_is_carried_in_little_memory(tmp_path, random_events, environment):
    given = random_events(4_000_000)
    events.write(tmp_path / "a.raw", given, format="evt2")
    code = (
        "import resource, sys\n"
        "from spikelet import events\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "events.convert(sys.argv[1], sys.argv[1] + '.first', format='evt3')\n"
        "before = peak()\n"
        "events.convert(sys.argv[2], sys.argv[2] + '.second', format='evt3')\n"
        "print(peak() - before)\n"
    )
    events.write(tmp_path / "short.raw", given[:200_000], format="evt2")
    words = [sys.executable, "-c", code, tmp_path / "short.raw", tmp_path / "a.raw"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    # Its columns alone are 52 MB.
    assert int(done.stdout) < 8 * 1024


def test_an_empty_recording_is_carried(tmp_path):
    none = events.Events([], [], [], [], sensor_size=(240, 180))
    events.write(tmp_path / "a.raw", none, format="evt3")
    done = events.convert(tmp_path / "a.raw", tmp_path / "b.raw", format="evt2")
    assert done.events == 0
    assert events.read(tmp_path / "b.raw") == none


def test_an_unknown_format_and_an_unclear_ending_are_refused(written, tmp_path):
    path, _ = written
    with pytest.raises(ParameterError, match="`format` must be one of"):
        events.convert(path, tmp_path / "b.raw", format="evt9")
    with pytest.raises(ParameterError, match=r"`format` must be said for '\.raw'"):
        events.convert(path, tmp_path / "b.raw")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.raw"]


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 50), max_size=8),
    seed=st.integers(0, 2**32 - 1),
    format=st.sampled_from(["evt2", "evt3", "bin40"]),
)
def test_parts_of_any_lengths_make_the_same_file_as_the_whole(tmp_path_factory, sizes, seed, format):
    folder = tmp_path_factory.mktemp("parts")
    rng = np.random.default_rng(seed)
    n = sum(sizes)
    t = np.sort(rng.integers(0, 1_000_000, n))
    x, y = rng.integers(0, 34, n), rng.integers(0, 34, n)
    whole = events.Events(t, x, y, rng.integers(0, 2, n), sensor_size=(34, 34))
    header = {} if format == "bin40" else {"date": "2020-01-01 00:00:00"}
    events.write(folder / "whole", whole, format=format, header=header)
    with events.writer(folder / "parts", sensor_size=(34, 34), format=format, header=header) as out:
        start = 0
        for size in sizes:
            out.write(whole[start : start + size])
            start += size
    assert (folder / "parts").read_bytes() == (folder / "whole").read_bytes()
    assert out.written.events == n


@pytest.fixture
def out(tmp_path):
    """A recording on its way."""
    return events.writer(tmp_path / "w.raw", sensor_size=(240, 180), format="evt2")


def test_a_writer_refuses_what_does_not_belong(out, random_events, bin40):
    with out:
        out.write(random_events(10))
        with pytest.raises(OrderError, match="must not be earlier than those written before, got t = "):
            out.write(random_events(10))
        with pytest.raises(ParameterError, match="must be of a sensor of 240x180 pixels, got 34x34"):
            out.write(random_events(10, size=(34, 34)))
        with pytest.raises(ParameterError, match="must count y from the upper-left corner, got lower-left"):
            out.write(random_events(10).with_origin("lower-left"))
        path = bin40([(9, 1, 1, 1), (5, 2, 2, 0)])
        back = events.read(path, sensor_size=(240, 180), lenient=True, backward="keep")
        with pytest.raises(OrderError, match="`events` must be sorted to be written"):
            out.write(back)
    assert out.written.events == 10


def test_a_writer_says_what_it_wrote_only_when_closed(out, tmp_path):
    with pytest.raises(ParameterError, match="the recording must be closed to say what it holds"):
        _ = out.written
    with out:
        assert not (tmp_path / "w.raw").exists()
    assert out.written.bytes == (tmp_path / "w.raw").stat().st_size
    assert (out.format, out.sensor_size, out.origin) == ("evt2", (240, 180), "upper-left")


def test_a_writer_that_fails_leaves_nothing(out, tmp_path, random_events):
    def fails():
        with out:
            out.write(random_events(10))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def atis(tmp_path):
    """Three changes with three exposures among them, one at either end."""
    given = events.Events(
        [10, 40, 90], [5, 5, 7], [6, 6, 6], [1, 0, 1], sensor_size=(9, 9), origin="lower-left"
    )
    exposures = events.Exposures(
        t=np.array([0, 40, 90]),
        x=np.array([1, 2, 3], np.uint16),
        y=np.array([3, 2, 1], np.uint16),
        is_second=np.array([False, True, True]),
        index=np.array([0, 2, 5], np.uint64),
    )
    events.write(tmp_path / "a.es", given, beside=events.Beside(exposures=exposures))
    return tmp_path / "a.es"


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_exposures_go_along_where_all_events_do(atis, chunk):
    done = events.convert(events.stream(atis, chunk=chunk), atis.with_name("b.es"))
    assert (done.carried, "exposure events" in done.lost) == ({"exposures": 3}, False)
    assert atis.with_name("b.es").read_bytes() == atis.read_bytes()


def order(path):
    """Times of events and of exposures, those in brackets, as the file has them."""
    flat = events.read_raw(path).flat()
    return [[t] if is_exposure else t for t, is_exposure in flat[["t", "is_exposure"]].tolist()]


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_exposures_of_a_slice_find_places_among_its_events(atis, chunk):
    part = events.stream(atis, chunk=chunk, start_us=20, stop_us=91)
    done = events.convert(part, atis.with_name("b.es"))
    assert (done.carried, "exposure events" in done.lost) == ({"exposures": 2}, False)
    assert order(atis.with_name("b.es")) == [40, [40], 90, [90]]


def test_a_lenient_reading_leaves_exposures_outside_the_sensor_behind(tmp_path):
    head = b"Event Stream\x02\x00\x00\x02" + bytes([9, 0, 9, 0])
    # Steps of 1 us: a change at (9, 1), exposures at (1, 9) and (2, 3), a change at (1, 1).
    body = bytes([4, 9, 0, 1, 0, 5, 1, 0, 9, 0, 7, 2, 0, 3, 0, 6, 1, 0, 1, 0])
    (tmp_path / "a.es").write_bytes(head + body)
    done = events.convert(events.stream(tmp_path / "a.es", lenient=True), tmp_path / "b.es")
    assert (done.carried, done.lost["exposure events"], done.events) == ({"exposures": 1}, 1, 1)
    assert order(tmp_path / "b.es") == [[3], 4]
    kept = events.read_raw(tmp_path / "b.es").exposures
    assert (kept.x.tolist(), kept.y.tolist(), kept.is_second.tolist()) == ([2], [3], [True])


def test_recordings_that_may_hold_triggers_become_event_streams(written, tmp_path):
    path, given = written
    events.convert(path, tmp_path / "b.es")
    assert events.read(tmp_path / "b.es").with_origin("upper-left") == given


def test_headers_of_lines_go_along_within_their_format(tmp_path, random_events):
    given = random_events(50)
    header = {"Serial": "157", "Remark": "a cat"}
    events.write(tmp_path / "a.dat", given, header=header)
    done = events.convert(tmp_path / "a.dat", tmp_path / "b.dat")
    assert events.info(tmp_path / "b.dat").header == events.info(tmp_path / "a.dat").header
    assert "header lines" not in done.lost


def test_plain_counts_of_a_chip_are_told_as_samples(shared_data, tmp_path):
    source = shared_data / "events" / "aedat" / "aedat2_davis240_boxes.aedat"
    lost = events.convert(source, tmp_path / "b.aedat4").lost
    assert lost["inertial samples"] == len(events.read_raw(source).imu) > 1000
