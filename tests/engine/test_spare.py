"""Memory of large results, which is used again."""

import copy
import os
import pickle
import sys

import pytest
import torch

from spikelet import engine
from spikelet.engine import Charged, Checkpoints, spare
from spikelet.neurons import LIF

MANY = 9, 2, (1 << 17) + 5
kept_here = pytest.mark.skipif(sys.platform != "linux", reason="no memory is kept on this system")


def poison(*dtypes):
    """Memory of large results, let go of with NaN in it."""
    held = [spare.empty(MANY, dtype).fill_(torch.nan) for dtype in dtypes for _ in range(4)]
    del held


def test_short_and_empty_results_are_ordinary_memory():
    for shape in ((), (0,), (5, 0, 3), (7,)):
        made = spare.empty(shape, torch.float32)
        assert made.shape == shape
        assert made.is_contiguous()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_large_result_is_whole_contiguous_and_no_view(dtype):
    made = spare.empty(MANY, dtype)
    made.copy_(torch.arange(made.numel()).remainder(64).view(MANY))
    assert (made.shape, made.dtype, made.is_contiguous(), made._base) == (MANY, dtype, True, None)
    assert torch.equal(made.flatten(), torch.arange(made.numel()).remainder(64).to(dtype))


@pytest.mark.parametrize("shape", [(), (0,), (3, 1, 7), MANY])
def test_a_result_like_a_tensor_has_its_form_and_none_of_its_memory(shape):
    x = torch.zeros(shape, dtype=torch.bfloat16)
    made = spare.empty_like(x).fill_(1)
    assert (made.shape, made.dtype, made.is_contiguous()) == (x.shape, x.dtype, True)
    assert not x.any()


@kept_here
def test_memory_is_used_again_once_it_is_let_go_of_and_not_before():
    first = spare.empty(MANY, torch.float32)
    second = spare.empty(MANY, torch.float32)
    place = first.data_ptr()
    assert second.data_ptr() != place
    part = first[1]
    del first
    assert spare.empty(MANY, torch.float32).data_ptr() != place, "a view of it is still held"
    del part
    assert spare.empty(MANY, torch.float32).data_ptr() == place


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("keep", [Charged(), Charged(half=True), Checkpoints(every=4)])
def test_what_was_in_it_shows_in_no_result(dtype, keep):
    x = torch.rand(MANY).mul(2).to(dtype)
    found = []
    for name in ("cpu", "reference"):
        poison(torch.float32, torch.bfloat16)
        leaf = x.clone().requires_grad_()
        with engine.use(name), engine.keep(keep):
            z = LIF(tau=1.7)(leaf)
        z.sum().backward()
        found.append((z.detach(), leaf.grad))
        with engine.use(name), torch.no_grad():
            assert torch.equal(LIF(tau=1.7)(x), z)
    (z, grad), (wanted_z, wanted_grad) = found
    assert torch.equal(z, wanted_z)
    if dtype == torch.float32 and keep != Charged(half=True):
        torch.testing.assert_close(grad, wanted_grad, rtol=0.0, atol=1e-6 * wanted_grad.abs().max().item())
    assert torch.isfinite(grad).all()


def test_a_large_result_can_be_changed_in_place_copied_and_sent():
    x = torch.rand(MANY, requires_grad=True)
    z = LIF()(x)
    wanted = z.detach().clone()
    z += 1.0
    z.sum().backward()
    assert torch.equal(z.detach(), wanted + 1.0)
    z = z.detach()
    for other in (copy.deepcopy(z), pickle.loads(pickle.dumps(z)), z.clone().share_memory_()):
        assert torch.equal(other, z)
        assert other.data_ptr() != z.data_ptr()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_has_memory_of_its_own(threads):
    # Of torch's own operations, those on several threads may hang in a child.
    threads(1)
    x = torch.full(MANY, 3.0)
    z = LIF()(x)
    child = os.fork()
    if child == 0:
        z.fill_(5.0)
        made = LIF()(x).sum().item()
        os._exit(0 if made == x.numel() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert z.min() == z.max() == 1.0
