"""Chance: whose it is, that it repeats when told, and never in two workers."""

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from spikelet import transforms as tr
from spikelet.errors import DtypeError, ParameterError
from spikelet.events import Events
from transform_cases import RANDOM, digest_of, made

EVENTS = made(400)


@pytest.mark.parametrize("transform", RANDOM, ids=repr)
def test_the_same_generator_gives_the_same(transform):
    ours, theirs = (transform(EVENTS, rng=np.random.default_rng(7)) for _ in range(2))
    assert ours == theirs


@pytest.mark.parametrize("transform", RANDOM, ids=repr)
def test_a_generator_given_leaves_the_own_draws_alone(transform):
    twin = pickle.loads(pickle.dumps(transform))
    twin(EVENTS, rng=np.random.default_rng(7))
    assert twin(EVENTS) == pickle.loads(pickle.dumps(transform))(EVENTS)


def test_the_same_seed_gives_the_same_in_turn_and_samples_differ():
    drops = (tr.DropEvent(0.5, seed=9), tr.DropEvent(0.5, seed=9))
    ours, theirs = ([drop(EVENTS) for _ in range(5)] for drop in drops)
    assert ours == theirs
    assert len({found.digest() for found in ours}) == 5
    assert tr.DropEvent(0.5, seed=10)(EVENTS) != ours[0]


def test_without_a_seed_nothing_repeats():
    drops = [tr.DropEvent(0.5), tr.DropEvent(0.5)]
    copies = [pickle.loads(pickle.dumps(drop)) for drop in drops]
    assert len({drop(EVENTS).digest() for drop in [*drops, *copies] for _ in range(2)}) == 8


def test_a_copy_goes_on_where_its_original_is():
    drop = tr.DropEvent(0.5, seed=4)
    drop(EVENTS)
    copy = pickle.loads(pickle.dumps(drop))
    assert copy(EVENTS) == drop(EVENTS)


def test_threads_share_the_draws_of_one_object_and_none_is_drawn_twice():
    alone, shared = tr.DropEvent(0.5, seed=4), tr.DropEvent(0.5, seed=4)
    expected = {alone(EVENTS).digest() for _ in range(80)}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shared(EVENTS).digest(), range(80)))
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_two_kinds_with_one_seed_draw_apart():
    left_right, up_down = tr.RandomFlipLR(seed=0), tr.RandomFlipUD(seed=0)
    first = [left_right(EVENTS) == EVENTS for _ in range(40)]
    assert first != [up_down(EVENTS) == EVENTS for _ in range(40)]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_do_not_repeat_each_other_nor_their_parent(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    drop = tr.DropEvent(0.5, seed=3)
    digests = {drop(EVENTS).digest()}
    for _ in range(2):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
            digests.add(pool.submit(digest_of, drop, EVENTS).result(timeout=120))
    assert len(digests) == 3


def test_a_worker_of_the_same_name_draws_the_same(monkeypatch):
    monkeypatch.setattr(multiprocessing.current_process(), "name", "Worker-5")
    ours = tr.DropEvent(0.5, seed=3)(EVENTS)
    theirs = tr.DropEvent(0.5, seed=3)(EVENTS)
    monkeypatch.undo()
    assert ours == theirs
    assert ours != tr.DropEvent(0.5, seed=3)(EVENTS)


def test_a_composition_with_a_seed_repeats_all_members():
    members = [tr.RandomFlipLR(), tr.TimeJitter(std_us=5), tr.DropEvent(0.5)]
    ours, theirs = (tr.Compose(members, seed=1) for _ in range(2))
    assert [ours(EVENTS) for _ in range(3)] == [theirs(EVENTS) for _ in range(3)]
    assert ours(EVENTS) != theirs(EVENTS, rng=np.random.default_rng(0))


def test_a_composition_without_a_seed_leaves_members_their_own():
    composed = tr.Compose([tr.FlipUpDown(), tr.DropEvent(0.5, seed=6)])
    assert composed(EVENTS) == tr.DropEvent(0.5, seed=6)(tr.FlipUpDown()(EVENTS))


def test_nested_compositions_draw_from_the_outer_generator():
    inner = tr.Compose([tr.DropEvent(0.5)])
    ours = tr.Compose([inner, tr.RandomChoice([tr.DropEvent(0.5)])], seed=2)
    theirs = tr.Compose([inner, tr.RandomChoice([tr.DropEvent(0.5)])], seed=2)
    assert [ours(EVENTS) for _ in range(3)] == [theirs(EVENTS) for _ in range(3)]


def test_the_last_of_a_composition_may_return_anything():
    assert tr.Compose([tr.FlipUpDown(), len])(EVENTS) == len(EVENTS)


def test_two_seeds_in_one_composition_are_refused():
    for make in (
        lambda: tr.Compose([tr.FlipUpDown(), tr.DropEvent(0.5, seed=1)], seed=2),
        lambda: tr.RandomApply(tr.DropEvent(0.5, seed=1), seed=2),
        lambda: tr.RandomChoice([tr.DropEvent(0.5, seed=1)], seed=2),
    ):
        with pytest.raises(ParameterError, match=r"`seed` must be given once, got 2 and 1 in DropEvent; "):
            make()


def test_apply_and_choice_are_as_likely_as_they_say():
    apply = tr.RandomApply(tr.FlipUpDown(), 0.25, seed=0)
    applied = sum(apply(EVENTS) != EVENTS for _ in range(2_000))
    # Five standard deviations of a binomial draw.
    assert abs(applied - 500) < 5 * (2_000 * 0.25 * 0.75) ** 0.5
    choice = tr.RandomChoice([tr.FlipUpDown(), tr.FlipPolarity(), tr.FlipLeftRight()], seed=0)
    found = [choice(EVENTS).digest() for _ in range(1_500)]
    counts = [found.count(digest) for digest in set(found)]
    assert len(counts) == 3
    assert max(abs(count - 500) for count in counts) < 5 * (1_500 * 2 / 9) ** 0.5


@pytest.mark.parametrize(
    "transform", [tr.RandomFlipLR, tr.RandomFlipUD, tr.RandomFlipPolarity, tr.RandomTimeReversal]
)
def test_probabilities_of_0_and_1_are_never_and_always(transform):
    assert all(transform(0)(EVENTS) == EVENTS for _ in range(20))
    assert all(transform(1.0)(EVENTS) != EVENTS for _ in range(20))


def test_a_share_of_events_is_dropped_exactly():
    for share, dropped in ((0, 0), (0.25, 100), (0.5, 200), (0.9988, 400), (1, 400)):
        assert len(tr.DropEvent(share)(EVENTS)) == 400 - dropped


def test_every_event_is_as_likely_to_be_dropped():
    drop = tr.DropEvent(0.5, seed=0)
    counts = np.sum([drop.keeps(EVENTS) for _ in range(2_000)], axis=0)
    assert np.abs(counts - 1_000).max() < 5 * (2_000 / 4) ** 0.5


def test_what_is_dropped_by_area_is_one_rectangle():
    x, y = np.meshgrid(np.arange(13), np.arange(11))
    every = Events(np.arange(143), x.ravel(), y.ravel(), np.ones(143, bool), sensor_size=(13, 11))
    drop = tr.DropEventByArea(0.4, seed=0)
    corners = set()
    for _ in range(400):
        gone = every[~drop.keeps(every)]
        # 0.4 of 13 and of 11 pixels, cut down.
        assert len(gone) == 5 * 4
        assert (np.ptp(gone.x), np.ptp(gone.y)) == (4, 3)
        corners.add((int(gone.x.min()), int(gone.y.min())))
    assert {x for x, _ in corners} == set(range(9))
    assert {y for _, y in corners} == set(range(8))


def test_what_is_dropped_by_time_is_one_stretch():
    every = Events(np.arange(5_000, 6_000), [0] * 1_000, [0] * 1_000, [1] * 1_000, sensor_size=(1, 1))
    drop = tr.DropEventByTime(0.25, seed=0)
    starts = []
    for _ in range(300):
        gone = np.flatnonzero(~drop.keeps(every))
        assert len(gone) in (249, 250, 251)
        assert np.all(np.diff(gone) == 1)
        starts.append(gone[0])
    assert min(starts) < 50
    assert max(starts) > 700
    assert len(tr.DropEventByTime(1.0)(every)) == 0
    assert len(tr.DropEventByTime(0)(every)) == 1_000


def test_noise_adds_as_many_events_as_told_and_keeps_the_others():
    noisy = tr.UniformNoise(1_000, seed=0)(EVENTS)
    assert len(noisy) == 1_400
    both = np.concatenate([noisy.to_structured(), EVENTS.to_structured()])
    records, counts = np.unique(both, return_counts=True)
    # Each event of the recording is found once more among the noisy ones.
    assert np.isin(EVENTS.to_structured(), records[counts >= 2]).all()
    assert noisy.t[0] == EVENTS.t[0]
    assert noisy.t[-1] == EVENTS.t[-1]


def test_noise_is_spread_evenly():
    still = Events([0, 99], [0, 0], [0, 0], [0, 0], sensor_size=(10, 10))
    noisy = tr.UniformNoise(100_000, seed=0)(still)
    for column, places in ((noisy.t, 100), (noisy.x, 10), (noisy.y, 10), (noisy.p, 2)):
        counts = np.bincount(column.astype(np.int64), minlength=places)
        expected = 100_000 / places
        assert np.abs(counts - expected).max() < 5 * expected**0.5


def test_jitter_has_its_covariance():
    n = 100_000
    middle = Events(np.zeros(n, np.int64), [500] * n, [500] * n, [1] * n, sensor_size=(1_000, 1_000))
    moved = tr.SpatialJitter(var_x=100, var_y=400, sigma_xy=-120, seed=0)(middle)
    assert len(moved) == n
    found = np.cov(moved.x, moved.y)
    # Rounding to whole pixels adds 1/12 to the variances.
    np.testing.assert_allclose(found, [[100 + 1 / 12, -120], [-120, 400 + 1 / 12]], rtol=0.03)
    assert abs(moved.x.mean() - 500) < 0.2


def test_jitter_drops_what_leaves_the_sensor():
    events = Events(np.zeros(1_000, np.int64), [0] * 1_000, [0] * 1_000, [1] * 1_000, sensor_size=(20, 20))
    found = tr.SpatialJitter(var_x=4, var_y=0, seed=0)(events)
    # Half of a normal draw is above 0; -0.5 to 0 rounds to 0.
    assert abs(len(found) - 599) < 5 * (1_000 / 4) ** 0.5
    assert tr.SpatialJitter(var_x=0, var_y=0)(events) == events


def test_jittered_times_have_their_deviation_and_their_events():
    still = Events([10_000] * 50_000, [1] * 50_000, [1] * 50_000, [1] * 50_000, sensor_size=(2, 2))
    found = tr.TimeJitter(std_us=100, seed=0)(still)
    assert len(found) == 50_000
    assert abs(found.t.std() - 100) < 2
    assert tr.TimeJitter(std_us=0)(EVENTS) == EVENTS


def test_the_four_drops_of_event_drop_are_as_likely():
    drop = tr.EventDrop(seed=0)
    nothing = sum(len(drop(EVENTS)) == len(EVENTS) for _ in range(1_000))
    # A quarter, and the rectangles in which nothing lies.
    assert 0.2 < nothing / 1_000 < 0.4


@pytest.mark.parametrize("seed", [-1, 0.5, True, "0"])
def test_a_seed_must_be_a_whole_number(seed):
    with pytest.raises(ParameterError, match=r"`seed` must be a whole number of at least 0, or None, got"):
        tr.DropEvent(0.5, seed=seed)


def test_other_generators_are_refused():
    with pytest.raises(DtypeError, match=r"`rng` must be a `numpy.random.Generator`, got RandomState; pass"):
        tr.DropEvent(0.5)(EVENTS, rng=np.random.RandomState(0))


def test_frames_that_remain_keep_their_order():
    frames = np.arange(8 * 6).reshape(8, 2, 3)
    delete = tr.RandomTemporalDelete(5, seed=0)
    seen = set()
    for _ in range(1_000):
        found = delete(frames)
        kept = (found[:, 0, 0] // 6).tolist()
        assert kept == sorted(set(kept))
        assert len(kept) == 5
        np.testing.assert_array_equal(found, frames[kept])
        seen.add(tuple(kept))
    # 56 choices of 5 in 8.
    assert len(seen) == 56
