import threading

import pytest
import torch
from torch import nn

import spikelet
from spikelet.errors import StateError
from spikelet.neurons import LIF


class Meet(nn.Module):
    """Waits inside the pass until the other side has done its part."""

    def __init__(self):
        super().__init__()
        self.inside, self.leave = threading.Event(), threading.Event()

    def forward(self, x):
        self.inside.set()
        assert self.leave.wait(30)
        return x


@pytest.fixture
def x():
    return torch.rand(5, 2, 3, generator=torch.Generator().manual_seed(1)) * 4


def while_scanned(meet, net, x, todo):
    """Run `todo` while another thread is inside `scan(net, x)`; both results."""
    results = []
    thread = threading.Thread(target=lambda: results.append(spikelet.scan(net, x)))
    thread.start()
    assert meet.inside.wait(30)
    try:
        done = todo()
    finally:
        meet.leave.set()
        thread.join(30)
    return results[0], done


def test_two_nets_are_scanned_by_two_threads(x):
    meet = Meet()
    one, two = nn.Sequential(LIF(), meet, LIF()), nn.Sequential(LIF(tau=3.0), LIF())
    (y, state), (y2, state2) = while_scanned(meet, one, x, lambda: spikelet.scan(two, x))
    assert torch.equal(y2, two(x))
    assert list(state) == ["0", "2"]
    assert list(state2) == ["0", "1"]
    assert torch.equal(y, nn.Sequential(LIF(), LIF())(x))


def test_another_net_runs_from_rest_beside_a_scan(x):
    meet, other = Meet(), LIF()
    _, y = while_scanned(meet, nn.Sequential(meet, LIF()), x, lambda: other(x))
    assert torch.equal(y, LIF()(x))


def test_one_net_scanned_from_two_threads_is_refused(x):
    meet = Meet()
    net = nn.Sequential(LIF(), meet)
    part = nn.Sequential(net[0])

    def refused():
        with pytest.raises(StateError, match="must be scanned by one thread at a time, got two"):
            spikelet.scan(part, x)
        with pytest.raises(StateError, match="must be run by one thread while it is scanned, got a second"):
            part(x)

    (y, _), _ = while_scanned(meet, net, x, refused)
    assert torch.equal(y, LIF()(x))
