"""What transforms refuse, and the words they say it with."""

import numpy as np
import pytest

from spikelet import transforms as tr
from spikelet.errors import DtypeError, ParameterError, ShapeError
from transform_cases import made


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tr.Crop(x=-1, y=0, width=1, height=1), r"`x` must be from 0 to 65535, got -1"),
        (lambda: tr.Crop(x=0, y=0, width=0, height=1), r"`width` must be from 1 to 65536, got 0"),
        (lambda: tr.Crop(x=0, y=0.5, width=1, height=1), r"`y` must be a whole number, got 0\.5"),
        (lambda: tr.CenterCrop(5), r"`size` must be \(width, height\) in pixels, got 5"),
        (lambda: tr.RandomCrop((0, 5)), r"each from 1 to 65536, got a side of 0"),
        (
            lambda: tr.CropTime(start_us=5, stop_us=4),
            r"`stop_us` must not lie before `start_us` of 5, got 4; swap",
        ),
        (lambda: tr.CropTime(start_us=1.5), r"`start_us` must be a whole number, got 1\.5"),
        (lambda: tr.RandomCropTime(us=0), r"`us` must be from 1 to 9223372036854775807, got 0"),
        (lambda: tr.RefractoryPeriod(us=-1), r"`us` must be from 0 to 9223372036854775807, got -1"),
        (lambda: tr.RefractoryPeriod(us=1, paralyzable=1), r"`paralyzable` must be True or False, got 1"),
        (lambda: tr.Denoise(us=0), r"`us` must be from 1 to 9223372036854775807, got 0"),
        (lambda: tr.Denoise(us=1, neighbours=6), r"`neighbours` must be 4 or 8, got 6"),
        (lambda: tr.HotPixelFilter(), r"must have one of `rate_hz` and `sigmas`, got None and None; pass"),
        (
            lambda: tr.HotPixelFilter(rate_hz=1, sigmas=1),
            r"must have one of `rate_hz` and `sigmas`, got 1 and 1",
        ),
        (lambda: tr.HotPixelFilter(sigmas=-1), r"`sigmas` must be finite and at least 0, got -1"),
        (
            lambda: tr.HotPixelFilter(rate_hz=float("nan")),
            r"`rate_hz` must be finite and at least 0, got nan",
        ),
        (lambda: tr.DropPixel([3]), r"`coordinates` must be pairs \(x, y\), got 3"),
        (lambda: tr.DropPixel([(3, -1)]), r"`coordinates` must be from 0 to 65535, got -1"),
        (lambda: tr.RandomDropPixel(1.5), r"`p` must be from 0 to 1, got 1\.5"),
        (lambda: tr.Decimation(0), r"`n` must be from 1 to 4294967295, got 0"),
        (lambda: tr.DropEvent(-0.5), r"`p` must be from 0 to 1, got -0\.5"),
        (
            lambda: tr.DropEvent((0.5, 0.1)),
            r"`p` must be a pair \(least, most\), got \(0\.5, 0\.1\); swap the two",
        ),
        (lambda: tr.DropEvent((0.1, 0.2, 0.3)), r"`p` must be a number or a pair \(least, most\), got"),
        (lambda: tr.DropEventByArea(2), r"`area_ratio` must be from 0 to 1, got 2"),
        (lambda: tr.DropEventByTime((0, 2)), r"`duration_ratio` must be from 0 to 1, got 2"),
        (lambda: tr.RandomFlipLR(True), r"`p` must be a number, got True"),
        (lambda: tr.RandomFlipUD(-1), r"`p` must be from 0 to 1, got -1"),
        (lambda: tr.RandomFlipPolarity("1"), r"`p` must be a number, got '1'"),
        (
            lambda: tr.RandomTimeReversal(flip_polarities=None),
            r"`flip_polarities` must be True or False, got None",
        ),
        (lambda: tr.ReverseTime("no"), r"`flip_polarities` must be True or False, got 'no'"),
        (lambda: tr.TimeSkew(-1), r"`coefficient` must be finite and at least 0, got -1"),
        (lambda: tr.TimeSkew(1, float("inf")), r"`offset_us` must be finite, got inf"),
        (lambda: tr.TimeJitter(std_us=-1), r"`std_us` must be from 0 to 9\.0072e\+15, got -1"),
        (lambda: tr.SpatialJitter(var_x=-1), r"`var_x` must be from 0 to 4\.29497e\+09, got -1"),
        (
            lambda: tr.SpatialJitter(sigma_xy=1.5),
            r"`sigma_xy` must be at most the root .* got 1\.5 with 1\.0 and 1\.0",
        ),
        (lambda: tr.UniformNoise(-1), r"`n` must be from 0 to 2147483648, got -1"),
        (lambda: tr.UniformNoise((5, 1)), r"`n` must be a pair \(least, most\), got \(5, 1\); swap the two"),
        (lambda: tr.UniformNoise((5,)), r"`n` must be a whole number or a pair \(least, most\), got \(5,\)"),
        (lambda: tr.Downsample(time_factor=0), r"`time_factor` must be above 0, got 0"),
        (
            lambda: tr.Downsample(spatial_factor=(1, 2, 3)),
            r"`spatial_factor` must be a number or a pair for x and y",
        ),
        (
            lambda: tr.IntegratorDownsampling((4, 4), dt_us=0),
            r"`dt_us` must be from 1 to 9223372036854775807, got 0",
        ),
        (
            lambda: tr.IntegratorDownsampling((4, 4), dt_us=5, threshold=0),
            r"`threshold` must be from 1 to 2147483648, got 0",
        ),
        (
            lambda: tr.DifferentiatorDownsampling((4, 4), dt_us=5),
            r"`dt_us` must be a multiple of `bins`, got 5 with 2",
        ),
        (lambda: tr.RandomChoice([]), r"`transforms` must hold one at least to choose from, got none"),
        (lambda: tr.RandomTemporalDelete(0), r"`T_remain` must be from 1 to 2147483648, got 0"),
        (lambda: tr.SliceByArea((0, 1)), r"each from 1 to 65536, got a side of 0"),
    ],
)
def test_arguments_outside_their_rule_are_refused(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


@pytest.mark.parametrize(
    ("transform", "message"),
    [
        (
            tr.Crop(x=10, y=0, width=4, height=1),
            r"`Crop` must lie on the sensor of 13x11 pixels, got columns 10 to 13 and rows 0 to 0; take less",
        ),
        (
            tr.CenterCrop((13, 12)),
            r"`size` of `CenterCrop` must lie on the sensor of 13x11 pixels, got 13x12",
        ),
        (
            tr.RandomCrop((14, 11)),
            r"`size` of `RandomCrop` must lie on the sensor of 13x11 pixels, got 14x11",
        ),
    ],
)
def test_what_does_not_fit_the_sensor_is_refused(transform, message):
    with pytest.raises(ParameterError, match=message):
        transform(made())


@pytest.mark.parametrize(
    "make", [lambda: tr.Compose([3]), lambda: tr.RandomApply(3), lambda: tr.RandomChoice([3])]
)
def test_members_that_cannot_be_called_are_refused(make):
    with pytest.raises(DtypeError, match=r"a transform must be callable, got 3"):
        make()


def test_one_transform_without_brackets_is_refused():
    with pytest.raises(
        DtypeError, match=r"`transforms` must be a list of transforms, got FlipUpDown\(.*brackets"
    ):
        tr.Compose(tr.FlipUpDown())


def test_frames_that_are_too_few_or_none_are_refused():
    delete = tr.RandomTemporalDelete(5)
    with pytest.raises(ShapeError, match=r"must have shape \[T, \.\.\.\] with T of at least 5, got \[4, 2\]"):
        delete(np.zeros((4, 2)))
    with pytest.raises(DtypeError, match=r"`frames` must be an array, got Events; make one with"):
        delete(made())
