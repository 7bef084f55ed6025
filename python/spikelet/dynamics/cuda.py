"""A program's step as CUDA C++: the text that is put in front of the time loops in `cuda/`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import final

from spikelet.dynamics.printing import CUDA, function_body
from spikelet.dynamics.program import Op, Section

__all__ = ["Step", "read_step"]


@final
@dataclass(frozen=True)
class Step:
    """A program as the engines read it from its text."""

    states: tuple[str, ...]
    membrane: str
    params: tuple[str, ...]
    slope_params: tuple[str, ...]
    charge: Section
    fire: Section
    slope: Section
    adjoint: Section

    def wanting(self, params: Collection[str]) -> "Step":
        """This step with the gradients of `params` alone."""
        asked = {f"gp.{name}" for name in params}
        adjoint = self.adjoint.without_outputs(lambda key: not key.startswith("gp.") or key in asked)
        return replace(self, adjoint=adjoint)

    @property
    def reads_input(self) -> bool:
        """Whether the derivative reads `x`."""
        return "x" in self.adjoint.inputs

    def constants(self) -> dict[str, int]:
        """What the time loops know of the step when they are compiled."""
        return {
            "states": len(self.states),
            "membrane": self.states.index(self.membrane),
            "params": len(self.params),
            "slope_params": len(self.slope_params),
        }

    def backward_constants(self) -> dict[str, int]:
        """What `cuda/adjoint.cu` knows besides."""
        return {
            "threshold": self.params.index("threshold"),
            "reads_states": int(any(name.startswith("s.") for name in self.adjoint.inputs)),
        }

    def forward_text(self) -> str:
        """The device functions of `cuda/scan.cu`."""
        s, p, h = self._arrays("s"), self._params(), self._arrays("h")
        return _function(
            "void spikelet_charge(float x, const float* s, const float* p, float* h)",
            self.charge, {"x": "x", **s, **p}, h,
        ) + _function(
            "float spikelet_fire(const float* h, const float* p, float* s)",
            self.fire, {**h, **p}, s, result="z",
        )  # fmt: skip

    def backward_text(self, wanted: Collection[str]) -> str:
        """The further device functions of `cuda/adjoint.cu`, with gradients of `wanted` in their order."""
        p = self._params()
        q = {f"p.{name}": f"q[{i}]" for i, name in enumerate(self.slope_params)}
        names = {"g.z": "gz", "slope": "slope", "x": "x", **self._arrays("g"), **self._arrays("h")}
        gp = {f"gp.{name}": f"gp[{i}]" for i, name in enumerate(wanted)}
        return _function(
            "float spikelet_slope(float u, const float* q)", self.slope, {"u": "u", **q}, {}, result="slope"
        ) + _function(
            "float spikelet_adjoint(float gz, const float* g, float slope, const float* h, const float* s,\n"
            "                       float x, const float* p, float* g_out, float* gp)",
            self.adjoint, {**names, **self._arrays("s"), **p},
            self._arrays("g", "g_out") | gp, result="g.x",
        )  # fmt: skip

    def _arrays(self, kind: str, array: str = "") -> dict[str, str]:
        return {f"{kind}.{name}": f"{array or kind}[{i}]" for i, name in enumerate(self.states)}

    def _params(self) -> dict[str, str]:
        return {f"p.{name}": f"p[{i}]" for i, name in enumerate(self.params)}


def read_step(program: str) -> Step:
    """The step that a program's text describes; the text is the package's own and not checked again."""
    head, *parts = program.removesuffix("end\n").split("section ")
    given = {key: tuple(names) for key, *names in (line.split() for line in head.splitlines())}
    sections = {name: _section(lines) for name, *lines in (part.splitlines() for part in parts)}
    return Step(
        states=given["states"],
        membrane=given["membrane"][0],
        params=given["step_params"],
        slope_params=given["slope_params"],
        charge=sections["charge"],
        fire=sections["fire"],
        slope=sections["slope"],
        adjoint=sections["adjoint"],
    )


def _section(lines: list[str]) -> Section:
    ops = [line.split(" = ")[1].split() for line in lines if " = " in line]
    outputs = [line.split(" <- ") for line in lines if " <- " in line]
    return Section(
        ops=tuple(Op(name, tuple(operands)) for name, *operands in ops),
        outputs=tuple((name, operand) for name, operand in outputs),
    )


def _function(
    head: str, section: Section, names: Mapping[str, str], places: Mapping[str, str], *, result: str = ""
) -> str:
    """A device function. Outputs go to their places at the end, since a place may also be an input."""
    lines, outputs = function_body(section, dict(names), CUDA)
    # A gradient that the derivative lacks is none: 0.
    found = {name: outputs.get(name, "0.0f") for name in places}
    body = [*lines, *(f"{place} = {found[name]};" for name, place in places.items())]
    body += [f"return {outputs[result]};"] if result else []
    return "\n".join(
        [f"__device__ __forceinline__ {head} {{", *(f"    {line}" for line in body), "}", "", ""]
    )
