"""Where the randomness of a transform comes from: the caller, a seed, or the operating system."""

from multiprocessing import current_process
from threading import Lock
from typing import final
from zlib import crc32

import numpy as np

from spikelet.errors import DtypeError, ParameterError

_MAIN = "MainProcess"


@final
class Draws:
    r"""A generator for each call of one object.

    Without a seed every call asks the operating system, so nothing ever repeats. With one, call $k$ in the
    process named $P$ draws from $(\mathrm{seed}, \mathrm{key}, P, k)$: the same in every run of a program,
    and different in each worker of `multiprocessing` or of a `DataLoader`: their processes have other names.

    Args:
        seed: a whole number, 0 or above, or None.
        key: separates objects of different kinds that have one seed.
        calls: calls made before.
    """

    __slots__ = ("_calls", "_key", "_lock", "_seed")

    def __init__(self, seed: int | None, *, key: str, calls: int = 0) -> None:
        self._seed = seed
        self._key = key
        self._calls = calls
        self._lock = Lock()

    def generator(self, rng: np.random.Generator | None) -> np.random.Generator:
        """`rng` where the caller brings one, otherwise that of the next call."""
        if rng is not None:
            return _checked_generator(rng)
        if self._seed is None:
            return np.random.default_rng()
        with self._lock:
            call = self._calls
            self._calls += 1
        process = current_process().name
        place = 0 if process == _MAIN else crc32(process.encode())
        return np.random.default_rng([self._seed, crc32(self._key.encode()), place, call])

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self._seed, self._key, self._calls)


def checked_seed(seed: object) -> int | None:
    """`seed` as a plain integer, or None."""
    if seed is None:
        return None
    if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ParameterError(f"`seed` must be a whole number of at least 0, or None, got {seed!r}")
    return int(seed)


def _checked_generator(rng: object) -> np.random.Generator:
    if not isinstance(rng, np.random.Generator):
        raise DtypeError(
            f"`rng` must be a `numpy.random.Generator`, got {type(rng).__name__}; "
            "pass `numpy.random.default_rng(seed)`"
        )
    return rng


def _restored(seed: int | None, key: str, calls: int) -> Draws:
    return Draws(seed, key=key, calls=calls)
