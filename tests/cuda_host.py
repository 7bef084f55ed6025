"""The CUDA engine without a device: its kernels compiled as C++, launched as CuPy would launch them."""

import ctypes
import hashlib
import shutil
import subprocess
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch

from spikelet import cuda
from spikelet.engine import cuda as engine
from spikelet.engine import eager, operator

SOURCES = Path(__file__).resolve().parent.parent / "cuda"
COMPILER = shutil.which("g++") or shutil.which("clang++")
# Not the block of the device, nor a divisor of any size here: results must not depend on it.
BLOCK = 37

needs_compiler = pytest.mark.skipif(
    COMPILER is None, reason="no C++ compiler (g++ or clang++) on this machine"
)


def build(folder, text):
    """A library of `text` after `host.h`."""
    name = hashlib.sha256(text.encode()).hexdigest()
    source, library = folder / f"{name}.cpp", folder / f"{name}.so"
    source.write_text(f'#include "{SOURCES / "host.h"}"\n{text}')
    flags = ["-std=c++17", "-O2", "-ffp-contract=off", "-fPIC", "-shared", "-Wno-unknown-pragmas"]
    done = subprocess.run(
        [COMPILER, *flags, source, "-o", library], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return ctypes.CDLL(str(library))


class Host:
    """Compiled kernels by their text; stands where `spikelet.cuda` does."""

    def __init__(self, folder):
        self.folder = folder
        self.functions = {}
        self.numbers = count()

    def compile(self, kernels):
        """Compiles pairs of text and name at once, each in a namespace of its own."""
        parts, made = [], []
        for text, name in dict.fromkeys(kernels):
            if (text, name) not in self.functions:
                number = next(self.numbers)
                made.append(((text, name), number))
                parts.append(_wrapped(text, name, number))
        if parts:
            library = build(self.folder, "\n".join(parts))
            for key, number in made:
                self.functions[key] = (
                    getattr(library, f"launch_{number}"),
                    getattr(library, f"size_{number}")(),
                )

    def kernel(self, text, name, device):
        assert device == 0
        self.compile([(text, name)])
        return self.functions[text, name]

    def launch(self, kernel, *, threads, arguments, device, stream):
        """As CuPy: an integer becomes 64 bits, a numpy array of one element goes by value."""
        assert (device, stream) == (0, 0)
        launch, size = kernel
        held = [_held(argument, size) for argument in arguments]
        addresses = (ctypes.c_void_p * len(held))(*(address for _, address in held))
        launch(ctypes.c_uint(-(-threads // BLOCK)), ctypes.c_uint(BLOCK), addresses)


class Recorder:
    """Notes which kernels are asked for, and runs none."""

    def __init__(self):
        self.kernels = []

    def kernel(self, text, name, device):
        del device
        self.kernels.append((text, name))

    def launch(self, kernel, **_):
        pass


@contextmanager
def instead_of_a_device(host, *, is_wide):
    """Inside, the operator runs the CUDA engine for tensors of the CPU."""
    with pytest.MonkeyPatch.context() as patch, torch.library._scoped_library("spikelet", "IMPL") as library:
        patch.setattr(cuda, "kernel", host.kernel)
        patch.setattr(cuda, "launch", host.launch)
        patch.setattr(engine, "_place", lambda like: (0, 0))
        patch.setattr(engine, "_processors", lambda device: 0 if is_wide else 1 << 40)
        # Tensors of a device take the operator, those of the CPU a shorter way.
        patch.setattr(eager, "scan", lambda *operands, wants_last: operator.scan(*operands)[:2])
        library.impl("scan", engine.forward, "CPU", allow_override=True)
        library.impl("scan_backward", engine.backward, "CPU", allow_override=True)
        yield


def _wrapped(text, name, number):
    return f"""
namespace kernel_{number} {{
#define {name} {name}_{number}
{text}
#undef {name}
extern "C" void launch_{number}(unsigned blocks, unsigned threads, void** arguments) {{
    spikelet_launch({name}_{number}, blocks, threads, arguments);
}}
extern "C" int size_{number}() {{ return sizeof(spikelet_values); }}
}}"""


def _held(argument, size):
    if isinstance(argument, np.ndarray):
        assert argument.shape == (1,)
        assert argument.nbytes == size
        return argument, argument.ctypes.data
    assert type(argument) is int
    number = ctypes.c_longlong(argument)
    return number, ctypes.addressof(number)
