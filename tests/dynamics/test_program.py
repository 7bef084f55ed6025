"""What a program is made of: shared and hoisted expressions, its hash, and its text in other languages."""

from dataclasses import replace
from itertools import product

import pytest
import torch

from spikelet import _core, neurons
from spikelet.dynamics import exp, where
from spikelet.dynamics.printing import CUDA, RUST, function_body, readable
from spikelet.dynamics.program import Op, Section, bits_of, float_of
from spikelet.dynamics.tracing import trace
from spikelet.engine import Above, AtOrAbove, Equations
from spikelet.errors import EngineError
from spikelet.neurons import IF, LIF, Neuron, learn, param, state
from spikelet.neurons.built_in import programs
from spikelet.reset import Hard, NoReset, Soft
from spikelet.surrogate import ATan, FastSigmoid, Sigmoid


def program(neuron):
    return neuron.prepared().ready.program


def equations(charge, *, after=None, states=("v",), params=("a", "b", "threshold")):
    return Equations(
        states=states, membrane="v", params=params, options={}, charge=charge, after=after,
        reset=Soft(), surrogate=ATan(), rule=AtOrAbove(),
    )  # fmt: skip


def charge_of(expression):
    return trace(equations(lambda s, x, p: s.replace(v=expression(s.v, x, p)))).charge


def names(section):
    return [op.name for op in section.ops]


LIF_TEXT = """\
spikelet-program 1
states v
membrane v
step_params v_leak tau threshold reset.to
slope_params d1 d0
section charge
%0 = sub s.v p.v_leak
%1 = sub x %0
%2 = div %1 p.tau
%3 = add s.v %2
h.v <- %3
section fire
%0 = spike_ge h.v p.threshold
%1 = mul %0 p.reset.to
%2 = sub 0x3f800000 %0
%3 = mul %2 h.v
%4 = add %1 %3
z <- %0
s.v <- %4
section slope
%0 = mul u p.d1
%1 = mul %0 %0
%2 = add %1 0x3f800000
%3 = div p.d0 %2
slope <- %3
"""


def test_the_text_of_the_leaky_neuron():
    # Charge, fire and slope are the three lines of its docstring; the derivative has a test of its own.
    assert program(LIF()).text.split("section adjoint")[0] == LIF_TEXT


def test_the_derivative_of_the_leaky_neuron_reads_neither_input_nor_state():
    # dh = dz g + dv r, then dx = dh / tau and dv' = dh - dh / tau: of the charged membrane alone.
    made = program(LIF())
    assert {name for name in made.backward_of_input.inputs if name[:2] in ("s.", "h.", "x")} == {"h.v"}
    assert not made.reads_input(params=False)
    # The increment is h - s, so that not even the gradient of tau needs the input.
    assert not made.reads_input(params=True)


def test_the_derivative_of_the_leaky_neuron_by_hand():
    made = program(LIF())
    numbers = {"p.tau": 4.0, "p.v_leak": 0.25, "p.threshold": 1.0, "p.reset.to": 0.5}
    v, x, slope, gz, gv = 1.5, 2.75, 0.5, 3.0, -2.0
    h = made.charge.run({"s.v": v, "x": x, **numbers})["h.v"]
    assert h == 1.5 + (2.75 - 1.25) / 4
    fired = made.fire.run({"h.v": h, **numbers})
    assert (fired["z"], fired["s.v"]) == (1.0, 0.5)
    found = made.adjoint.run({"g.z": gz, "g.v": gv, "slope": slope, "h.v": h, "s.v": v, "x": x, **numbers})
    # d spike = gz + gv (to - h), and none of v passes the reset of a neuron that has spiked.
    through_spike = (gz + gv * (0.5 - h)) * slope
    assert found["g.x"] == pytest.approx(through_spike / 4)
    assert found["g.v"] == pytest.approx(through_spike * (1 - 1 / 4))
    assert found["gp.threshold"] == pytest.approx(-through_spike)
    assert found["gp.v_leak"] == pytest.approx(through_spike / 4)
    assert found["gp.tau"] == pytest.approx(-through_spike * (2.75 - 1.25) / 16)


def test_equal_expressions_are_computed_once():
    section = charge_of(lambda v, x, p: (x - v) * (x - v) + abs(x - v))
    assert names(section) == ["sub", "mul", "abs", "add"]
    assert charge_of(lambda v, x, p: x**2 + x**3).text() == (
        "%0 = mul x x\n%1 = mul %0 x\n%2 = add %0 %1\nh.v <- %2"
    )


def test_an_order_that_may_round_otherwise_is_kept():
    assert names(charge_of(lambda v, x, p: (v + x) + v)) == names(charge_of(lambda v, x, p: v + (x + v)))
    assert charge_of(lambda v, x, p: (v + x) + v).text() != charge_of(lambda v, x, p: v + (x + v)).text()


def test_no_operation_is_left_that_no_output_needs():
    made = trace(equations(lambda s, x, p: s.replace(v=s.v + x, u=s.u), states=("v", "u")))
    for section in (made.charge, made.fire, made.slope, made.adjoint, made.backward_of_input, made.derive):
        read = {operand for op in section.ops for operand in op.operands}
        read |= {operand for _, operand in section.outputs}
        assert {f"%{index}" for index in range(len(section.ops))} <= read


def test_expressions_of_parameters_alone_are_hoisted_whole():
    made = trace(equations(lambda s, x, p: s.replace(v=s.v * exp(-1.0 / p.a) + x * (p.a + p.b) * 2.0)))
    assert names(made.charge) == ["mul", "mul", "mul", "add"]
    assert "exp" in names(made.derive)
    assert made.tensors == ("d0", "d1", "threshold")
    values = {f"p.{name}": torch.tensor(value) for name, value in (("a", 4.0), ("b", 0.5))}
    derived = made.derived_tensors.run(values)
    assert torch.equal(derived["p.d0"], torch.exp(-1.0 / torch.tensor(4.0)))
    assert derived["p.d1"] == 4.5


def test_a_hoisted_expression_is_shared_by_all_sections_that_use_it():
    made = trace(
        equations(
            lambda s, x, p: s.replace(v=s.v * (1.0 - p.a) + x),
            after=lambda s, z, p: s.replace(v=s.v * (1.0 - p.a)),
        )
    )
    assert made.tensors == ("d0", "threshold")
    assert "p.d0" in made.charge.inputs
    assert "p.d0" in made.fire.inputs
    assert "p.d0" in made.adjoint.inputs


def test_a_hoisted_choice_between_parameters_stays_whole():
    made = trace(equations(lambda s, x, p: s.replace(v=s.v + x * where(p.a > p.b, p.a, 2.0))))
    assert made.tensors[0] == "d0"
    values = {"p.a": torch.tensor(3.0), "p.b": torch.tensor(1.0)}
    assert made.derived_tensors.run(values)["p.d0"] == 3.0


def test_a_parameter_that_nothing_reads_is_not_passed():
    made = trace(equations(lambda s, x, p: s.replace(v=s.v + x)))
    assert made.tensors == ("threshold",)


class Hoisted(Neuron):
    tau = param(3.0, above=0.0)
    v = state(rest=0.0, membrane=True)

    @staticmethod
    def charge(s, x, p):
        return s.replace(v=s.v * exp(-1.0 / p.tau) + x)


def test_a_learnable_parameter_gets_its_gradient_through_what_is_hoisted():
    x = torch.full((3, 1, 1), 0.25)
    neuron = Hoisted(tau=learn(3.0), reset=NoReset())
    _, end = neuron.scan(x)
    (grad,) = torch.autograd.grad(end.v.sum(), neuron.raw_tau)
    # v = x (1 + d + d^2) with d = exp(-1 / tau); raw tau is -log(tau).
    d = torch.tensor(-1 / 3).exp()
    assert grad == pytest.approx((0.25 * (1 + 2 * d) * d / 9 * -3).item(), rel=1e-6)


NUMBERS = [
    (LIF(), LIF(tau=7.0, v_leak=0.5, threshold=0.25)),
    (LIF(), LIF(tau=torch.full((4,), 3.0))),
    (LIF(), LIF(tau=learn(2.0))),
    (LIF(), LIF(reset=Hard(to=-3.0))),
    (LIF(), LIF(surrogate=ATan(alpha=9.0))),
    (IF(surrogate=Sigmoid()), IF(surrogate=Sigmoid(alpha=1.0))),
]


@pytest.mark.parametrize(("one", "other"), NUMBERS, ids=str)
def test_neurons_that_differ_in_numbers_share_one_program(one, other):
    assert program(one) is program(other)
    assert one.prepared().ready.text == other.prepared().ready.text


EQUATIONS = [
    LIF(), IF(), LIF(decay_input=False), LIF(reset=Soft()), LIF(reset=Soft(detach=True)),
    LIF(reset=NoReset()), LIF(reset=Hard(detach=True)), LIF(rule=Above()), Hoisted(),
]  # fmt: skip


def test_neurons_that_differ_in_their_equations_have_hashes_of_their_own():
    assert len({program(neuron).hash for neuron in EQUATIONS}) == len(EQUATIONS)


def test_the_hash_of_the_slope_is_apart_from_that_of_the_step():
    kinds = [program(LIF(surrogate=surrogate)) for surrogate in (ATan(), Sigmoid(), FastSigmoid())]
    assert len({made.slope_hash for made in kinds}) == 3
    assert len({made.hash for made in kinds}) == 1
    assert kinds[0].slope_hash == program(IF(reset=Soft())).slope_hash


def test_any_change_of_content_changes_the_hash():
    made = program(LIF())
    others = [
        replace(made, states=("u",)),
        replace(made, membrane="u"),
        replace(made, charge=Section((Op("add", ("s.v", "x")),), (("h.v", "%0"),))),
        replace(made, fire=Section(made.fire.ops, made.fire.outputs[:1])),
        replace(made, adjoint=Section(made.adjoint.ops[::-1], made.adjoint.outputs)),
    ]
    assert len({made.hash, *(other.hash for other in others)}) == 6
    ones = charge_of(lambda v, x, p: v + x * 0.5), charge_of(lambda v, x, p: v + x * 0.25)
    assert ones[0].text() != ones[1].text()


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, 0.1, -3.25, 1e-40, 3.4e38, 16777217.0])
def test_constants_keep_the_bits_of_float32(value):
    rounded = torch.tensor(value, dtype=torch.float32)
    assert torch.equal(torch.tensor(float_of(bits_of(value))), rounded)
    for dialect, ending in ((RUST, "_f32"), (CUDA, "f")):
        section = Section((Op("add", ("x", bits_of(value))),), (("h.v", "%0"),))
        (line,), _ = function_body(section, {"x": "x"}, dialect)
        printed = line.split(" + ")[1].rstrip(";").removesuffix(ending)
        assert torch.equal(torch.tensor(float(printed), dtype=torch.float32), rounded)
        assert "." in printed or "e" in printed


NAMES = {
    "x": "x",
    "s.v": "s[0]",
    "h.v": "h[0]",
    **{f"p.{n}": n for n in ("tau", "v_leak", "threshold", "reset.to")},
}


def test_the_leaky_neuron_in_rust():
    lines, outputs = function_body(program(LIF()).charge, NAMES, RUST)
    assert lines == [
        "let t0 = s[0] - v_leak;", "let t1 = x - t0;", "let t2 = t1 / tau;", "let t3 = s[0] + t2;",
    ]  # fmt: skip
    assert outputs == {"h.v": "t3"}
    lines, outputs = function_body(program(LIF()).fire, NAMES, RUST)
    assert lines[0] == "let t0 = if h[0] >= threshold { 1.0 } else { 0.0 };"
    assert lines[2] == "let t2 = 1.0_f32 - t0;"
    assert outputs == {"z": "t0", "s.v": "t4"}


def test_the_leaky_neuron_in_cuda():
    lines, outputs = function_body(program(LIF(rule=Above())).fire, NAMES, CUDA)
    assert lines == [
        "const float t0 = h[0] > threshold ? 1.0f : 0.0f;", "const float t1 = t0 * reset.to;",
        "const float t2 = 1.0f - t0;", "const float t3 = t2 * h[0];", "const float t4 = t1 + t3;",
    ]  # fmt: skip
    assert outputs == {"z": "t0", "s.v": "t4"}


def test_every_operation_prints_in_every_language():
    section = charge_of(
        lambda v, x, p: (
            where(v <= x, exp(-abs(v)), where(v < x, v / x, where(v >= x, v - x, v))) * x
            + (where(v > x, x, 0.5))
        )
    )
    for dialect in (RUST, CUDA):
        lines, _ = function_body(section, {"x": "x", "s.v": "v"}, dialect)
        assert len(lines) == len(section.ops)
    rust, cuda = (function_body(section, {"x": "x", "s.v": "v"}, d)[0] for d in (RUST, CUDA))
    assert "let t0 = v <= x;" in rust
    assert "const bool t0 = v <= x;" in cuda


def test_the_leaky_neuron_for_people():
    text = readable(program(LIF()))
    assert text.startswith(
        "derived once\n"
        "  d0 = surrogate.alpha / 2\n"
        "  d1 = surrogate.alpha * 1.5708\n"
        "charge\n"
        "  v_charged = v + ((x - (v - v_leak)) / tau)\n"
        "fire\n"
        "  t0 = v_charged >= threshold\n"
        "  z = t0\n"
        "  v = (t0 * reset.to) + ((1 - t0) * v_charged)\n"
        "surrogate slope\n"
        "  t0 = u * d1\n"
        "  slope = d0 / ((t0 * t0) + 1)\n"
        "derivative\n"
    )


BUILT_IN = programs()


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_neuron_is_served_by_its_fused_step(name):
    served = _core.Kernel(BUILT_IN[name].call_text).served_by
    assert served.startswith(f"fused {name.rpartition(',')[0]}")
    assert served.endswith(", fused surrogate")


def test_every_neuron_of_the_package_is_among_the_built_in_ones():
    kinds = [getattr(neurons, name) for name in neurons.__all__]
    kinds = [
        kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Neuron) and kind is not Neuron
    ]
    hashes = {made.hash for made in BUILT_IN.values()}
    for kind in kinds:
        flags = [name for name, declared in kind.options.items() if isinstance(declared.default, bool)]
        for values in product([True, False], repeat=len(flags)):
            assert program(kind(**dict(zip(flags, values, strict=True)))).hash in hashes


def test_a_program_that_is_no_built_in_is_interpreted():
    assert _core.Kernel(Hoisted().prepared().ready.text).served_by == "interpreter"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("spikelet-program 1", "spikelet-program 2"),
            "program line 1 must be `spikelet-program 1`, got `spikelet-program 2`",
        ),
        (("= sub x", "= sin x"), "program line 8 must use an operation of the language, got `sin`"),
        (("section slope", "section slop"), "program line 20 must be `section slope`, got `section slop`"),
        (
            ("%2 = div %1", "%2 = div %7"),
            "program line 9: an operand must be computed on an earlier line, got `%7`",
        ),
        (
            ("= div %1 p.tau", "= div %1 p.tou"),
            "line 9: an operand must be an input of section `charge`, got `p.tou`",
        ),
        (
            ("0x3f800000", "0x3f80000g"),
            "line 15: an operand must be an input of section `fire`, got `0x3f80000g`",
        ),
        (("h.v <- %3\n", ""), "program line 10: section `charge` must give `h.v` before it ends"),
        (("end\n", ""), "program line 55 must be `end`, got ``"),
    ],
)
def test_a_damaged_program_is_refused_with_its_line(change, message):
    text = LIF().prepared().ready.text.replace(*change, 1)
    with pytest.raises(EngineError, match=message):
        _core.Kernel(text)


def test_input_that_is_no_program_is_refused():
    with pytest.raises(EngineError, match="program line 1 must be `spikelet-program 1`, got ``"):
        _core.Kernel("")
