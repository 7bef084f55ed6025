"""`spikelet events`: what is refused, in the words of the command line."""

from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("convert", "a.raw", "b.raw"),
            "`--to` must be said for '.raw', which may be evt2 or evt21 or evt3; pass `--to evt3`",
        ),
        (("convert", "a.raw", "b.xyz"), "the target must end in one of .aedat, "),
        (("convert", "a.raw", "b.npy", "--to", "mat"), "`--to` must be one that is written, got 'mat'"),
        (("convert", "a.raw", "b", "--to", "evt9"), 'a format must be one of "bin40", '),
        (("convert", "a.raw", "b.aedat", "--to", "aedat2"), "pass `--to-chip` or choose another format"),
        (("convert", "a.raw", "b.aedat", "--to", "aedat2", "--to-chip", "X"), "a chip must be one of DVS128"),
        (("frames", "a.raw", "none/b.npy", "--by-count", "9"), "spikelet: none/b.npy: No such file"),
        (("convert", "a.raw", "none/b.npy"), "spikelet: none/b.npy: No such file"),
        (("convert", "a.raw", "none/b.bin"), "spikelet: none/b.bin: No such file"),
        (("info", "a.raw", "--format", "bin40"), "`--format` must agree with the content, got bin40"),
        (
            ("crop", "a.raw", "b.raw", "--start", "1.5", "--stop", "2"),
            "`--stop` must not be before `--start`, got 2 after 1500000 us; without a point",
        ),
        (("crop", "a.raw", "b.raw", "--box", "30,0,8,8"), "`--box` must lie on the sensor"),
        (
            ("frames", "a.raw", "b.npy", "--by-time", "1"),
            "windows must give frames of at most",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_refusals_speak_of_options(given, asked, words, message):
    status, facts, err = asked(*words)
    assert (status, facts) == (1, None)
    assert message in err
    assert "`max_bytes`" not in err
    assert [entry.name for entry in Path().iterdir()] == ["a.raw"]


@pytest.mark.parametrize(
    "words",
    [
        ("convert", "a.raw", "b.raw", "--to", "evt2"),
        ("convert", "a.raw", "b.npy"),
        ("crop", "a.raw", "b.raw", "--stop", "5"),
        ("filter", "a.raw", "b.raw", "--denoise", "5"),
        ("frames", "a.raw", "b.npy", "--by-count", "9"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("more", [(), ("--overwrite",)])
def test_a_folder_is_no_target(given, asked, words, more):
    Path(words[2]).mkdir()
    status, _, err = asked(*words, *more)
    assert (status, err) == (1, f"spikelet: {words[2]}: Is a directory\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("crop", "a.raw", "b.raw"), "say what to take by --start, --stop, --box or --zero"),
        (
            ("crop", "a.raw", "b.raw", "--box", "1,2,3"),
            "a box must be X,Y,WIDTH,HEIGHT in pixels, got '1,2,3'",
        ),
        (("crop", "a.raw", "b.raw", "--box", "1,2,0,3"), "a box must hold pixels, got '1,2,0,3'"),
        (("crop", "a.raw", "b.raw", "--start", "soon"), "a time must be microseconds as 1500"),
        (("filter", "a.raw", "b.raw"), "say what to drop by --refractory, --denoise"),
        (("filter", "a.raw", "b.raw", "--denoise", "0"), "it must be a whole number above 0, got '0'"),
        (("filter", "a.raw", "b.raw", "--hot-pixels", "-1"), "it must be a number above 0, got '-1'"),
        (("frames", "a.raw", "b.npy"), "one of the arguments --by-time --by-count"),
        (("frames", "a.raw", "b.npy", "--by-count", "2", "--by-time", "2"), "not allowed with argument"),
        (
            ("frames", "a.raw", "b.txt", "--by-count", "2"),
            "the target must end in one of .npy, .npz, .png, .gif, .mp4",
        ),
        (("play", "a.raw", "--gif", "b.mp4"), "the file of --gif must end in .gif, got 'b.mp4'"),
        (("convert", "a.raw", "-", "--to", "evt3"), "the target must be a file, got -"),
        (
            ("convert", "a.raw", "b.bin", "--lenient", "--verify"),
            "--verify compares with all that the source",
        ),
        (("play", "a.raw", "--most-events", "0"), "it must be a whole number above 0, got '0'"),
        (("play", "a.raw", "--no-open", "--by-time", "0.1"), "windows go with --gif or --mp4"),
        (("play", "a.raw", "--no-open", "--light"), "--light goes with --gif or --mp4"),
        (("play", "a.raw", "--gif", "b.gif", "--most-events", "5"), "--most-events goes with --page"),
        (
            ("frames", "a.raw", "b.npy", "--by-count", "2", "--frame-ms", "5"),
            "--frame-ms goes with pictures and films",
        ),
        (
            ("frames", "a.raw", "b.png", "--by-count", "2", "--dtype", "uint8"),
            "--dtype goes with films or arrays",
        ),
        (
            ("frames", "a.raw", "b.gif", "--by-count", "2", "--columns", "5"),
            "--columns goes with sheets or arrays",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_line_is_status_2_and_writes_nothing(given, asked, words, message):
    status, facts, err = asked(*words)
    assert (status, facts) == (2, None)
    assert message in err
    assert [entry.name for entry in Path().iterdir()] == ["a.raw"]
