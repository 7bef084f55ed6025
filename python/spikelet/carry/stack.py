"""The stack of carries: what `scan` pushes, and where leaves take and put their state."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, final
from weakref import WeakSet

import torch
import torch.utils.checkpoint
from torch.nn import Module
from torch.nn.parallel import DataParallel, DistributedDataParallel

from spikelet.errors import ParameterError, StateError

__all__ = ["checkpoint", "is_running", "leaves_of", "put", "require_known", "scan", "take"]


def take(leaf: Module) -> Any:
    """The state that the running carry holds for `leaf`.

    Args:
        leaf: a module of the protocol of `spikelet.carry`, from inside its `forward`.
    Returns:
        What `put` was given in the pass before; None where the leaf begins from rest.
    Raises:
        StateError: the given state has no entry for `leaf`, the leaf was already called in this pass,
            the net being scanned does not own it, or the call is a re-run that has lost its carry.
    """
    carry = _carry_of(leaf)
    return None if carry is None else carry.take(leaf)


def put(leaf: Module, state: Any) -> None:
    """Hand the state of `leaf` to the next pass; without a carry, nothing happens.

    Args:
        leaf: a module of the protocol of `spikelet.carry`, after it called `take`.
        state: a pytree of tensors, batch first.
    """
    # `take` has made its checks; a short call feels every further one.
    for carry in reversed(_CARRIES):
        if leaf in carry.leaves:
            carry.left[carry.leaves[leaf]] = state
            return


def is_running() -> bool:
    """Whether a pass is running that may ask a leaf for its state."""
    return bool(_CARRIES)


def scan(net: Module, x: Any, state: Mapping[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
    """`net(x)` from a given state, and the state after it.

    `scan` over `T1 + T2` steps equals a scan over `T1` and one over `T2` from the state it left, in
    eval mode and for layers that do not mix time steps.

    Args:
        net: any module; residuals, branches and ordinary `forward` code are fine.
        x: what `net` takes, as a rule `[T, B, ...]`.
        state: what an earlier `scan` of this net returned; None begins from rest.
    Returns:
        `net(x)`, and the states of its leaves by qualified name.
    Raises:
        StateError: `state` has unknown or missing names, one leaf is called twice in the pass, or
            the net is being scanned already.
    """
    leaves = leaves_of(net)
    if state is not None:
        require_known(state, leaves)
    carry = Carry(net, leaves, state)
    y = _under(carry, net, x)
    kept = {} if state is None else state
    after = {name: carry.left.get(name, kept.get(name)) for name in leaves.values()}
    return y, {name: s for name, s in after.items() if s is not None}


def checkpoint(function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args)` that keeps no activations and runs again in the backward pass.

    As `torch.utils.checkpoint.checkpoint`, but the second run sees the same carried state as the first.

    Args:
        function: a module or function, called inside or outside `scan`.
        args: its arguments.
    Returns:
        `function(*args)`.
    """
    outer = _top_of_thread()
    if outer is None:
        return torch.utils.checkpoint.checkpoint(function, *args, use_reentrant=False)
    given, taken = outer.given, set(outer.taken)

    def replay(*args: Any) -> tuple[Any, dict[str, Any], set[str]]:
        inner = Carry(None, outer.leaves, given, taken=set(taken))
        y = _under(inner, function, *args)
        return y, inner.left, inner.taken

    y, left, now_taken = torch.utils.checkpoint.checkpoint(replay, *args, use_reentrant=False)
    outer.left.update(left)
    outer.taken.update(now_taken)
    return y


@final
class Carry:
    """The states of one pass over one net: what came in and what goes out."""

    def __init__(
        self,
        net: Module | None,
        leaves: dict[Module, str],
        given: Mapping[str, Any] | None,
        *,
        taken: set[str] | None = None,
    ) -> None:
        self.net = net
        self.leaves = leaves
        self.given = given
        self.left: dict[str, Any] = {}
        self.taken: set[str] = set() if taken is None else taken
        # Dynamo traces neither thread nor autograd ids; a graph is traced by one thread, forwards.
        compiling = torch.compiler.is_compiling()
        self.thread = 0 if compiling else threading.get_ident()
        self.backward = -1 if compiling else _backward_id()

    def take(self, leaf: Module) -> Any:
        name = self.leaves[leaf]
        if name in self.taken:
            raise StateError(
                f"{_quoted(name)} must be called once in a pass, got a second call; use two neurons, "
                "a shared one would mix two states"
            )
        self.taken.add(name)
        if self.given is None:
            return None
        if name not in self.given:
            raise StateError(
                f"`state` must hold an entry for {_quoted(name)}, got {_names(self.given)}; pass the "
                "state that `scan` of this net returned, or None"
            )
        return self.given[name]


_CARRIES: list[Carry] = []
# Leaves whose last run, backward passes apart, was under a carry. It only ever refuses: see `_carry_of`.
_CARRIED: WeakSet[Module] = WeakSet()

# The wrapped module's attribute in torch.compile, FSDP and activation-checkpoint wrappers.
_WRAPPED = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
_CHECKPOINT_FILE = torch.utils.checkpoint.__file__


def _under(carry: Carry, function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args)` with `carry` on the stack."""
    # Push first, look after: of two threads that come at once at least one sees the other.
    _CARRIES.append(carry)
    try:
        _require_alone(carry)
        return function(*args)
    finally:
        _CARRIES.remove(carry)


def _require_alone(carry: Carry) -> None:
    for other in _CARRIES:
        if other is carry:
            continue
        if other.thread != carry.thread and any(leaf in other.leaves for leaf in carry.leaves):
            raise StateError(
                "a net must be scanned by one thread at a time, got two; give each thread its own "
                "`copy.deepcopy` of it"
            )
        if other.net is not None and other.net is carry.net:
            raise StateError(
                "`scan` of a net must not run inside a `scan` of the same net, got one inside its own "
                "`forward`; scan a submodule, or call it"
            )


def _carry_of(leaf: Module) -> Carry | None:
    """The carry that owns `leaf`, searched from the top of the stack."""
    compiling = torch.compiler.is_compiling()
    for carry in reversed(_CARRIES):
        if leaf in carry.leaves:
            if not compiling:
                _require_first_run(carry)
                _CARRIED.add(leaf)
            return carry
    if not compiling:
        _require_free(leaf)
    return None


def _require_first_run(carry: Carry) -> None:
    if carry.thread != threading.get_ident():
        raise StateError(
            "a net must be run by one thread while it is scanned, got a second; give each thread its "
            "own `copy.deepcopy` of it"
        )
    if carry.backward != _backward_id() or _in_foreign_checkpoint():
        raise StateError(_RERUN)


def _require_free(leaf: Module) -> None:
    """A leaf without a carry begins from rest; refuse where that would lose a state."""
    if _backward_id() != -1:
        if leaf in _CARRIED:
            raise StateError(_RERUN)
        return
    _CARRIED.discard(leaf)
    if not _CARRIES:
        return
    if getattr(leaf, "_is_replica", False):
        raise StateError(
            "`DataParallel` must not be scanned, its replicas lose state; use one process a device"
        )
    if _top_of_thread() is not None:
        raise StateError(
            "every stateful module that runs inside `scan` must belong to the net, got a "
            f"`{type(leaf).__name__}` outside it; register it as a submodule, for example in a "
            "`torch.nn.ModuleList`"
        )


_RERUN = (
    "a net inside `scan` must not be run again by `torch.utils.checkpoint`, got a re-run without its carried "
    "state; use `spikelet.carry.checkpoint`"
)


def _in_foreign_checkpoint() -> bool:
    # Both kinds of torch checkpoint lose the carry: one re-runs from rest, the other forgets the
    # gradient of the state. The frames between the leaf and its carry tell before harm is done.
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame is not None and frame.f_code is not _under.__code__:
        if frame.f_code.co_filename == _CHECKPOINT_FILE:
            return True
        frame = frame.f_back
    return False


def _backward_id() -> int:
    """The running backward pass in this thread, -1 where none runs."""
    return torch._C._current_graph_task_id()  # pyright: ignore


def _top_of_thread() -> Carry | None:
    if torch.compiler.is_compiling():
        return _CARRIES[-1] if _CARRIES else None
    thread = threading.get_ident()
    return next((carry for carry in reversed(_CARRIES) if carry.thread == thread), None)


def leaves_of(net: Module) -> dict[Module, str]:
    """Stateful leaves of `net` and their qualified names, wrappers left out."""
    _require_module(net)
    found: dict[Module, str] = {}
    for name, module in _walk(net, "", set()):
        found.setdefault(module, name)
    return found


def _walk(module: Module, name: str, seen: set[Module]) -> Iterator[tuple[str, Module]]:
    if module in seen:
        return
    seen.add(module)
    if getattr(type(module), "carries_state", False):
        yield name, module
    wraps = isinstance(module, (DataParallel, DistributedDataParallel))
    for key, child in module.named_children():
        inside = name if key in _WRAPPED or wraps else f"{name}.{key}" if name else key
        yield from _walk(child, inside, seen)


def _require_module(net: Any) -> None:
    if not isinstance(net, Module):
        raise ParameterError(
            f"`net` must be a torch module, got {type(net).__name__}; wrap a function in one"
        )


def require_known(state: Any, leaves: dict[Module, str]) -> None:
    """Refuse a state that names what is no leaf of the net.

    Args:
        state: what the user gave as a state.
        leaves: from `leaves_of(net)`.
    Raises:
        StateError: `state` is no mapping or has an unknown name.
    """
    if not isinstance(state, Mapping):
        raise StateError(
            f"`state` must be the dict that `scan` returned, got {type(state).__name__}; pass it whole, "
            "or None"
        )
    known = set(leaves.values())
    unknown = [name for name in state if name not in known]
    if unknown:
        raise StateError(
            f"`state` must hold only the net's stateful modules {_names(known)}, got {_names(unknown)}; "
            "pass the state of this net"
        )


def _quoted(name: str) -> str:
    return f"`{name}`" if name else "the net itself"


def _names(names: Any) -> str:
    listed = sorted(names)
    text = ", ".join(_quoted(name) for name in listed[:4]) or "none"
    return f"{text} and {len(listed) - 4} more" if len(listed) > 4 else text
