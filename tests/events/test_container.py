"""The reader over a container: any pieces, any chunks, whatever the container says of its length."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spikelet import _core
from spikelet.errors import ParameterError, ShapeError
from spikelet.events import Report, formats
from spikelet.events.container import Asked, Container, ContainerReader, Contents, Plan
from spikelet.events.containers import BY_NAME, CONTAINERS
from spikelet.events.recording import Format
from spikelet.events.unfinished import Unfinished
from spikelet.events.writing import writer_to


def columns_of(n, *, start=0):
    index = np.arange(start, start + n)
    return (
        index.astype(np.int64),
        (index % 7).astype(np.uint16),
        (index % 5).astype(np.uint16),
        index % 2 == 0,
    )


def toy(pieces, *, events):
    starts = np.cumsum([0, *pieces])
    made = (columns_of(n, start=start) for n, start in zip(pieces, starts[:-1], strict=True))
    return Container(
        format=Format(name="toy", title="Toy", extensions=(".toy",), max_size=(9, 9), origin="upper-left"),
        recognises=lambda path, head: None,
        opened=lambda path, asked: Contents(pieces=made, events=events, sensor_size=(6, 5)),
    )


@pytest.fixture
def reader(tmp_path):
    """A reader over pieces of these lengths, in a file of 10 bytes."""
    path = tmp_path / "made.toy"
    path.write_bytes(bytes(10))

    def make(pieces, *, events=None, asked=Asked()):  # noqa: B008 -- frozen
        return ContainerReader(str(path), toy(pieces, events=events), asked=asked, recognised_by="content")

    return make


pieces = st.lists(st.integers(0, 40), max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=pieces,
    capacities=st.lists(st.integers(1, 50), min_size=1, max_size=5),
    events=st.none() | st.integers(0, 1 << 60),
    chunks=st.integers(0, 8),
)
def test_chunks_and_the_rest_are_the_pieces_put_together(reader, pieces, capacities, events, chunks):
    total, opened = sum(pieces), reader(pieces, events=events)
    parts = []
    for number in range(chunks):
        capacity = capacities[number % len(capacities)]
        part = opened.read_chunk(capacity)
        taken = sum(len(part[0]) for part in parts)
        assert (0 if part is None else len(part[0])) == min(capacity, total - taken)
        parts += [] if part is None else [part]
    parts.append(opened.read_rest())
    assert opened.read_chunk(1) is None
    for column, wanted in zip(zip(*parts, strict=True), columns_of(total), strict=True):
        found = np.concatenate(column)
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)


def test_what_was_handed_out_is_audited(reader):
    opened = reader([10, 20])
    opened.read_chunk(6)
    assert (opened.report()["events"], opened.report()["out_of_bounds"]) == (6, 0)
    opened.read_chunk(3)
    report = opened.report()
    # Column 6 of a sensor of 6 columns.
    assert (report["events"], report["out_of_bounds"], report["first_out_of_bounds"]) == (9, 1, 6)
    assert report["bytes_read"] == 10
    opened.read_rest()
    assert (opened.extremes()["t_max"], opened.extremes()["on"]) == (29, 15)


def test_every_reader_reports_by_the_names_of_the_report_alone(reader, tmp_path):
    path = tmp_path / "some.bin"
    path.write_bytes(bytes.fromhex("070f80028e"))
    for opened in (reader([10]), _core.RawReader(path, sensor_size=(1, 1))):
        opened.read_rest()
        named = opened.report().keys()
        assert {"events", "out_of_bounds"} <= named <= {field.name for field in fields(Report)}


def test_a_given_size_goes_before_that_of_the_file(reader):
    assert reader([1]).sensor_size == (6, 5)
    assert reader([1], asked=Asked(sensor_size=(7, 7))).sensor_size == (7, 7)


@settings(deadline=None)
@given(pieces=pieces, room=st.integers(0, 100))
def test_columns_that_grow_end_with_what_was_added(pieces, room):
    growing = _core.Growing(room)
    start = 0
    for n in pieces:
        growing.add(*columns_of(n, start=start))
        assert len(growing) == start + n
        start += n
    for found, wanted in zip(growing.done(), columns_of(start), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_columns_that_outgrow_the_memory_set_aside_keep_what_was_added():
    growing = _core.Growing(3)
    starts = range(0, 400_000, 50_000)
    for start in starts:
        growing.add(*columns_of(50_000, start=start))
    for found, wanted in zip(growing.done(), columns_of(400_000), strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert len(growing) == len(growing.done()[0]) == 0


def test_columns_of_different_lengths_are_not_added():
    t, x, y, p = columns_of(3)
    with pytest.raises(ShapeError, match="must be equally long, got 3, 2, 3, 3"):
        _core.Growing().add(t, x[:2], y, p)


def test_every_container_is_in_the_list_of_formats():
    known = {entry.name: entry for entry in formats()}
    for container in CONTAINERS:
        assert known[container.format.name] is container.format
        assert container.format.is_written == (container.writer is not None)


def test_a_container_that_is_only_read_is_not_written(monkeypatch, tmp_path):
    monkeypatch.setitem(BY_NAME, "toy", toy([], events=0))
    with pytest.raises(ParameterError, match="must be one that is written, got 'toy', which is only read"):
        writer_to(str(tmp_path / "made.toy"), "toy", Plan(sensor_size=(1, 1), header=[]))


def test_an_unfinished_file_takes_its_name_only_when_it_is_done(tmp_path):
    target = tmp_path / "target"
    target.write_text("before")
    unfinished = Unfinished(str(target))
    unfinished.path.write_text("after")
    assert target.read_text() == "before"
    assert unfinished.done() == 5
    unfinished.abort()
    assert target.read_text() == "after"
    given_up = Unfinished(str(target))
    given_up.abort()
    given_up.abort()
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(IsADirectoryError):
        Unfinished(str(tmp_path))
