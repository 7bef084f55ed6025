"""Few cases out of a large grid, such that every pair, and every triple of some axes, occurs."""

import random
from collections.abc import Mapping, Sequence
from itertools import combinations, product


def covering(axes: Mapping[str, Sequence], *, triples: Sequence[str] = ()) -> list[dict]:
    """Cases that show every pair of values of two axes, and every triple of the axes named in `triples`.

    Greedy and the same at every call: each case begins with a combination not shown yet, and takes for every
    other axis the value that shows most of the rest.
    """
    rng = random.Random(0)
    groups = [*combinations(axes, 2), *combinations(triples, 3)]
    # Values are known by their place, so that they need no hash.
    missing = {(names, at) for names in groups for at in product(*(range(len(axes[n])) for n in names))}
    waiting = sorted(missing)
    rng.shuffle(waiting)
    touching = {name: [names for names in groups if name in names] for name in axes}
    cases = []
    for names, at in waiting:
        if (names, at) not in missing:
            continue
        case = dict(zip(names, at, strict=True))
        rest = [name for name in axes if name not in case]
        rng.shuffle(rest)
        for name in rest:
            gains = [_gain({**case, name: i}, touching[name], missing) for i in range(len(axes[name]))]
            best = max(gains)
            case[name] = rng.choice([i for i, gain in enumerate(gains) if gain == best])
        missing -= {(names, tuple(case[n] for n in names)) for names in groups}
        cases.append({name: axes[name][case[name]] for name in axes})
    return cases


def _gain(case, groups, missing):
    return sum(
        (names, tuple(case[n] for n in names)) in missing for names in groups if all(n in case for n in names)
    )
