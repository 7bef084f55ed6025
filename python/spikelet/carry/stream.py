"""Online use: a net and the state that its last chunk left."""

from collections.abc import Callable, Mapping
from typing import Any, final

import torch
from torch import Tensor
from torch.nn import Module
from torch.utils import _pytree as pytree

from spikelet.carry.stack import leaves_of, require_known, scan
from spikelet.errors import DtypeError, ShapeError, StateError

__all__ = ["Stream", "detach"]


def detach(state: Any) -> Any:
    """The same state, cut from the graph that made it: the border of truncated backpropagation.

    Args:
        state: a pytree of tensors, such as the state that `scan` returned.
    Returns:
        The same structure, sharing memory with `state`.
    """
    return pytree.tree_map_only(Tensor, Tensor.detach, state)


@final
class Stream:
    """A net and its state, for input that arrives in pieces.

    `stream(chunk)` is `scan(net, chunk, stream.state)` that remembers the new state here, never in
    the net; two streams over one net do not see each other.

    Args:
        net: any module.
    """

    def __init__(self, net: Module) -> None:
        leaves_of(net)
        self.net = net
        self.state: dict[str, Any] | None = None

    def __call__(self, x: Any) -> Any:
        """`net(x)` for the next chunk `[T, B, ...]`; the state moves on by `T` steps."""
        y, self.state = scan(self.net, x, self.state)
        return y

    def step(self, x_t: Tensor) -> Any:
        """The net's output for one time step.

        Args:
            x_t: `[B, ...]`, without a time axis.
        Returns:
            `net(x_t.unsqueeze(0))` without its time axis.
        """
        y = self(x_t.unsqueeze(0))
        # One tensor, as nearly every net returns, is spared torch's way through any structure.
        return y[0] if isinstance(y, Tensor) else pytree.tree_map_only(Tensor, _first, y)

    def reset(self, mask: Tensor | None = None) -> None:
        """Put samples back to rest.

        Args:
            mask: `[B]` bool, True where a sample begins anew; None puts all of them back.
        Raises:
            DtypeError: `mask` is not bool.
            ShapeError: `mask` is not `[B]`.
        """
        if mask is None:
            self.state = None
            return
        if mask.dtype != torch.bool:
            raise DtypeError(
                f"`mask` must be bool, got {str(mask.dtype).removeprefix('torch.')}; compare first, as "
                "in `mask > 0`"
            )
        if mask.ndim != 1:
            raise ShapeError(f"`mask` must have shape [B], got {list(mask.shape)}; give one bool a sample")
        if self.state is None:
            return
        names = {name: leaf for leaf, name in leaves_of(self.net).items()}
        self.state = {name: _reset(names[name], state, mask) for name, state in self.state.items()}

    def detach(self) -> None:
        """Cut the state from its graph, so that a backward pass ends here."""
        self.state = detach(self.state)

    def state_dict(self) -> dict[str, Any]:
        """The states by qualified name, empty at rest; for `torch.save`."""
        return {} if self.state is None else dict(self.state)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state.

        Args:
            state: what `state_dict` returned, of a stream over the same net.
        Raises:
            StateError: a name in `state` is no stateful leaf of this net.
        """
        require_known(state, leaves_of(self.net))
        self.state = dict(state) or None

    def __repr__(self) -> str:
        where = "at rest" if self.state is None else f"{len(self.state)} states"
        return f"Stream({type(self.net).__name__}, {where})"


def _first(y: Tensor) -> Tensor:
    return y[0]


def _reset(leaf: Module, state: Any, mask: Tensor) -> Any:
    fresh: Callable[[Any], Any] | None = getattr(leaf, "rest", None)
    if fresh is None:
        raise StateError(
            f"`{type(leaf).__name__}` must define `rest(state)` for `reset(mask)`, got none; reset all "
            "samples with `reset()`"
        )

    def mixed(old: Tensor, new: Tensor) -> Tensor:
        return _mixed(old, new, mask)

    return pytree.tree_map(mixed, state, fresh(state))


def _mixed(old: Tensor, new: Tensor, mask: Tensor) -> Tensor:
    if mask.shape[0] != old.shape[0]:
        raise ShapeError(
            f"`mask` must have shape [{old.shape[0]}], one bool a sample, got {list(mask.shape)}; "
            "the state has that batch size"
        )
    rows = mask.to(old.device).reshape([-1] + [1] * (old.ndim - 1))
    return torch.where(rows, new, old)
