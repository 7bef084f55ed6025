"""Fixtures for the tests of engines."""

import sys
from pathlib import Path

import pytest
import torch

import spikelet

_PACKAGE = str(Path(spikelet.__file__).parent)


def _filled(make):
    """`make`, with the memory that the package asks for full of NaN."""

    def made(*args, **kwargs):
        tensor = make(*args, **kwargs)
        inside = sys._getframe(1).f_code.co_filename.startswith(_PACKAGE)
        return tensor.fill_(torch.nan) if inside and tensor.is_floating_point() else tensor

    return made


@pytest.fixture
def poisoned(monkeypatch):
    """An output element that an engine leaves unwritten is NaN, and no comparison holds."""
    monkeypatch.setattr(torch, "empty", _filled(torch.empty))
    monkeypatch.setattr(torch, "empty_like", _filled(torch.empty_like))
    monkeypatch.setattr(torch.Tensor, "new_empty", _filled(torch.Tensor.new_empty))


@pytest.fixture
def threads():
    """`torch.set_num_threads`, undone after the test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)
