"""Frames of DAVIS recordings in AEDAT 2, which stores readings of single pixels."""

import struct

import numpy as np
import pytest

from spikelet import events

HEADER = b"#!AER-DAT2.0\r\n# AEChip: eu.seebetter.ini.chips.davis.DAVIS240C\r\n"


def reading(t, x, y, *, read, value):
    return struct.pack(">II", 1 << 31 | y << 22 | x << 12 | read << 10 | value, t)


def pixel(t, x, y, p):
    return struct.pack(">II", y << 22 | x << 12 | p << 11, t)


def frame_of(start, reset, signal):
    """All pixels after reset, then all after exposure, column by column, a microsecond apart."""
    width, height = reset.shape
    places = [(x, y) for x in range(width) for y in range(height)]
    rows = [reading(start + i, x, y, read=0, value=reset[x, y]) for i, (x, y) in enumerate(places)]
    later = start + len(places)
    rows += [reading(later + i, x, y, read=1, value=signal[x, y]) for i, (x, y) in enumerate(places)]
    return rows


@pytest.fixture
def pictures():
    random = np.random.default_rng(0)
    return [(random.integers(600, 1024, (20, 12)), random.integers(0, 600, (20, 12))) for _ in range(3)]


@pytest.fixture
def path(tmp_path, pictures):
    rows = [pixel(5, 1, 2, 1)]
    for index, (reset, signal) in enumerate(pictures):
        part = frame_of(1000 * (index + 1), reset, signal)
        # Events lie between the readings.
        part.insert(7, pixel(1000 * (index + 1) + 7, 3, 4, 0))
        rows += part
    # A frame that the end cuts.
    rows += frame_of(9000, *pictures[0])[:300]
    (tmp_path / "a.aedat").write_bytes(HEADER + b"".join(rows))
    return tmp_path / "a.aedat"


def test_frames_are_put_together_from_readings_after_reset_and_after_exposure(path, pictures):
    raw = events.read_raw(path)
    assert len(raw) == 4
    assert raw.report.frames == len(raw.frames) == 3
    for index, (frame, (reset, signal)) in enumerate(zip(raw.frames, pictures, strict=True)):
        start = 1000 * (index + 1)
        # Rows come from the top; stored, y counts from the bottom.
        np.testing.assert_array_equal(frame.pixels[:, :, 0], (reset - signal).T[::-1])
        assert frame.pixels.dtype == np.uint16
        assert (frame.x, frame.y) == (0, 11)
        assert (frame.t, frame.start, frame.exposure_start) == (start, start, start)
        assert (frame.exposure_end, frame.end) == (start + 240, start + 479)


def test_a_frame_that_is_not_whole_is_left_out_and_told(path):
    raw = events.read_raw(path)
    assert raw.report.notes[-1] == "frames whose pixels were not all read twice, left out: 1"
    assert len(raw.samples) == 3 * 480 + 300


def test_frames_go_over_to_aedat4_in_any_chunks(path, tmp_path):
    whole = events.read_raw(path)
    done = events.convert(events.stream(path, chunk=1), tmp_path / "a.aedat4")
    assert done.carried == {"frames": 3}
    assert "frame samples" not in done.lost
    found = events.read_raw(tmp_path / "a.aedat4")
    assert found.origin == "upper-left"
    for frame, given in zip(found.frames, whole.frames, strict=True):
        np.testing.assert_array_equal(frame.pixels, given.pixels)
        # The same row of the sensor, counted from the other corner.
        assert (frame.y, frame.t, frame.exposure_end) == (179 - given.y, given.t, given.exposure_end)
