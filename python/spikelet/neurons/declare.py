"""How a neuron class declares its parameters, options and states.

    class LIF(Neuron):
        tau: Param = param(2.0, above=1.0, unit="steps")
        decay_input: bool = option(True)
        v = state(rest=0.0, membrane=True)

The annotations are for type checkers, which then know the constructor `LIF(tau=..., decay_input=...)`;
without them the class works as well.
"""

import inspect
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar, NoReturn, Self, TypeVar, dataclass_transform, final, overload

import torch
from torch import Tensor
from torch.nn import Module, Parameter

from spikelet.errors import DtypeError, ParameterError, ShapeError

__all__ = ["Declared", "Learn", "Option", "Param", "Variable", "learn", "option", "param", "state"]


@final
@dataclass(frozen=True, eq=False)
class Learn:
    """A start value that training may change; made by `learn`."""

    value: float | Tensor


def learn(value: float | Tensor) -> Learn:
    r"""Make a parameter learnable, starting from `value`.

    A parameter that must stay above `a` is stored as $w$ with $a + e^{-w}$ as its value, so that no
    step of an optimizer can make it illegal. For `tau`, above 1 step, $1 / \tau$ is then the logistic
    function of $w$: the parametric LIF of the literature. Other parameters are stored as they are.

    Args:
        value: a number, or a tensor with one value a channel or a neuron.
    """
    return Learn(value)


@final
class Param:
    """A parameter of a neuron; made by `param`."""

    def __init__(self, default: float, *, above: float | None, unit: str) -> None:
        self.default = default
        self.above = above
        self.unit = unit
        self.name = "param"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def key(self) -> str:
        """The name of the stored weight when learnable: `raw_tau` where it is not the value itself."""
        return self.name if self.above is None else f"raw_{self.name}"

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...
    @overload
    def __get__(self, owner: Module, kind: type) -> Tensor: ...
    def __get__(self, owner: Module | None, kind: type) -> "Self | Tensor":
        """The declaration on the class; the value, in float32, on a neuron."""
        if owner is None:
            return self
        fixed: Tensor | None = owner.__dict__.get("_buffers", {}).get(self.name)
        if fixed is not None:
            return fixed
        weight: Tensor | None = owner.__dict__.get("_parameters", {}).get(self.key)
        if weight is None:
            raise AttributeError(f"{type(owner).__name__!r} object has no attribute {self.name!r} yet")
        return weight if self.above is None else self.above + torch.exp(-weight)

    def __set__(self, owner: Module, value: "float | Tensor | Learn") -> NoReturn:
        raise ParameterError(
            f"`{self.name}` must be given when the neuron is built, got an assignment; build a new "
            f"`{type(owner).__name__}`"
        )

    def install(self, owner: Module, given: Any) -> None:
        """Check a value and store it in `owner`: a buffer, or a parameter where it is learnable."""
        learnable = isinstance(given, Learn)
        value = self.check(given.value if learnable else given)
        if not learnable:
            owner.register_buffer(self.name, value.float())
            return
        weight = value if self.above is None else -torch.log(value - self.above)
        owner.register_parameter(self.key, Parameter(weight.float()))

    def describe(self, owner: Module) -> str:
        """The value as text for `repr`."""
        value = self.__get__(owner, type(owner)).detach()
        text = f"{value.item():.6g}" if value.ndim == 0 and not value.is_meta else str(list(value.shape))
        learnable = self.key in dict(owner.named_parameters(recurse=False))
        return f"{self.name}=learn({text})" if learnable else f"{self.name}={text}"

    def align(self, value: Tensor, shape: torch.Size) -> Tensor:
        """Shape `value` so that it broadcasts against one time step `[B, C, ...]`."""
        if value.ndim == 0 or value.shape == shape[1:]:
            return value
        if value.ndim == 1 and value.shape[0] == shape[1]:
            return value.reshape([-1] + [1] * (len(shape) - 2))
        each = "" if len(shape) == 2 else f", [{shape[1]}] for each channel"
        raise ShapeError(
            f"`{self.name}` must have shape [] for all{each} or {list(shape[1:])} for each neuron, got "
            f"{list(value.shape)}; `x` has shape [T, {', '.join(map(str, shape))}]"
        )

    def check(self, given: Any) -> Tensor:
        """A legal value as a tensor of its own in float64; raises what the constructor does."""
        if isinstance(given, bool) or not isinstance(given, Real | Tensor):
            raise ParameterError(
                f"`{self.name}` must be a number, a float tensor or `learn(...)`, got {given!r}; "
                "for one value a channel give a tensor"
            )
        if isinstance(given, Tensor):
            value = self._checked_tensor(given)
        else:
            value = torch.tensor(float(given), dtype=torch.float64)
        if value.is_meta:
            return value
        if not bool(torch.isfinite(value.float()).all()):
            raise ParameterError(f"`{self.name}` must be finite, got {_worst(value)}; check what computed it")
        # In float32, because that is what the arithmetic will see.
        if self.above is not None and not bool((value.float() > self.above).all()):
            raise ParameterError(self._too_low(value))
        return value

    def _checked_tensor(self, given: Tensor) -> Tensor:
        if not given.is_floating_point():
            raise DtypeError(
                f"`{self.name}` must be a float tensor, got {_dtype(given)}; convert it with `.float()`"
            )
        if given.requires_grad:
            raise ParameterError(
                f"`{self.name}` must not require a gradient, got a tensor that does; write "
                f"`{self.name}=learn(...)` with a tensor that does not"
            )
        return given.detach().clone().double()

    def _too_low(self, value: Tensor) -> str:
        unit = {"": "", "steps": " step" if self.above == 1 else " steps"}.get(self.unit, f" {self.unit}")
        hint = "divide seconds by `dt` first" if self.unit == "steps" else "raise it"
        return f"`{self.name}` must be above {self.above:g}{unit}, got {value.min().item():.9g}; {hint}"


@final
class Option:
    """A static choice, settled before any equation runs; made by `option`."""

    def __init__(self, default: Any) -> None:
        self.default = default
        self.name = "option"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def install(self, owner: Module, given: Any) -> None:
        """Check a choice and store it in `owner`."""
        setattr(owner, self.name, self.check(given))

    def check(self, given: Any) -> Any:
        """A choice of the default's type; raises what the constructor does."""
        if type(given) is not type(self.default):
            raise ParameterError(
                f"`{self.name}` must be a {type(self.default).__name__}, got {given!r}; its default is "
                f"{self.default!r}"
            )
        return given


@final
class Variable:
    """A state of a neuron; made by `state`."""

    def __init__(self, *, rest: str | float, membrane: bool) -> None:
        self.rest = rest
        self.membrane = membrane


D = TypeVar("D", Param, Option, Variable)


def param(default: float, *, above: float | None = None, unit: str = "") -> Any:
    """Declare a parameter in the body of a neuron class.

    Args:
        default: the value where the constructor gets none.
        above: a bound that the value must exceed; None for no bound.
        unit: the unit in words, such as "steps"; empty where it is that of the membrane.
    """
    return Param(default, above=above, unit=unit)


def option(default: Any) -> Any:
    """Declare a static choice in the body of a neuron class; equations read it as a Python value.

    Args:
        default: the choice where the constructor gets none; others must have its type.
    """
    return Option(default)


def state(*, rest: str | float, membrane: bool = False) -> Any:
    """Declare a state in the body of a neuron class.

    Args:
        rest: the value before the first step: a number, or the name of a parameter.
        membrane: whether this state is compared with the threshold and reset; exactly one is.
    """
    return Variable(rest=rest, membrane=membrane)


@dataclass_transform(kw_only_default=True)
class Declared(Module):
    """Collects what a class body declares, and builds a neuron from keywords."""

    params: ClassVar[dict[str, Param]] = {}
    options: ClassVar[dict[str, Option]] = {}
    states: ClassVar[dict[str, Variable]] = {}
    # Keywords that are stored as given, with the class attribute as default.
    objects: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _take_plain_values(cls)
        cls.params = _own_first(cls, Param, cls.params)
        cls.options = _own_first(cls, Option, cls.options)
        cls.states = _own_first(cls, Variable, cls.states)
        for name in cls.states:
            # A neuron has no membrane to read: `neuron.v` must be an error.
            if name in cls.__dict__:
                delattr(cls, name)
        keywords = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in cls._keywords()]
        cls.__signature__ = inspect.Signature(keywords)

    def __init__(self, *positional: Any, **given: Any) -> None:
        super().__init__()
        kind = type(self)
        known = kind._keywords()
        if positional:
            raise ParameterError(
                f"`{kind.__name__}` must get its parameters by name, got {positional[0]!r} without one; "
                f"it has {', '.join(known)}, and takes its size from `x`"
            )
        for name in given:
            if name not in known:
                raise ParameterError(
                    f"`{kind.__name__}` must get only {', '.join(known)}, got `{name}`; check the spelling"
                )
        for name, declared in (kind.params | kind.options).items():
            declared.install(self, given.get(name, declared.default))
        for name in kind.objects:
            setattr(self, name, given.get(name, getattr(kind, name)))

    def __setattr__(self, name: str, value: Any) -> None:
        # A module would put any tensor in the place of a buffer, within the bound or not.
        if name in type(self).params:
            type(self).params[name].__set__(self, value)
        super().__setattr__(name, value)

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *rest: Any, **named: Any
    ) -> None:
        # A module would take any value of the right shape; weights of bounded ones are always legal.
        for name, declared in type(self).params.items():
            value = state_dict.get(prefix + name)
            if isinstance(value, Tensor):
                declared.check(value.detach())
        super()._load_from_state_dict(state_dict, prefix, *rest, **named)

    @classmethod
    def _keywords(cls) -> list[str]:
        return [*cls.params, *cls.options, *cls.objects]

    def extra_repr(self) -> str:
        """All parameters, options and objects."""
        kind = type(self)
        numbers = [declared.describe(self) for declared in kind.params.values()]
        rest = [f"{name}={getattr(self, name)!r}" for name in (*kind.options, *kind.objects)]
        return ", ".join(numbers + rest)


def _take_plain_values(cls: type[Declared]) -> None:
    """Values that a class body sets for what was declared above it become defaults there."""
    for name, declared in (cls.params | cls.options | cls.states).items():
        value = cls.__dict__.get(name, declared)
        if isinstance(value, Param | Option | Variable):
            continue
        if isinstance(declared, Variable):
            raise ParameterError(
                f"state `{name}` of `{cls.__name__}` must be declared with `state(rest=...)`, got {value!r}"
            )
        own = copy(declared)
        own.default = declared.check(value) if isinstance(declared, Option) else value
        setattr(cls, name, own)


def _own_first(cls: type, kind: type[D], inherited: dict[str, D]) -> dict[str, D]:
    own = {name: value for name, value in cls.__dict__.items() if isinstance(value, kind)}
    return own | {name: value for name, value in inherited.items() if name not in own}


def _worst(value: Tensor) -> str:
    return f"{value[~torch.isfinite(value.float())].flatten()[0].item()}"


def _dtype(t: Tensor) -> str:
    return str(t.dtype).removeprefix("torch.")
