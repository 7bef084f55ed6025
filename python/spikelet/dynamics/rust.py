"""The fused Rust steps of the built-in neurons: `rust/spikelet-neurons/src/generated.rs`."""

from collections.abc import Iterable, Mapping

from spikelet.dynamics.printing import RUST, function_body
from spikelet.dynamics.program import Program, Section

__all__ = ["generated", "samples"]

_HEAD = """\
//! Fused steps and slopes of the built-in neurons, printed by `python -m spikelet.dynamics`; never edited.

#![allow(
    clippy::all,
    clippy::pedantic,
    unused_imports,
    unused_variables,
    reason = "straight-line text of a printer, in the order of the equations"
)]

use spikelet_program::math::{exp, maximum, minimum};

use crate::step::{Fused, FusedSlope, Reads, Slope, SlopeKernel, Step, StepKernel};
"""


def generated(programs: Mapping[str, Program]) -> str:
    """The text of `generated.rs` for programs by a name that says what they are."""
    steps = {program.hash: (name, program) for name, program in reversed(list(programs.items()))}
    slopes = {program.slope_hash: (name, program) for name, program in reversed(list(programs.items()))}
    parts = [_HEAD]
    parts += [_step(name, program) for name, program in steps.values()]
    parts += [_slope(name, program) for name, program in slopes.values()]
    parts.append(_table("step", "StepKernel", "Fused(S", steps))
    parts.append(_table("slope", "SlopeKernel", "FusedSlope(D", slopes))
    parts.append(_usual(next(iter(programs.values()))))
    return "\n".join(parts)


def _usual(program: Program) -> str:
    return f"""
/// The surrogate that most neurons have: their backward loops compute it themselves.
pub(crate) type Usual = D{program.slope_hash};

pub(crate) const USUAL_HASH: &str = "{program.slope_hash}";

/// How many parameters it has.
pub(crate) const USUAL_PARAMS: usize = {len(program.slope_params)};"""


def samples(programs: Mapping[str, Program]) -> str:
    """Every generated step with one surrogate each as text, on which the tests of the crate run."""
    steps: dict[str, tuple[str, Program]] = {}
    slopes: dict[str, int] = {}
    for name, program in programs.items():
        slopes.setdefault(program.slope_hash, 0)
        known = steps.get(program.hash)
        # The surrogate that has served the fewest steps so far.
        if known is None or slopes[program.slope_hash] < slopes[known[1].slope_hash]:
            if known is not None:
                slopes[known[1].slope_hash] -= 1
            slopes[program.slope_hash] += 1
            steps[program.hash] = (name, program)
    return "".join(
        f"# {program.hash} {program.slope_hash} {name}\n{program.text}" for name, program in steps.values()
    )


def _step(name: str, program: Program) -> str:
    states, params = len(program.states), len(program.step_params)
    charge, fire, adjoint = _bodies(program)
    kind = f"S{program.hash}"
    # Who named it had a surrogate too, which is no part of the step.
    name = name.rpartition(", ")[0]
    return f"""
/// {name}: states {", ".join(program.states)}; parameters {", ".join(program.step_params)}.
#[derive(Clone, Copy, Debug)]
pub(crate) struct {kind};

impl Step<{states}, {params}> for {kind} {{
    const NAME: &'static str = "{name}";
    const READS: Reads = {_reads(program.backward_of_input)};
    const PARAMS_READ: Reads = {_reads(program.adjoint)};

    #[inline(always)]
    fn charge(x: f32, s: [f32; {states}], p: [f32; {params}]) -> [f32; {states}] {{
{charge}
    }}

    #[inline(always)]
    fn fire(h: [f32; {states}], p: [f32; {params}]) -> (f32, [f32; {states}]) {{
{fire}
    }}

    #[inline(always)]
    fn adjoint(
        gz: f32,
        g: [f32; {states}],
        slope: f32,
        h: [f32; {states}],
        s: [f32; {states}],
        x: f32,
        p: [f32; {params}],
    ) -> (f32, [f32; {states}], [f32; {params}]) {{
{adjoint}
    }}
}}"""


def _bodies(program: Program) -> tuple[str, str, str]:
    """The bodies of `charge`, `fire` and `adjoint`."""
    p = {f"p.{key}": f"p[{i}]" for i, key in enumerate(program.step_params)}
    s, h, g = (
        {f"{kind}.{key}": f"{kind}[{i}]" for i, key in enumerate(program.states)} for kind in ("s", "h", "g")
    )
    found = {output for output, _ in program.adjoint.outputs}
    grads = ", ".join(f"{{gp.{key}}}" if f"gp.{key}" in found else "0.0" for key in program.step_params)
    back = {"g.z": "gz", "slope": "slope", "x": "x", **g, **h, **s, **p}
    return (
        _function(program.charge, {"x": "x", **s, **p}, _array("h.", program.states)),
        _function(program.fire, {**h, **p}, f"({{z}}, {_array('s.', program.states)})"),
        _function(program.adjoint, back, f"({{g.x}}, {_array('g.', program.states)}, [{grads}])"),
    )


def _slope(name: str, program: Program) -> str:
    params = len(program.slope_params)
    p = {f"p.{key}": f"p[{i}]" for i, key in enumerate(program.slope_params)}
    body = _function(program.slope, {"u": "u", **p}, "{slope}")
    kind = f"D{program.slope_hash}"
    return f"""
/// The surrogate of {name}.
#[derive(Clone, Copy, Debug)]
pub(crate) struct {kind};

impl Slope<{params}> for {kind} {{
    #[inline(always)]
    fn slope(u: f32, p: [f32; {params}]) -> f32 {{
{body}
    }}
}}"""


def _function(section: Section, names: dict[str, str], result: str) -> str:
    lines, outputs = function_body(section, names, RUST)
    for output, expression in outputs.items():
        result = result.replace(f"{{{output}}}", expression)
    return "\n".join(f"        {line}" for line in [*lines, result])


def _reads(section: Section) -> str:
    state = any(name.startswith("s.") for name in section.inputs)
    return f"Reads {{ state: {str(state).lower()}, input: {str('x' in section.inputs).lower()} }}"


def _array(prefix: str, names: Iterable[str]) -> str:
    return "[" + ", ".join(f"{{{prefix}{name}}}" for name in names) + "]"


def _table(function: str, trait: str, kind: str, entries: Mapping[str, object]) -> str:
    arms = "\n".join(f'        "{key}" => Some(&{kind}{key})),' for key in entries)
    return f"""
/// The fused {function} of a program, by its content hash.
pub(crate) fn {function}(hash: &str) -> Option<&'static dyn {trait}> {{
    match hash {{
{arms}
        _ => None,
    }}
}}"""
