"""Threads side by side, forks of a warm process, and Ctrl-C: each in a process of its own that must end."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

WARM = """
import os, signal, sys, threading, time
import torch
from spikelet import engine
from spikelet.engine import Checkpoints
from spikelet.neurons import LIF, Neuron, learn, param, state
from spikelet.reset import Soft

class Adaptive(Neuron):
    b = param(0.25)
    v = state(rest=0.0, membrane=True)
    a = state(rest=0.0)

    @staticmethod
    def charge(s, x, p):
        return s.replace(v=s.v * 0.5 + x - s.a)

    @staticmethod
    def after(s, z, p):
        return s.replace(a=s.a * 0.75 + p.b * z)

torch.set_num_threads(2)
x = torch.rand(20, 4, 3000, generator=torch.Generator().manual_seed(0)) * 3
assert x.numel() > 1 << 16
nets = {"one": LIF(tau=learn(2.0)), "two": Adaptive(b=learn(0.25), reset=Soft())}

def result(name):
    net, leaf = nets[name], x.clone().requires_grad_()
    z, end = net.scan(leaf)
    grads = torch.autograd.grad(z.sum() + end.v.sum(), [leaf, *net.parameters()])
    with torch.no_grad():
        silent = net(x)
    return [z.detach(), end.v.detach(), silent, *grads]

def same(name):
    return all(torch.equal(a, b) for a, b in zip(result(name), expected[name], strict=True))

expected = {name: result(name) for name in nets}
"""

THREADS = """
wrong = []

def work(name, wait):
    wait.wait()
    for _ in range(15):
        if not same(name):
            wrong.append(name)

start = threading.Barrier(4)
threads = [threading.Thread(target=work, args=(name, start)) for name in ("one", "two", "one", "two")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not wrong, wrong
"""

# Each thread has its own number of threads in torch, and asks for a pool of that size.
SIZES = """
wrong = []

def work(name, count):
    torch.set_num_threads(count)
    for _ in range(10):
        if not same(name):
            wrong.append((name, count))

threads = [threading.Thread(target=work, args=("one", 2)), threading.Thread(target=work, args=("two", 3))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not wrong, wrong
"""

# A child computes with this package and numpy alone: torch's own loops may wait for threads of the parent.
CHILD = """
import numpy as np

arriving = {name: torch.ones_like(found[0]) for name, found in expected.items()}
leaf = x.clone().requires_grad_()

def forward(name):
    with torch.no_grad():
        return np.array_equal(nets[name](x).numpy(), expected[name][0].numpy())

def backward(name):
    with engine.keep(Checkpoints()):
        z, _ = nets[name].scan(leaf)
    (grad,) = torch.autograd.grad(z, leaf, arriving[name])
    return np.array_equal(grad.numpy(), plain[name].numpy())

plain = {}
for name, net in nets.items():
    with engine.keep(Checkpoints()):
        z, _ = net.scan(leaf)
    (plain[name],) = torch.autograd.grad(z, leaf, arriving[name])
    assert forward(name) and backward(name)

def forked(work, *names):
    child = os.fork()
    if child == 0:
        # Twice: the pool that the child builds must serve again.
        os._exit(0 if all(work(name) for name in names * 2) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""

FORK = """
for _ in range(3):
    forked(forward, "one", "two")
    forked(backward, "one", "two")
    assert all(same(name) for name in nets)
"""

FORK_BESIDE = """
stop = threading.Event()

def work():
    while not stop.is_set():
        forward("two")

worker = threading.Thread(target=work)
worker.start()
try:
    for _ in range(10):
        forked(forward, "one")
finally:
    stop.set()
    worker.join()
"""

LONG = """
wide = torch.rand(400, 1, 50_000)
leaf = wide.clone().requires_grad_()
# A script that runs the tests in its background has them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
print("running", flush=True)
while True:
    if sys.argv[1] == "forward":
        with torch.no_grad():
            nets["two"](wide)
    else:
        with engine.keep(Checkpoints()):
            nets["two"](leaf).sum().backward()
"""


def started(scenario, *arguments, **options):
    command = [sys.executable, "-W", "error", "-W", "ignore:.*multi-threaded:DeprecationWarning"]
    return subprocess.Popen([*command, "-c", WARM + scenario, *arguments], start_new_session=True, **options)


def ended(process):
    """The process's group outlives its leader where a forked child hangs."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(scenario):
    process = started(scenario)
    try:
        assert process.wait(timeout=120) == 0
    finally:
        ended(process)


@pytest.mark.parametrize("scenario", [THREADS, SIZES], ids=["one pool", "pools of two sizes"])
def test_threads_that_scan_two_nets_get_the_bits_of_one(scenario):
    run(scenario)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("scenario", [FORK, FORK_BESIDE], ids=["warm parent", "busy parent"])
def test_a_forked_process_scans_and_ends(scenario):
    run(CHILD + scenario)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_an_interrupt_during_a_long_scan_ends_it(direction):
    process = started(LONG, direction, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "running\n"
        with pytest.raises(subprocess.TimeoutExpired):
            # Long enough to be inside a scan, whatever the machine: the loop never ends by itself.
            process.wait(timeout=1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        ended(process)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode in (1, -signal.SIGINT, 130)
