"""Numpy files: any names, types and layouts of columns, and what is none is refused by name."""

import gc
import weakref
import zipfile
from contextlib import ExitStack
from io import BytesIO

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import BoundsError, FormatError, ParameterError, TruncatedError
from spikelet.events import npy

SIZE = (240, 180)


def rows_of(found):
    return [tuple(int(v) for v in row) for row in zip(found.t, found.x, found.y, found.p, strict=True)]


ROWS = [(5, 1, 2, 1), (9, 130, 4, 0), (9, 5, 6, 1)]


def records(dtype, rows=ROWS):
    array = np.zeros(len(rows), dtype)
    for name, values in zip(("t", "x", "y", "p"), zip(*rows, strict=True), strict=True):
        field = next(field for field in array.dtype.names if field.lower()[0] in (name, name_of(name)))
        array[field] = values
    return array


def name_of(ours):
    return {"p": "o"}.get(ours, ours)


@pytest.mark.parametrize(
    "dtype",
    [
        [("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")],
        np.dtype([("x", "u1"), ("p", "i1"), ("t", "i4"), ("y", "u8")], align=True),
        [("timestamp", ">u8"), ("x", ">i2"), ("y", ">u2"), ("on", "?")],
        [("y", "<i4"), ("x", "<i4"), ("polarity", "<u4"), ("ts", "<u4")],
        {
            "names": ["x", "y", "t", "p"],
            "formats": ["u2", "u2", "i8", "u1"],
            "offsets": [0, 4, 16, 30],
            "itemsize": 40,
        },
    ],
)
def test_records_of_any_layout_mean_the_same(tmp_path, dtype):
    path = tmp_path / "records.npy"
    np.save(path, records(dtype))
    found = events.read(path, sensor_size=SIZE)
    assert rows_of(found) == ROWS
    assert events.info(path).format == "npy"


def test_columns_are_gone_with_their_last_user_and_wait_for_no_collector(tmp_path):
    path = tmp_path / "records.npy"
    np.save(path, records([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")]))
    gc.disable()
    try:
        column = weakref.ref(events.read(path, sensor_size=SIZE).t)
    finally:
        gc.enable()
    assert column() is None


@pytest.mark.parametrize("kind", ["<u8", ">u8"])
def test_times_beyond_63_bits_are_refused_in_either_byte_order(tmp_path, kind):
    path = tmp_path / "far.npy"
    np.save(path, records([("t", kind), ("x", "u2"), ("y", "u2"), ("p", "?")], [(2**63, 1, 2, 1)]))
    with pytest.raises(FormatError, match=r"event 0: `t` must be below 2\*\*63"):
        events.read(path, sensor_size=SIZE)


def test_chunks_of_records_do_not_change_with_the_file(tmp_path):
    path = tmp_path / "records.npy"
    np.save(path, records([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")]))
    chunk = next(iter(events.stream(path, sensor_size=SIZE)))
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(len(content) - 3 * 13)
        file.write(bytes(3 * 13))
    assert rows_of(chunk) == ROWS


def test_signed_bytes_are_pixels_up_to_255_and_minus_one_is_off(tmp_path):
    array = np.zeros(2, [("t", "i4"), ("x", "i1"), ("y", "i1"), ("p", "i1")])
    array["x"], array["y"], array["p"] = (-56, 5), (127, -128), (-1, 1)
    path = tmp_path / "lip.npy"
    np.save(path, array)
    raw = events.read_raw(path)
    assert raw.x.tolist() == [200, 5]
    assert raw.y.tolist() == [127, 128]
    assert raw.p.tolist() == [False, True]
    assert raw.report.notes == ("pixels stored as signed bytes taken as unsigned", "polarity -1 taken as off")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), r"fields t, x, y, p or names that stand for them, got a plain array of shape \[3\]"),
        (np.zeros(3, [("t", "i8"), ("x", "u2")]), "got t, x"),
        (np.zeros((2, 2), [("t", "i8"), ("x", "u2"), ("y", "u2"), ("p", "?")]), r"\[n\] records"),
        (
            np.array([(0.5, 1, 2, 1)], [("t", "f8"), ("x", "u2"), ("y", "u2"), ("p", "?")]),
            "`t` must be integers",
        ),
        (
            np.array([(5, 1.5, 2, 1)], [("t", "i8"), ("x", "f4"), ("y", "u2"), ("p", "?")]),
            "`x` must be integers",
        ),
        (
            np.array([(5, 1, 2, 1), (5, -1, 2, 1)], [("t", "i8"), ("x", "i2"), ("y", "u2"), ("p", "?")]),
            "event 1: `x` must be from 0 to 65535, got -1",
        ),
        (
            np.array([(2**63, 1, 2, 1)], [("t", "u8"), ("x", "i2"), ("y", "u2"), ("p", "?")]),
            r"event 0: `t` must be below 2\*\*63, got 9223372036854775808",
        ),
        (
            np.array([(5, 1, 2, -3)], [("t", "i8"), ("x", "i2"), ("y", "u2"), ("p", "i2")]),
            "`p` must be 0 or 1",
        ),
        (
            np.array([(None, 1, 2, 1)], [("t", "O"), ("x", "u2"), ("y", "u2"), ("p", "?")]),
            "must hold numbers, got Python objects, which are never unpickled",
        ),
    ],
    ids=range(9),
)
def test_arrays_that_are_no_events_are_refused(tmp_path, array, message):
    path = tmp_path / "other.npy"
    np.save(path, array)
    with pytest.raises(FormatError, match=message) as caught:
        events.read_raw(path)
    assert str(path) in str(caught.value)


def test_a_cut_array_gives_its_whole_records_when_lenient(tmp_path, random_events):
    recording = random_events(100)
    path = tmp_path / "cut.npy"
    events.write(path, recording)
    whole = path.read_bytes()
    for lost, tail in ((13 * 3, 0), (13 * 3 + 5, 8)):
        path.write_bytes(whole[:-lost])
        kept = 97 if tail == 0 else 96
        with pytest.raises(TruncatedError, match=f"must hold the 100 events that it declares, got {kept}"):
            events.read(path, sensor_size=SIZE)
        found = events.read(path, sensor_size=SIZE, lenient=True)
        assert found == recording[:kept]
        assert (found.report.missing_events, found.report.tail_bytes) == (100 - kept, tail)
    path.write_bytes(whole[:20])
    with pytest.raises(FormatError, match="must be a whole numpy array"):
        events.read_raw(path)


def test_a_header_that_promises_more_than_memory_is_believed_only_as_far_as_the_file_goes(tmp_path):
    path = tmp_path / "promise.npy"
    array = records([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "?")])
    np.save(path, array)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"'shape': (3,), }             ", b"'shape': (3000000000000,), } ", 1))
    raw = events.read_raw(path)
    assert rows_of(raw) == ROWS
    assert raw.report.missing_events == 3_000_000_000_000 - 3


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_of_columns_are_read(tmp_path, random_events, save):
    recording = random_events(70_000)
    path = tmp_path / "columns.npz"
    save(path, polarity=recording.p, timestamps=recording.t, Y=recording.y, X=recording.x.astype(np.int32))
    assert events.read(path, sensor_size=SIZE) == recording
    assert events.info(path).digest == recording.digest()


def test_signed_arrays_of_both_polarities_are_merged_by_time(tmp_path):
    path = tmp_path / "imagenet.npz"
    pos, neg = [[2, 1, 5], [6, 5, 9]], [[4, 3, 5], [8, 7, 6]]
    np.savez(path, pos=np.array(pos, np.uint16), neg=np.array(neg, np.uint16))
    raw = events.read_raw(path)
    assert rows_of(raw) == [(5, 1, 2, 1), (5, 3, 4, 0), (6, 7, 8, 0), (9, 5, 6, 1)]
    assert raw.report.notes == ("events of arrays pos and neg sorted by time",)


def test_arrays_that_must_be_sorted_at_once_are_bounded(tmp_path):
    path = tmp_path / "bomb.npz"
    promise = BytesIO()
    described = {"descr": "<i8", "fortran_order": False, "shape": (99_999_999, 3)}
    np.lib.format.write_array_header_1_0(promise, described)
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("pos", "neg"):
            archive.writestr(f"{name}.npy", promise.getvalue() + bytes(100))
    with pytest.raises(FormatError, match="must be at most 1073741824 bytes long, got 2399999976"):
        events.read_raw(path)


def test_archives_without_events_are_refused(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, layer=np.zeros(3))
    with pytest.raises(FormatError, match=r"must be arrays t, x, y, p .* got layer"):
        events.read_raw(path)
    np.savez(path, t=np.zeros(3, int), x=np.zeros(2, int), y=np.zeros(3, int), p=np.zeros(3, int))
    with pytest.raises(FormatError, match=r"one shape \[n\], got \[3\], \[2\], \[3\], \[3\]"):
        events.read_raw(path)
    np.savez(path, t=np.array([None]), x=np.zeros(1, int), y=np.zeros(1, int), p=np.zeros(1, int))
    with pytest.raises(FormatError, match="Python objects"):
        events.read_raw(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no arrays")
    with pytest.raises(FormatError, match="or pos and neg, got no arrays"):
        events.read_raw(path)


def test_damaged_archives_raise_errors_that_name_them(tmp_path, random_events):
    rng = np.random.default_rng(1)
    path = tmp_path / "damaged.npz"
    recording = random_events(300)
    np.savez_compressed(path, t=recording.t, x=recording.x, y=recording.y, p=recording.p)
    whole = path.read_bytes()
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for place in rng.integers(4, len(whole), 3):
            damaged[place] ^= 1 << rng.integers(0, 8)
        path.write_bytes(bytes(damaged))
        try:
            events.read_raw(path)
        except FormatError as error:
            assert str(path) in str(error)  # noqa: PT017 -- most damages are refused, some do no harm
            refused += 1
    assert refused > 150


@pytest.mark.parametrize("name", ["written.npy", "written.npz"])
def test_arrays_come_back_as_written(tmp_path, random_events, name):
    recording = random_events(40_000)
    path = tmp_path / name
    written = events.write(path, recording)
    assert (written.events, written.bytes) == (40_000, path.stat().st_size)
    assert events.read(path, sensor_size=SIZE) == recording
    assert [entry.name for entry in tmp_path.iterdir()] == [name], "nothing is left beside it"
    with ExitStack() as stack:
        loaded = np.load(path, allow_pickle=False)
        if name.endswith(".npz"):
            stack.enter_context(loaded)
        for column in "txyp":
            np.testing.assert_array_equal(loaded[column], getattr(recording, column))
    with pytest.raises(ParameterError, match="`header` must be empty"):
        events.write(path, recording, header={"note": "x"})
    if name.endswith(".npz"):
        assert events.read(path).sensor_size == SIZE


def test_kept_events_outside_the_sensor_are_refused_by_writers():
    columns = (
        np.array([1, 2]),
        np.array([3, 4], np.uint16),
        np.array([5, 180], np.uint16),
        np.array([True, True]),
    )
    with pytest.raises(BoundsError, match="event 8: `y` must be below 180, got 180"):
        npy.refuse_outside(columns, SIZE, start=7)


def test_an_archive_that_is_cut_is_called_so(tmp_path):
    path = tmp_path / "a.npz"
    events.write(path, events.Events([1] * 99, [2] * 99, [3] * 99, [1] * 99, sensor_size=(8, 8)))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(
        FormatError, match=r"a\.npz: content must be a whole archive, got File is not a zip file"
    ):
        events.read(path)
    other = path.rename(tmp_path / "a.zip")
    with pytest.raises(FormatError, match=r"must be of a format that is read here .*, got zip"):
        events.read(other)
