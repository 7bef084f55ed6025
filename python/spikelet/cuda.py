"""CuPy, which compiles CUDA kernels and launches them: the one file that imports it, when it is first needed.

CuPy's own compilation of source text always flushes subnormal numbers to 0, which no other engine does; so
NVRTC is called here, and the result is kept on disk beside CuPy's.
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, final

from spikelet.errors import EngineError

__all__ = ["OPTIONS", "compiled", "kernel", "launch", "refusal"]

# Equal bits on every engine: no fused multiply-add, IEEE division, subnormal numbers kept (NVRTC's defaults).
OPTIONS = ("--fmad=false", "--std=c++17")
_BLOCK = 128


@final
@dataclass(frozen=True)
class _Stream:
    """The address of a stream in the form that CuPy takes from other libraries."""

    address: int

    def __cuda_stream__(self) -> tuple[int, int]:
        """Version of the protocol, and the address."""
        return 0, self.address


@lru_cache(maxsize=1)
def refusal(extra: str) -> str:
    """Why kernels cannot be compiled here; empty where they can.

    Args:
        extra: the optional dependency that would bring CuPy.
    """
    try:
        if _cupy().cuda.runtime.is_hip:
            return "the installed CuPy is for ROCm, which has no kernels yet"
        _cupy().cuda.nvrtc.getVersion()
    # A broken optional package is a reason too, whatever it raises.
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "cupy":
            return f'CuPy, which compiles CUDA kernels, is not installed; `pip install "spikelet[{extra}]"`'
        return f'CuPy does not load, {error}; `pip install --force-reinstall "spikelet[{extra}]"`'
    return ""


@lru_cache(maxsize=1024)
def kernel(text: str, name: str, device: int) -> Any:
    """The function `name` of `text`, compiled for a device, at once where that was done before.

    Raises:
        EngineError: the compiler refuses the text.
    """
    cupy = _cupy()
    # CuPy loads a function for the device that is current.
    with cupy.cuda.Device(device) as current:
        path = compiled(text, current.compute_capability)
        return cupy.RawModule(path=str(path)).get_function(name)


def launch(kernel: Any, *, threads: int, arguments: tuple[Any, ...], device: int, stream: int) -> None:
    """Puts a kernel on a stream, and does not wait for it.

    Args:
        kernel: what the function `kernel` returned for this device.
        threads: at least so many.
        arguments: integers, also for addresses, and numpy arrays of one element, each passed by value.
        device: number of the device.
        stream: address of a stream of that device.
    """
    cuda = _cupy().cuda
    blocks = -(-threads // _BLOCK)
    with cuda.Device(device), cuda.Stream.from_external(_Stream(stream)):
        kernel((blocks,), (_BLOCK,), arguments)


def compiled(text: str, capability: str) -> Path:
    """A file with the machine code of `text`.

    Args:
        text: CUDA C++.
        capability: of the device, such as `90`.
    Raises:
        EngineError: the compiler refuses the text.
    """
    nvrtc = _cupy().cuda.nvrtc
    known = [arch for arch in nvrtc.getSupportedArchs() if arch <= int(capability)]
    # A device that is newer than the compiler takes the newest virtual machine's code instead.
    is_known = int(capability) in known
    target = f"sm_{capability}" if is_known else f"compute_{max(known, default=capability)}"
    key = hashlib.sha256(repr((text, target, OPTIONS, nvrtc.getVersion())).encode()).hexdigest()
    path = _folder() / f"spikelet-{key}.{'cubin' if is_known else 'ptx'}"
    if not path.exists():
        code = _compile(text, target)
        # Written under another name first: a killed process or two at once leave nothing broken.
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            file.write(code if isinstance(code, bytes) else code.encode())
        Path(file.name).replace(path)
    return path


def _compile(text: str, target: str) -> bytes | str:
    nvrtc = _cupy().cuda.nvrtc
    program = nvrtc.createProgram(text, "spikelet.cu", (), ())
    try:
        nvrtc.compileProgram(program, (*OPTIONS, f"--gpu-architecture={target}"))
        return nvrtc.getCUBIN(program) if target.startswith("sm_") else nvrtc.getPTX(program)
    except nvrtc.NVRTCError as error:
        log = nvrtc.getProgramLog(program)
        raise EngineError(f"kernels must compile for {target}, got an error of NVRTC: {log}") from error
    finally:
        nvrtc.destroyProgram(program)


@lru_cache(maxsize=1)
def _folder() -> Path:
    """Where compiled kernels are kept: CuPy's folder, or one for this process where it cannot be written."""
    folder = Path(os.environ.get("CUPY_CACHE_DIR") or Path.home() / ".cupy" / "kernel_cache")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="spikelet-"))
    return folder


@lru_cache(maxsize=1)
def _cupy() -> Any:
    return import_module("cupy")
