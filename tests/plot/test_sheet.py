"""Sheets: the picture of each window stands at its place in one PNG that other programs decode."""

import struct
import zlib
from importlib import import_module, util

import numpy as np
import pytest

from spikelet import events, plot
from spikelet.errors import ParameterError
from spikelet.frames import ByTime, IntoByCount, IntoByTime, slices
from spikelet.plot.pictures import pictures

SIZE = (41, 31)


@pytest.fixture
def moving():
    rng = np.random.default_rng(1)
    t = np.sort(rng.integers(0, 1_000_000, 3000))
    x, y = (np.minimum(rng.geometric(0.2, 3000), side) - 1 for side in SIZE)
    return events.Events(t, x, y, rng.integers(0, 2, 3000), sensor_size=SIZE)


def decoded(path):
    """Places in the palette, and the palette, by the letter of the specification."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + body),)
        chunks.append((kind, body))
        at += 12 + length
    kinds = [kind for kind, _ in chunks]
    assert kinds == [b"IHDR", b"PLTE", *[b"IDAT"] * (len(kinds) - 3), b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
    assert rest == [8, 3, 0, 0, 0]
    rows = np.frombuffer(
        zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT")), np.uint8
    )
    rows = rows.reshape(height, 1 + width)
    assert not rows[:, 0].any()
    return rows[:, 1:], np.frombuffer(chunks[1][1], np.uint8).reshape(-1, 3)


@pytest.mark.parametrize("columns", [None, 1, 3, 99])
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("window", [IntoByTime(7), IntoByCount(6), ByTime(us=2_000_000)], ids=repr)
def test_every_picture_stands_at_its_place(moving, tmp_path, window, columns, scale):
    path = tmp_path / "a.png"
    sheet = plot.write_png(path, moving, window=window, columns=columns, scale=scale)
    places, palette = decoded(path)
    shown = list(pictures(moving, window, scale=scale))
    assert (sheet.frames, places.shape) == (len(shown), sheet.size[::-1])
    width, height = 41 * scale + 2, 31 * scale + 2
    assert sheet.size == (sheet.columns * width + 2, -(-len(shown) // sheet.columns) * height + 2)
    rest = places.copy()
    for number, picture in enumerate(shown):
        row, column = divmod(number, sheet.columns)
        here = np.s_[2 + row * height : (row + 1) * height, 2 + column * width : (column + 1) * width]
        np.testing.assert_array_equal(places[here], picture)
        rest[here] = 16
    assert (rest == 16).all()
    np.testing.assert_array_equal(palette[:16], plot.DARK.palette())
    assert columns is None or sheet.columns == min(len(shown), columns)


def test_a_sheet_is_about_as_wide_as_high(moving, tmp_path):
    sheet = plot.write_png(tmp_path / "a.png", moving, window=IntoByTime(100))
    assert (sheet.columns, sheet.size) == (9, (9 * 43 + 2, 12 * 33 + 2))
    assert str(sheet) == f"{tmp_path / 'a.png'}: 100 frames, 9 in a row, 389x398 pixels"


def test_gaps_have_a_colour_of_their_own(moving, tmp_path):
    for inks in (plot.DARK, plot.LIGHT):
        plot.write_png(tmp_path / "a.png", moving, window=IntoByTime(2), inks=inks, overwrite=True)
        _, palette = decoded(tmp_path / "a.png")
        assert len({tuple(colour) for colour in palette.tolist()}) == 17


@pytest.mark.skipif(util.find_spec("PIL") is None, reason="Pillow, which decodes PNG, is not here")
def test_another_program_sees_the_same_colours(moving, tmp_path):
    plot.write_png(tmp_path / "a.png", moving, window=IntoByTime(5), inks=plot.LIGHT)
    places, palette = decoded(tmp_path / "a.png")
    with import_module("PIL.Image").open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), palette[places])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"scale": 0}, "`scale` must be from 1 to 64, got 0"),
        ({"columns": 0}, "`columns` must be .*1.*, got 0"),
        ({"window": ByTime(us=20), "columns": 99_999}, "at most 65535 pixels along each side, got"),
    ],
)
def test_what_makes_no_sheet_is_refused_and_leaves_nothing(moving, tmp_path, asked, said):
    with pytest.raises(ParameterError, match=said):
        plot.write_png(tmp_path / "a.png", moving, **{"window": IntoByTime(3), **asked})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("write", "ending"), [(plot.write_png, ".png"), (plot.write_gif, ".gif"), (plot.write_mp4, ".mp4")]
)
def test_a_picture_is_not_given_the_name_of_something_else(moving, tmp_path, write, ending):
    with pytest.raises(ParameterError, match=rf"`path` must end in \{ending}, got 'a.jpg'"):
        write(tmp_path / "a.jpg", moving, window=IntoByTime(3))
    assert list(tmp_path.iterdir()) == []


def test_a_recording_without_a_window_is_refused(moving, tmp_path):
    assert len(slices(moving[:0], ByTime(us=10))) == 0
    with pytest.raises(ParameterError, match="a sheet must have at least one frame"):
        plot.write_png(tmp_path / "a.png", moving[:0], window=ByTime(us=10))


def test_a_file_that_is_there_stays(moving, tmp_path):
    (tmp_path / "a.png").write_text("mine")
    with pytest.raises(ParameterError, match="must not exist yet"):
        plot.write_png(tmp_path / "a.png", moving, window=IntoByTime(3))
    assert (tmp_path / "a.png").read_text() == "mine"
