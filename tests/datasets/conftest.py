"""EventDigits, made once for all tests of this folder."""

from pathlib import Path

import pytest

from spikelet.datasets import EventDigits

pytest.importorskip("sklearn", reason="the digits come from scikit-learn")


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("datasets")
    EventDigits(root=folder)
    return folder
