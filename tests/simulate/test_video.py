"""Videos before the simulated sensor, through PyAV where it is installed."""

import sys
from importlib import util

import numpy as np
import pytest

from spikelet import events
from spikelet.errors import FormatError, ParameterError
from spikelet.events import Sensor

SENSOR = Sensor(threshold_mismatch=0.1, shot_noise_rate_hz=20, bandwidth_hz=80, refractory_us=700)
needs_pyav = pytest.mark.skipif(util.find_spec("av") is None, reason="PyAV is not here")


@pytest.fixture
def film(tmp_path):
    """A lossless video at 50 frames a second, and its frames."""
    av = pytest.importorskip("av")
    frames = np.random.default_rng(2).integers(0, 256, (8, 32, 48), dtype=np.uint8)
    path = tmp_path / "film.mkv"
    with av.open(str(path), mode="w") as container:
        stream = container.add_stream("ffv1", rate=50)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "gray"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="gray")))
        container.mux(stream.encode())
    return path, frames


@needs_pyav
def test_a_video_is_its_frames_at_their_times(film):
    path, frames = film
    ours = events.simulate(path, sensor=SENSOR)
    assert ours == events.simulate(frames, times_us=np.arange(8) * 20_000, sensor=SENSOR)
    assert ours == events.simulate(str(path), sensor=SENSOR)
    with pytest.raises(
        ParameterError, match=r"`times_us` must be left out for a video, which brings its own"
    ):
        events.simulate(path, times_us=[0])


@needs_pyav
def test_what_is_no_video_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        events.simulate(tmp_path / "missing.mp4")
    other = tmp_path / "other.mp4"
    other.write_bytes(b"no video at all" * 100)
    with pytest.raises(FormatError, match=r"other\.mp4: content must be a video, got an error of PyAV"):
        events.simulate(other)


def test_a_video_without_pyav_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(
        ImportError, match=r'videos must be read through PyAV, .* pip install "spikelet\[video\]"'
    ):
        events.simulate(tmp_path / "film.mp4")
