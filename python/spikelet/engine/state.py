"""The variables of a neuron between two time steps, and its parameters during them."""

from typing import Any, NoReturn, Self, final

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from spikelet.errors import StateError

__all__ = ["State", "Values"]


class _Record:
    """Named values that do not change; read as attributes."""

    _values: dict[str, Any]

    def __init__(self, **values: Any) -> None:
        object.__setattr__(self, "_values", values)

    def __getattr__(self, name: str) -> Any:
        # Copying and pickling ask for underscored names before `_values` is there.
        if not name.startswith("_") and name in self._values:
            return self._values[name]
        raise AttributeError(f"`{type(self).__name__}` has no {name!r}; it has {', '.join(self.__dir__())}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        del value
        raise AttributeError(
            f"a `{type(self).__name__}` does not change; make a new one with `replace({name}=...)`"
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a `{type(self).__name__}` does not change; {name!r} stays")

    def __dir__(self) -> list[str]:
        return list(self.__dict__.get("_values", {}))


@final
class Values(_Record):
    """Parameters and options of a neuron as its equations see them: `p.tau`, `p.decay_input`."""

    def items(self) -> list[tuple[str, Any]]:
        """Names and values."""
        return list(self._values.items())


@final
class State(_Record):
    """The variables of one neuron between two time steps: `state.v`.

    Immutable, a pytree for `torch.func`, `torch.compile` and `torch.export`, and safe for
    `torch.load(weights_only=True)`.

    Args:
        values: tensors `[B, ...]` by name.
    """

    def replace(self, **values: Any) -> Self:
        """The same state with some variables new.

        Args:
            values: new values by name.
        Raises:
            StateError: a name is no variable of this state.
        """
        for name in values:
            if name not in self._values:
                raise StateError(
                    f"`replace` must name variables of the state, {', '.join(self._values)}, got {name!r}; "
                    "declare it in the neuron with `state()`"
                )
        return type(self)(**{**self._values, **values})

    def items(self) -> list[tuple[str, Tensor]]:
        """Names and tensors, in the order of declaration."""
        return list(self._values.items())

    def detach(self) -> Self:
        """The same state, cut from the graph that made it."""
        return type(self)(**{name: t.detach() for name, t in self._values.items()})

    def to(self, device: torch.device | str) -> Self:
        """The same state on another device."""
        return type(self)(**{name: t.to(device) for name, t in self._values.items()})

    def __repr__(self) -> str:
        return f"State({', '.join(f'{name}={_brief(value)}' for name, value in self._values.items())})"


def _brief(value: Any) -> str:
    if not isinstance(value, Tensor):
        return repr(value)
    where = "" if value.device.type == "cpu" else f" on {value.device}"
    return f"{list(value.shape)} {str(value.dtype).removeprefix('torch.')}{where}"


def _flatten(state: State) -> tuple[list[Tensor], tuple[str, ...]]:
    pairs = state.items()
    return [t for _, t in pairs], tuple(name for name, _ in pairs)


def _flatten_with_keys(state: State) -> tuple[list[tuple[Any, Tensor]], tuple[str, ...]]:
    pairs = state.items()
    return [(pytree.GetAttrKey(name), t) for name, t in pairs], tuple(name for name, _ in pairs)


def _unflatten(tensors: Any, names: tuple[str, ...]) -> State:
    return State(**dict(zip(names, tensors, strict=True)))


pytree.register_pytree_node(
    State,
    _flatten,
    _unflatten,
    serialized_type_name="spikelet.engine.state.State",
    to_dumpable_context=list,
    from_dumpable_context=tuple,
    flatten_with_keys_fn=_flatten_with_keys,
)
torch.serialization.add_safe_globals([State])
