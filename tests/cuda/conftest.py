"""Fixtures for the tests of CUDA kernels."""

import pytest
import torch

from cuda_host import Host


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    """Kernels compiled as C++."""
    return Host(tmp_path_factory.mktemp("kernels"))


@pytest.fixture
def poisoned(monkeypatch):
    """An output element that a kernel leaves unwritten is NaN, and no comparison holds."""

    def filled(make):
        def made(*args, **kwargs):
            tensor = make(*args, **kwargs)
            return tensor.fill_(torch.nan) if tensor.is_floating_point() else tensor

        return made

    monkeypatch.setattr(torch, "empty_like", filled(torch.empty_like))
    monkeypatch.setattr(torch.Tensor, "new_empty", filled(torch.Tensor.new_empty))
