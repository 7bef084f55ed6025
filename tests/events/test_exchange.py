"""What other tools keep events in, both ways: nothing is lost, and what cannot be held is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelet import events
from spikelet.errors import BoundsError, DtypeError, MissingPackageError, ParameterError

SIZE = (240, 180)


def recordings(size=SIZE):
    row = st.tuples(
        st.integers(-(2**62), 2**62), st.integers(0, size[0] - 1), st.integers(0, size[1] - 1), st.booleans()
    )
    return st.lists(row, max_size=30).map(lambda rows: made(sorted(rows), size))


def made(rows, size=SIZE):
    t, x, y, p = zip(*rows, strict=True) if rows else ((), (), (), ())
    return events.Events(
        np.array(t, np.int64), np.array(x, int), np.array(y, int), np.array(p, bool), sensor_size=size
    )


@given(recordings())
def test_structured_records_come_back_packed_or_aligned(recording):
    for is_aligned, itemsize in ((False, 13), (True, 16)):
        records = recording.to_structured(is_aligned=is_aligned)
        assert records.dtype.itemsize == itemsize
        assert records.dtype.names == ("t", "x", "y", "p")
        assert events.Events.from_structured(records, sensor_size=SIZE) == recording


@given(recordings())
def test_records_of_tonic_come_back(recording):
    records = recording.to_tonic()
    assert records.dtype == np.dtype([("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")])
    assert events.Events.from_tonic(records, sensor_size=(*SIZE, 2)) == recording
    assert events.Events.from_tonic(records, sensor_size=SIZE) == recording


@given(recordings())
def test_dictionaries_come_back_and_share_memory(recording):
    columns = recording.to_dict()
    assert list(columns) == ["t", "x", "y", "p"]
    assert all(np.shares_memory(columns[name], getattr(recording, name)) for name in "txyp" if len(recording))
    assert events.Events.from_table(columns, sensor_size=SIZE) == recording


@pytest.mark.parametrize("package", ["pandas", "polars", "pyarrow"])
def test_frames_and_tables_come_back(package, random_events):
    pytest.importorskip(package, reason=f"{package} is not installed")
    for recording in (random_events(1000), random_events(0)):
        table = {
            "pandas": recording.to_pandas,
            "polars": recording.to_polars,
            "pyarrow": recording.to_arrow,
        }[package]
        made = table()
        names = made.column_names if package == "pyarrow" else list(made.columns)
        assert names == ["t", "x", "y", "p"]
        assert len(made) == len(recording)
        assert events.Events.from_table(made, sensor_size=SIZE) == recording


def test_archives_of_numpy_are_tables(tmp_path, random_events):
    recording = random_events(100)
    np.savez(tmp_path / "made.npz", **recording.to_dict())
    with np.load(tmp_path / "made.npz") as archive:
        assert events.Events.from_table(archive, sensor_size=SIZE) == recording


def test_other_names_are_known_and_minus_one_is_off_and_said():
    table = {"timestamp": [1, 2], "X": [3, 4], "y": [5, 6], "polarity": np.array([-1, 1])}
    found = events.Events.from_table(table, sensor_size=SIZE, metadata={"from": "evlib"})
    assert found.p.tolist() == [False, True]
    assert found.report.notes == ("polarity -1 taken as off",)
    assert found.metadata == {"from": "evlib"}
    plain = events.Events.from_table({**table, "polarity": [1, 1]}, sensor_size=SIZE)
    assert plain.report.notes == ()


@pytest.mark.parametrize("table", [[1, 2], np.zeros((5, 4))], ids=["list", "plain array"])
def test_a_table_without_names_is_refused(table):
    with pytest.raises(DtypeError, match=r"`table` must have columns by name, got .*; pass"):
        events.Events.from_table(table, sensor_size=SIZE)


def test_what_cannot_be_held_or_read_is_refused():
    with pytest.raises(DtypeError, match=r"`table` must have columns t, x, y, p .* got t, x"):
        events.Events.from_table({"t": [1], "x": [1]}, sensor_size=SIZE)
    with pytest.raises(DtypeError, match="`p` must be 0 or 1, got -1 at event 0"):
        events.Events.from_table({"t": [1, 2], "x": [1, 1], "y": [1, 1], "p": [-1, 0]}, sensor_size=SIZE)
    wide = made([(0, 1, 1, True), (1, 40_000, 1, True)], size=(65_536, 2))
    with pytest.raises(
        BoundsError, match="event 1: `x` must be at most 32767 in records of tonic, got 40000"
    ):
        wide.to_tonic()
    with pytest.raises(ParameterError, match="`sensor_size` must be"):
        events.Events.from_tonic(made([]).to_tonic(), sensor_size=(240, 180, 7))


@pytest.mark.parametrize("package", ["pandas", "polars", "pyarrow"])
def test_a_missing_package_is_named_with_the_way_to_get_it(package, random_events, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    recording = random_events(3)
    method = {"pandas": recording.to_pandas, "polars": recording.to_polars, "pyarrow": recording.to_arrow}
    with pytest.raises(MissingPackageError, match=f"pip install {package}"):
        method[package]()
