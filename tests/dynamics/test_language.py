"""What the language of equations refuses, and in which words."""

import math
import operator
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spikelet.dynamics import exp, maximum, minimum, where
from spikelet.dynamics.symbols import LanguageError, variable
from spikelet.dynamics.tracing import trace
from spikelet.engine import AtOrAbove, Equations
from spikelet.errors import ParameterError
from spikelet.reset import Hard
from spikelet.surrogate import ATan


def equations(charge, **parts):
    words = {"states": ("v",), "membrane": "v", "params": ("tau", "threshold"), "options": {}, "after": None}
    words |= {"reset": Hard(), "surrogate": ATan(), "rule": AtOrAbove(), **parts}
    return Equations(charge=lambda s, x, p: s.replace(v=charge(s.v, x, p)), **words)


LANGUAGE = r"an equation must be built from \+ - \* /, exp, abs, minimum, maximum, where, got"
BRANCH = (
    r"an equation must not branch on its values \(`if`, `and`, `or`, `not`, `min`, `max`\); use "
    r"`where\(condition, a, b\)` from `spikelet.dynamics`, or an `option` for a static choice"
)

REFUSED = {
    "if": (lambda v, x, p: x if v > 0 else v, BRANCH),
    "and": (lambda v, x, p: where(v > 0 and x > 0, v, x), BRANCH),
    "not": (lambda v, x, p: where(not v > 0, v, x), BRANCH),
    "max of Python": (lambda v, x, p: max(v, x), BRANCH),
    "==": (
        lambda v, x, p: where(v == 0, x, v),
        r"two values of an equation must not be compared with `==`; use `>=` or `<=` inside `where`",
    ),
    "!=": (
        lambda v, x, p: where(v != 0, x, v),
        r"two values of an equation must not be compared with `!=`; use `>=` or `<=` inside `where`",
    ),
    "torch.sin": (lambda v, x, p: v + torch.sin(x), rf"{LANGUAGE} `torch.sin`"),
    "torch.clamp": (lambda v, x, p: torch.clamp(x, min=0.0), rf"{LANGUAGE} `torch.clamp`"),
    "a function of torch.nn": (lambda v, x, p: torch.nn.functional.relu(x), rf"{LANGUAGE} `torch.relu`"),
    "a method": (lambda v, x, p: v + x.relu(), rf"{LANGUAGE} `.relu`"),
    "an attribute": (lambda v, x, p: v + x.shape[0], rf"{LANGUAGE} `.shape`"),
    "a tensor": (
        lambda v, x, p: v + x * torch.ones(3),
        "an operand must be a value of the equation or a number, got Tensor",
    ),
    "a tensor on the left": (
        lambda v, x, p: torch.ones(3) * x,
        "`torch.mul` must be given values of the equation alone",
    ),
    "True": (
        lambda v, x, p: v + x * True,
        "an operand must be a value of the equation or a number, got bool",
    ),
    "text": (
        lambda v, x, p: where(v > "0", x, v),
        "an operand must be a value of the equation or a number, got str",
    ),
    "infinity": (
        lambda v, x, p: minimum(v, math.inf),
        "a number in an equation must be finite in float32, got inf",
    ),
    "NaN": (lambda v, x, p: v + math.nan, "a number in an equation must be finite in float32, got nan"),
    "more than float32 has": (
        lambda v, x, p: v + 3.4028236e38 * x,
        r"a number in an equation must be finite in float32, got 3\.4028236e\+38",
    ),
    "a power of 5": (
        lambda v, x, p: v + x**5,
        "a power must be 2 or 3, got 5; write it with `exp` or as a product",
    ),
    "a power of 0.5": (lambda v, x, p: v + x**0.5, "a power must be 2 or 3, got 0.5"),
    "a symbol as power": (lambda v, x, p: x**p.tau, "a power must be 2 or 3, got"),
    "float": (
        lambda v, x, p: v + math.sin(x),
        "a value of an equation must not be turned into a number; keep it symbolic",
    ),
    "arithmetic with a comparison": (
        lambda v, x, p: v + x * (x > 0),
        r"a comparison must go into `where\(condition, a, b\)` and nowhere else",
    ),
    "an exponential of a comparison": (
        lambda v, x, p: exp(x > 0),
        r"a comparison must go into `where\(condition, a, b\)` and nowhere else",
    ),
    "where without a comparison": (
        lambda v, x, p: where(v, x, 0.0),
        r"the first argument of `where` must be a comparison such as `v > 0.0`",
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_the_language_lacks_is_refused_by_name_and_line(wrong):
    charge, message = REFUSED[wrong]
    line = charge.__code__.co_firstlineno
    with pytest.raises(LanguageError, match=rf"^{message}.* \({__file__}, line {line}\)$"):
        trace(equations(charge))


IN_PLACE = {"+": operator.iadd, "-": operator.isub, "*": operator.imul, "/": operator.itruediv}


@pytest.mark.parametrize("sign", IN_PLACE)
def test_a_value_is_not_changed_in_place(sign):
    message = (
        rf"a value of an equation must not be changed in place, got `\{sign}=`; write `v = v \{sign} ...`"
    )
    with pytest.raises(LanguageError, match=message):
        IN_PLACE[sign](variable("s.v"), 1.0)


def test_a_state_that_is_written_to_or_is_no_number_is_refused_with_its_line():
    def written(s, x, p):
        s.v = s.v + x
        return s

    words = {**vars(equations(lambda v, x, p: v)), "charge": written}
    with pytest.raises(
        LanguageError, match=rf"a state does not change; .*`replace\(v=...\)` \({__file__}, line"
    ):
        trace(Equations(**words))
    for made, message in (
        (lambda v, x, p: v > x, "a comparison must go into"),
        (lambda v, x, p: None, "an operand"),
    ):
        with pytest.raises(LanguageError, match=rf"{message}.* \({__file__}, line"):
            trace(equations(made))


def test_scalars_of_numpy_are_numbers():
    for number in (np.float32(0.5), np.float64(0.5), 0.5):
        assert trace(equations(lambda v, x, p, n=number: v + x * n)).charge.text() == (
            "%0 = mul x 0x3f000000\n%1 = add s.v %0\nh.v <- %1"
        )


def test_an_equation_may_be_deeper_than_the_stack_of_python():
    def deep(v, x, p):
        for _ in range(4 * sys.getrecursionlimit()):
            v = v + x
        return v

    assert len(trace(equations(deep)).charge.ops) == 4 * sys.getrecursionlimit()


def test_a_rule_that_is_no_comparison_with_the_threshold_is_refused():
    for fires in (lambda v, t: v <= t, lambda v, t: t <= v, lambda v, t: v >= t + 1.0, lambda v, t: v >= 1.0):
        rule = SimpleNamespace(fires=fires)
        with pytest.raises(LanguageError, match="`rule` must compare as `v >= threshold` or `v > threshold`"):
            trace(equations(lambda v, x, p: v + x, rule=rule))


def test_an_equation_that_returns_no_states_or_others_is_refused():
    words = vars(equations(lambda v, x, p: v))
    with pytest.raises(ParameterError, match=r"`charge` must return `s.replace\(...\)`, got Sym"):
        trace(Equations(**{**words, "charge": lambda s, x, p: s.v + x}))
    with pytest.raises(ParameterError, match=r"`after` must return `s.replace\(...\)`, got NoneType"):
        trace(Equations(**{**words, "after": lambda s, z, p: None}))
    with pytest.raises(
        ParameterError, match=r"a state must be one of v, got `w`; declare it with `state\(\)`"
    ):
        trace(Equations(**{**words, "charge": lambda s, x, p: s.replace(w=x)}))


FUNCTIONS = {
    "exp": (exp, torch.exp, 1),
    "abs": (abs, torch.abs, 1),
    "neg": (lambda a: -a, torch.neg, 1),
    "add": (lambda a, b: a + b, torch.add, 2),
    "sub": (lambda a, b: a - b, torch.sub, 2),
    "mul": (lambda a, b: a * b, torch.mul, 2),
    "div": (lambda a, b: a / b, torch.div, 2),
    "min": (minimum, torch.minimum, 2),
    "max": (maximum, torch.maximum, 2),
    "where": (lambda a, b: where(a > b, a, b), lambda a, b: torch.where(torch.gt(a, b), a, b), 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_torch_say_the_same_as_those_of_the_language(name):
    ours, theirs, count = FUNCTIONS[name]
    args = [variable("a"), variable("b")][:count]
    programs = [
        trace(equations(lambda v, x, p, f=f: f(*[v, x][:count]) * p.tau)).charge.text()
        for f in (ours, theirs)
    ]
    assert programs[0] == programs[1]
    assert ours(*args).op == theirs(*args).op == name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (lambda a: 2.0 - a, lambda a: torch.sub(2.0, a)),
        # Torch divides a number by a tensor as a reciprocal and a product.
        (lambda a: 3.0 / a, lambda a: torch.reciprocal(a) * 3.0),
        (lambda a: a**2, lambda a: a * a),
        (lambda a: a**3, lambda a: a * a * a),
        (lambda a: minimum(a, 0.3), lambda a: torch.clamp(a, max=0.3)),
        (lambda a: maximum(0.3, a), lambda a: torch.clamp(a, min=0.3)),
        (lambda a: where(a > 0.3, 0.7, a), lambda a: torch.where(a > 0.3, 0.7, a)),
        (lambda a: where(a > 0.3, 1.5, -0.25), lambda a: torch.where(a > 0.3, 1.5, -0.25)),
    ],
)
def test_an_expression_has_the_bits_of_torch_traced_and_called(written, meant):
    a = torch.linspace(-3.0, 3.0, 1001)
    section = trace(equations(lambda v, x, p: written(x) + 0.0 * p.tau)).charge
    traced = section.run({"x": a, "p.tau": torch.tensor(1.0), "s.v": a, "p.d0": torch.tensor(0.0)})["h.v"]
    assert torch.equal(written(a), meant(a))
    assert torch.equal(traced, meant(a))


def test_functions_of_the_language_take_numbers_too():
    assert exp(0.0) == 1.0
    assert (minimum(1, 2.0), maximum(1, 2.0)) == (1, 2.0)
    assert (where(2 > 1, 3.0, 4.0), where(1 > 2, 3.0, 4.0)) == (3.0, 4.0)


def test_a_symbol_has_no_hidden_names():
    with pytest.raises(AttributeError):
        _ = variable("x").__array__
    with pytest.raises(LanguageError, match=r"got `\.item`"):
        _ = variable("x").item
