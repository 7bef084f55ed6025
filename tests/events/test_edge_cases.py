"""The table of edge cases: each is read strictly, leniently and raw, and everything odd is counted."""

import struct
from dataclasses import dataclass, field

import pytest

from spikelet import _core, events
from spikelet.errors import BoundsError, SpikeletError

# What each recording was made for, and nothing else: all that a lenient reading has to say.
COUNTS_OF_FILE = {
    "aedat2_wrap_a.aedat": {"time_wraps": 1},
    "aedat4_cut_a.aedat4": {"tail_bytes": 13336},
    "aedat4_cut_no_table_a.aedat4": {"tail_bytes": 13336},
    "bin40_overflow_a.bin": {"overflow_records": 42},
    "dat_backward_a.dat": {
        "backward_steps": 1,
        "first_backward": 1500,
        "first_backward_byte": 12101,
        "moved_by_sort": 3,
    },
    "dat_no_type_a.dat": {"missing_bytes": 2},
    "dat_odd_tail_a.dat": {"tail_bytes": 5},
    "dat_wrap_a.dat": {"time_wraps": 1},
    "ecf_modes_a.hdf5": {},
    "es_cut_a.es": {"tail_bytes": 2},
    "evt2_empty_a.raw": {},
    "evt2_odd_tail_a.raw": {"tail_bytes": 3},
    "evt2_out_of_range_a.raw": {
        "out_of_bounds": 15,
        "dropped_out_of_bounds": 15,
        "first_out_of_bounds": 100,
        "first_out_of_bounds_byte": 747,
    },
    "evt2_wrap_a.raw": {"time_wraps": 1},
    "evt3_before_time_a.raw": {"dropped_before_time": 2},
    "evt3_cut_in_vector_a.raw": {},
    "evt3_empty_a.raw": {},
    "evt3_header_without_end_a.raw": {},
    "evt3_odd_tail_a.raw": {"tail_bytes": 1},
    # From 9.8 to 45.8 seconds, of which the counter holds 16.8 at a time.
    "evt3_wrap_a.raw": {"time_wraps": 2},
}


def rows_of(found):
    return [tuple(int(v) for v in row) for row in zip(found.t, found.x, found.y, found.p, strict=True)]


def counted(found):
    """What the report has to say besides how much was read."""
    neutral = {"events", "bytes_read", "sensor_size_from", "notes"}
    return {name: count for name, count in found.report.to_dict().items() if count and name not in neutral}


@pytest.mark.parametrize("name", COUNTS_OF_FILE)
def test_an_edge_case_has_the_oddity_that_it_is_made_for_and_no_other(edge, name):
    if name.endswith(".hdf5"):
        pytest.importorskip("h5py")
    assert counted(events.read(edge / name, lenient=True)) == COUNTS_OF_FILE[name]


def test_no_edge_case_is_left_out(edge):
    assert {path.name for path in edge.iterdir()} == set(COUNTS_OF_FILE)


EVT3 = b"% evt 3.0\n% geometry 1280x720\n% end\n"
EVT21 = b"% evt 2.1\n% geometry 1280x720\n% end\n"


def words(text):
    """16-bit words in reading order, which files hold low byte first."""
    return b"".join(int(word, 16).to_bytes(2, "little") for word in text.split())


def vectors(*halves):
    """EVT 2.1 words, half by half."""
    return struct.pack(f"<{len(halves)}I", *halves)


def packet3(kind, records, *, room):
    """A packet of AEDAT 3.1 that announces room for more records than it has, and leaves it empty."""
    head = struct.pack("<hh6i", kind, 1, 8, 4, 0, len(records) + room, len(records), len(records))
    return head + b"".join(records) + bytes(8 * room)


def polarity(t, x, y, p):
    return struct.pack("<Ii", x << 17 | y << 2 | p << 1 | 1, t)


@dataclass(frozen=True)
class Case:
    """A recording that no camera of ours has sent, and what must come of it."""

    what: str
    ending: str
    content: bytes
    stored: list
    counts: dict = field(default_factory=dict)
    # Of a strict reading; a lenient one drops what lies outside 1280x720.
    error: type[SpikeletError] | None = None
    message: str = ""


# Time, a word whose mask is 0, and the same with a mask, twice.
UPPER = (0x80000010, 0x11420064, 0x11420064, 0x01830065, 0x01830065)
MASKS = (0, 0, 5, 0, 1)
LITTLE = [half for pair in zip(MASKS, UPPER, strict=True) for half in pair]
LEGACY = [half for pair in zip(UPPER, MASKS, strict=True) for half in pair]
OF_ZERO_MASK = [(1029, 64, 100, 1), (1029, 66, 100, 1), (1030, 96, 101, 0)]

CASES = [
    Case(
        "evt3 columns beyond 2047",
        "raw",
        EVT3 + words("8000 6001 0003 2805 3ffe 4007 5001"),
        [(1, 5, 3, 1), (1, 2046, 3, 1), (1, 2047, 3, 1), (1, 2048, 3, 1), (1, 2058, 3, 1)],
        {"out_of_bounds": 4},
        BoundsError,
        r"event 1 \(byte 46\) must lie on the sensor .*, got x = 2046, y = 3 \(events outside: 4\)",
    ),
    Case(
        "evt3 VECT_8 without VECT_12",
        "raw",
        EVT3 + words("8000 6001 0003 3010 5081 5001"),
        [(1, 16, 3, 0), (1, 23, 3, 0), (1, 24, 3, 0)],
    ),
    Case(
        "evt3 TIME_LOW before TIME_HIGH",
        "raw",
        EVT3 + words("6123 0001 2001 8002 2002 6001 2003"),
        [(8192, 2, 1, 0), (8193, 3, 1, 0)],
        {"dropped_before_time": 1},
    ),
    Case(
        "evt3 reserved row",
        "raw",
        EVT3 + words("8000 6001 0003 2001 1000 2002 3005 4fff 0004 2003"),
        [(1, 1, 3, 0), (1, 3, 4, 0)],
        {"reserved_words": 1, "skipped_words": 2},
    ),
    Case("evt21 zero mask, little", "raw", EVT21 + vectors(*LITTLE), OF_ZERO_MASK),
    Case("evt21 zero mask, legacy", "raw", EVT21 + vectors(*LEGACY), OF_ZERO_MASK),
    Case(
        "dat without a version",
        "dat",
        b"% Data file containing CD events.\n% Width 640\n% Height 480\n\x0c\x08"
        + bytes.fromhex("e8030000 40013c10"),
        [(1000, 320, 240, 1)],
    ),
    Case(
        "aedat3 room in packets and a mark between them",
        "aedat",
        b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n"
        + packet3(1, [polarity(1, 2, 3, 1), polarity(2, 3, 4, 0)], room=3)
        + packet3(0, [struct.pack("<Ii", 5 << 1 | 1, 3)], room=0)
        + packet3(1, [polarity(9, 5, 6, 1)], room=0),
        [(1, 2, 3, 1), (2, 3, 4, 0), (9, 5, 6, 1)],
        {"special_events": 1},
    ),
    Case(
        "text with CR LF, names and minus polarity",
        "txt",
        b"640 480\r\nt x y p\r\n0.001000 1 2 -1\r\n0.001500 3 4 1\r\n",
        [(1000, 1, 2, 0), (1500, 3, 4, 1)],
    ),
    Case(
        "aedat1 whose data begins with #",
        "aedat",
        b"#!AER-DAT1.0\r\n" + struct.pack(">HIHI", 0x2345, 1000, 0x2322, 1001),
        [(1000, 34, 35, 1), (1001, 17, 35, 0)],
    ),
]

EACH_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)


@pytest.fixture
def written(tmp_path):
    """Writes the recording of a case and returns its path."""

    def write(case):
        path = tmp_path / f"made.{case.ending}"
        path.write_bytes(case.content)
        return path

    return write


def is_inside(row):
    return row[1] < 1280 and row[2] < 720


@EACH_CASE
def test_raw_reading_hands_out_all_that_is_stored(written, case):
    raw = events.read_raw(written(case))
    assert rows_of(raw) == case.stored
    assert raw.report.bytes_read == len(case.content)


@EACH_CASE
def test_lenient_reading_drops_what_lies_outside_and_counts_what_is_odd(written, case):
    found = events.read(written(case), lenient=True)
    assert rows_of(found) == [row for row in case.stored if is_inside(row)]
    places = {"first_out_of_bounds", "first_out_of_bounds_byte", "dropped_out_of_bounds"}
    assert {name: count for name, count in counted(found).items() if name not in places} == case.counts


@EACH_CASE
def test_strict_reading_refuses_what_lenient_reading_leaves_out_and_nothing_else(written, case):
    path = written(case)
    lenient = events.read(path, lenient=True)
    if case.error is None:
        assert events.read(path) == lenient
        return
    with pytest.raises(case.error, match=case.message) as caught:
        events.read(path)
    assert caught.value.events == lenient


@pytest.mark.parametrize(("n", "run", "damaged"), [(65_535, "0fffff", []), (65_536, "0fffff01", [0])])
def test_a_chunk_of_ecf_holds_65535_events_at_most(n, run, damaged):
    # Pixels as whole groups of 4 events in 12 bytes, so no byte is missing for one event more.
    head = struct.pack("<Iq", n << 2 | 2, 1000)
    chunk = head + bytes.fromhex(run) + bytes(12 * 16_384)
    columns, found = _core.ecf_decode([chunk], [n])
    assert found == damaged
    assert columns[0].tolist() == [1000] * (0 if damaged else n)
