"""Columns live in memory that recordings read before have let go of, and nobody sees it."""

import sys

import numpy as np
import pytest

from spikelet import events

SIZE = (1280, 720)


@pytest.fixture
def made(tmp_path):
    """Files of `n` events that differ from one another in all columns."""

    def make(n, *, seed, ending="dat"):
        rng = np.random.default_rng(seed)
        t = np.sort(rng.integers(0, 1 << 30, n))
        columns = (t, rng.integers(0, SIZE[0], n), rng.integers(0, SIZE[1], n), rng.random(n) < 0.5)
        path = tmp_path / f"{n}_{seed}.{ending}"
        written = events.Events(*columns, sensor_size=SIZE)
        events.write(path, written)
        return path, written.digest()

    return make


@pytest.mark.parametrize("ending", ["dat", "npy"])
def test_recordings_read_alike_whatever_lay_in_their_memory_before(made, ending):
    # Longer, shorter, much shorter and much longer than the one before.
    long = (300_000, 310_000, 290_000, 70_000, 1_000_000, 999_999, 300_001)
    # All lie in pieces of a few lengths; the last is the first that does not.
    short = (4500, 4400, 4501, 1, 127, 128, 129, 0, 8191, 8192, 2000, 8193)
    lengths = long + short
    for seed, n in enumerate(lengths):
        path, digest = made(n, seed=seed, ending=ending)
        assert events.read(path, sensor_size=SIZE).digest() == digest
        assert events.read(path, sensor_size=SIZE, threads=2).digest() == digest


@pytest.mark.parametrize("n", [300_000, 4500])
def test_columns_in_use_are_never_those_of_another_recording(made, n):
    first, second = made(n, seed=1), made(n, seed=2)
    kept = events.read(first[0])
    # Each column stays for itself, also where the others are gone.
    alone = {name: getattr(events.read(first[0]), name) for name in "txyp"}
    for _ in range(3):
        assert events.read(second[0]).digest() == second[1]
    assert kept.digest() == first[1]
    for name, column in alone.items():
        np.testing.assert_array_equal(column, getattr(kept, name))


@pytest.mark.parametrize("chunk", [65_536, 4096])
def test_chunks_that_are_kept_stay_as_they_were(made, chunk):
    path, digest = made(500_000, seed=3)
    chunks = list(events.stream(path, chunk=chunk))
    for part in events.stream(path, chunk=chunk):
        assert len(part) > 0
    columns = [np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in "txyp"]
    assert events.Events(*columns, sensor_size=SIZE).digest() == digest


def test_columns_grow_where_a_recording_holds_more_than_its_length_tells(tmp_path):
    """Full rows in EVT3: eight events a word, where two or three are usual."""
    n = 400_000
    index = np.arange(n)
    x, y = index % SIZE[0], index // SIZE[0] % SIZE[1]
    dense = events.Events(index // SIZE[0] * 100, x, y, np.ones(n, bool), sensor_size=SIZE)
    events.write(tmp_path / "dense.raw", dense, format="evt3")
    assert (tmp_path / "dense.raw").stat().st_size < n
    for threads in (1, 2):
        assert events.read(tmp_path / "dense.raw", threads=threads).digest() == dense.digest()
    # What is short outgrows its one piece of memory.
    events.write(tmp_path / "short.raw", dense[:20_000], format="evt3")
    assert events.read(tmp_path / "short.raw").digest() == dense[:20_000].digest()


def test_a_short_recording_keeps_no_memory_for_events_that_it_might_have_held(tmp_path):
    """EVT3 of three words an event, where words of three events are feared."""
    n = 600
    index = np.arange(n)
    sparse = events.Events(index * 50, index, index, index > 9, sensor_size=SIZE)
    events.write(tmp_path / "sparse.raw", sparse, format="evt3")
    found = events.read(tmp_path / "sparse.raw")
    assert found.digest() == sparse.digest()
    # Between the first rows of two columns lie all places of the first.
    assert found.y.ctypes.data - found.x.ctypes.data < 2 * n * 1.3


@pytest.mark.parametrize("n", [10, 30_000, 300_000])
def test_a_file_that_grows_after_it_was_opened_is_read_to_its_end(made, n):
    path, _ = made(n, seed=6)
    stream = events.stream(path, lenient=True)
    with path.open("ab") as file:
        file.write(bytes(8 * 1000))
    assert sum(len(part) for part in stream) == stream.report.events - stream.report.dropped_backward
    assert stream.report.events == n + 1000


@pytest.mark.parametrize("threads", [1, 2])
def test_memory_serves_compressed_packets_whose_events_are_not_known_ahead(tmp_path, threads):
    """Of LZ4, the first half takes many bytes an event and the second few."""
    rng = np.random.default_rng(5)
    n = 400_000
    x = np.concatenate([rng.integers(0, SIZE[0], n // 2), np.zeros(n // 2, np.int64)])
    written = events.Events(np.arange(n), x, x % SIZE[1], x % 2 == 0, sensor_size=SIZE)
    events.write(tmp_path / "made.aedat4", written, compression="lz4")
    for _ in range(3):
        assert events.read(tmp_path / "made.aedat4", threads=threads).digest() == written.digest()


@pytest.mark.parametrize(
    "n",
    [
        pytest.param(
            300_000, marks=pytest.mark.skipif(sys.platform != "linux", reason="only there it is kept")
        ),
        4500,
    ],
)
@pytest.mark.parametrize("ending", ["dat", "npy"])
def test_memory_of_a_recording_that_was_let_go_serves_the_next(made, ending, n):
    path, _ = made(n, seed=4, ending=ending)

    def places():
        found = events.read(path, sensor_size=SIZE)
        return {getattr(found, name).ctypes.data for name in "txyp"}

    assert places() == places()
