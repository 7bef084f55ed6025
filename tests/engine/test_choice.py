"""Who serves a call, why, and what a user is told of it."""

import threading
import warnings

import pytest
import torch
from torch.autograd import forward_ad

from engine import zoo
from spikelet import engine
from spikelet.engine import Checkpoints, choice, cpu, reference
from spikelet.errors import EngineError, ParameterError
from spikelet.neurons import IF, LIF, Neuron, learn, option, state
from spikelet.reset import Soft
from spikelet.surrogate import Sigmoid


class Wavy(Neuron):
    """A neuron that plain torch alone can run."""

    v = state(rest=0.0, membrane=True)

    @staticmethod
    def charge(s, x, p):
        return s.replace(v=s.v + torch.sin(x))


X = torch.rand(5, 2, 3, generator=torch.Generator().manual_seed(0)) * 3
WAVY_LINE = Wavy.charge.__code__.co_firstlineno + 2


@pytest.fixture
def untold(monkeypatch):
    """No warning has been given yet."""
    monkeypatch.setattr(choice, "_told", set())


@pytest.fixture
def calls(monkeypatch):
    """Which engine has run, in order."""
    found = []
    plain, fast, quick = reference.run, cpu.forward, cpu.infer
    monkeypatch.setattr(reference, "run", lambda *a, **k: found.append("reference") or plain(*a, **k))
    monkeypatch.setattr(cpu, "forward", lambda *a, **k: found.append("cpu") or fast(*a, **k))
    monkeypatch.setattr(cpu, "infer", lambda *a, **k: found.append("cpu") or quick(*a, **k))
    return found


def test_a_tensor_on_the_cpu_is_served_by_rust(calls):
    for neuron in (LIF(), LIF(tau=torch.tensor([2.0, 3.0, 4.0])), zoo.Adaptive(), zoo.Rectified()):
        neuron(X)
        neuron.step(X[0])
    assert calls == ["cpu"] * 8


def test_use_holds_inside_its_block_and_the_innermost_decides(calls):
    with engine.use("reference"):
        LIF()(X)
        with engine.use("cpu"):
            LIF()(X)
        LIF()(X)
    LIF()(X)
    assert calls == ["reference", "cpu", "reference", "cpu"]


def test_use_ends_with_its_block_also_after_an_error(calls):
    with pytest.raises(ZeroDivisionError), engine.use("reference"):
        _ = 1 / 0
    LIF()(X)
    assert calls == ["cpu"]


def test_use_holds_in_other_threads(calls):
    with engine.use("reference"):
        thread = threading.Thread(target=LIF(), args=(X,))
        thread.start()
        thread.join()
    assert calls == ["reference"]


@pytest.mark.parametrize("junk", ["gpu", "CPU", None, torch.device("cpu")])
def test_an_engine_that_does_not_exist_is_refused(junk):
    with (
        pytest.raises(ParameterError, match='`engine` must be "reference", "cpu" or "cuda", got'),
        engine.use(junk),
    ):
        pass


def test_float64_is_served_by_the_reference_and_by_no_other(calls):
    LIF()(X.double())
    assert calls == ["reference"]
    with engine.use("cpu"), pytest.raises(EngineError) as caught:
        LIF()(X.double())
    assert str(caught.value) == (
        'engine "cpu" must be able to serve the call, got one for "reference": `x` is float64, which only '
        "plain torch computes"
    )


def test_cuda_is_refused_for_a_tensor_on_the_cpu():
    with engine.use("cuda"), pytest.raises(EngineError, match='got one for "cpu": `x` is on the CPU'):
        LIF()(X)


def test_a_neuron_that_only_torch_can_run_says_so_once_for_its_class(untold, calls):
    with pytest.warns(
        UserWarning, match="`Wavy.charge` runs on the reference engine, a slow loop over time: "
    ) as told:
        z = Wavy()(X)
    assert f"got `torch.sin` ({__file__}, line {WAVY_LINE})" in str(told[0].message)
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(Wavy()(X), z)
        Wavy(reset=Soft()).step(X[0])
    assert calls == ["reference"] * 3


def test_an_equation_that_branches_fails_with_the_line_that_does():
    class Branching(Neuron):
        v = state(rest=0.0, membrane=True)

        @staticmethod
        def charge(s, x, p):
            return s if s.v > 0 else s.replace(v=s.v + x)

    with pytest.raises(RuntimeError, match="Boolean value of Tensor") as caught:
        Branching()(X)
    (note,) = caught.value.__notes__
    assert note.startswith("an equation must not branch on its values")
    assert __file__ in note


def test_use_refuses_it_with_the_reason_and_the_line(untold):
    with engine.use("cpu"), pytest.raises(EngineError) as caught:
        Wavy()(X)
    assert str(caught.value) == (
        'engine "cpu" must be able to serve the call, got one for "reference": an equation must be built '
        f"from + - * /, exp, abs, minimum, maximum, where, got `torch.sin` ({__file__}, line {WAVY_LINE})"
    )


@pytest.mark.filterwarnings("ignore:`Wavy.charge` runs on the reference engine")
def test_it_compiles_as_others_do():
    torch.compiler.reset()
    compiled = torch.compile(Wavy(), fullgraph=True, backend="eager")
    assert torch.equal(compiled(X), Wavy()(X))


CHARGES = {
    "a method": (lambda s, x: s.v + x.clamp(min=0.0), r"where, got `.clamp` \("),
    "an operator": (lambda s, x: s.v + x % 2, r"TypeError: unsupported operand .* for %: 'Sym' and 'int' \("),
    "an index": (lambda s, x: s.v + x[..., :1], r"TypeError: 'Sym' object is not subscriptable \("),
    "a tensor": (lambda s, x: s.v + x * torch.ones(3), r"must be a value .* or a number, got Tensor \("),
    "any error": (lambda s, x: s.v + {}.get(x, torch.cat([x])), r"`torch.cat` \("),
}


@pytest.mark.parametrize("charge", CHARGES)
def test_whatever_symbols_cannot_do_is_announced_and_runs(untold, charge):
    body, reason = CHARGES[charge]
    kind = type(
        "Own",
        (Neuron,),
        {
            "v": state(rest=0.0, membrane=True),
            "charge": staticmethod(lambda s, x, p: s.replace(v=body(s, x))),
        },
    )
    with pytest.warns(UserWarning, match=f"slow loop over time: .*{reason}.*test_choice.py, line "):
        assert kind()(X).shape == X.shape


def test_an_option_that_cannot_be_a_key_is_announced_and_runs(untold):
    class Tapped(Neuron):
        taps = option([0.5, 0.25])
        v = state(rest=0.0, membrane=True)

        @staticmethod
        def charge(s, x, p):
            return s.replace(v=s.v * p.taps[0] + x * p.taps[1])

    with pytest.warns(UserWarning, match="unhashable type: 'list'"):
        Tapped()(X)


def test_an_error_in_an_equation_comes_before_any_warning(untold):
    class Wrong(Neuron):
        v = state(rest=0.0, membrane=True)

        @staticmethod
        def charge(s, x, p):
            return s.replace(v=s.v + p.taau * x)

    with pytest.raises(AttributeError, match="`Values` has no 'taau'; it has threshold"):
        Wrong()(X)
    with engine.use("cpu"), pytest.raises(EngineError, match="has no attribute 'taau'"):
        Wrong()(X)


# The first dual number makes torch load and script decompositions of its own.
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_forward_mode_derivatives_are_not_dropped_in_silence():
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(X, torch.ones_like(X))
        with pytest.raises(NotImplementedError, match="forward mode"):
            LIF()(dual)
    with pytest.raises(NotImplementedError, match="forward mode"):
        torch.func.jvp(LIF(), (X,), (torch.ones_like(X),))


# explain


def test_explain_shows_equation_derivative_and_who_serves_a_built_in():
    lines = LIF().explain().splitlines()
    assert "  v_charged = v + ((x - (v - v_leak)) / tau)" in lines
    assert "  dx = t12" in lines
    assert [line for line in lines if not line.startswith(" ")] == [
        "derived once", "charge", "fire", "surrogate slope", "derivative",
        "served by: Rust, fused LIF, Hard, fused surrogate",
        "because: `x` is on the CPU",
        "kept for the backward pass: Charged(half=False)",
    ]  # fmt: skip


def test_explain_of_a_neuron_of_a_user_names_the_interpreter():
    text = zoo.Adaptive().explain()
    assert "  v_charged = v + (((x - a) - v) / tau)\n  a_charged = a\n" in text
    assert "  a = (a_charged - (a_charged / tau_a)) + (b * t0)\n" in text
    assert "\nserved by: Rust, interpreter" in text
    assert text.endswith("\nkept for the backward pass: Charged(half=False)")


def test_explain_of_a_neuron_that_only_torch_can_run_gives_the_reason():
    assert Wavy().explain() == (
        "served by: reference engine (plain torch)\nbecause: an equation must be built from + - * /, exp, "
        f"abs, minimum, maximum, where, got `torch.sin` ({__file__}, line {WAVY_LINE})"
    )


def test_explain_follows_use_and_keep():
    with engine.use("reference"):
        assert (
            LIF()
            .explain()
            .endswith("served by: reference engine (plain torch)\nbecause: `spikelet.engine.use` asks for it")
        )
    with engine.keep(Checkpoints(every=8)):
        assert LIF().explain().endswith("kept for the backward pass: Checkpoints(every=8)")


def test_explain_shows_the_parts_that_were_chosen():
    text = IF(reset=Soft(), surrogate=Sigmoid(), threshold=learn(1.0)).explain()
    assert "  v_charged = v + x" in text
    assert "exp(" in text
    assert "dthreshold" in text
