"""Text: what is guessed is said, what is bad is refused by its line, what is written comes back."""

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import BoundsError, FormatError, OrderError, ParameterError

SIZE = (640, 480)
GOOD = "82,84,0,134217690\n362,37,1,134217919\n85,231,1,134217926\n"
ROWS = [(134217690, 82, 84, 0), (134217919, 362, 37, 1), (134217926, 85, 231, 1)]


@pytest.fixture
def text(tmp_path):
    """Writes a text and returns its path."""

    def make(content, *, name="made.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def rows_of(found):
    return [tuple(int(v) for v in row) for row in zip(found.t, found.x, found.y, found.p, strict=True)]


def test_metavision_rows_are_read_and_the_guessed_order_is_noted(text):
    found = events.read(text(GOOD), sensor_size=SIZE)
    assert rows_of(found) == ROWS
    assert found.report.notes == ("columns taken as x y p t by their numbers",)
    assert found.metadata == {"order": "x y p t", "separator": "comma", "time": "microseconds"}
    assert "note" in str(events.info(text(GOOD)))


def test_names_and_a_given_order_leave_nothing_to_note(text):
    named = text("timestamp,x,y,polarity\n" + "".join(f"{t},{x},{y},{p}\n" for t, x, y, p in ROWS))
    assert rows_of(events.read(named, sensor_size=SIZE)) == ROWS
    for read in (events.read, events.read_raw):
        found = read(text("1,84,82,7\n"), order="p y x t", sensor_size=SIZE)
        assert rows_of(found) == [(7, 82, 84, 1)]
        assert found.report.notes == ()
    assert events.info(text("1,84,82,7\n"), order="p y x t").first == (7, 82, 84, 1)
    chunks = events.stream(text("1,84,82,7\n"), order="p y x t", sensor_size=SIZE)
    assert rows_of(next(chunks)) == [(7, 82, 84, 1)]


def test_an_order_that_names_no_columns_is_refused(text, edge):
    with pytest.raises(ParameterError, match=r"`order` must name t, x, y and p once each.*got `t x y`"):
        events.read(text(GOOD), order="t x y", sensor_size=SIZE)
    path = edge / "evt3_odd_tail_a.raw"
    if path.is_file():
        with pytest.raises(ParameterError, match="`order` must be left out for evt3, which is no text"):
            events.read_raw(path, order="t x y p")


BAD = "1,2,1,1000000\n1,2,1,1000001\n1,2,oops,1000002\n3,4,0,1000003\n5,6\n7,8,1,1000004\n"


def test_a_bad_row_is_refused_by_its_line_and_counted_when_lenient(text):
    path = text(BAD)
    message = r"made\.csv: line 3 must hold x y p t as numbers, .*\(bad lines: 2\); pass `lenient=True`"
    with pytest.raises(FormatError, match=message) as caught:
        events.read(path, sensor_size=SIZE)
    lenient = events.read(path, sensor_size=SIZE, lenient=True)
    assert caught.value.events == lenient
    assert rows_of(lenient) == [
        (1000000, 1, 2, 1),
        (1000001, 1, 2, 1),
        (1000003, 3, 4, 0),
        (1000004, 7, 8, 1),
    ]
    report = lenient.report
    assert (report.bad_lines, report.first_bad_line, report.events_before_bad_line) == (2, 3, 2)
    assert "lines that hold no event and should: 2" in str(report)
    assert events.read_raw(path).report.bad_lines == 2


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_a_strict_stream_hands_out_what_stands_before_the_bad_row(text, chunk):
    handed = []
    parts = events.stream(text(BAD), sensor_size=SIZE, chunk=chunk)
    with pytest.raises(FormatError, match="line 3 must hold"):
        handed.extend(row for part in parts for row in rows_of(part))
    assert handed == [(1000000, 1, 2, 1), (1000001, 1, 2, 1)]
    parts = events.stream(text(BAD), sensor_size=SIZE, chunk=chunk, lenient=True)
    assert sum(len(part) for part in parts) == 4
    assert parts.report.bad_lines == 2


def test_whatever_is_wrong_first_is_raised(text):
    head = "1,2,1,1000000\n"
    path = text(f"{head}1,2,1,999999\n1,2\n")
    with pytest.raises(OrderError, match=r"event 1 \(byte 14\)"):
        events.read(path, sensor_size=SIZE)
    path = text(f"{head}1,2\n700,2,1,1000000\n")
    with pytest.raises(FormatError, match="line 2 "):
        events.read(path, sensor_size=SIZE)
    path = text(f"{head}700,2,1,1000000\n1,2\n")
    with pytest.raises(BoundsError, match=r"event 1 \(byte 14\)"):
        events.read(path, sensor_size=SIZE)
    # After the last event there is nothing else to blame.
    with pytest.raises(FormatError, match="line 2 "):
        events.read(text(f"{head}1,2"), sensor_size=SIZE)


def test_text_that_holds_no_events_is_refused_by_its_line(text):
    with pytest.raises(FormatError, match="line 1 must hold numbers, or names of columns"):
        events.read(text("dear reader,\n", name="letter.txt"))


def test_seconds_are_rounded_and_the_size_is_that_of_the_first_line(text):
    path = text("1280 720\n14.2248704 354 604 1\n14.2248706 835 577 0\n", name="made.txt")
    found = events.read(path)
    assert rows_of(found) == [(14224870, 354, 604, 1), (14224871, 835, 577, 0)]
    assert found.sensor_size == (1280, 720)
    assert events.info(path).format == "rpg"


@pytest.mark.parametrize("name", ["written.csv", "written.txt"])
def test_texts_come_back_as_written(tmp_path, random_events, name):
    recording = random_events(5_000, seed=3)
    written = events.write(tmp_path / name, recording)
    size = recording.sensor_size if name.endswith(".csv") else None
    assert events.read(tmp_path / name, sensor_size=size) == recording
    assert written.events == 5_000
    assert written.bytes == (tmp_path / name).stat().st_size


def test_an_empty_text_holds_no_events(tmp_path):
    nothing = events.Events([], [], [], [], sensor_size=SIZE)
    for name in ("empty.csv", "empty.txt"):
        events.write(tmp_path / name, nothing)
        assert events.read(tmp_path / name, sensor_size=SIZE) == nothing


def test_any_printable_damage_is_counted_or_read(text):
    rng = np.random.default_rng(7)
    whole = "".join(f"{x},{x},1,{1_000_000 + x}\n" for x in range(100)).encode()
    for _ in range(200):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 5):
            damaged[place] = rng.integers(0x20, 0x7F)
        path = text(bytes(damaged))
        raw = events.read_raw(path, order="x y p t")
        # A line feed may be gone, and then two rows are one bad one.
        lines = bytes(damaged).count(b"\n")
        assert lines - 5 <= len(raw) + raw.report.bad_lines <= lines
        assert raw.report.bytes_read == len(damaged)
