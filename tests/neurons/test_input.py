"""What goes in as `x` and as state, and what is refused."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch.utils import _pytree as pytree

from spikelet.errors import DtypeError, EngineError, ShapeError, StateError
from spikelet.neurons import IF, LIF, State


@pytest.mark.parametrize("call", ["__call__", "scan", "trace"])
@pytest.mark.parametrize("shape", [(), (64,), (32, 64)])
def test_a_sequence_without_a_batch_axis_is_refused(call, shape):
    with pytest.raises(ShapeError) as caught:
        getattr(LIF(), call)(torch.zeros(shape))
    assert str(caught.value) == (
        f"`x` must have shape [T, B, ...], got {list(shape)}; add a batch axis with `x.unsqueeze(1)` or feed "
        "one time step to `step`"
    )


def test_a_step_without_a_batch_axis_is_refused():
    with pytest.raises(ShapeError, match=r"`x` must have shape \[B, ...\], got \[64\]; add a batch axis"):
        LIF().step(torch.zeros(64))


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
def test_whole_numbers_are_refused(dtype):
    x = torch.ones(3, 2, 4, dtype=dtype)
    name = str(dtype).removeprefix("torch.")
    for call in (LIF(), LIF().scan, LIF().step, LIF().trace):
        with pytest.raises(
            DtypeError, match=rf"`x` must be float16, .*, got {name}; convert it with `x.float\(\)`"
        ):
            call(x)


@pytest.mark.parametrize("x", [np.zeros((3, 2, 4), np.float32), [[[0.0]]], None])
def test_what_is_no_tensor_is_refused(x):
    for call in (LIF(), LIF().scan, LIF().step, LIF().trace):
        with pytest.raises(DtypeError, match=f"`x` must be a torch tensor, got {type(x).__name__}; make one"):
            call(x)


def test_complex_numbers_are_refused():
    with pytest.raises(DtypeError, match="got complex64; take its parts one by one"):
        LIF()(torch.ones(3, 2, 4, dtype=torch.complex64))


def test_another_device_is_refused():
    with pytest.raises(EngineError, match="`x` must be on cpu, where the neuron's parameters are, got meta"):
        LIF()(torch.zeros(3, 2, 4, device="meta"))


def test_a_state_that_does_not_fit_is_refused_with_its_place():
    neuron = LIF()
    x = torch.rand(3, 2, 4)
    _, fits = neuron.scan(x)
    cases = {
        r"`state` of `LIF` must be a `State`, got Tensor": fits.v,
        r"`state` of `LIF` must hold v, got u": State(u=fits.v),
        r"`state.v` must have shape \[2, 4\] as one step of `x`, got \[3, 4\]": State(v=torch.zeros(3, 4)),
        r"`state.v` must be float32 for `x` of float32, got float64": State(v=fits.v.double()),
        r"`state.v` must be on cpu as `x`, got meta": State(v=fits.v.to("meta")),
        r"`state.v` must be a tensor, got float": State(v=0.0),
    }
    for message, wrong in cases.items():
        for call in (neuron.scan, neuron.trace, lambda x, s: neuron.step(x[0], s)):
            with pytest.raises(StateError, match=message):
                call(x, wrong)
    with pytest.raises(StateError, match="must be float64 for `x` of float64, got float32"):
        neuron.scan(x.double(), fits)


def test_a_state_does_not_change():
    state = IF().scan(torch.rand(3, 2, 4))[1]
    with pytest.raises(AttributeError, match=r"does not change; make a new one with `replace\(v=...\)`"):
        state.v = torch.zeros(2, 4)
    with pytest.raises(AttributeError, match="does not change"):
        del state.v
    with pytest.raises(AttributeError, match="`State` has no 'u'; it has v"):
        _ = state.u
    new = state.replace(v=state.v + 1)
    assert torch.equal(new.v, state.v + 1)
    with pytest.raises(StateError, match="`replace` must name variables of the state, v, got 'u'"):
        state.replace(u=state.v)


def test_a_state_says_what_it_holds():
    assert repr(IF().scan(torch.rand(3, 2, 4))[1]) == "State(v=[2, 4] float32)"


def test_a_state_survives_copies_pickles_and_files(tmp_path):
    state = IF().scan(torch.rand(3, 2, 4))[1]
    torch.save(state, tmp_path / "state.pt")
    for twin in (
        copy.deepcopy(state),
        copy.copy(state),
        pickle.loads(pickle.dumps(state)),
        torch.load(tmp_path / "state.pt", weights_only=True),
    ):
        assert torch.equal(twin.v, state.v)
        assert repr(twin) == repr(state)


def test_a_state_is_a_pytree():
    state = IF().scan(torch.rand(3, 2, 4))[1]
    leaves, spec = pytree.tree_flatten(state)
    assert [t is state.v for t in leaves] == [True]
    assert torch.equal(pytree.tree_unflatten(leaves, spec).v, state.v)
    assert pytree.keystr(pytree.tree_flatten_with_path(state)[0][0][0]) == ".v"
    assert pytree.treespec_loads(pytree.treespec_dumps(spec)) == spec


def test_a_state_detaches_and_moves():
    x = torch.rand(3, 2, 4, requires_grad=True)
    _, state = IF().scan(x)
    assert state.v.requires_grad
    assert not state.detach().v.requires_grad
    assert state.to("meta").v.is_meta


def test_rest_is_what_a_sequence_begins_from():
    neuron = LIF(v_leak=torch.tensor([0.25, -0.5]))
    _, state = neuron.scan(torch.rand(3, 4, 2))
    assert torch.equal(neuron.rest(state).v, torch.tensor([0.25, -0.5]).expand(4, 2))
    assert neuron.rest(state).v.data_ptr() != neuron.v_leak.data_ptr()
    assert neuron.rest(neuron.double().scan(torch.rand(3, 4, 2).double())[1]).v.dtype == torch.float64
