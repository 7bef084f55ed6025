"""DSEC, MVSEC and the Heidelberg spikes: layouts inside HDF5."""

import hashlib
import sys

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import FormatError, OrderError

h5py = pytest.importorskip("h5py", reason="h5py is not installed")

SIZE = (640, 480)


@pytest.fixture
def dsec(tmp_path):
    """Writes columns in DSEC's layout and returns the path."""

    def make(recording, *, offset=1000, name="made.h5", **how):
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            for column, dtype in (("t", "u4"), ("x", "u2"), ("y", "u2"), ("p", "u1")):
                file.create_dataset(f"events/{column}", data=getattr(recording, column).astype(dtype), **how)
            if offset is not None:
                file["t_offset"] = offset
        return path

    return make


@pytest.mark.parametrize(
    "how", [{}, {"chunks": (1000,)}, {"chunks": (777,), "compression": "gzip", "shuffle": True}]
)
def test_the_offset_is_added_to_every_time(dsec, random_events, how):
    recording = random_events(5_000, size=SIZE)
    found = events.read(dsec(recording, **how), sensor_size=SIZE)
    np.testing.assert_array_equal(found.t, recording.t + 1000)
    for column in "xyp":
        np.testing.assert_array_equal(getattr(found, column), getattr(recording, column))
    assert found.metadata == {"t_offset": "1000"}
    assert events.read(dsec(recording, offset=None), sensor_size=SIZE) == recording


def test_chunks_of_a_stream_are_the_recording(dsec, random_events):
    recording = random_events(5_000, size=SIZE)
    parts = events.stream(dsec(recording, offset=0), sensor_size=SIZE, chunk=999)
    assert sum(len(part) for part in parts) == 5_000


def test_bytes_outside_the_file_are_never_read(tmp_path, dsec, random_events):
    recording = random_events(10, size=SIZE)
    whole = dsec(recording, name="whole.h5")
    linked = tmp_path / "linked.h5"
    with h5py.File(linked, "w") as file:
        for column in "xyp":
            file[f"events/{column}"] = getattr(recording, column)
        file["events/t"] = h5py.ExternalLink(whole, "events/t")
    with pytest.raises(FormatError, match="HDF5"):
        events.read_raw(linked)
    stored = tmp_path / "external.h5"
    with h5py.File(stored, "w") as file:
        for column in "xyp":
            file[f"events/{column}"] = getattr(recording, column)
        file.create_dataset("events/t", (10,), "u4", external=[(str(whole), 0, 40)])
    with pytest.raises(FormatError, match="must lie in this file"):
        events.read_raw(stored)


def test_columns_that_are_no_events_are_refused(tmp_path):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        for column, length in (("t", 3), ("x", 2), ("y", 3), ("p", 3)):
            file[f"events/{column}"] = np.zeros(length, int)
    with pytest.raises(FormatError, match=r"one shape \[n\], got \[3\], \[2\]"):
        events.read_raw(path)
    with h5py.File(path, "w") as file:
        for column in "txyp":
            file[f"events/{column}"] = np.zeros(3, int)
        file["t_offset"] = 0.5
    with pytest.raises(FormatError, match="`t_offset` must be one whole number"):
        events.read_raw(path)
    with h5py.File(path, "w") as file:
        file["something/else"] = np.zeros(3)
    with pytest.raises(FormatError, match="HDF5"):
        events.read_raw(path)


def test_a_cut_file_is_refused(dsec, random_events):
    path = dsec(random_events(1000, size=SIZE))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FormatError, match="whole HDF5 file"):
        events.read_raw(path)


@pytest.mark.parametrize("name", ["dsec_a.h5", "dsec_blosc_a.h5", "mvsec_a.hdf5", "shd_a.h5"])
def test_damaged_files_are_read_or_refused(shared_data, tmp_path, without_plugin, name):
    rng = np.random.default_rng(3)
    whole = (shared_data / "events" / "h5" / name).read_bytes()
    path = tmp_path / name
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        # Half of the damage hits the beginning, where the layout is told.
        for limit in (4096, len(whole)):
            damaged[rng.integers(8, limit)] ^= 1 << rng.integers(0, 8)
        path.write_bytes(bytes(damaged))
        try:
            list(events.read_spikes(path)) if name.startswith("shd") else events.read_raw(path)
        except FormatError as error:
            assert str(path) in str(error)  # noqa: PT017 -- some damages do no harm
            refused += 1
    assert refused > 20


@pytest.fixture
def without_plugin(monkeypatch):
    """A world in which hdf5plugin is not installed."""
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)


def test_blosc_is_unpacked_without_a_plugin(shared_data, without_plugin):
    raw = events.read_raw(shared_data / "events" / "h5" / "dsec_blosc_a.h5")
    assert raw.digest() == "91f81f469033d1e2aeeb2fe99c1a1fee93f0c8e5b5f9df2a4728a8f2d1de07f1"


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_both_ways_of_unpacking_agree(dsec, random_events, monkeypatch, codec):
    plugin = pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")
    recording = random_events(5_000, size=SIZE)
    path = dsec(recording, chunks=(777,), **plugin.Blosc(cname=codec, clevel=5, shuffle=1))
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["events/t"][:], recording.t)
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)
    np.testing.assert_array_equal(events.read_raw(path).t, recording.t + 1000)
    chunks = events.stream(path, sensor_size=SIZE, chunk=1000)
    np.testing.assert_array_equal(np.concatenate([part.t for part in chunks]), recording.t + 1000)


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_columns_may_have_chunks_of_different_lengths(tmp_path, random_events, is_packed, threads):
    plugin = pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")
    how = plugin.Blosc(cname="zstd", clevel=1, shuffle=1) if is_packed else {}
    recording = random_events(300_000, size=SIZE)
    with h5py.File(tmp_path / "made.h5", "w") as file:
        for column, dtype, length in (
            ("t", "u4", 70_001),
            ("x", "u2", 9_999),
            ("y", "u2", 299_999),
            ("p", "u1", 65_536),
        ):
            values = getattr(recording, column).astype(dtype)
            file.create_dataset(f"events/{column}", data=values, chunks=(length,), **how)
    assert events.read(tmp_path / "made.h5", sensor_size=SIZE, threads=threads) == recording


@pytest.mark.parametrize("codec", ["blosclz", "zlib"])
def test_what_our_core_does_not_unpack_is_left_to_the_plugin(dsec, random_events, monkeypatch, codec):
    plugin = pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")
    recording = random_events(5_000, size=SIZE)
    path = dsec(recording, offset=0, chunks=(777,), **plugin.Blosc(cname=codec, clevel=5, shuffle=1))
    assert events.read(path, sensor_size=SIZE) == recording
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)
    with pytest.raises(FormatError, match=r"chunk 0 of `/events/t` is damaged"):
        events.read(path, sensor_size=SIZE)


def test_chunks_that_the_filter_was_left_out_for_are_taken_as_they_are(dsec, random_events):
    plugin = pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed")
    recording = random_events(300, size=SIZE)
    path = dsec(recording, offset=0, chunks=(100,), **plugin.Blosc(cname="zstd", clevel=1))
    plain = recording.x[100:200].astype("u2").tobytes()
    with h5py.File(path, "r+") as file:
        file["events/x"].id.write_direct_chunk((100,), plain, filter_mask=1)
    assert events.read(path, sensor_size=SIZE) == recording
    with h5py.File(path, "r+") as file:
        file["events/x"].id.write_direct_chunk((100,), plain[:-1], filter_mask=1)
    with pytest.raises(FormatError, match="chunk 1 of `/events/x` must hold 100 rows, got 199 bytes"):
        events.read(path, sensor_size=SIZE)


def test_a_plain_chunk_that_is_missing_is_refused(dsec, random_events):
    path = dsec(random_events(300, size=SIZE), chunks=(100,))
    with h5py.File(path, "r+") as file:
        del file["events/y"]
        file.create_dataset("events/y", (300,), "u2", chunks=(100,))
    with pytest.raises(FormatError, match="chunk 0 of `/events/y` is damaged"):
        events.read(path, sensor_size=SIZE)


def test_a_damaged_chunk_is_refused_by_its_number(shared_data, tmp_path, without_plugin):
    whole = (shared_data / "events" / "h5" / "dsec_blosc_a.h5").read_bytes()
    path = tmp_path / "damaged.h5"
    # The mark of a frame of zstd, in the first column that has one.
    path.write_bytes(whole.replace(b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xff", 1))
    with pytest.raises(
        FormatError, match=r"chunk 0 of `/events/[txyp]` is damaged: byte \d+ of the chunk must"
    ):
        events.read_raw(path)


@pytest.fixture
def mvsec(tmp_path):
    """Writes rows x, y, t, p of each camera and returns the path."""

    def make(**cameras):
        path = tmp_path / "made.hdf5"
        with h5py.File(path, "w") as file:
            for camera, rows in cameras.items():
                file[f"davis/{camera}/events"] = np.array(rows, np.float64)
        return path

    return make


def test_times_in_seconds_are_rounded_and_minus_one_is_off(mvsec):
    path = mvsec(left=[[1, 2, 14.2248704, 1], [3, 4, 1506117899.123457, -1]], right=[[5, 6, 7, 1]])
    raw = events.read_raw(path)
    assert raw.t.tolist() == [14224870, 1506117899123457]
    assert (raw.x.tolist(), raw.y.tolist(), raw.p.tolist()) == ([1, 3], [2, 4], [True, False])
    assert raw.metadata == {"camera": "left"}
    right = events.read_raw(path, format="mvsec_right")
    assert (right.t.tolist(), right.metadata) == ([7_000_000], {"camera": "right"})
    assert events.info(mvsec(right=[[5, 6, 7, 1]])).format == "mvsec_right"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([1.5, 2, 3, 1], "`x` must be whole numbers, got 1.5"),
        ([1, np.nan, 3, 1], "`y` must be whole numbers, got nan"),
        ([1, 2, np.inf, 1], "times must be finite seconds, got inf"),
        ([-1, 2, 3, 1], "`x` must be from 0 to 65535"),
        ([1, 2, 3, -2], "`p` must be 0 or 1"),
    ],
)
def test_numbers_that_are_no_events_are_refused(mvsec, row, message):
    with pytest.raises(FormatError, match=message):
        events.read_raw(mvsec(left=[row]))


@pytest.fixture
def shd(tmp_path):
    """Writes spike trains and returns the path."""

    def make(times, units, *, labels=None):
        path = tmp_path / "shd.h5"
        with h5py.File(path, "w") as file:
            for name, rows, dtype in (("times", times, np.float16), ("units", units, np.uint16)):
                data = file.create_dataset(f"spikes/{name}", (len(rows),), h5py.vlen_dtype(dtype))
                for index, row in enumerate(rows):
                    data[index] = np.array(row, dtype)
            if labels is not None:
                file["labels"] = labels
            file["extra/speaker"] = np.arange(len(times))
            file["extra/keys"] = np.array([b"zero", b"one"])
        return path

    return make


def test_the_manifest_spikes_are_read_sample_by_sample(shared_data):
    path = shared_data / "events" / "h5" / "shd_a.h5"
    spikes = events.read_spikes(path)
    assert [len(train) for train in spikes] == [294, 419, 871, 260, 851]
    assert spikes.digest() == "790a2a7511865243eb178425ac95594c5aea078a1ad10f8072269c0eb0ef263b"
    assert spikes.labels.tolist() == [train.label for train in spikes] == [0, 1, 2, 3, 4]
    assert spikes.extra["keys"].tolist() == [b"zero", b"one", b"two", b"three", b"four"]
    running = hashlib.sha256()
    with h5py.File(path, locking=False) as file:
        for index, train in enumerate(spikes):
            stored = file["spikes/times"][index]
            np.testing.assert_array_equal(train.t, np.rint(stored.astype(np.float64) * 1e6))
            running.update(stored.tobytes() + train.unit.tobytes())
    assert running.hexdigest() == spikes.digest()


def test_half_precision_times_are_scaled_in_double_precision(shd):
    spikes = events.read_spikes(shd([[0.5, 1.3994]], [[3, 699]]))
    # 1.3994 is 1433/1024 in half precision.
    assert spikes[0].t.tolist() == [500_000, 1_399_414]
    assert spikes[0].label is None
    assert spikes.labels is None
    found = spikes[-1].to_events()
    assert found.sensor_size == (700, 1)
    assert (found.x.tolist(), found.y.tolist(), found.p.tolist()) == ([3, 699], [0, 0], [True, True])


def test_samples_may_be_silent_and_indices_are_checked(shd):
    spikes = events.read_spikes(shd([[], [0.25]], [[], [1]], labels=[1, 0]))
    assert (len(spikes), len(spikes[0]), spikes[1].label) == (2, 0, 0)
    assert spikes.extra["speaker"].tolist() == [0, 1]
    for index in (2, -3):
        with pytest.raises(IndexError, match=f"below 2 samples, got {index}"):
            spikes[index]


def test_spikes_that_are_none_are_refused(shd, mvsec, tmp_path):
    with pytest.raises(FormatError, match="times and units of sample 0 must be equally many, got 2 and 1"):
        events.read_spikes(shd([[0.1, 0.2]], [[1]]))[0]
    with pytest.raises(FormatError, match="`labels` must be 1 integers"):
        events.read_spikes(shd([[0.1]], [[1]], labels=[1, 2]))
    with pytest.raises(OrderError):
        events.read_spikes(shd([[0.2, 0.1]], [[1, 1]]))[0].to_events()
    with pytest.raises(FormatError, match="must have a data set `spikes/times`"):
        events.read_spikes(mvsec(left=[[1, 2, 3, 1]]))
    path = tmp_path / "text.h5"
    path.write_text("no HDF5\n")
    with pytest.raises(FormatError, match="content must be HDF5"):
        events.read_spikes(path)


def test_events_of_a_spike_file_are_refused_and_the_way_is_told(shd):
    path = shd([[0.1]], [[1]])
    for attempt in (events.read, events.read_raw, events.info, events.stream):
        with pytest.raises(
            FormatError, match=r"spike trains of SHD or SSC; read them with `events\.read_spikes"
        ):
            attempt(path)
