"""Compiles CUDA text with the NVRTC library of torch's or CuPy's wheels, through ctypes; needs no GPU."""

import ctypes
import sysconfig
from pathlib import Path

import pytest

OPTIONS = (b"--fmad=false", b"--std=c++17")


def _library() -> ctypes.CDLL | None:
    site = Path(sysconfig.get_paths()["purelib"])
    for path in sorted(site.glob("nvidia/**/libnvrtc.so.*")) + sorted(site.glob("nvidia/**/nvrtc64*.dll")):
        if "builtins" not in path.name:
            return ctypes.CDLL(str(path))
    return None


NVRTC = _library()

needs_nvrtc = pytest.mark.skipif(NVRTC is None, reason="no NVRTC library in this environment")


def compile_for(architecture: str, text: str) -> str:
    """PTX or machine code for `architecture` (`sm_80`); raises with the compiler's log."""
    program = ctypes.c_void_p()
    assert NVRTC.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"scan.cu", 0, None, None) == 0
    options = [*OPTIONS, f"--gpu-architecture={architecture}".encode()]
    array = (ctypes.c_char_p * len(options))(*options)
    status = NVRTC.nvrtcCompileProgram(program, len(options), array)
    size = ctypes.c_size_t()
    NVRTC.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    NVRTC.nvrtcGetProgramLog(program, log)
    if status != 0:
        pytest.fail(f"{architecture}: {log.value.decode()}")
    NVRTC.nvrtcGetPTXSize(program, ctypes.byref(size))
    ptx = ctypes.create_string_buffer(size.value)
    NVRTC.nvrtcGetPTX(program, ptx)
    NVRTC.nvrtcDestroyProgram(ctypes.byref(program))
    return ptx.value.decode()
