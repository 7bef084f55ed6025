"""Other readers of Prophesee's files where they are installed, and where they differ, who is right."""

import numpy as np
import pytest

from spikelet import events

pytestmark = pytest.mark.peers


@pytest.fixture
def by_expelliarmus():
    package = pytest.importorskip("expelliarmus")

    def read(path, encoding):
        return package.Wizard(encoding=encoding).read(str(path))

    return read


def agree(records, raw):
    return len(records) == len(raw) and all(
        np.array_equal(records[name], getattr(raw, name)) for name in "txyp"
    )


@pytest.mark.parametrize(
    "name", ["prophesee/cd_hd_transcoded.dat", "prophesee/ncars_a.dat", "edge/dat_wrap_a.dat"]
)
def test_expelliarmus_reads_dat_alike(by_expelliarmus, shared_data, name):
    path = shared_data / "events" / name
    assert agree(by_expelliarmus(path, "dat"), events.read_raw(path))


def test_expelliarmus_reads_what_we_write(by_expelliarmus, tmp_path, random_events):
    path = tmp_path / "made.dat"
    events.write(path, random_events(20_000))
    assert agree(by_expelliarmus(path, "dat"), events.read_raw(path))


def test_expelliarmus_takes_a_small_step_back_for_a_wrap(by_expelliarmus, edge):
    path = edge / "dat_backward_a.dat"
    raw, records = events.read_raw(path), by_expelliarmus(path, "dat")
    step = raw.report.first_backward
    # 40 microseconds back: no counter of 2**32 begins anew there, so what is stored is right.
    assert 0 < raw.t[step - 1] - raw.t[step] < 1000
    np.testing.assert_array_equal(records["t"][:step], raw.t[:step])
    assert records["t"][step] - raw.t[step] == 1 << 32
