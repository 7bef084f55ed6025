"""A program's step as CUDA C: the text that is put in front of `cuda/scan.cu`."""

from collections.abc import Mapping

from spikelet.dynamics.printing import CUDA, function_body
from spikelet.dynamics.program import Program, Section

__all__ = ["step_text"]


def step_text(program: Program) -> str:
    """Definitions and device functions of `program`, as `cuda/scan.cu` lists them."""
    s = {f"s.{key}": f"s[{i}]" for i, key in enumerate(program.states)}
    h = {f"h.{key}": f"h[{i}]" for i, key in enumerate(program.states)}
    g = {f"g.{key}": f"g[{i}]" for i, key in enumerate(program.states)}
    p = {f"p.{key}": f"p[{i}]" for i, key in enumerate(program.step_params)}
    q = {f"p.{key}": f"q[{i}]" for i, key in enumerate(program.slope_params)}
    g_out = {f"g.{key}": f"g_out[{i}]" for i, key in enumerate(program.states)}
    gp = {f"gp.{key}": f"gp[{i}]" for i, key in enumerate(program.step_params)}
    back = {"g.z": "gz", "slope": "slope", "x": "x", **g, **h, **s, **p}
    no_gradient = [
        f"    {place} = 0.0f;" for name, place in gp.items() if name not in dict(program.adjoint.outputs)
    ]
    functions = [
        _function("void spikelet_charge(float x, const float* s, const float* p, float* h)",
                  program.charge, {"x": "x", **s, **p}, h),
        _function("float spikelet_fire(const float* h, const float* p, float* s)",
                  program.fire, {**h, **p}, s, result="z"),
        _function("float spikelet_slope(float u, const float* q)",
                  program.slope, {"u": "u", **q}, {}, result="slope"),
        _function("float spikelet_adjoint(float gz, const float* g, float slope, const float* h,\n"
                  "                       const float* s, float x, const float* p, float* g_out, float* gp)",
                  program.adjoint, back, g_out | gp, result="g.x", first=no_gradient),
    ]  # fmt: skip
    return "\n".join([*_sizes(program), *functions, ""])


def _sizes(program: Program) -> list[str]:
    numbers = {
        "STATES": len(program.states),
        "PARAMS": len(program.step_params),
        "SLOPE_PARAMS": len(program.slope_params),
        "MEMBRANE": program.states.index(program.membrane),
        "THRESHOLD": program.step_params.index("threshold"),
        "READS_INPUT": int("x" in program.adjoint.inputs),
    }
    return [f"#define SPIKELET_{name} {number}" for name, number in numbers.items()]


def _function(
    head: str,
    section: Section,
    names: Mapping[str, str],
    places: Mapping[str, str],
    *,
    result: str = "",
    first: list[str] | None = None,
) -> str:
    """A device function; outputs go to their places at the end, since a place may also be an input."""
    lines, outputs = function_body(section, dict(names), CUDA)
    body = [*(f"    {line}" for line in lines), *(first or [])]
    body += [f"    {places[name]} = {text};" for name, text in outputs.items() if name in places]
    body += [f"    return {outputs[result]};"] if result else []
    return "\n".join([f"__device__ __forceinline__ {head} {{", *body, "}"])
