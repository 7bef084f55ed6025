"""The player's page: what it holds, and what it does in a browser."""

import base64
import html
import json
import math
import re
import shlex
import zlib
from importlib import import_module, util

import numpy as np
import pytest

import chromium
from spikelet import cli, events
from spikelet.errors import OrderError, ParameterError

SIZE = (40, 30)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page of a headless browser."""
    program = chromium.found()
    if program is None:
        pytest.skip(f"no browser to open the player in: none of {', '.join(chromium.NAMES)} is on the path")
    opened = chromium.Page(program, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture
def moving(random_events):
    """Two seconds on a small sensor."""
    return random_events(4000, size=SIZE, longest_us=2_000_000)


def packed(player):
    """Facts and columns of a page, unpacked by plain loops."""
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', player.html).group(1))
    content = zlib.decompress(base64.b64decode(re.search(r'id="data">(.*?)</script>', player.html).group(1)))
    times, place, time = [], 0, 0
    for _ in range(facts["shown"]):
        shift = 0
        while True:
            byte = content[place]
            place += 1
            time += (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        times.append(time)
    planes = [content[i : i + len(times)] for i in range(place, len(content), max(1, len(times)))]
    addresses = [sum(plane[i] << 8 * k for k, plane in enumerate(planes)) for i in range(len(times))]
    return facts, times, addresses


def test_a_page_holds_the_events_exactly(moving):
    facts, times, addresses = packed(events.show(moving, name="a.raw"))
    t0 = int(moving.t[0])
    assert times == [int(t) - t0 for t in moving.t]
    assert addresses == [
        (int(y) * SIZE[0] + int(x)) * 2 + int(p) for x, y, p in zip(moving.x, moving.y, moving.p, strict=True)
    ]
    assert facts["first_us"] == str(t0)
    assert facts["duration_us"] == moving.duration_us
    assert (facts["events"], facts["shown"], facts["stride"]) == (4000, 4000, 1)


@pytest.mark.parametrize("gap", [0, 127, 128, 16_383, 16_384, 2**31, 2**62])
def test_gaps_of_any_length_are_packed_exactly(gap):
    first = -(2**61)
    two = events.Events([first, first + gap], [0, 39], [0, 29], [0, 1], sensor_size=SIZE)
    facts, times, _ = packed(events.show(two))
    assert times == [0, gap]
    assert facts["first_us"] == str(first)


def test_a_page_of_no_events_stands():
    empty = events.Events([], [], [], [], sensor_size=SIZE)
    facts, times, addresses = packed(events.show(empty))
    assert (times, addresses, facts["duration_us"], facts["first_us"]) == ([], [], 0, "0")


@pytest.mark.parametrize("most", [1, 7, 999, 1000, 3999, 4000])
def test_of_too_many_events_every_so_many_are_taken(moving, tmp_path, most):
    path = tmp_path / "a.raw"
    events.write(path, moving, format="evt2")
    for source in (moving, events.stream(path, chunk=313)):
        player = events.show(source, most_events=most)
        facts, times, _ = packed(player)
        stride = facts["stride"]
        assert times == [int(t - moving.t[0]) for t in moving.t[::stride]]
        assert most / 2 < len(times) <= most or stride == 1
        assert (player.events, player.shown, player.stride) == (4000, len(times), stride)


def test_rows_are_counted_from_above_whatever_the_origin():
    one = events.Events([5], [3], [4], [1], sensor_size=SIZE, origin="lower-left")
    _, _, addresses = packed(events.show(one))
    assert addresses == [((30 - 1 - 4) * 40 + 3) * 2 + 1]


def test_a_notebook_shows_the_page_in_a_closed_frame(moving):
    player = events.show(moving)
    shown = player._repr_html_()
    assert shown.startswith('<iframe sandbox="allow-scripts" ')
    inside = re.search(r'srcdoc="([^"]*)"', shown).group(1)
    assert html.unescape(inside) == player.html
    assert repr(player) == "Player(4000 of 4000 events; `save` it, or show it in a notebook)"


def test_every_recording_of_the_manifest_has_a_page(recording):
    source = events.stream(recording.path, sensor_size=recording.size_to_give(), lenient=True)
    player = events.show(source, most_events=50_000)
    facts, times, _ = packed(player)
    report = source.report
    assert player.events == report.events - report.dropped_out_of_bounds - report.dropped_backward
    assert len(times) == facts["shown"] <= 50_000
    assert times == sorted(times)


def test_the_page_asks_for_nothing_outside(moving):
    text = events.show(moving).html
    assert "default-src 'none'" in text
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert "http://" not in text
    assert "https://" not in text


def test_a_page_is_not_written_over_a_file(moving, tmp_path):
    path = tmp_path / "a.html"
    path.write_text("mine")
    with pytest.raises(ParameterError, match="the target must not exist yet"):
        events.show(moving).save(path)
    assert path.read_text() == "mine"
    events.show(moving).save(path, overwrite=True)
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.html"]


def test_events_out_of_order_are_refused(bin40):
    path = bin40([(100, 1, 1, 1), (300, 2, 2, 0), (200, 3, 3, 1)])
    unsorted = events.read(path, sensor_size=(8, 8), lenient=True, backward="keep")
    with pytest.raises(OrderError, match="`events` must be sorted to be shown"):
        events.show(unsorted)


def test_a_page_for_no_event_is_refused(moving):
    with pytest.raises(ParameterError, match="`most_events` must be above 0, got 0"):
        events.show(moving, most_events=0)


def shade(ink, paper, age, decay):
    share = math.exp(-age / decay)
    return [round(low + (high - low) * share) for high, low in zip(ink, paper, strict=True)]


def test_the_picture_is_the_faded_last_event_of_each_pixel(page, moving, tmp_path):
    page.open(events.show(moving).save(tmp_path / "a.html"))
    page.value("element('decay').value = '0.05', player.recolour(), player.seek(1_000_000)")
    got = np.array(page.value("Array.from(player.picture.context.getImageData(0, 0, 40, 30).data)"))
    got = got.reshape(30, 40, 4)[..., :3]
    paper, on, off = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in page.value("player.colours"))
    last = {}
    now = int(moving.t[0]) + 1_000_000
    for t, x, y, p in zip(moving.t, moving.x, moving.y, moving.p, strict=True):
        if now - 6 * 50_000 < t <= now:
            last[int(x), int(y)] = (now - int(t), on if p else off)
    assert len(last) > 300
    for y in range(30):
        for x in range(40):
            age, ink = last.get((x, y), (math.inf, on))
            expected = shade(ink, paper, age, 50_000)
            assert max(abs(got[y, x] - expected)) <= 2, (x, y)
    assert page.problems() == []


@pytest.mark.skipif(util.find_spec("PIL") is None, reason="Pillow, which reads screenshots, is not here")
def test_the_frame_of_a_notebook_shows_the_picture(page, moving, tmp_path):
    notebook = f"<script>window.player = 1</script>{events.show(moving)._repr_html_()}"
    (tmp_path / "a.html").write_text(notebook, encoding="utf-8")
    page.open(tmp_path / "a.html")
    inks = {(0x00, 0x57, 0xB8), (0xC8, 0x4E, 0x00), (0x58, 0xB4, 0xFF), (0xFF, 0x9C, 0x3C)}
    # The frame paints when its own script has run; nobody outside may ask it.
    for _ in range(200):
        page.picture(tmp_path / "a.png")
        with import_module("PIL.Image").open(tmp_path / "a.png") as image:
            seen = {colour for _, colour in image.convert("RGB").getcolors(2**24)}
        if len(seen & inks) == 2:
            break
    assert len(seen & inks) == 2
    assert page.problems() == []


def test_keys_move_the_player(page, moving, tmp_path):
    page.open(events.show(moving).save(tmp_path / "a.html"))
    page.key("Home")
    assert page.value("player.now") == 0
    page.key(" ")
    page.until("player.isPlaying && player.now > 0")
    assert page.value("element('play').textContent") == "Pause"
    page.key(" ")
    now = page.value("player.now")
    assert not page.value("player.isPlaying")
    page.key("ArrowRight")
    assert page.value("player.now") > now
    page.key("ArrowLeft")
    assert page.value("player.now") == pytest.approx(now)
    page.key("End")
    assert page.value("player.now") == moving.duration_us
    for key, control in (("+", "speed"), ("]", "decay"), ("p", "polarity"), ("c", "colours")):
        before = page.value(f"element('{control}').selectedIndex")
        page.key(key)
        assert page.value(f"element('{control}').selectedIndex") == before + 1
    assert page.problems() == []


def test_at_the_end_the_player_stops_or_begins_again(page, moving, tmp_path):
    page.open(events.show(moving).save(tmp_path / "a.html"))
    page.value("element('speed').value = '500', player.seek(1_900_000), player.toggle(true)")
    page.until("!player.isPlaying")
    assert page.value("player.now") == moving.duration_us
    page.value("element('loop').checked = true, element('speed').value = '0.5'")
    page.value("player.toggle(true), player.now = player.facts.duration_us - 1")
    page.until("player.now < 1_000_000")
    assert page.value("player.isPlaying")
    page.value("player.toggle(false)")


@pytest.mark.parametrize(("polarity", "sign"), [("on", 1), ("off", 0)])
def test_one_polarity_alone_is_shown(page, moving, tmp_path, polarity, sign):
    page.open(events.show(moving).save(tmp_path / "a.html"))
    page.value(f"element('decay').value = '50', element('polarity').value = '{polarity}'")
    page.key("End")
    lit = page.value("Array.from(player.picture.pixels, (pixel) => pixel !== player.picture.paper)")
    expected = np.zeros((30, 40), bool)
    expected[moving.y[moving.p == sign], moving.x[moving.p == sign]] = True
    assert np.array_equal(np.array(lit).reshape(30, 40), expected)


def window_place(page, x, y):
    """The middle of a pixel of the sensor in the window."""
    box = page.value("(({ left, top }) => [left, top])(element('picture').getBoundingClientRect())")
    scale = page.value("player.scale")
    return box[0] + (x + 0.5) * scale, box[1] + (y + 0.5) * scale


@pytest.mark.parametrize("origin", ["upper-left", "lower-left"])
def test_what_the_brush_says_is_what_its_command_cuts_out(
    page, moving, tmp_path, monkeypatch, capsys, origin
):
    monkeypatch.chdir(tmp_path)
    lower = origin == "lower-left"
    name = "it's mine.aedat" if lower else "it's mine.raw"
    size = (128, 128) if lower else SIZE
    chip = {"chip": "DVS128"} if lower else {}
    turned = events.Events(moving.t, moving.x, moving.y, moving.p, sensor_size=size, origin=origin)
    events.write(name, turned, format="aedat2" if lower else "evt2", **chip)
    page.open(events.show(events.stream(name), name=name).save(tmp_path / "a.html"))
    height = size[1]
    top = height - 1 - 20 if lower else 5
    page.drag(window_place(page, 22, top + 15), window_place(page, 8, top))
    left, _, width, _ = page.value(
        "(({ left, top, width, height }) => [left, top, width, height])"
        "(element('curve').getBoundingClientRect())"
    )
    middle = page.value("element('curve').getBoundingClientRect().top + 20")
    page.drag((left + 0.75 * width, middle), (left + 0.25 * width, middle), shift=True)
    numbers = page.value("element('numbers').textContent")
    box, span = page.value("player.selection.box"), page.value("player.selection.span")
    assert (box["left"], box["top"], box["width"], box["height"]) == (8, top, 15, 16)
    assert span == pytest.approx([0.25 * moving.duration_us, 0.75 * moving.duration_us], rel=0.02)
    words = shlex.split(page.value("element('command').textContent"))
    assert words[:4] == ["spikelet", "events", "crop", name]
    assert cli.main([*words[1:], "--json"]) == 0
    cut = json.loads(capsys.readouterr().out)
    assert cut["events"] > 100
    assert numbers.startswith(f"{cut['events']} events (")
    assert "15 x 16 pixels" in numbers
    page.key("Escape")
    assert page.value("player.selection.isEmpty && element('selection').hidden")
    assert page.problems() == []


def test_dragging_in_the_curve_moves_in_time(page, moving, tmp_path):
    page.open(events.show(moving).save(tmp_path / "a.html"))
    left, top, width = page.value(
        "(({ left, top, width }) => [left, top, width])(element('curve').getBoundingClientRect())"
    )
    page.drag((left + 5, top + 5), (left + width / 2, top + 5))
    assert page.value("player.now") == pytest.approx(moving.duration_us / 2, rel=0.01)
    assert page.value("player.selection.isEmpty")


def test_the_curve_counts_every_event_of_each_polarity(page, moving, tmp_path):
    page.open(events.show(moving).save(tmp_path / "a.html"))
    off, on = page.value("player.curve.counts.map((each) => Array.from(each))")
    slices = len(on)
    assert slices > 100
    since = moving.t - moving.t[0]
    expected = [
        np.bincount(since[moving.p == p] * slices // (moving.duration_us + 1), minlength=slices)
        for p in (0, 1)
    ]
    # A slice's edge may round to either side of an event.
    assert np.abs(np.array([off, on]) - np.array(expected)).sum() <= 4
    assert sum(off) + sum(on) == 4000
    colours = page.value(
        "(() => { const c = element('curve'); return new Set(new Uint32Array("
        "c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size })()"
    )
    assert colours >= 4, "paper, two inks and the cursor"


def test_a_page_that_holds_a_part_says_so(page, moving, tmp_path):
    page.open(events.show(moving, most_events=1500).save(tmp_path / "a.html"))
    assert "1 of every 4 shown: 1,000 of 4,000 events" in page.value("element('about').textContent")
    page.drag(window_place(page, 0, 0), window_place(page, 39, 29))
    assert page.value("element('numbers').textContent").startswith("about 4,000 events")


def test_a_name_cannot_reach_into_the_page(page, moving, tmp_path):
    name = "</script><script>window.broken = 1</script><b>$data</b>.raw"
    page.open(events.show(moving, name=name).save(tmp_path / "a.html"))
    assert page.value("window.broken === undefined")
    assert page.value("element('title').textContent") == name
    assert page.problems() == []


def test_a_page_may_play_at_once_and_one_of_no_events_stands_still(page, moving, tmp_path):
    page.open(events.show(moving, plays_at_once=True).save(tmp_path / "a.html"))
    page.until("player.isPlaying && player.now > 0")
    empty = events.Events([], [], [], [], sensor_size=SIZE)
    page.open(events.show(empty, plays_at_once=True).save(tmp_path / "b.html"))
    assert not page.value("player.isPlaying")
    assert page.problems() == []


@pytest.mark.parametrize("is_dark", [True, False])
def test_text_is_readable_on_either_paper(page, moving, tmp_path, is_dark):
    page.open(events.show(moving).save(tmp_path / "a.html"))
    page.value(f"element('dark').checked = {str(is_dark).lower()}, player.recolour()")

    def luminance(name):
        colour = page.value(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for ink, paper in (("ink", "paper"), ("quiet", "paper"), ("ink", "panel"), ("paper", "accent")):
        low, high = sorted((luminance(ink), luminance(paper)))
        # The contrast that WCAG 2.1 asks of text, level AA.
        assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, paper)
