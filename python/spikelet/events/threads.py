"""How many threads share a job."""

from functools import cache
from multiprocessing import parent_process

from spikelet import _core
from spikelet.events.numbers import checked_integer

_MOST_THREADS = 1024


def checked_threads(threads: int | None, *, is_worth_sharing: bool = True) -> int:
    """`threads`, or as many as the machine offers where None.

    A job not worth sharing takes one, and so does any in a worker process: its siblings keep the others busy.

    Raises:
        ParameterError: `threads` is no whole number from 1 to 1024.
    """
    if threads is not None:
        return checked_integer("threads", threads, least=1, most=_MOST_THREADS)
    if not is_worth_sharing or parent_process() is not None:
        return 1
    return _cores()


@cache
def _cores() -> int:
    return min(_core.available_threads(), _MOST_THREADS)
