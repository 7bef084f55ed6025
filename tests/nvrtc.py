"""Compiles CUDA text with the NVRTC library of torch's or CuPy's wheels, through ctypes; needs no GPU."""

import ctypes
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest


def _library() -> ctypes.CDLL | None:
    site = Path(sysconfig.get_paths()["purelib"])
    for path in sorted(site.glob("nvidia/**/libnvrtc.so.*")) + sorted(site.glob("nvidia/**/nvrtc64*.dll")):
        if "builtins" not in path.name:
            return ctypes.CDLL(str(path))
    return None


NVRTC = _library()

needs_nvrtc = pytest.mark.skipif(NVRTC is None, reason="no NVRTC library in this environment")


@dataclass(frozen=True)
class Compiled:
    """PTX, machine code where the target is a real one, and what the compiler says of registers."""

    ptx: str
    cubin: bytes
    log: str


def compile_for(target: str, text: str, options: tuple[str, ...]) -> Compiled:
    """`text` for a target such as `sm_80` or `compute_80`; raises ValueError with the compiler's log."""
    program = ctypes.c_void_p()
    assert NVRTC.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"text.cu", 0, None, None) == 0
    given = [*options, f"--gpu-architecture={target}", "--ptxas-options=-v"]
    array = (ctypes.c_char_p * len(given))(*(option.encode() for option in given))
    try:
        status = NVRTC.nvrtcCompileProgram(program, len(given), array)
        log = _read(program, "ProgramLog").decode().rstrip("\0")
        if status != 0:
            raise ValueError(log)
        cubin = _read(program, "CUBIN") if target.startswith("sm_") else b""
        return Compiled(_read(program, "PTX").decode().rstrip("\0"), cubin, log)
    finally:
        NVRTC.nvrtcDestroyProgram(ctypes.byref(program))


def _read(program: ctypes.c_void_p, what: str) -> bytes:
    size = ctypes.c_size_t()
    assert getattr(NVRTC, f"nvrtcGet{what}Size")(program, ctypes.byref(size)) == 0
    text = ctypes.create_string_buffer(size.value)
    assert getattr(NVRTC, f"nvrtcGet{what}")(program, text) == 0
    return text.raw
