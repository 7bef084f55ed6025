"""`spikelet events convert, crop, filter, frames, play, verify`: results, JSON, statuses, errors."""

import io
import signal
import subprocess
import sys
import time
from importlib import util
from pathlib import Path

import numpy as np
import pytest

from spikelet import events, frames, plot, transforms
from spikelet.cli.events import play
from spikelet.cli.events.progress import Progress
from spikelet.cli.events.spelling import time_us
from spikelet.frames import ByTime, IntoByCount, IntoByTime


@pytest.fixture
def bad(tmp_path, monkeypatch):
    """40-bit records out of an 8x8 sensor and back in time, with a cut end."""
    monkeypatch.chdir(tmp_path)
    Path("bad.bin").write_bytes(bytes.fromhex("0101800064 0902000096 0304800032 0304800190 07"))


def files():
    return sorted(entry.name for entry in Path().iterdir())


def test_convert(given, asked):
    status, facts, err = asked("convert", "a.raw", "b.bin")
    assert (status, err) == (0, "")
    assert events.read("b.bin", sensor_size=(32, 24)) == given
    assert facts["source"] == "a.raw"
    assert facts["target"] == "b.bin"
    assert (facts["format"], facts["events"]) == ("bin40", 5000)
    assert facts["bytes"] == Path("b.bin").stat().st_size
    assert facts["lost"] == {"header lines": len(given.metadata) + len(events.read("a.raw").metadata)}
    assert facts["report"]["events"] == 5000
    assert "is_same" not in facts


def test_convert_verifies(given, asked, monkeypatch):
    assert asked("convert", "a.raw", "b.raw", "--to", "evt3", "--verify")[1]["is_same"] is True
    convert = events.convert

    def spoiled(source, target, **options):
        done = convert(source, target, **options)
        events.write(target, given[:-1])
        return done

    monkeypatch.setattr(events, "convert", spoiled)
    status, facts, _ = asked("convert", "a.raw", "c.bin", "--verify")
    assert (status, facts["is_same"]) == (1, False)


def test_convert_of_bad_events_is_refused_or_lenient(bad, asked):
    status, facts, err = asked("convert", "bad.bin", "b.raw", "--to", "evt2", "--sensor-size", "8x8")
    assert (status, facts) == (1, None)
    assert err.startswith("spikelet: bad.bin: event 1 (byte 5) must lie on the sensor of 8x8 pixels")
    assert err.endswith("pass `--lenient` to drop and count them\n")
    assert files() == ["bad.bin"]
    line = ("convert", "bad.bin", "b.raw", "--to", "evt2", "--sensor-size", "8x8", "--lenient")
    status, facts, _ = asked(*line)
    assert (status, facts["events"]) == (0, 2)
    assert facts["report"]["dropped_out_of_bounds"] == 1
    assert facts["report"]["dropped_backward"] == 1
    assert facts["report"]["tail_bytes"] == 1


def test_an_unknown_size_is_asked_for_as_the_command_line_spells_it(bad, asked):
    status, _, err = asked("convert", "bad.bin", "b.raw", "--to", "evt2")
    assert status == 1
    assert "`--sensor-size` must be given" in err
    assert "pass for example `--sensor-size 128x128`" in err


@pytest.mark.parametrize(
    "words",
    [
        ("convert", "a.raw", "mine"),
        ("crop", "a.raw", "mine", "--stop", "5", "--to", "evt2"),
        ("filter", "a.raw", "mine", "--denoise", "5", "--to", "evt2"),
        ("frames", "a.raw", "mine.npy", "--by-count", "5"),
        ("frames", "a.raw", "mine.npz", "--by-count", "5"),
        ("frames", "a.raw", "mine.gif", "--by-count", "5"),
        ("frames", "a.raw", "mine.png", "--by-count", "500"),
        ("play", "a.raw", "--no-open", "--page", "mine"),
        ("play", "a.raw", "--gif", "mine.gif"),
    ],
    ids=" ".join,
)
def test_a_file_that_stands_is_replaced_only_when_told(given, asked, words):
    target = next(word for word in words if word.startswith("mine"))
    Path(target).write_text("mine")
    status, facts, err = asked(*words)
    assert (status, facts) == (1, None)
    assert err == (
        f"spikelet: {target}: the target must not exist yet, got a file; take another name or pass "
        "`--overwrite` to replace it\n"
    )
    assert Path(target).read_text() == "mine"
    more = ("--to", "evt2") if words[0] == "convert" else ()
    assert asked(*words, *more, "--overwrite")[0] == 0
    assert Path(target).read_bytes() != b"mine"
    assert files() == sorted(["a.raw", target])


def test_crop_in_time_and_space(given, asked):
    status, facts, err = asked(
        "crop", "a.raw", "b.raw", "--start", "0.5", "--stop", "1500000", "--box", "4,3,16,12"
    )
    assert (status, err) == (0, "")
    got = events.read("b.raw")
    inside = (given.t >= 500_000) & (given.t < 1_500_000)
    inside &= (given.x >= 4) & (given.x < 20) & (given.y >= 3) & (given.y < 15)
    assert got.t.tolist() == given.t[inside].tolist()
    assert got.x.tolist() == (given.x[inside] - 4).tolist()
    assert got.y.tolist() == (given.y[inside] - 3).tolist()
    assert got.sensor_size == (16, 12)
    assert facts["sensor_size"] == [16, 12]
    assert facts["events"] == len(got) > 500
    # The target may be of the source's own format, which its ending alone does not say.
    assert facts["format"] == "evt2"


def test_crop_stops_reading_after_its_end(tmp_path, monkeypatch, asked):
    monkeypatch.chdir(tmp_path)
    rows = b"".join(bytes([1, 1]) + t.to_bytes(3, "big") for t in range(200_000))
    Path("long.bin").write_bytes(rows + b"\x09")
    line = ("crop", "long.bin", "b.bin", "--sensor-size", "8x8", "--stop", "100")
    status, facts, _ = asked(*line)
    assert (status, facts["events"]) == (0, 100)
    assert facts["report"]["bytes_read"] < len(rows)


def test_crop_may_count_times_from_its_first_event(given, asked):
    assert asked("crop", "a.raw", "b.raw", "--start", "0.5", "--zero", "--box", "4,3,16,12")[0] == 0
    assert asked("crop", "a.raw", "c.raw", "--start", "0.5", "--box", "4,3,16,12")[0] == 0
    zero, kept = events.read("b.raw"), events.read("c.raw")
    assert kept.t[0] >= 500_000
    assert zero.t.tolist() == (kept.t - kept.t[0]).tolist()
    assert zero.x.tolist() == kept.x.tolist()


def test_crop_outside_the_sensor_is_refused(given, asked):
    status, _, err = asked("crop", "a.raw", "b.raw", "--box", "30,0,8,8")
    assert status == 1
    assert err.startswith("spikelet: ")
    assert files() == ["a.raw"]


def test_filters_work_in_the_order_given(given, asked):
    first, second = transforms.RefractoryPeriod(us=30_000), transforms.Denoise(us=10_000)
    for words, expected in (
        (("--refractory", "0.03", "--denoise", "10000"), second(first(given))),
        (("--denoise", "10000", "--refractory", "0.03"), first(second(given))),
    ):
        status, facts, err = asked("filter", "a.raw", "b.raw", *words, "--overwrite")
        assert (status, err) == (0, "")
        assert events.read("b.raw") == expected
        assert [step["filter"] for step in facts["filters"]] == [words[0][2:], words[2][2:]]
        assert sum(step["dropped"] for step in facts["filters"]) == 5000 - len(expected)
        assert all(step["dropped"] > 10 for step in facts["filters"])


def test_hot_pixels_are_found_in_the_whole(given, asked):
    hot = transforms.HotPixelFilter(rate_hz=5.0)
    status, facts, _ = asked("filter", "a.raw", "b.raw", "--hot-pixels", "5")
    assert status == 0
    assert events.read("b.raw") == hot(given)
    assert facts["filters"] == [{"filter": "hot-pixels", "dropped": 5000 - len(hot(given))}]
    assert 0 < facts["events"] < 5000


@pytest.mark.parametrize("dtype", ["float32", "uint16", "uint8"])
def test_frames_as_arrays(given, asked, dtype):
    status, facts, _ = asked("frames", "a.raw", "b.npy", "--by-time", "0.25", "--dtype", dtype)
    expected = frames.counts(given, window=ByTime(us=250_000), dtype=np.dtype(dtype).type)
    got = np.load("b.npy")
    assert status == 0
    assert got.dtype == expected.dtype
    assert np.array_equal(got, expected)
    assert facts["window"].items() >= {"name": "ByTime", "us": 250_000, "drop_last": False}.items()
    assert (facts["shape"], facts["dtype"]) == ([8, 2, 24, 32], dtype)
    assert (facts["events"], facts["left_out"]) == (5000, 0)


def test_frames_as_a_sheet_of_pictures(given, asked):
    status, facts, _ = asked("frames", "a.raw", "b.png", "--into-by-time", "5", "--columns", "3", "--light")
    assert (status, facts["frames"], facts["columns"]) == (0, 5, 3)
    assert facts["size"] == [3 * (160 + 2) + 2, 2 * (120 + 2) + 2]
    plot.write_png("c.png", given, window=IntoByTime(5), columns=3, scale=5, inks=plot.LIGHT)
    assert Path("b.png").read_bytes() == Path("c.png").read_bytes()


def test_frames_with_their_slices(given, asked):
    assert asked("frames", "a.raw", "b.npz", "--into-by-count", "7")[0] == 0
    with np.load("b.npz") as got:
        assert np.array_equal(got["frames"], frames.counts(given, window=IntoByCount(7)))
        assert np.array_equal(got["slices"], frames.slices(given, IntoByCount(7)))


@pytest.mark.parametrize(
    ("option", "value", "shown"),
    [
        ("by-time", "1000000", {"name": "ByTime", "us": 1_000_000, "drop_last": False}),
        ("by-count", "999", {"name": "ByCount", "n": 999, "drop_last": False}),
        ("into-by-time", "3", {"name": "IntoByTime", "n": 3}),
        ("into-by-count", "3", {"name": "IntoByCount", "n": 3}),
        ("spikingjelly-by-time", "3", {"name": "SpikingJellyByTime", "frames_number": 3}),
        ("spikingjelly-by-number", "3", {"name": "SpikingJellyByNumber", "frames_number": 3}),
        ("spikingjelly-by-duration", "0.5", {"name": "SpikingJellyByDuration", "duration_us": 500_000}),
    ],
)
def test_every_window_is_an_option(given, asked, option, value, shown):
    status, facts, _ = asked("frames", "a.raw", "b.npy", f"--{option}", value)
    assert status == 0
    assert facts["window"].items() >= shown.items()


@pytest.mark.skipif(util.find_spec("PIL") is None, reason="Pillow, which decodes GIF, is not here")
def test_films_of_small_sensors_are_large_enough_to_see(given, asked):
    from PIL import Image  # noqa: PLC0415 -- optional

    status, facts, _ = asked("frames", "a.raw", "b.gif", "--into-by-time", "5", "--frame-ms", "30", "--light")
    assert (status, facts["frames"], facts["size"]) == (0, 5, [480, 360])
    with Image.open("b.gif") as image:
        assert (image.n_frames, image.size, image.info["duration"]) == (5, (480, 360), 30)
    assert asked("frames", "a.raw", "c.gif", "--into-by-time", "5", "--scale", "1")[1]["size"] == [32, 24]


def test_play_writes_a_page_and_opens_it(given, asked, monkeypatch):
    opened = []
    monkeypatch.setattr(play.webbrowser, "open", lambda url: opened.append(url) or True)
    status, facts, err = asked("play", "a.raw", "--page", "p.html")
    assert (status, err) == (0, "")
    assert opened == [Path("p.html").resolve().as_uri()]
    assert facts["page"] == {"path": "p.html", "events": 5000, "shown": 5000, "is_opened": True}
    status, facts, _ = asked("play", "a.raw", "--no-open", "--most-events", "1500")
    assert len(opened) == 1
    page = facts["page"]
    assert (page["events"], page["shown"], page["is_opened"]) == (5000, 1250, False)
    assert "<canvas" in Path(page["path"]).read_text(encoding="utf-8")
    assert files() == ["a.raw", "p.html"], "a page without a name goes to a temporary folder"


def test_play_makes_a_film_and_no_page(given, asked, monkeypatch):
    monkeypatch.setattr(play.webbrowser, "open", lambda url: pytest.fail("no page was asked for"))
    status, facts, _ = asked("play", "a.raw", "--gif", "b.gif", "--by-time", "0.5")
    assert status == 0
    assert facts == {
        "source": "a.raw",
        "gif": {"path": "b.gif", "frames": 4, "size": [480, 360], "frame_ms": 40},
    }


@pytest.mark.skipif(util.find_spec("av") is None, reason="PyAV is not here")
def test_play_makes_an_mp4(given, asked):
    status, facts, _ = asked("play", "a.raw", "--mp4", "b.mp4")
    assert (status, facts["mp4"]["frames"]) == (0, 100)
    assert Path("b.mp4").stat().st_size > 1000


def test_verify_says_by_its_status_what_it_found(given, bad, asked):
    status, facts, _ = asked("verify", "a.raw")
    assert (status, facts["is_sound"], facts["is_same"]) == (0, True, None)
    status, facts, _ = asked("verify", "bad.bin", "--sensor-size", "8x8")
    assert (status, facts["is_sound"]) == (1, False)
    assert [fault["name"] for fault in facts["faults"]] == ["out_of_bounds", "backward_steps", "tail_bytes"]
    events.write("late.raw", events.Events([2**24], [1], [1], [1], sensor_size=(8, 8)), format="evt2")
    offset = events.convert("late.raw", "late3.raw", format="evt3").time_offset_us
    assert asked("verify", "late.raw", "late3.raw")[0] == 1
    status, facts, _ = asked("verify", "late.raw", "late3.raw", "--time-offset", str(offset))
    assert (status, facts["is_same"]) == (0, True)


@pytest.mark.parametrize("action", ["convert", "crop", "filter", "frames", "play", "verify", "info"])
def test_a_missing_file_is_one_line(tmp_path, monkeypatch, asked, action):
    monkeypatch.chdir(tmp_path)
    more = {
        "convert": ["b.bin"],
        "crop": ["b.bin", "--stop", "5"],
        "filter": ["b.bin", "--denoise", "5"],
        "frames": ["b.npy", "--by-count", "5"],
        "play": ["--no-open"],
    }.get(action, [])
    status, facts, err = asked(action, "none.raw", *more)
    assert (status, facts) == (1, None)
    assert err == "spikelet: none.raw: No such file or directory\n"
    assert files() == []


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("0", 0),
        ("1500", 1500),
        ("-7", -7),
        ("1.5", 1_500_000),
        ("0.000001", 1),
        ("3.", 3_000_000),
        (".25", 250_000),
        ("00:01.5", 1_500_000),
        ("01:00", 60_000_000),
        ("2:03:04.000005", 7_384_000_005),
    ],
)
def test_times_are_spelled_in_three_ways(text, microseconds):
    assert time_us(text) == microseconds


class Terminal(io.StringIO):
    """A stream that calls itself a terminal."""

    def isatty(self):
        return True


def test_progress_is_one_line_that_goes_away(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(bytes(200))
    clock = iter([0.0, 0.5, 2.0, 2.1, 5.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress(str(path)) as progress:
        for done in (10, 50, 60, 100):
            progress(done)
    lines = sys.stderr.getvalue().split("\r\x1b[K")
    assert lines == ["", f"{path}: 25 %, 6 s left", f"{path}: 50 %, 5 s left", ""]


def test_progress_is_silent_where_nobody_looks(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(bytes(200))
    clock = iter([0.0, 2.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress(str(path)) as progress:
        progress(100)
    assert sys.stderr.getvalue() == ""


def test_ctrl_c_leaves_nothing_half_written(tmp_path):
    # A pipe that is never filled: the reader waits, as on a slow disk.
    source, target = tmp_path / "a.raw", tmp_path / "b.raw"
    code = (
        "import signal, sys\n"
        "from spikelet import events\n"
        "from spikelet.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "kept = events.EventWriter.write\n"
        "def slow(self, part, **more):\n"
        "    kept(self, part, **more)\n"
        "    print('writing', flush=True)\n"
        "    sys.stdin.read()\n"
        "events.EventWriter.write = slow\n"
        "sys.exit(main(['events', 'convert', sys.argv[1], sys.argv[2], '--to', 'evt3']))\n"
    )
    events.write(source, events.Events([1], [1], [1], [1], sensor_size=(8, 8)), format="evt2")
    words = [sys.executable, "-c", code, source, target]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, text=True, **pipes) as child:
        assert child.stdout.readline() == "writing\n"
        assert len(list(tmp_path.iterdir())) == 2, "the target grows under another name"
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert err == "spikelet: interrupted\n"
    assert list(tmp_path.iterdir()) == [source]


def test_the_actions_need_no_torch(given):
    code = (
        "import sys; from spikelet.cli import main; "
        "main(['events', 'filter', 'a.raw', 'b.raw', '--denoise', '1000']); "
        "main(['events', 'play', 'a.raw', '--no-open', '--gif', 'b.gif']); "
        "print(sorted({'torch', 'av', 'h5py', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
