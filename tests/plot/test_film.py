"""Films: each frame of a file that another program decodes is the picture of its counts."""

import math
import sys
from importlib import import_module, util

import numpy as np
import pytest

from spikelet import events, frames, plot
from spikelet.errors import OrderError, ParameterError
from spikelet.frames import ByCount, ByTime, IntoByCount, IntoByTime

needs_pillow = pytest.mark.skipif(
    util.find_spec("PIL") is None, reason="Pillow, which decodes GIF, is not here"
)
needs_pyav = pytest.mark.skipif(util.find_spec("av") is None, reason="PyAV is not here")


@pytest.fixture
def moving():
    """Events that gather on few pixels, so that all levels occur, with a silent second."""
    rng = np.random.default_rng(1)
    t = np.sort(np.concatenate([rng.integers(0, 1_000_000, 3000), rng.integers(2_000_000, 3_000_000, 3000)]))
    x = np.minimum(rng.geometric(0.2, 6000), 40) - 1
    y = np.minimum(rng.geometric(0.2, 6000), 31) - 1
    return events.Events(t, x, y, rng.integers(0, 2, 6000), sensor_size=(41, 31))


def expected_colour(off, on, inks):
    """The colour of one pixel, by the words of the docstring."""
    if off == on == 0:
        return np.array(inks.paper)
    ink = inks.on if on > off else inks.off if off > on else inks.even
    level = min(4, int(math.log2(max(on, off))))
    share = 0.7 + 0.3 * level / 4
    return np.rint(np.array(inks.paper) + share * (np.array(ink) - np.array(inks.paper)))


def expected_frames(given, window, inks):
    """Pictures by plain loops over the counts."""
    counted = frames.counts(given, window=window)
    pictures = np.empty((len(counted), *counted.shape[2:], 3))
    for k, (off, on) in enumerate(counted):
        for place in np.ndindex(off.shape):
            pictures[k][place] = expected_colour(off[place], on[place], inks)
    return pictures


def decoded_gif(path):
    """Frames as `[T, H, W, 3]`, their times and the loop, by Pillow."""
    with import_module("PIL.Image").open(path) as image:
        pictures, times = [], []
        for index in range(image.n_frames):
            image.seek(index)
            pictures.append(np.asarray(image.convert("RGB")).copy())
            times.append(image.info["duration"])
        return np.stack(pictures), times, image.info["loop"]


@needs_pillow
@pytest.mark.parametrize("inks", [plot.DARK, plot.LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(
    "window", [ByTime(us=100_000), ByCount(1000), IntoByTime(7), IntoByCount(3)], ids=repr
)
def test_every_frame_of_a_gif_is_the_picture_of_its_counts(moving, tmp_path, window, inks):
    film = plot.write_gif(tmp_path / "a.gif", moving, window=window, inks=inks, frame_ms=50)
    got, times, loop = decoded_gif(tmp_path / "a.gif")
    expected = expected_frames(moving, window, inks)
    assert np.array_equal(got, expected)
    assert len({tuple(colour) for colour in expected.reshape(-1, 3)}) > 8
    assert times == [50] * film.frames
    assert loop == 0
    assert film.to_dict() == {
        "path": str(tmp_path / "a.gif"),
        "frames": len(expected),
        "size": (41, 31),
        "frame_ms": 50,
    }


@needs_pillow
def test_a_scaled_gif_repeats_pixels(moving, tmp_path):
    plot.write_gif(tmp_path / "a.gif", moving, window=IntoByTime(4))
    plot.write_gif(tmp_path / "b.gif", moving, window=IntoByTime(4), scale=3)
    small, large = decoded_gif(tmp_path / "a.gif")[0], decoded_gif(tmp_path / "b.gif")[0]
    assert large.shape == (4, 93, 123, 3)
    assert np.array_equal(large, small.repeat(3, axis=1).repeat(3, axis=2))


@needs_pillow
def test_rows_are_shown_from_above_whatever_the_origin(tmp_path):
    one = events.Events([5], [3], [4], [1], sensor_size=(40, 30), origin="lower-left")
    plot.write_gif(tmp_path / "a.gif", one, window=IntoByTime(1))
    got = decoded_gif(tmp_path / "a.gif")[0][0]
    lit = np.argwhere((got != plot.DARK.paper).any(axis=-1))
    assert lit.tolist() == [[25, 3]]


@needs_pyav
def test_an_mp4_shows_every_picture_in_time(moving, tmp_path):
    film = plot.write_mp4(tmp_path / "a.mp4", moving, window=IntoByTime(9), frame_ms=50, scale=8)
    expected = expected_frames(moving, IntoByTime(9), plot.DARK).repeat(8, axis=1).repeat(8, axis=2)
    with import_module("av").open(str(tmp_path / "a.mp4")) as container:
        got = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    assert len(got) == film.frames == 9
    assert [time for time, _ in got] == pytest.approx([0.05 * k for k in range(9)])
    for (_, picture), wanted in zip(got, expected, strict=True):
        assert picture.shape == (248, 328, 3)
        # The film's colours are half as fine as its light, so edges blur.
        assert np.abs(picture - wanted).mean() < 4


@needs_pyav
def test_odd_sides_of_an_mp4_gain_a_row_and_a_column(moving, tmp_path):
    film = plot.write_mp4(tmp_path / "a.mp4", moving, window=IntoByTime(2))
    with import_module("av").open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (42, 32)
    assert film.size == (41, 31)


def test_without_pyav_an_mp4_is_refused_with_the_way_on(moving, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    message = r'films must be written through PyAV, .* pip install "spikelet\[video\]"'
    with pytest.raises(ImportError, match=message):
        plot.write_mp4(tmp_path / "a.mp4", moving, window=IntoByTime(2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frame_ms": 15}, "`frame_ms` must be a multiple of 10, at least 20, in a GIF, got 15"),
        ({"frame_ms": 10}, "`frame_ms` must be a multiple of 10, at least 20, in a GIF, got 10"),
        ({"scale": 0}, "`scale` must be from 1 to 64, got 0"),
        ({"scale": 65}, "`scale` must be from 1 to 64, got 65"),
    ],
)
def test_a_film_outside_the_rules_is_refused(moving, tmp_path, options, message):
    with pytest.raises(ParameterError, match=message):
        plot.write_gif(tmp_path / "a.gif", moving, window=IntoByTime(2), **options)
    assert list(tmp_path.iterdir()) == []


def test_a_gif_that_would_be_too_wide_is_refused(tmp_path):
    wide = events.Events([1], [0], [0], [0], sensor_size=(60_000, 1))
    with pytest.raises(ParameterError, match="`scale` must keep a GIF below 65536 pixels a side, got 120000"):
        plot.write_gif(tmp_path / "a.gif", wide, window=ByCount(1), scale=2)


def test_a_film_of_nothing_is_refused(tmp_path):
    none = events.Events([], [], [], [], sensor_size=(4, 4))
    with pytest.raises(ParameterError, match="a film must have at least one frame"):
        plot.write_gif(tmp_path / "a.gif", none, window=ByCount(5))


def test_a_film_of_unsorted_events_by_time_is_refused(tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes.fromhex("0101800064 0202000032"))
    back = events.read(tmp_path / "a.bin", sensor_size=(8, 8), lenient=True, backward="keep")
    with pytest.raises(OrderError, match="events must be sorted to be cut by time"):
        plot.write_gif(tmp_path / "a.gif", back, window=IntoByTime(2))


@pytest.mark.parametrize(("write", "name"), [(plot.write_gif, "a.gif"), (plot.write_mp4, "a.mp4")])
def test_a_film_is_not_written_over_a_file(moving, tmp_path, write, name):
    path = tmp_path / name
    path.write_bytes(b"mine")
    with pytest.raises(ParameterError, match="the target must not exist yet"):
        write(path, moving, window=IntoByTime(2))
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("colour", [(0, 0), (0, 0, 256), (-1, 0, 0)])
def test_a_colour_that_is_none_is_refused(colour):
    with pytest.raises(ParameterError, match="a colour must be red, green and blue from 0 to 255"):
        plot.Inks(paper=colour, on=(1, 1, 1), off=(2, 2, 2), even=(3, 3, 3))
