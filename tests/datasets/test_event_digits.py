import json
import pickle
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from spikelet import _core, events
from spikelet.datasets import EventDataset, EventDigits, default_root
from spikelet.errors import FormatError, ParameterError
from spikelet.frames import IntoByTime, counts

SPLITS = ("train", "validation", "test")


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> EventDigits:
    """A data set of its own that a test may damage: the test split only, at the same name."""
    whole = EventDigits("test", root=root)
    folder = tmp_path / whole.root.name
    for path in (whole.path(0), whole.path(1), whole.root / "manifest.json"):
        target = folder / path.relative_to(whole.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return EventDigits("test", root=tmp_path)


def test_the_splits_hold_each_digit_of_scikit_learn_once_with_its_label(root):
    _, labels = load_digits(return_X_y=True)
    parts = [EventDigits(split, root=root) for split in SPLITS]
    ids = np.concatenate([part.ids for part in parts])
    assert sorted(ids.tolist()) == list(range(1797))
    for part in parts:
        assert np.array_equal(part.labels, labels[part.ids])
        assert np.all(np.diff(part.ids) > 0)
        assert len(part) == part.splits[part.split]


def test_every_class_is_split_in_the_same_proportion(root):
    shares = {"train": 0.60, "validation": 0.15, "test": 0.25}
    parts = {split: EventDigits(split, root=root) for split in SPLITS}
    totals = sum(np.bincount(part.labels, minlength=10) for part in parts.values())
    for split, share in shares.items():
        assert np.bincount(parts[split].labels, minlength=10) / totals == pytest.approx(share, abs=0.015)


def test_the_split_is_fixed(root):
    first = {split: EventDigits(split, root=root).ids[:6].tolist() for split in SPLITS}
    assert first == {
        "train": [0, 1, 2, 3, 4, 5],
        "validation": [10, 11, 12, 13, 14, 15],
        "test": [30, 31, 32, 34, 38, 41],
    }


def test_a_recording_is_what_the_simulator_gave(root):
    images, _ = load_digits(return_X_y=True)
    data = EventDigits("validation", root=root)
    settings = json.loads((data.root / "manifest.json").read_text())["settings"]
    for index in (0, 7, len(data) - 1):
        image = (images[data.ids[index]].reshape(8, 8) / 16).astype(np.float32)
        settings["sensor_size"] = tuple(settings["sensor_size"])
        t, x, y, p, _ = _core.simulate_saccades(image, **settings)
        recording, label = data[index]
        assert recording == events.Events(t, x, y, p, sensor_size=data.sensor_size)
        assert label == data.labels[index]


def test_recordings_are_the_same_on_every_platform(root):
    # Digests of what the first builder wrote. Where they change, its version in `event_digits.py` must rise.
    first = EventDigits("train", root=root)
    assert [first.read(index).digest() for index in (0, 1000)] == [
        "24c513536dfb87bd6b07408a0a32fe96cd4e7da42e5522755f3ca374939d4589",
        "31f6637bd252459996a2555e1b05213d54bd971d0fbca3a197f2f25ee647e648",
    ]


def test_a_recording_lies_in_the_folder_of_its_split_and_class(root):
    data = EventDigits("test", root=root)
    assert data.path(0) == data.root / "test" / str(data.labels[0]) / f"{data.ids[0]:05}.bin"
    assert events.info(data.path(0), format="bin40").events == len(data[0][0])
    assert len(list((data.root / "test" / "7").iterdir())) == np.sum(data.labels == 7)


def test_events_last_three_saccades_and_fill_the_sensor(root):
    recording, _ = EventDigits(root=root)[5]
    assert recording.sensor_size == EventDigits.sensor_size
    assert recording.t[-1] <= 300_000
    thirds = np.histogram(recording.t, bins=3, range=(0, 300_000))[0]
    assert thirds.min() > 0.2 * len(recording)
    # The image ends where it started, so that each pixel's level must be back within one threshold.
    level = np.zeros(EventDigits.sensor_size[::-1])
    np.add.at(level, (recording.y, recording.x), np.where(recording.p, 0.3, -0.34))
    assert -0.3 < level.min() < level.max() < 0.34


def test_a_transform_is_applied_to_what_is_read(root):
    data = EventDigits("test", root=root, transform=partial(counts, window=IntoByTime(10)))
    grid, label = data[3]
    assert grid.shape == (10, 2, *EventDigits.sensor_size[::-1])
    assert grid.sum() == len(data.read(3))
    assert isinstance(label, int)


@pytest.mark.parametrize("index", [-1, 445, 10**9])
def test_an_index_outside_the_split_is_an_index_error(root, index):
    data = EventDigits("test", root=root)
    for ask in (data.__getitem__, data.path, data.read):
        with pytest.raises(IndexError, match=rf"`index` must be 0 to 444 in the test split, got {index}"):
            ask(index)


def test_a_loop_over_a_split_ends(root):
    data = EventDigits("validation", root=root, transform=len)
    assert len(list(data)) == 272


def test_an_unknown_split_is_refused_before_anything_is_made(tmp_path):
    message = '`split` must be one of "train", "validation", "test", got \'valid\''
    with pytest.raises(ParameterError, match=message):
        EventDigits("valid", root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_labels_cannot_be_written_to(root):
    with pytest.raises(ValueError, match="read-only"):
        EventDigits(root=root).labels[0] = 3


def test_a_pickled_data_set_reads_the_same(root):
    data = EventDigits("test", root=root, transform=partial(counts, window=IntoByTime(4)))
    again = pickle.loads(pickle.dumps(data))
    assert np.array_equal(again[9][0], data[9][0])
    assert np.array_equal(again.labels, data.labels)
    assert again.split == "test"


def test_the_card_names_licence_citation_and_sizes():
    card = EventDigits.card.fget(EventDigits)
    for part in ("EventDigits", "CC BY 4.0", "Alpaydin", "1,080 train, 272 validation, 445 test", "24 x 24"):
        assert part in card
    assert issubclass(EventDigits, EventDataset)


def test_a_damaged_recording_is_named_with_the_way_out(copy):
    path = copy.path(1)
    good = path.read_bytes()
    path.write_bytes(good[:-5])
    with pytest.raises(
        FormatError, match=r"00031\.bin: content must have sha256 .* delete the folder .* again"
    ):
        copy[1]
    path.write_bytes(good)
    assert len(copy[1][0]) == len(good) // 5


def test_a_missing_recording_is_named_with_the_way_out(copy):
    copy.path(0).unlink()
    with pytest.raises(FileNotFoundError, match=r"missing; delete the folder .* built again") as caught:
        copy[0]
    assert caught.value.filename == str(copy.path(0))


def test_a_manifest_that_lacks_recordings_is_refused(copy):
    manifest = copy.root / "manifest.json"
    content = json.loads(manifest.read_text())
    content["sha256"] = {name: value for name, value in content["sha256"].items() if "00030" not in name}
    manifest.write_text(json.dumps(content))
    with pytest.raises(FormatError, match=r"must list 445 recordings of the test split, got 444; delete"):
        EventDigits("test", root=copy.root.parent)


def test_scikit_learn_is_needed_only_to_make_the_recordings(root, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert len(EventDigits("test", root=root)) == 445
    with pytest.raises(ImportError, match=r'run: pip install "spikelet\[digits\]"'):
        EventDigits("test", root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_other_digits_than_those_known_are_refused(tmp_path, monkeypatch):
    data, target = load_digits(return_X_y=True)
    data[700, 20] = 15 - data[700, 20]
    monkeypatch.setattr("sklearn.datasets.load_digits", lambda return_X_y: (data, target))
    with pytest.raises(FormatError, match=r"load_digits` must have sha256 .* digits are unchanged"):
        EventDigits(root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_default_root_follows_the_xdg_rule(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_root() == tmp_path / "spikelet" / "datasets"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert default_root() == Path.home() / ".cache" / "spikelet" / "datasets"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_root() == Path.home() / ".cache" / "spikelet" / "datasets"


def test_reading_prints_nothing_and_needs_neither_torch_nor_scikit_learn(root):
    script = (
        "import sys; from spikelet.datasets import EventDigits\n"
        f"data = EventDigits('test', root={str(root)!r}); data[0]\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'sklearn')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_forked_loader_workers_read_the_same_samples(root):
    data = pytest.importorskip("torch.utils.data")
    digits = EventDigits("test", root=root, transform=partial(counts, window=IntoByTime(5)))
    digits[0]
    subset = data.Subset(digits, range(40))
    loader = data.DataLoader(subset, batch_size=8, num_workers=2, multiprocessing_context="fork")
    seen = [(grid, int(label)) for grids, labels in loader for grid, label in zip(grids, labels, strict=True)]
    for index, (grid, label) in enumerate(seen):
        assert np.array_equal(grid.numpy(), digits[index][0])
        assert label == digits.labels[index]
    assert len(seen) == 40
