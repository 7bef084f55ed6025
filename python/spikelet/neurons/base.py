"""What every neuron is: declared parameters and states, three call styles and a trace."""

import inspect
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from spikelet import carry, engine
from spikelet.engine import AtOrAbove, Equations, Prepared, SpikeRule, State, Values, prepare
from spikelet.errors import DtypeError, EngineError, ParameterError, ShapeError, StateError
from spikelet.neurons.declare import Declared, Param, param
from spikelet.reset import Hard, Reset
from spikelet.surrogate import ATan, Surrogate

__all__ = ["Neuron"]

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class Neuron(Declared):
    r"""A spiking neuron; subclass it to write one.

    A subclass declares parameters with `param`, static choices with `option` and states with `state`,
    and says in the static method `charge(s, x, p)` how one time step changes the states. Every step is
    then: charge; spike, $z = [v \ge \theta]$; reset; and, where a subclass defines it,
    `after(s, z, p)`, such as an adaptation. A class body may also set its own `threshold`, `reset`,
    `surrogate` or `rule` as defaults. Parameters reach the equations as float32 (float64 where `x` is)
    and may be one number, one value a channel `[C]` or one a neuron `[C, ...]`; any of them may be
    made learnable with `learn`.

    The module keeps no state: each call style says where it begins and returns where it ends.

    Args:
        threshold: membrane value of a spike, above 0, in units of the membrane.
        reset: what a spike does to the membrane.
        surrogate: the derivative that a spike is given.
        rule: when a neuron spikes, `AtOrAbove()` or `Above()` the threshold.
    Raises:
        ParameterError: a parameter is unknown, outside its bound, not finite or of the wrong type.
    """

    threshold: Param = param(1.0, above=0.0)
    reset: Reset = Hard(to=0.0)
    surrogate: Surrogate = ATan(alpha=2.0)
    rule: SpikeRule = AtOrAbove()

    objects: ClassVar[tuple[str, ...]] = ("reset", "surrogate", "rule")
    carries_state: ClassVar[bool] = True
    _rests: ClassVar[dict[str, str | float]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _require_states(cls)
        _require_names(cls)
        _require_function(cls, "charge", "charge(s, x, p)")
        _require_function(cls, "after", "after(s, z, p)")
        cls._rests = {name: declared.rest for name, declared in cls.states.items()}

    def __init__(self, *positional: Any, **given: Any) -> None:
        if type(self) is Neuron:
            raise ParameterError("`Neuron` must be subclassed, got a call; build a `LIF()` or write your own")
        super().__init__(*positional, **given)
        self.prepared()

    @staticmethod
    @abstractmethod
    def charge(s: State, x: Any, p: Any) -> State:
        """The states after one step's input and before its spike.

        Args:
            s: the states, each `[B, ...]`; return `s.replace(...)`.
            x: input of this step, `[B, ...]`.
            p: parameters and options by name.
        """

    @staticmethod
    def after(s: State, z: Any, p: Any) -> State:
        """The states after spike and reset; by default as they are.

        Args:
            s: the states after the reset.
            z: spikes of this step, 0 or 1, `[B, ...]`.
            p: parameters and options by name.
        """
        del z, p
        return s

    def forward(self, x: Tensor) -> Tensor:
        """Spikes of a whole sequence from rest, or from the carried state inside `spikelet.scan`.

        Args:
            x: input `[T, B, ...]`, float16, bfloat16, float32 or float64.
        Returns:
            `[T, B, ...]` spikes, 0 or 1, of the type of `x`.
        Raises:
            ShapeError: `x` has rank below 3, or does not fit a parameter.
            DtypeError: `x` is not floating point.
        """
        state = carry.take(self)
        # A subclass may scan in its own way.
        if carry.is_running() or type(self).scan is not Neuron.scan:
            z, state = self.scan(x, state)
            carry.put(self, state)
            return z
        return self._run(x, state, wants_last=False)[0]

    def scan(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Spikes of a whole sequence from a given state, and the state after it.

        Args:
            x: input `[T, B, ...]`; with `T = 0` the state comes back as it went in.
            state: what an earlier call returned; None begins from rest.
        Returns:
            `[T, B, ...]` spikes of the type of `x`, and the state, float32 (float64 where `x` is).
        Raises:
            ShapeError: `x` has rank below 3, or does not fit a parameter.
            DtypeError: `x` is not floating point.
            StateError: `state` has other names, shapes, type or device than this neuron and `x` ask for.
        """
        return self._run(x, state, wants_last=True)

    def step(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Spikes of one time step, and the state after it.

        Args:
            x: input `[B, ...]`, without a time axis.
            state: what an earlier call returned; None begins from rest.
        Returns:
            `[B, ...]` spikes of the type of `x`, and the state.
        Raises:
            ShapeError: `x` has rank below 2, or does not fit a parameter.
            DtypeError: `x` is not floating point.
            StateError: `state` does not belong to this neuron and `x`.
        """
        quick = engine.infer(
            self.prepared(), x, state, neuron=self, rest=self._rests, has_time=False, wants_last=True
        )
        if quick is not None:
            return quick
        _require_float(x)
        if x.ndim < 2:
            raise ShapeError(
                f"`x` must have shape [B, ...], got {list(x.shape)}; add a batch axis with `x.unsqueeze(0)`"
            )
        state, values = self._begin(x, x.shape, state)
        z, state = engine.run(self.prepared(), x.unsqueeze(0), state=state, values=values)
        return z[0], state

    def trace(self, x: Tensor, state: State | None = None) -> dict[str, Tensor]:
        """Everything that happens at every step.

        Args:
            x: input `[T, B, ...]`.
            state: where to begin; None begins from rest.
        Returns:
            `[T, B, ...]` each: the spikes `z`, and for a state `v` its values `v_charged`, before spike
            and reset, and `v`, with which the next step begins.
        Raises:
            ShapeError: `x` has rank below 3, or does not fit a parameter.
            DtypeError: `x` is not floating point.
            StateError: `state` does not belong to this neuron and `x`.
        """
        _require_sequence(x)
        state, values = self._begin(x, x.shape[1:], state)
        return engine.trace(self.prepared(), x, state=state, values=values)

    def rest(self, like: State) -> State:
        """The state of samples that have seen nothing yet.

        Args:
            like: a state of this neuron, for its shapes, type and device.
        """
        first = next(t for _, t in like.items())
        return _owned(self._at_rest(first, first.shape, self._values(first.shape, first.dtype)))

    def explain(self) -> str:
        """Equations, derivative, and which engine serves them where the neuron lies, with the reason."""
        return engine.explain(self.prepared(), device=self.threshold.device)

    def prepared(self) -> Prepared:
        """The equations made ready for the engines, traced when the neuron was built."""
        made: Prepared | None = self.__dict__.get("_made")
        if made is not None:
            known = made.equations
            # Spelled out, for every call comes here.
            if known.rule is self.rule and known.reset is self.reset and known.surrogate is self.surrogate:
                return made
        made = self.__dict__["_made"] = prepare(self._equations())
        return made

    def _run(self, x: Tensor, state: State | None, *, wants_last: bool) -> tuple[Tensor, State]:
        """As `scan`; the state may be empty where nobody asks for it."""
        prepared = self.prepared()
        quick = engine.infer(
            prepared, x, state, neuron=self, rest=self._rests, has_time=True, wants_last=wants_last
        )
        if quick is not None:
            return quick
        _require_sequence(x)
        state, values = self._begin(x, x.shape[1:], state)
        return engine.run(prepared, x, state=state, values=values, wants_last=wants_last)

    def _equations(self) -> Equations:
        kind = type(self)
        return Equations(
            charge=kind.charge,
            membrane=next(name for name, declared in kind.states.items() if declared.membrane),
            rule=self.rule,
            surrogate=self.surrogate,
            reset=self.reset,
            after=None if kind.after is Neuron.after else kind.after,
            states=tuple(kind.states),
            params=tuple(kind.params),
            options={name: getattr(self, name) for name in kind.options},
        )

    def _begin(self, x: Tensor, shape: torch.Size, state: State | None) -> tuple[State, Values]:
        """The state before the first step, and the parameters aligned with one step `[B, ...]`."""
        dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
        place = self.threshold.device
        if x.device != place:
            raise EngineError(
                f"`x` must be on {place}, where the neuron's parameters are, got {x.device}; move the "
                "net with `.to(x.device)`"
            )
        values = self._values(shape, dtype)
        if state is None:
            state = self._at_rest(x, shape, values)
            # With no steps the state comes back as it is.
            return (state if x.shape[0] else _owned(state)), values
        _require_state(self, state, x, shape=shape, dtype=dtype)
        return state, values

    def _values(self, shape: torch.Size, dtype: torch.dtype) -> Values:
        kind = type(self)
        numbers = {name: p.align(getattr(self, name), shape).to(dtype) for name, p in kind.params.items()}
        return Values(**numbers, **{name: getattr(self, name) for name in kind.options})

    def _at_rest(self, like: Tensor, shape: torch.Size, values: Values) -> State:
        dtype = values.threshold.dtype
        rests: dict[str, Tensor] = {}
        for name, declared in type(self).states.items():
            if isinstance(declared.rest, str):
                rests[name] = getattr(values, declared.rest).expand(shape)
            else:
                rests[name] = torch.full((), declared.rest, dtype=dtype, device=like.device).expand(shape)
        return State(**rests)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        # Parameters enter the arithmetic as float32: `net.half()` must not round an equation.
        def keep(t: Tensor) -> Tensor:
            made = fn(t)
            narrowed = made.is_floating_point() and made.element_size() < t.element_size() <= 4
            return t.to(made.device) if narrowed else made

        return super()._apply(keep, recurse)


def _owned(state: State) -> State:
    """The same in memory of its own: at rest a state may be an expanded parameter."""
    return State(**{name: t.clone() for name, t in state.items()})


def _require_states(cls: type[Neuron]) -> None:
    if not cls.states:
        raise ParameterError(
            f"`{cls.__name__}` must declare a state, got none; add `v = state(rest=0.0, membrane=True)`"
        )
    membranes = [name for name, declared in cls.states.items() if declared.membrane]
    if len(membranes) != 1:
        got = ", ".join(membranes) or "none"
        raise ParameterError(
            f"`{cls.__name__}` must have one state with `membrane=True`, got {got}; it is the "
            "one compared with the threshold"
        )
    for name, declared in cls.states.items():
        rest: Any = declared.rest
        number = isinstance(rest, int | float) and not isinstance(rest, bool)
        if not number and rest not in cls.params:
            raise ParameterError(
                f"`rest` of the state `{name}` must be a number or one of {', '.join(cls.params)}, got "
                f"{rest!r}; declare it with `param()`"
            )


def _require_names(cls: type[Neuron]) -> None:
    reserved = {"x", "z", *cls.objects, *(f"{name}_charged" for name in cls.states)}
    for name in (*cls.params, *cls.options, *cls.states):
        times = sum(name in names for names in (cls.params, cls.options, cls.states))
        inherited = hasattr(Neuron, name) and name not in Neuron.params
        if name in reserved or name.startswith("_") or inherited or times > 1:
            raise ParameterError(
                f"`{cls.__name__}` must not declare `{name}`, got a name in use; choose another"
            )


def _require_function(cls: type[Neuron], name: str, call: str) -> None:
    found = inspect.getattr_static(cls, name)
    if name == "charge" and found is inspect.getattr_static(Neuron, "charge"):
        raise ParameterError(
            f"`{cls.__name__}` must define `{call}`, got no such method; return `s.replace(...)`"
        )
    if not isinstance(found, staticmethod):
        raise ParameterError(
            f"`{call}` of `{cls.__name__}` must be static, got a method; put `@staticmethod` above it"
        )


def _require_float(x: Any) -> None:
    if not isinstance(x, Tensor):
        raise DtypeError(
            f"`x` must be a torch tensor, got {type(x).__name__}; make one with `torch.as_tensor(x)`"
        )
    if x.dtype in _FLOATS:
        return
    todo = "take its parts one by one" if x.is_complex() else "convert it with `x.float()`"
    dtype = str(x.dtype).removeprefix("torch.")
    raise DtypeError(f"`x` must be float16, bfloat16, float32 or float64, got {dtype}; {todo}")


def _require_sequence(x: Tensor) -> None:
    _require_float(x)
    if x.ndim < 3:
        raise ShapeError(
            f"`x` must have shape [T, B, ...], got {list(x.shape)}; add a batch axis with "
            "`x.unsqueeze(1)` or feed one time step to `step`"
        )


def _require_state(neuron: Neuron, state: Any, x: Tensor, *, shape: torch.Size, dtype: torch.dtype) -> None:
    kind = type(neuron)
    if not isinstance(state, State):
        raise StateError(
            f"`state` of `{kind.__name__}` must be a `State`, got {type(state).__name__}; pass what "
            "`scan` or `step` returned, or None"
        )
    values: list[tuple[str, Any]] = [*state.items()]
    names = [name for name, _ in values]
    if set(names) != set(kind.states):
        raise StateError(
            f"`state` of `{kind.__name__}` must hold {', '.join(kind.states)}, got {', '.join(names)}; "
            "it belongs to another neuron"
        )
    for name, value in values:
        if not isinstance(value, Tensor):
            raise StateError(
                f"`state.{name}` must be a tensor, got {type(value).__name__}; pass what `scan` returned"
            )
        if value.shape != shape:
            raise StateError(
                f"`state.{name}` must have shape {list(shape)} as one step of `x`, got {list(value.shape)}; "
                "begin a new sequence with None"
            )
        if value.dtype != dtype:
            raise StateError(
                f"`state.{name}` must be {_name(dtype)} for `x` of {_name(x.dtype)}, got "
                f"{_name(value.dtype)}; begin a new sequence with None"
            )
        if value.device != x.device:
            raise StateError(
                f"`state.{name}` must be on {x.device} as `x`, got {value.device}; move it with "
                "`state.to(x.device)`"
            )


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
