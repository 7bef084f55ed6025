"""Events as text for a page: steps of time and addresses, deflated, in base64."""

import base64
import zlib

import numpy as np
from numpy.typing import NDArray

from spikelet.events.columns import Columns

_BITS = 7


def packed_text(columns: Columns, *, width: int) -> str:
    """What `unpack.js` reads: sorted events on a sensor `width` pixels wide, `y` from above."""
    t, x, y, p = columns
    steps = np.diff(t, prepend=t[:1])
    addresses = (y.astype(np.int64) * width + x) * 2 + p
    content = _steps_as_bytes(steps) + _planes(addresses)
    return base64.b64encode(zlib.compress(content, 6)).decode("ascii")


def _steps_as_bytes(steps: NDArray[np.int64]) -> bytes:
    """Whole numbers of 7 bits a byte, low ones first, the highest bit where more follow."""
    lengths = np.ones(len(steps), np.int64)
    rest = steps >> _BITS
    while rest.any():
        lengths += rest > 0
        rest = rest >> _BITS
    ends = np.cumsum(lengths)
    places = ends - lengths
    out = np.zeros(int(ends[-1]) if len(ends) > 0 else 0, np.uint8)
    for place in range(int(lengths.max(initial=0))):
        has = lengths > place
        more = (lengths[has] > place + 1).astype(np.uint8) << _BITS
        out[places[has] + place] = ((steps[has] >> (_BITS * place)) & 127).astype(np.uint8) | more
    return out.tobytes()


def _planes(addresses: NDArray[np.int64]) -> bytes:
    """The lowest byte of each address, then the next byte of each, as many as the largest needs."""
    count = max(1, -(-int(addresses.max(initial=0)).bit_length() // 8))
    return b"".join(((addresses >> (8 * i)) & 255).astype(np.uint8).tobytes() for i in range(count))
