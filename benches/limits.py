"""What memory allows at most, beside which the neurons are looked at: copies and sums of whole arrays.

torch stores plainly, which reads each line before it is filled; the streamed forms are C, built when they
are asked for.
"""

import ctypes
import subprocess
import tempfile
from pathlib import Path

import torch

from harness import Staged

COPIES = ("copy of x", "copy of x, streamed")
# The last one finds memory as a backward pass does: one array was just written, past the cache, among others.
SUMS = ("sum of two", "sum of two, streamed", "sum of two, streamed, one just written")


def closure(name, x, grad, *, threads):
    """The run of one of these names over arrays of the size of `x`."""
    out = torch.rand_like(x)
    if name == COPIES[0]:
        return lambda: out.copy_(x)
    if name == SUMS[0]:
        return lambda: torch.add(x, grad, out=out)
    library, count = _built(), ctypes.c_size_t(x.numel())
    assert x.numel() % 4096 == 0 == out.data_ptr() % 64, "whole blocks of aligned memory"

    def call(function, *arrays):
        function(*(ctypes.c_void_p(array.data_ptr()) for array in arrays), count, ctypes.c_int(threads))

    if name == COPIES[1]:
        return lambda: call(library.copy, x, out)
    if name == SUMS[1]:
        return lambda: call(library.sum, x, grad, out)
    spikes, kept = torch.rand_like(x), torch.rand_like(x)

    def forward():
        call(library.copy, x, spikes)
        call(library.copy, x, kept)
        return kept

    return Staged(forward, lambda kept: call(library.sum, kept, grad, out))


def _built():
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "limits.so"
        source = Path(__file__).with_suffix(".c")
        flags = ["-O3", "-march=native", "-fopenmp", "-shared", "-fPIC"]
        try:
            subprocess.run(["cc", *flags, str(source), "-o", str(made)], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise ImportError(f"no C compiler that builds it: {error}") from error
        return ctypes.CDLL(str(made))
