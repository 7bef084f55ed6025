"""What stands beside the events, on its way to a file and back."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from spikelet import errors, events
from spikelet.events import Beside, Exposures, Frame, Imu, Samples, Specials, Triggers

EDGED = ["evt2", "evt21", "evt3", "aedat3", "aedat4", "ecf"]
ENDINGS = {"aedat3": ".aedat", "aedat4": ".aedat4", "ecf": ".hdf5", "es": ".es", "dat": ".dat"}


@pytest.fixture
def scene(random_events):
    return random_events(200, size=(120, 90), longest_us=10_000)


def triggers(*rows):
    t, inputs, p = zip(*rows, strict=True)
    return Triggers(np.array(t, np.int64), np.array(inputs, np.uint8), np.array(p, np.bool_))


def inertial(*times, is_scaled=True):
    axes = np.arange(3 * len(times), dtype=np.float32).reshape(-1, 3)
    return Imu(
        t=np.array(times, np.int64),
        accelerometer=axes,
        gyroscope=axes + 1,
        magnetometer=axes + 2,
        temperature=np.full(len(times), 36.5, np.float32),
        is_scaled=is_scaled,
    )


def frame(t, pixels):
    return Frame(
        t=t, start=t - 3, end=t + 4, exposure_start=t - 2, exposure_end=t + 1, x=2, y=1, pixels=pixels
    )


def same(a, b):
    assert a.counts() == b.counts()
    for kind in ("triggers", "imu", "samples", "specials", "exposures"):
        one, other = getattr(a, kind), getattr(b, kind)
        for name in one.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=f"{kind}.{name}")
    for one, other in zip(a.frames, b.frames, strict=True):
        for name in one.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
            assert one.pixels.dtype == other.pixels.dtype
    np.testing.assert_array_equal(a.colors, b.colors)


@pytest.mark.parametrize("name", EDGED)
def test_triggers_come_back_from_every_format_that_holds_them(scene, tmp_path, name):
    path = tmp_path / f"a{ENDINGS.get(name, '.raw')}"
    last = int(scene.t[-1])
    beside = Beside(triggers=triggers((3, 0, True), (last // 2, 0, False), (last + 7, 0, True)))
    events.write(path, scene, format=name, beside=beside)
    found = events.read_raw(path)
    same(found.beside, beside)
    assert found.digest() == scene.digest()
    assert events.info(path).to_dict()["triggers"] == 3


def test_aedat4_returns_frames_inertial_samples_and_marks(scene, tmp_path):
    random = np.random.default_rng(0)
    beside = Beside(
        imu=inertial(3, 40, 5000),
        frames=(
            frame(5, random.integers(0, 256, (3, 4, 1), np.uint8)),
            frame(90, random.integers(0, 256, (2, 3, 3), np.uint8)),
            frame(91, random.integers(0, 65536, (2, 2, 1), np.uint16)),
        ),
        specials=Specials(t=np.array([4, 9]), kind=np.array([0, 9], np.uint8), data=np.zeros(2, np.uint32)),
    )
    for compression in ("none", "lz4", "zstd"):
        events.write(tmp_path / "a.aedat4", scene, compression=compression, beside=beside)
        same(events.read_raw(tmp_path / "a.aedat4").beside, beside)


def taken_at(which, pixels, *, t=90):
    """A frame whose time is that of its start, its end or so."""
    given = frame(t, pixels)
    return replace(given, t=getattr(given, which))


def test_aedat3_returns_frames(scene, tmp_path):
    random = np.random.default_rng(0)
    pixels = random.integers(0, 65536, (2, 3, 4), np.uint16)
    names = ("exposure_start", "start", "end", "exposure_end")
    times = (5, 90, 1000, 1010)
    pictures = [taken_at(name, pixels[:, :, : i + 1], t=times[i]) for i, name in enumerate(names)]
    beside = Beside(frames=tuple(pictures), imu=inertial(3, 40))
    events.write(tmp_path / "a.aedat", scene, format="aedat3", beside=beside)
    found = events.read_raw(tmp_path / "a.aedat")
    same(found.beside, beside)
    assert found.digest() == scene.digest()


def test_frames_that_aedat3_does_not_give_back_are_left_behind(scene, tmp_path):
    deep = np.zeros((2, 3, 1), np.uint16)
    fits = taken_at("start", deep)
    across = taken_at("start", deep, t=1 << 31)
    others = (frame(91, deep), taken_at("end", deep.astype(np.uint8), t=200), across)
    events.write(tmp_path / "a.aedat4", scene, beside=Beside(frames=(fits, *others)))
    done = events.convert(tmp_path / "a.aedat4", tmp_path / "b.aedat", format="aedat3")
    assert (done.carried, done.lost["frames"]) == ({"frames": 1}, 3)
    same(events.read_raw(tmp_path / "b.aedat").beside, Beside(frames=(fits,)))
    with pytest.raises(errors.ParameterError, match=r"between the same multiples of 2\^31 us in aedat3"):
        events.write(tmp_path / "c.aedat", scene, format="aedat3", beside=Beside(frames=(across,)))


@pytest.fixture
def davis(tmp_path, random_events):
    """Two pixels read twice each, one inertial sample and a mark among the events of a DAVIS240."""
    made = random_events(200, size=(240, 180), longest_us=10_000).with_origin("lower-left")
    beside = Beside(
        imu=replace(
            inertial(40, is_scaled=False),
            magnetometer=np.full((1, 3), np.nan, np.float32),
            temperature=np.array([-340], np.float32),
        ),
        samples=Samples(
            t=np.array([5, 5, 700, 701]),
            x=np.array([20, 21, 20, 21], np.uint16),
            y=np.array([9, 9, 9, 9], np.uint16),
            read=np.array([0, 0, 1, 1], np.uint8),
            value=np.array([700, 710, 600, 600], np.uint16),
        ),
        specials=Specials(t=np.array([60]), kind=np.zeros(1, np.uint8), data=np.array([0x400], np.uint32)),
    )
    events.write(tmp_path / "d.aedat", made, format="aedat2", beside=beside)
    return tmp_path / "d.aedat", made, beside


def test_aedat2_returns_inertial_samples_readings_and_marks(davis):
    path, made, beside = davis
    found = events.read_raw(path)
    same(found.beside.only(["imu", "samples", "specials"]), beside)
    assert (found.digest(), found.frames[0].pixels[0, :, 0].tolist()) == (made.digest(), [100, 110])


@pytest.mark.parametrize("chunk", [7, 1000])
def test_readings_of_aedat2_are_converted_as_they_are_or_as_frames(davis, chunk):
    path, _, beside = davis
    done = events.convert(events.stream(path, chunk=chunk), path.with_name("e.aedat"), format="aedat2")
    assert (done.carried, done.lost) == ({"imu": 1, "samples": 4, "specials": 1}, {})
    same(events.read_raw(path.with_name("e.aedat")).beside.only(["imu", "samples", "specials"]), beside)
    done = events.convert(events.stream(path, chunk=chunk), path.with_name("f.aedat"), format="aedat3")
    assert (done.carried, done.lost["inertial samples"]) == ({"frames": 1}, 1)
    assert "frame samples" not in done.lost
    (got,) = events.read_raw(path.with_name("f.aedat")).frames
    assert (got.t, got.y, got.pixels[0, :, 0].tolist()) == (5, 170, [100, 110])


def test_readings_of_a_slice_go_along(davis):
    path, _, _ = davis
    target = path.with_name("e.aedat")
    done = events.convert(events.stream(path, start_us=500, stop_us=701), target, format="aedat2")
    assert done.carried == {"samples": 1}
    assert events.read_raw(target).samples.t.tolist() == [700]


def test_an_event_stream_of_exposures_or_colours_comes_back_byte_by_byte(shared_data, tmp_path):
    for name in ("atis_a.es", "color_small.es"):
        source = shared_data / "events" / "es" / name
        raw = events.read_raw(source)
        found = events.Events(raw.t, raw.x, raw.y, raw.p, sensor_size=raw.sensor_size, origin=raw.origin)
        events.write(tmp_path / name, found, beside=raw.beside)
        same(events.read_raw(tmp_path / name).beside, raw.beside)
        assert (events.read_raw(tmp_path / name).flat() == raw.flat()).all()


def test_a_mixed_recording_is_converted_with_all_that_is_in_it(shared_data, tmp_path):
    source = shared_data / "events" / "aedat" / "aedat4_davis346_lz4.aedat4"
    done = events.convert(source, tmp_path / "a.aedat4")
    assert done.carried == {"imu": 160, "frames": 4, "specials": 17}
    assert list(done.lost) == ["header lines"]
    same(events.read_raw(tmp_path / "a.aedat4").beside, events.read_raw(source).beside)


def test_what_the_target_has_no_place_for_is_counted_by_convert(shared_data, tmp_path):
    source = shared_data / "events" / "aedat" / "aedat4_davis346_lz4.aedat4"
    done = events.convert(source, tmp_path / "a.aedat", format="aedat3")
    assert done.carried == {"imu": 160}
    assert done.lost["frames"] == 4
    # Marks of AEDAT 4 have other numbers in AEDAT 3.1.
    assert done.lost["special events"] == 17


@pytest.mark.parametrize("name", EDGED)
def test_triggers_of_a_prophesee_recording_are_converted(shared_data, tmp_path, name):
    source = shared_data / "events" / "prophesee" / "evt3_trigger_hd.raw"
    target = tmp_path / f"a{ENDINGS.get(name, '.raw')}"
    chunks = events.stream(source, chunk=997)
    done = events.convert(chunks, target, format=name)
    assert done.carried == {"triggers": 2}
    assert "triggers carried over: 2" in str(done)
    found, raw = events.read_raw(target), events.read_raw(source)
    same(found.beside, raw.beside)
    assert found.digest() == raw.digest()


def test_triggers_of_inputs_that_the_target_cannot_tell_apart_are_left_behind(scene, tmp_path):
    edges = triggers((3, 0, True), (4, 30, True), (5, 15, False))
    events.write(tmp_path / "a.raw", scene, format="evt2", beside=Beside(triggers=edges))
    done = events.convert(tmp_path / "a.raw", tmp_path / "b.raw", format="evt3")
    assert (done.carried, done.lost["triggers"]) == ({"triggers": 2}, 1)
    assert events.read_raw(tmp_path / "b.raw").triggers.id.tolist() == [0, 15]


def test_a_slice_of_time_takes_the_triggers_inside(scene, tmp_path):
    edges = triggers(*((int(t), 0, True) for t in scene.t[::10]))
    events.write(tmp_path / "a.raw", scene, format="evt3", beside=Beside(triggers=edges))
    start, stop = int(scene.t[50]), int(scene.t[120])
    chunks = events.stream(tmp_path / "a.raw", chunk=7, start_us=start, stop_us=stop)
    events.convert(chunks, tmp_path / "b.raw", format="evt2")
    found = events.read_raw(tmp_path / "b.raw").triggers.t
    wanted = edges.t[(edges.t >= start) & (edges.t < stop)]
    assert found.tolist() == wanted.tolist()


def test_chunks_come_with_what_lies_between_them(scene, tmp_path):
    edges = triggers(*((int(t), 0, True) for t in scene.t[::10]))
    events.write(tmp_path / "a.raw", scene, format="evt3", beside=Beside(triggers=edges))
    pairs = list(events.stream(tmp_path / "a.raw", chunk=30).with_beside())
    assert [len(part) for part, _ in pairs] == [30] * 6 + [20, 0]
    assert np.concatenate([beside.triggers.t for _, beside in pairs]).tolist() == edges.t.tolist()
    assert pairs[-1][1].counts() == {}


def test_the_trigger_index_of_prophesee_hdf5_is_that_of_its_triggers(scene, tmp_path):
    edges = triggers((1000, 1, True), (1001, 200, False), (5001, 1, True))
    events.write(tmp_path / "a.hdf5", scene, beside=Beside(triggers=edges))
    with h5py.File(tmp_path / "a.hdf5") as file:
        assert file["EXT_TRIGGER/events"][:].tolist() == [(1, 1000, 1), (0, 1001, 200), (1, 5001, 1)]
        assert file["EXT_TRIGGER/indexes"][:].tolist() == [(0, -1), (0, 0), (0, 0), (2, 4001)]
        assert file["EXT_TRIGGER/indexes"].attrs["offset"] == "-1000"


def test_the_older_order_of_words_is_read_back(scene, tmp_path):
    edges = triggers((3, 2, True))
    events.write(
        tmp_path / "a.raw", scene, format="evt21", byte_order="legacy", beside=Beside(triggers=edges)
    )
    assert "endianness=legacy" in events.read(tmp_path / "a.raw").metadata["format"]
    assert events.read_raw(tmp_path / "a.raw").digest() == scene.digest()
    assert events.read_raw(tmp_path / "a.raw").triggers.id.tolist() == [2]
    for name, byte_order in (("evt2", "legacy"), ("ecf", "legacy"), ("evt21", "big")):
        with pytest.raises(errors.ParameterError, match="`byte_order` must be"):
            events.write(tmp_path / "b", scene, format=name, byte_order=byte_order)


def test_what_a_format_has_no_place_for_is_refused_by_name(scene, tmp_path):
    beside = Beside(triggers=triggers((3, 0, True)), imu=inertial(3, 4))
    said = r"what evt2 has a place for \(triggers\), got imu \(2\); .*only\(\['triggers'\]\)"
    with pytest.raises(errors.ParameterError, match=said):
        events.write(tmp_path / "a.raw", scene, format="evt2", beside=beside)
    events.write(tmp_path / "a.raw", scene, format="evt2", beside=beside.only(["triggers"]))
    with pytest.raises(
        errors.ParameterError, match=r"dat has a place for \(nothing\), got triggers \(1\), imu"
    ):
        events.write(tmp_path / "a.dat", scene, beside=beside)
    assert [path.name for path in tmp_path.iterdir()] == ["a.raw"]


@pytest.mark.parametrize(
    ("name", "beside", "error", "said"),
    [
        ("evt3", {"triggers": triggers((3, 16, True))}, errors.ParameterError, "numbered 0 to 15 in evt3"),
        ("aedat4", {"triggers": triggers((3, 1, True))}, errors.ParameterError, "of input 0"),
        ("aedat4", {"imu": inertial(3, is_scaled=False)}, errors.ParameterError, "must be in units"),
        ("evt2", {"triggers": triggers((3, 0, True), (2, 0, True))}, errors.OrderError, "got 2 after 3 at 1"),
        ("aedat4", {"frames": (frame(3, np.zeros((2, 2), np.uint8)),)}, errors.DtypeError, r"\[H, W, C\]"),
        (
            "aedat4",
            {"frames": (frame(3, np.zeros((2, 2, 5), np.uint8)),)},
            errors.ParameterError,
            "1 to 4 channels",
        ),
        ("aedat3", {"frames": (frame(3, np.zeros((2, 2, 1), np.uint8)),)}, errors.ParameterError, "16 bits"),
        (
            "aedat3",
            {"frames": (frame(3, np.zeros((2, 2, 1), np.uint16)),)},
            errors.ParameterError,
            "for `t` one",
        ),
        ("aedat2", {"imu": inertial(3)}, errors.ParameterError, "plain counts of the chip in aedat2"),
        ("es", {"colors": np.zeros((3, 3), np.uint8)}, errors.ParameterError, "one for each event"),
        ("es", {"colors": np.zeros((200, 4), np.uint8)}, errors.ShapeError, r"\[n, 3\]"),
        (
            "es",
            {"colors": np.zeros((200, 3), np.int64)},
            errors.DtypeError,
            "`beside.colors` must be uint8, got int64",
        ),
    ],
)
def test_what_does_not_fit_is_refused(scene, tmp_path, name, beside, error, said):
    turned = scene.with_origin("lower-left") if name in ("es", "aedat2") else scene
    with pytest.raises(error, match=said):
        events.write(tmp_path / "a", turned, format=name, beside=Beside(**beside))
    assert list(tmp_path.iterdir()) == []


def test_exposures_keep_their_places_among_events(tmp_path):
    found = events.Events(
        [10, 40, 90], [5, 5, 7], [6, 6, 6], [1, 0, 1], sensor_size=(9, 9), origin="lower-left"
    )
    exposures = Exposures(
        t=np.array([0, 40, 90]),
        x=np.array([1, 2, 3], np.uint16),
        y=np.array([3, 2, 1], np.uint16),
        is_second=np.array([False, True, True]),
        index=np.array([0, 2, 5], np.uint64),
    )
    with events.writer(tmp_path / "a.es", sensor_size=(9, 9), beside=["exposures"]) as out:
        out.write(found[:1], beside=Beside(exposures=exposures))
        out.write(found[1:])
    flat = events.read_raw(tmp_path / "a.es").flat()
    assert flat["t"].tolist() == [0, 10, 40, 40, 90, 90]
    assert flat["is_exposure"].tolist() == [True, False, True, False, False, True]
