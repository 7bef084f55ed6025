"""Between the engine and CuPy: reasons, files of compiled kernels, device and stream of a launch."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from nvrtc import compile_for, needs_nvrtc
from spikelet import cuda
from spikelet.errors import EngineError

TEXT = 'extern "C" __global__ void triple(float* x) { *x = *x * 3.0f; }'


class Nvrtc:
    """CuPy's binding of NVRTC, over the same library."""

    NVRTCError = ValueError

    def __init__(self):
        self.compiled = 0
        self.version = (13, 0)

    def getVersion(self):
        return self.version

    def getSupportedArchs(self):
        return [75, 80, 90]

    def createProgram(self, text, name, headers, include_names):
        assert (headers, include_names) == ((), ())
        return {"text": text}

    def compileProgram(self, program, options):
        *others, target = options
        self.compiled += 1
        try:
            program["made"] = compile_for(
                target.removeprefix("--gpu-architecture="), program["text"], tuple(others)
            )
        except ValueError as error:
            program["log"] = str(error)
            raise

    def getCUBIN(self, program):
        return program["made"].cubin

    def getPTX(self, program):
        return program["made"].ptx

    def getProgramLog(self, program):
        return program["log"]

    def destroyProgram(self, program):
        program.clear()


class Cupy:
    """The parts of CuPy that are used; notes what is current when something is loaded or launched."""

    def __init__(self):
        self.current = []
        self.noted = []
        stream = SimpleNamespace(from_external=lambda outer: self._entered(outer.__cuda_stream__()))
        self.cuda = SimpleNamespace(
            Device=lambda number: self._entered(number), Stream=stream, nvrtc=Nvrtc(),
            runtime=SimpleNamespace(is_hip=False),
        )  # fmt: skip

    @contextmanager
    def _entered(self, what):
        self.current.append(what)
        yield SimpleNamespace(compute_capability="80")
        self.current.pop()

    def RawModule(self, *, path):
        def get_function(name):
            self.noted.append((path, name, list(self.current)))
            return lambda *launch: self.noted.append((launch, list(self.current)))

        return SimpleNamespace(get_function=get_function)


def forget():
    for function in (cuda.refusal, cuda.kernel, cuda._folder, cuda._cupy):
        function.cache_clear()


@pytest.fixture
def cupy(monkeypatch, tmp_path):
    """A CuPy that is not there, with a folder of its own."""
    monkeypatch.setenv("CUPY_CACHE_DIR", str(tmp_path / "kernels"))
    made = Cupy()
    monkeypatch.setattr(cuda, "import_module", lambda name: {"cupy": made}[name])
    forget()
    yield made
    forget()


def import_fails(error):
    def fail(name):
        assert name == "cupy"
        raise error

    return fail


def test_a_missing_cupy_is_a_reason_that_names_the_cure(cupy, monkeypatch):
    monkeypatch.setattr(cuda, "import_module", import_fails(ModuleNotFoundError("No module", name="cupy")))
    assert cuda.refusal("cuda") == (
        'CuPy, which compiles CUDA kernels, is not installed; `pip install "spikelet[cuda]"`'
    )


@pytest.mark.parametrize(
    "error", [ImportError("no libcudart"), ModuleNotFoundError("no numpy", name="numpy")]
)
def test_a_broken_cupy_is_a_reason_too(cupy, monkeypatch, error):
    monkeypatch.setattr(cuda, "import_module", import_fails(error))
    assert cuda.refusal("cuda12").startswith(f"CuPy does not load, {error}; `pip install")
    assert cuda.refusal("cuda12").endswith('"spikelet[cuda12]"`')


def test_a_cupy_without_its_compiler_is_a_reason_too(cupy):
    cupy.cuda.nvrtc.getVersion = import_fails(RuntimeError())
    assert cuda.refusal("cuda").startswith("CuPy does not load")


def test_a_cupy_for_rocm_is_a_reason_too(cupy):
    cupy.cuda.runtime.is_hip = True
    assert "ROCm" in cuda.refusal("cuda")


def test_nothing_is_refused_where_cupy_loads(cupy):
    assert cuda.refusal("cuda") == ""


@needs_nvrtc
def test_a_text_is_compiled_once_and_kept_on_disk(cupy, tmp_path):
    first, second = cuda.compiled(TEXT, "80"), cuda.compiled(TEXT, "80")
    assert first == second
    assert first.parent == tmp_path / "kernels"
    assert first.read_bytes().startswith(b"\x7fELF")
    assert cupy.cuda.nvrtc.compiled == 1
    assert [path.suffix for path in first.parent.iterdir()] == [".cubin"]


@needs_nvrtc
def test_another_text_device_or_compiler_is_another_file(cupy):
    nvrtc = cupy.cuda.nvrtc
    files = [cuda.compiled(TEXT, "80"), cuda.compiled(TEXT, "90"), cuda.compiled(TEXT + " ", "80")]
    nvrtc.version = (13, 1)
    files.append(cuda.compiled(TEXT, "80"))
    assert len({*files}) == nvrtc.compiled == 4


@needs_nvrtc
def test_a_device_newer_than_the_compiler_gets_code_of_the_newest_virtual_one(cupy):
    path = cuda.compiled(TEXT, "999")
    assert path.suffix == ".ptx"
    assert ".target sm_90" in path.read_text()


@needs_nvrtc
def test_subnormal_numbers_are_kept(cupy):
    assert "mul.rn.f32" in cuda.compiled(TEXT, "999").read_text()


@needs_nvrtc
def test_what_does_not_compile_raises_with_the_log_and_leaves_no_file(cupy, tmp_path):
    with pytest.raises(
        EngineError, match=r"(?s)kernels must compile for sm_80, got an error of NVRTC: .*nonsense"
    ):
        cuda.compiled("nonsense", "80")
    assert not list((tmp_path / "kernels").iterdir())


@needs_nvrtc
def test_a_folder_that_cannot_be_made_is_replaced_for_this_process(cupy, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CUPY_CACHE_DIR", str(tmp_path / "file" / "kernels"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    path = cuda.compiled(TEXT, "80")
    assert path.exists()
    assert path.parent.parent == tmp_path


@needs_nvrtc
def test_a_kernel_is_loaded_on_its_device_and_launched_on_the_given_stream(cupy):
    function = cuda.kernel(TEXT, "triple", 3)
    assert cuda.kernel(TEXT, "triple", 3) is function
    cuda.launch(function, threads=1000, arguments=(7,), device=3, stream=99)
    (path, name, loaded_on), ((grid, block, arguments), launched_on) = cupy.noted
    assert (path, name) == (str(cuda.compiled(TEXT, "80")), "triple")
    assert loaded_on == [3]
    assert launched_on == [3, (0, 99)]
    assert grid[0] * block[0] >= 1000 > (grid[0] - 1) * block[0]
    assert arguments == (7,)
    assert not cupy.current
