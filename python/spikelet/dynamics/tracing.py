"""From equations to a `Program`: call them once with symbols and keep what they did."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any, NoReturn, Protocol, final

from spikelet.dynamics.adjoint import cotangents
from spikelet.dynamics.program import Program, Section, in_order, lower, structure
from spikelet.dynamics.symbols import LanguageError, Sym, constant, lift, number, refuse, variable
from spikelet.errors import ParameterError

__all__ = ["Equations", "Fields", "numbers_of", "trace"]


class Equations(Protocol):
    """What one time step does; `spikelet.engine.Equations` is one."""

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states, in order."""
        ...

    @property
    def params(self) -> tuple[str, ...]:
        """Names of the numeric parameters that the equations read from `p`; `threshold` is one."""
        ...

    @property
    def options(self) -> Mapping[str, object]:
        """Static choices, read from `p` as plain Python values."""
        ...

    @property
    def membrane(self) -> str:
        """The state that is compared with the threshold and reset."""
        ...

    @property
    def charge(self) -> Callable[[Any, Any, Any], Any]:
        """`charge(s, x, p)`, the states before the spike."""
        ...

    @property
    def after(self) -> Callable[[Any, Any, Any], Any] | None:
        """`after(s, z, p)`, the states after spike and reset; None leaves them."""
        ...

    @property
    def rule(self) -> Any:
        """Called as `rule.fires(v, threshold)`."""
        ...

    @property
    def reset(self) -> Any:
        """Called as `reset(v, z, p)`; a frozen dataclass whose numbers become parameters."""
        ...

    @property
    def surrogate(self) -> Any:
        """Called as `surrogate.slope(u)`; a frozen dataclass whose numbers become parameters."""
        ...


@final
class Fields:
    """The states by name while equations are traced; `replace` gives a changed copy."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def replace(self, **values: Any) -> "Fields":
        """These states with some of them changed."""
        unknown = sorted(values.keys() - self.__dict__.keys())
        if unknown:
            known = ", ".join(self.__dict__)
            raise ParameterError(
                f"a state must be one of {known}, got `{unknown[0]}`; declare it with `state()`"
            )
        return Fields(**{**self.__dict__, **{name: number(value) for name, value in values.items()}})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        del value
        refuse(f"a state does not change; make a new one with `replace({name}=...)`")


def trace(equations: Equations) -> Program:
    """The program of a neuron.

    Raises:
        LanguageError: an equation does what the language cannot express; the message names the line.
        ParameterError: an equation returns no states, or one that is not declared.
    """
    derived = _Derived()
    charged, fired = _forward(equations, derived)
    names = equations.states
    slope = derived.hoist([_symbolic(equations.surrogate, "surrogate").slope(variable("u"))])[0]
    adjoint = _adjoint(names, charged, fired, derived)
    return Program(
        states=names,
        membrane=equations.membrane,
        charge=lower((f"h.{name}", charged[name]) for name in names),
        fire=lower([("z", fired["z"]), *((f"s.{name}", fired[name]) for name in names)]),
        slope=lower([("slope", slope)]),
        adjoint=adjoint,
        derive=derived.section(),
    )


def numbers_of(part: Any, prefix: str) -> dict[str, float]:
    """The numeric fields of a reset or surrogate under the names that a program gives them."""
    if not is_dataclass(part):
        return {}
    values = {f"{prefix}.{field.name}": getattr(part, field.name) for field in fields(part)}
    return {name: float(value) for name, value in values.items() if _is_number(value)}


def _forward(equations: Equations, derived: "_Derived") -> tuple[dict[str, Sym], dict[str, Sym]]:
    """The charged states, and spike (`z`) and next states as functions of the charged ones."""
    names = equations.states
    values = {name: variable(f"p.{name}") for name in equations.params}
    p = SimpleNamespace(**values, **equations.options)
    s = Fields(**{name: variable(f"s.{name}") for name in names})
    charged = _states("charge", equations.charge(s, variable("x"), p), names)
    h = Fields(**{name: variable(f"h.{name}") for name in names})
    v, membrane = getattr(h, equations.membrane), equations.membrane
    fires = equations.rule.fires(v, p.threshold)
    z = Sym("spike", (v, p.threshold), name=_comparison(fires, v, p.threshold))
    reset = _symbolic(equations.reset, "reset")
    after = h.replace(**{membrane: reset(v, z, p)})
    fired = _states("after", equations.after(after, z, p) if equations.after else after, names)
    hoisted = derived.hoist([*charged.values(), *fired.values()])
    charged = dict(zip(names, hoisted[: len(names)], strict=True))
    fired = dict(zip(names, hoisted[len(names) :], strict=True))
    return charged, {**fired, "z": z}


def _adjoint(
    names: tuple[str, ...], charged: dict[str, Sym], fired: dict[str, Sym], derived: "_Derived"
) -> Section:
    """Cotangents of input, earlier states and parameters from those of spike and next states."""
    slope = variable("slope")
    arriving = [(fired["z"], variable("g.z")), *((fired[name], variable(f"g.{name}")) for name in names)]
    by_fire = _by_name(arriving, cotangents(arriving, slope))
    into_charge = [(charged[name], by_fire[f"h.{name}"]) for name in names if f"h.{name}" in by_fire]
    by_charge = _by_name(into_charge, cotangents(into_charge, slope))
    outputs = {"g.x": by_charge.get("x", constant(0.0))}
    outputs |= {f"g.{name}": by_charge.get(f"s.{name}", constant(0.0)) for name in names}
    for name in [key for key in {**by_fire, **by_charge} if key.startswith("p.") and "reset." not in key]:
        parts = [found[name] for found in (by_charge, by_fire) if name in found]
        outputs[f"g{name}"] = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    known = {id(sym): variable(f"h.{name}") for name, sym in charged.items() if sym.args}
    plain = _lowered(outputs, known, derived)
    shorter = _lowered(outputs, known | _recovered(charged), derived)
    return shorter if "x" in plain.inputs and "x" not in shorter.inputs else plain


def _lowered(outputs: dict[str, Sym], known: dict[int, Sym], derived: "_Derived") -> Section:
    replaced = _substitute(list(outputs.values()), known)
    return lower(zip(outputs, derived.hoist(replaced), strict=True))


def _recovered(charged: dict[str, Sym]) -> dict[int, Sym]:
    """Increments `n` of charges `h = s + n`, as `h - s`: the derivative then need not read the input."""
    found: dict[int, Sym] = {}
    for name, sym in charged.items():
        if sym.op == "add":
            for state, increment in (sym.args, sym.args[::-1]):
                if state.name.startswith("s.") and increment.args:
                    found[id(increment)] = variable(f"h.{name}") - state
    return found


def _by_name(roots: Iterable[tuple[Sym, Sym]], found: dict[int, Sym]) -> dict[str, Sym]:
    """The cotangents of the variables below `roots`; those of one name are added."""
    named: dict[str, Sym] = {}
    for sym in in_order(sym for sym, _ in roots):
        if sym.op == "var" and id(sym) in found:
            cotangent = found[id(sym)]
            named[sym.name] = named[sym.name] + cotangent if sym.name in named else cotangent
    return named


def _substitute(roots: list[Sym], known: dict[int, Sym]) -> list[Sym]:
    """`roots` with each symbol of `known` exchanged for what it is known as."""
    new: dict[int, Sym] = {}
    for sym in in_order(roots):
        if id(sym) in known:
            new[id(sym)] = known[id(sym)]
        elif sym.args:
            args = tuple(new[id(arg)] for arg in sym.args)
            new[id(sym)] = Sym(sym.op, args, name=sym.name)
        else:
            new[id(sym)] = sym
    return [new[id(root)] for root in roots]


@final
class _Derived:
    """Expressions of parameters alone: computed once on the host and given to the engines as parameters."""

    def __init__(self) -> None:
        self._by_structure: dict[tuple[Any, ...], str] = {}
        self._roots: list[tuple[str, Sym]] = []

    def hoist(self, roots: list[Any]) -> list[Sym]:
        """`roots` with every largest expression of parameters alone exchanged for a derived parameter.

        A reciprocal of a parameter is left where it is: the loops compute it once, and a parameter more would
        cost every call.
        """
        symbols = [lift(root) for root in roots]
        ordered = in_order(symbols)
        fixed: set[int] = set()
        for sym in ordered:
            leaf = sym.op == "const" or sym.name.startswith("p.")
            if leaf or (sym.args and all(id(arg) in fixed for arg in sym.args)):
                fixed.add(id(sym))
        used = {id(sym) for sym in symbols}
        used |= {id(arg) for sym in ordered if id(sym) not in fixed for arg in sym.args}
        known: dict[int, Sym] = {}
        keys: dict[int, tuple[Any, ...]] = {}
        for sym in ordered:
            if id(sym) in fixed & used and sym.args and not sym.is_condition and not _is_reciprocal(sym):
                known[id(sym)] = variable(self._name(sym, structure(sym, keys)))
        return _substitute(symbols, known)

    def section(self) -> Section:
        """How the derived parameters are computed from the others."""
        resolved: dict[str, Sym] = {}
        for name, root in self._roots:
            known = {id(sym): resolved[sym.name] for sym in in_order([root]) if sym.name in resolved}
            resolved[name] = _substitute([root], known)[0]
        return lower(resolved.items())

    def _name(self, sym: Sym, key: tuple[Any, ...]) -> str:
        if key not in self._by_structure:
            self._by_structure[key] = f"p.d{len(self._roots)}"
            self._roots.append((self._by_structure[key], sym))
        return self._by_structure[key]


def _states(function: str, result: object, names: tuple[str, ...]) -> dict[str, Sym]:
    """The states that an equation returned, each as a symbol."""
    if not isinstance(result, Fields):
        raise ParameterError(f"`{function}` must return `s.replace(...)`, got {type(result).__name__}")
    return {name: getattr(result, name) for name in names}


def _comparison(fires: object, v: Sym, threshold: Sym) -> str:
    """Which comparison of membrane and threshold a rule makes."""
    if (
        isinstance(fires, Sym)
        and fires.op in ("ge", "gt")
        and fires.args[0] is v
        and fires.args[1] is threshold
    ):
        return fires.op
    raise LanguageError(
        "`rule` must compare as `v >= threshold` or `v > threshold`; no other spike rule is known"
    )


def _symbolic(part: Any, prefix: str) -> Any:
    """A copy of a reset or surrogate whose numbers are parameters of the program."""
    if not is_dataclass(part):
        return part
    copy = object.__new__(type(part))
    for field in fields(part):
        value = getattr(part, field.name)
        exchanged = variable(f"p.{prefix}.{field.name}") if _is_number(value) else value
        object.__setattr__(copy, field.name, exchanged)
    return copy


def _is_reciprocal(sym: Sym) -> bool:
    return sym.op == "div" and sym.args[0].op == "const" and sym.args[1].op == "var"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
