"""PyTorch's own workers: they repeat by the program's order, and never each other."""

import pytest

from spikelet import transforms as tr
from transform_cases import Drawn, made

data = pytest.importorskip("torch.utils.data", reason="torch is not here")


def epochs(seed, *, workers, context):
    """What two epochs over one recording, again and again, hold."""
    drawn = Drawn(made(100), tr.Compose([tr.RandomFlipLR(), tr.DropEvent(0.5)], seed=seed), copies=6)
    loader = data.DataLoader(drawn, batch_size=None, num_workers=workers, multiprocessing_context=context)
    return [list(loader) for _ in range(2)]


# A machine with fewer cores is warned of, and these workers have next to nothing to do.
@pytest.mark.filterwarnings("ignore:This DataLoader will create")
@pytest.mark.parametrize(("workers", "context"), [(0, None), (1, "fork"), (3, "fork"), (2, "spawn")])
def test_no_sample_of_any_worker_or_epoch_is_like_another(workers, context):
    first, second = epochs(1, workers=workers, context=context)
    assert len({*first, *second}) == 12


def test_samples_repeat_where_processes_do():
    assert epochs(1, workers=0, context=None) == epochs(1, workers=0, context=None)
    assert epochs(1, workers=0, context=None) != epochs(2, workers=0, context=None)
