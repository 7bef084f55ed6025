"""What holds for every transform."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikelet.errors import DtypeError, OrderError
from spikelet.events import Events
from transform_cases import ALL, FILTERS, RANDOM, RANDOM_FILTERS, made, recordings, rows


@given(events=recordings(), transform=st.sampled_from(ALL))
def test_what_comes_out_is_sorted_and_on_its_sensor(events, transform):
    found = transform(events)
    # The public constructor checks every promise.
    assert Events(found.t, found.x, found.y, found.p, sensor_size=found.sensor_size) == found
    assert found.is_sorted


@given(events=recordings(), transform=st.sampled_from(ALL))
def test_the_input_stays_as_it_was(events, transform):
    before = pickle.dumps(events)
    transform(events)
    assert pickle.loads(before) == events
    assert not any(column.flags.writeable for column in (events.t, events.x, events.y, events.p))


@given(events=recordings(), transform=st.sampled_from([*FILTERS, *RANDOM_FILTERS]))
def test_a_filter_keeps_what_it_says_and_changes_nothing(events, transform):
    if transform in RANDOM_FILTERS:
        kept = transform.keeps(events, rng=np.random.default_rng(5))
        found = transform(events, rng=np.random.default_rng(5))
    else:
        kept, found = transform.keeps(events), transform(events)
    assert kept.dtype == bool
    assert rows(found) == [row for row, stays in zip(rows(events), kept, strict=True) if stays]
    assert found.sensor_size == events.sensor_size
    assert len(events) - len(found) == np.count_nonzero(~kept)


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_no_events_give_no_events(transform):
    found = transform(Events([], [], [], [], sensor_size=(13, 11)))
    assert len(found) == 0


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_origin_and_metadata_are_kept(transform):
    events = made().with_origin("lower-left")
    found = transform(events)
    assert (found.origin, dict(found.metadata)) == ("lower-left", {"from": "a test"})


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_copies_are_equal_and_do_the_same(transform):
    events = made()
    for twin in (pickle.loads(pickle.dumps(transform)), copy.deepcopy(transform)):
        assert twin == transform
        assert hash(twin) == hash(transform)
        assert repr(twin) == repr(transform)
        ours, theirs = copy.deepcopy(transform), twin
        assert [ours(events) for _ in range(3)] == [theirs(events) for _ in range(3)]


@pytest.mark.parametrize("transform", [t for t in ALL if t not in RANDOM[-3:]], ids=repr)
def test_other_things_than_sorted_events_are_refused(transform):
    with pytest.raises(DtypeError, match=r"`events` must be an `Events`, got ndarray; build one with"):
        transform(made().to_structured())
    unsorted = pickle.loads(pickle.dumps(made()))
    unsorted._facts = (*unsorted._facts[:-1], False)
    with pytest.raises(OrderError, match=r'events must be sorted .* read them with `backward="sort"`'):
        transform(unsorted)


@pytest.mark.parametrize("transform", ALL, ids=repr)
def test_a_transform_is_a_value_that_cannot_change(transform):
    name = next(iter(transform.__dataclass_fields__), None)
    if name is not None:
        with pytest.raises(AttributeError):
            setattr(transform, name, 1)
