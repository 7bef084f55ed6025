"""Two labelled recordings made into one."""

import pickle

import numpy as np
import pytest

from spikelet import transforms as tr
from spikelet.errors import DtypeError, ParameterError
from spikelet.events import Events
from transform_cases import made, rows

FIRST, SECOND = made(400, seed=1), made(500, seed=2, first_us=9_000)
MIXERS = [
    tr.EventMixup(seed=0),
    tr.EventMixup(0.4, seed=0),
    tr.EventCutMix(seed=0),
    tr.EventCutMix(0.4, seed=0),
]


@pytest.mark.parametrize("mix", MIXERS, ids=repr)
def test_mixtures_are_events_of_the_two_and_their_weights_sum_to_1(mix):
    shift = int(FIRST.t[0]) - int(SECOND.t[0])
    ones, twos = set(rows(FIRST)), {(t + shift, x, y, p) for t, x, y, p in rows(SECOND)}
    for _ in range(20):
        mixed = mix((FIRST, 3), (SECOND, 5))
        found = mixed.events
        assert Events(found.t, found.x, found.y, found.p, sensor_size=found.sensor_size) == found
        assert set(rows(found)) <= ones | twos
        assert mixed.labels == (3, 5)
        assert sum(mixed.weights) == pytest.approx(1)
        assert min(mixed.weights) >= 0


def test_mixup_thins_both_by_the_weights():
    mix = tr.EventMixup(seed=0)
    first, second = made(20_000, seed=1), made(20_000, seed=2)
    for _ in range(10):
        mixed = mix((first, 0), (Events([0], [0], [0], [1], sensor_size=(13, 11))[:0], 1))
        assert abs(len(mixed.events) - 20_000 * mixed.weights[0]) < 5 * 20_000**0.5 / 2
        mixed = mix((first[:0], 0), (second, 1))
        assert abs(len(mixed.events) - 20_000 * mixed.weights[1]) < 5 * 20_000**0.5 / 2


def test_cutmix_pastes_one_rectangle():
    x, y = np.meshgrid(np.arange(13), np.arange(11))
    on = Events(np.arange(143), x.ravel(), y.ravel(), np.ones(143, bool), sensor_size=(13, 11))
    mix = tr.EventCutMix(seed=0)
    for _ in range(50):
        mixed = mix((on, 0), (tr.FlipPolarity()(on), 1))
        # Every pixel has one event: those of the second, the off ones, fill the rectangle.
        assert len(mixed.events) == 143
        pasted = mixed.events[~mixed.events.p]
        assert len(pasted) == round(mixed.weights[1] * 143)
        if len(pasted) > 0:
            assert len(pasted) == (np.ptp(pasted.x) + 1) * (np.ptp(pasted.y) + 1)


def test_weights_are_drawn_from_the_beta_distribution():
    mix = tr.EventMixup(2.0, seed=0)
    shares = [mix((FIRST[:0], 0), (SECOND[:0], 1)).weights[0] for _ in range(3_000)]
    # Beta(2, 2) has mean 1/2 and variance 1/20.
    assert abs(np.mean(shares) - 0.5) < 5 * (0.05 / 3_000) ** 0.5
    assert abs(np.var(shares) - 0.05) < 0.005


def test_targets_are_distributions():
    mixed = tr.EventMixup(seed=0)((FIRST, 3), (SECOND, 5))
    target = mixed.target(7)
    assert target.dtype == np.float32
    np.testing.assert_allclose(target[[3, 5]], mixed.weights, rtol=1e-6)
    assert np.count_nonzero(target) == 2
    np.testing.assert_allclose(tr.EventMixup(seed=0)((FIRST, 3), (SECOND, 3)).target(4)[3], 1, rtol=1e-6)
    with pytest.raises(ParameterError, match=r"`classes` must be above every label, got 5 with label 5"):
        mixed.target(5)


@pytest.mark.parametrize("mix", MIXERS, ids=repr)
def test_mixtures_repeat_by_seed_and_copies_go_on(mix):
    twin = pickle.loads(pickle.dumps(mix))
    pair = (FIRST, 3), (SECOND, 5)
    ours, theirs = ([it(*pair) for _ in range(3)] for it in (mix, twin))
    assert [m.events for m in ours] == [m.events for m in theirs]
    assert ours[0].weights != ours[1].weights


@pytest.mark.parametrize("mix", MIXERS, ids=repr)
def test_what_does_not_go_together_is_refused(mix):
    with pytest.raises(ParameterError, match=r"of one sensor to be mixed, got \(13, 11\) .* `Resize`"):
        mix((FIRST, 0), (made(size=(5, 5)), 1))
    with pytest.raises(ParameterError, match=r"got \(13, 11\) upper-left and \(13, 11\) lower-left"):
        mix((FIRST, 0), (SECOND.with_origin("lower-left"), 1))
    with pytest.raises(ParameterError, match=r"`label` must be a whole number, got 0\.5"):
        mix((FIRST, 0.5), (SECOND, 1))
    with pytest.raises(DtypeError, match=r"`events` must be an `Events`, got list"):
        mix(([], 0), (SECOND, 1))
    with pytest.raises(DtypeError, match=r"must be pairs \(events, label\), got `Events` alone"):
        mix(FIRST, SECOND)


@pytest.mark.parametrize("kind", [tr.EventMixup, tr.EventCutMix])
@pytest.mark.parametrize(
    ("alpha", "message"), [(0, "above 0, got 0"), (-1, "at least 0, got -1"), ("1", "a number")]
)
def test_alpha_must_be_above_0(kind, alpha, message):
    with pytest.raises(ParameterError, match=rf"`alpha` must be .*{message}"):
        kind(alpha)


def test_times_that_do_not_fit_once_moved_are_refused():
    long = Events([-(2**63), 2**63 - 1], [0, 0], [0, 0], [1, 1], sensor_size=(13, 11))
    with pytest.raises(ParameterError, match=r"times must fit 64 bits once moved by \d+ us"):
        tr.EventCutMix(1e-9, seed=3)((FIRST, 0), (long, 1), rng=_always_whole())


def _always_whole():
    """A generator by which cutmix pastes the whole sensor."""

    class Whole(np.random.Generator):
        def beta(self, a, b):
            return 0.0

    return Whole(np.random.PCG64(0))
