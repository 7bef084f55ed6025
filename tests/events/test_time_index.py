"""A slice of a file with an index of its times: what lies before it is passed over, and nothing else."""

import gc
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelet import events
from spikelet.errors import BoundsError, FormatError, OrderError
from spikelet.events.columns import taken
from spikelet.events.time_index import TimeIndex

h5py = pytest.importorskip("h5py", reason="h5py is not installed")

SIZE = (64, 48)


def write_dsec(path, made, *, offset=0):
    """DSEC's layout in chunks of 1000, with its index."""
    with h5py.File(path, "w") as file:
        for column, dtype in (("t", "u4"), ("x", "u2"), ("y", "u2"), ("p", "u1")):
            values = getattr(made, column).astype(dtype)
            file.create_dataset(f"events/{column}", data=values, chunks=(1000,), maxshape=(None,))
        last = int(made.t[-1]) if len(made) else 0
        marks = np.searchsorted(made.t, np.arange(0, last + 2000, 1000)).astype("u8")
        file.create_dataset("ms_to_idx", data=marks, chunks=(7,), maxshape=(None,))
        file["t_offset"] = offset


def write_ecf(path, made, *, offset=0):
    moved = events.Events(made.t + offset, made.x, made.y, made.p, sensor_size=made.sensor_size)
    events.write(path, moved, format="ecf")


@pytest.fixture(params=[write_dsec, write_ecf], ids=["dsec", "ecf"])
def indexed(request, tmp_path):
    """Writes events into a format with an index, each time into another file."""
    numbers = count()

    def make(made, *, offset=0):
        path = tmp_path / f"{next(numbers)}.h5"
        request.param(path, made, offset=offset)
        return path

    return make


def index_of(file):
    return file["ms_to_idx" if "ms_to_idx" in file else "CD/indexes"]


@pytest.fixture
def long(random_events):
    return random_events(40_000, size=SIZE, longest_us=400_000)


def test_a_late_slice_looks_at_little_before_it(indexed, long):
    path = indexed(long)
    start, stop = int(long.t[39_000]), int(long.t[39_500])
    found = events.read(path, sensor_size=SIZE, start_us=start, stop_us=stop)
    assert found == long.between(start_us=start, stop_us=stop)
    report = found.report
    assert 38_000 < report.passed_over < 39_001
    assert report.events == len(found) + report.outside_slice == 40_000 - report.passed_over
    assert f"passed over by the file's index: {report.passed_over}" in str(report)
    assert report.notes == ()


def test_a_lenient_slice_looks_at_everything(indexed, long):
    found = events.read(indexed(long), sensor_size=SIZE, lenient=True, start_us=int(long.t[39_000]))
    assert (found.report.events, found.report.passed_over) == (40_000, 0)


def test_a_slice_from_the_beginning_passes_over_nothing(indexed, long):
    for start in (None, -5, 0, int(long.t[0])):
        found = events.read(indexed(long), sensor_size=SIZE, start_us=start, stop_us=5000)
        assert (found.report.passed_over, found.report.notes) == (0, ())
        assert found == long.between(start_us=start, stop_us=5000)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from([0, 1, 7, 300, 999, 1000, 2001, 9000]), max_size=60),
    repeat=st.sampled_from([1, 40, 700]),
    offset=st.sampled_from([0, 54_000_017_123]),
    sides=st.tuples(st.floats(-0.2, 1.2), st.floats(0, 1)),
)
def test_slices_are_those_of_the_whole_whatever_the_pauses(indexed, steps, repeat, offset, sides):
    t = np.repeat(np.cumsum(np.array(steps, np.int64)), repeat)
    xy = np.arange(len(t), dtype=np.uint16) % 48
    made = events.Events(t, xy, xy, xy % 2 == 0, sensor_size=SIZE)
    path = indexed(made, offset=offset)
    whole = events.read(path, sensor_size=SIZE)
    last = sum(steps)
    start = offset + round(sides[0] * last)
    stop = start + round(sides[1] * last)
    for ends in ({"start_us": start, "stop_us": stop}, {"start_us": start}):
        found = events.read(path, sensor_size=SIZE, **ends)
        assert found == whole.between(**ends)
        assert found.report.events == len(found) + found.report.outside_slice
        assert found.report.notes == ()
        parts = list(events.stream(path, sensor_size=SIZE, chunk=101, **ends))
        assert sum(map(len, parts)) == len(found)


@pytest.fixture
def uncollected():
    """No garbage is collected meanwhile."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
def test_a_file_is_let_go_when_its_slice_is_read(indexed, long):
    path = indexed(long)
    for ends in ({"stop_us": int(long.t[10])}, {"start_us": int(long.t[900]), "stop_us": int(long.t[910])}):
        assert len(list(events.stream(path, sensor_size=SIZE, chunk=99, **ends))) > 0
    with h5py.File(path, "r+") as file:
        assert file.mode == "r+"


def spoiled(path, how):
    """Changes the index, or what it points to."""
    with h5py.File(path, "r+") as file:
        index = index_of(file)
        values = index[:]
        marks = values if values.dtype.names is None else values["id"]
        how(marks)
        index[...] = values


@pytest.mark.parametrize(
    "how",
    [
        lambda marks: marks.__iadd__(np.uint64(1)),
        lambda marks: marks.__isub__(np.minimum(marks, 1).astype(np.uint64)),
        lambda marks: marks.__setitem__(slice(1, None), np.uint64(39_999)),
        lambda marks: marks.__setitem__(slice(1, None), np.uint64(2**62)),
    ],
    ids=["one behind", "one before", "near the end", "outside"],
)
def test_an_index_that_disagrees_is_left_aside(indexed, long, how):
    path = indexed(long)
    spoiled(path, how)
    start, stop = int(long.t[20_000]), int(long.t[30_000])
    found = events.read(path, sensor_size=SIZE, start_us=start, stop_us=stop)
    assert found == long.between(start_us=start, stop_us=stop)
    assert found.report.passed_over == 0
    assert any("index of times disagrees with its events" in note for note in found.report.notes)


def test_an_index_of_another_shape_is_left_aside(indexed, long):
    path = indexed(long)
    with h5py.File(path, "r+") as file:
        name = index_of(file).name
        del file[name]
        file[name] = np.zeros((3, 3))
    found = events.read(path, sensor_size=SIZE, start_us=int(long.t[30_000]))
    assert found == long.between(start_us=int(long.t[30_000]))
    assert len(found.report.notes) == 1


def test_without_an_index_everything_is_looked_at_and_nothing_is_noted(indexed, long):
    path = indexed(long)
    with h5py.File(path, "r+") as file:
        del file[index_of(file).name]
    found = events.read(path, sensor_size=SIZE, start_us=int(long.t[30_000]))
    assert (found.report.events, found.report.passed_over, found.report.notes) == (40_000, 0, ())


def test_trouble_before_the_slice_is_not_looked_at_and_trouble_inside_is_told_by_its_place(tmp_path, long):
    path = tmp_path / "made.h5"
    write_dsec(path, long)
    with h5py.File(path, "r+") as file:
        file["events/x"][100] = 64
        file["events/x"][38_000] = 64
    start = int(long.t[37_000])
    found = events.read(path, sensor_size=SIZE, start_us=int(long.t[39_000]))
    assert found == long.between(start_us=int(long.t[39_000]))
    for reads in (events.read, lambda *args, **asked: list(events.stream(*args, chunk=500, **asked))):
        with pytest.raises(BoundsError, match=r"event 38000 must lie on .*got x = 64.*\(events outside: 1\)"):
            reads(path, sensor_size=SIZE, start_us=start)
    with pytest.raises(BoundsError) as caught:
        events.read(path, sensor_size=SIZE, start_us=start)
    assert len(caught.value.events) == len(long.between(start_us=start)) - 1
    before = sum(len(part) for part in _until_trouble(events.stream(path, sensor_size=SIZE, start_us=start)))
    assert before == 38_000 - int(np.searchsorted(long.t, start))


def test_a_step_back_behind_the_mark_is_told_by_its_place(tmp_path, long):
    path = tmp_path / "made.h5"
    write_dsec(path, long)
    with h5py.File(path, "r+") as file:
        file["events/t"][38_001] = 0
    with pytest.raises(OrderError, match="event 38001 must not be earlier"):
        events.read(path, sensor_size=SIZE, start_us=int(long.t[37_000]))


def _until_trouble(chunks):
    try:
        yield from chunks
    except BoundsError:
        return


def test_a_damaged_chunk_under_the_mark_is_met_by_a_reading_from_the_beginning(tmp_path, long):
    path = tmp_path / "made.h5"
    write_ecf(path, long)
    with h5py.File(path) as file:
        place = file["CD/events"].id.get_chunk_info_by_coord((32_768,)).byte_offset
    damaged = bytearray(path.read_bytes())
    damaged[place : place + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(damaged)
    with pytest.raises(FormatError, match=r"bad packets: 1\)") as caught:
        events.read(path, start_us=int(long.t[39_000]))
    assert len(caught.value.events) == 0


def test_the_index_of_the_vendor_is_used(shared_data):
    (path,) = sorted((shared_data / "events" / "prophesee").glob("*.hdf5"))
    whole = events.read(path)
    for share in (0.3, 0.9, 0.99):
        start = int(np.quantile(whole.t, share))
        found = events.read(path, start_us=start)
        assert found == whole.between(start_us=start)
        assert (found.report.notes, found.report.passed_over > share * len(whole) - 20_000) == ((), True)


def test_pieces_of_any_length_are_taken_from_the_mark_on():
    t = np.arange(10, dtype=np.int64) * 10
    columns = t, t.astype(np.uint16), t.astype(np.uint16), t > 0

    def pieces(first, *, length):
        for start in range(first, 10, length):
            yield taken(columns, slice(start, start))
            yield taken(columns, slice(start, start + length))

    index = TimeIndex(mark=lambda start_us: (4, 35), pieces=lambda first: pieces(first, length=1))
    for length in (1, 2, 99):
        index = replace(index, pieces=lambda first, length=length: pieces(first, length=length))
        first, found = index.pieces_before(44)
        assert (first, np.concatenate([piece[0] for piece in found]).tolist()) == (4, t[4:].tolist())
    for since in (30, 41, 45):
        with pytest.raises(FormatError, match="event 4 must"):
            replace(index, mark=lambda _, since=since: (4, since)).pieces_before(44)
    first, found = replace(index, mark=lambda _: (10, 91)).pieces_before(99)
    assert (first, sum(len(piece[0]) for piece in found)) == (10, 0)


def test_a_slice_that_a_damaged_chunk_may_belong_to_is_refused(tmp_path, long):
    path = tmp_path / "made.h5"
    with events.writer(path, sensor_size=SIZE, format="ecf") as out:
        for number in range(10):
            later = events.Events(long.t + 400_000 * number, long.x, long.y, long.p, sensor_size=SIZE)
            out.write(later)
    with h5py.File(path) as file:
        place = file["CD/events"].id.get_chunk_info_by_coord((16_384,)).byte_offset
    damaged = bytearray(path.read_bytes())
    damaged[place : place + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(damaged)
    stop = int(long.t[39_000])
    with pytest.raises(FormatError, match=r"bad packets: 1\)") as caught:
        events.read(path, stop_us=stop)
    assert len(caught.value.events) == 39_000 - 16_384
    late = events.read(path, start_us=3_000_000, stop_us=3_100_000)
    assert late.report.bad_packets == 0
