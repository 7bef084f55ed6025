#![allow(clippy::unwrap_used, reason = "a test fails by it")]
#![allow(clippy::float_cmp, reason = "the values compared are exact in binary")]

use alloc::vec;
use alloc::vec::Vec;
use core::f64::consts::LN_2;

use proptest::prelude::*;

use super::{Refusal, Saccades, Scene, Sensor, SensorConfig, record};
use crate::{Error, Event};

/// Shows images one by one and gathers the events.
fn watch(config: SensorConfig, images: &[(i64, &[f32])]) -> (Vec<Event>, u64) {
    let mut sensor = Sensor::new(config).unwrap();
    let mut events = Vec::new();
    for &(t_us, image) in images {
        sensor
            .expose(image, t_us, |event| events.push(event))
            .unwrap();
    }
    (events, sensor.dropped_refractory())
}

fn octaves(width: u16, height: u16) -> SensorConfig {
    SensorConfig {
        on_threshold: LN_2,
        off_threshold: LN_2,
        ..SensorConfig::new(width, height)
    }
}

fn event(t: i64, x: u16, y: u16, p: bool) -> Event {
    Event { t, x, y, p }
}

#[test]
fn a_rise_of_exactly_three_thresholds_gives_three_on_events_at_the_interpolated_times() {
    let (events, dropped) = watch(octaves(1, 1), &[(0, &[1.0]), (30_000, &[8.0])]);
    let expected = [10_000, 20_000, 30_000].map(|t| event(t, 0, 0, true));
    assert_eq!((events.as_slice(), dropped), (expected.as_slice(), 0));
}

#[test]
fn a_fall_gives_off_events_by_its_own_threshold() {
    let config = SensorConfig {
        off_threshold: 2.0 * LN_2,
        ..octaves(1, 1)
    };
    let (events, _) = watch(config, &[(1_000, &[16.0]), (2_000, &[1.0])]);
    assert_eq!(
        events,
        [event(1_500, 0, 0, false), event(2_000, 0, 0, false)]
    );
}

#[test]
fn steps_too_small_for_an_event_add_up() {
    let images: [(i64, &[f32]); 4] = [(0, &[4.0]), (100, &[5.0]), (200, &[7.0]), (300, &[9.0])];
    let (events, _) = watch(octaves(1, 1), &images);
    // ln 8 lies (ln 8 - ln 7) / (ln 9 - ln 7) = 0.531 of the way from the third image to the fourth.
    assert_eq!(events, [event(253, 0, 0, true)]);
}

#[test]
fn a_turn_costs_two_thresholds() {
    let images: [(i64, &[f32]); 4] = [(0, &[2.0]), (10, &[4.0]), (20, &[2.1]), (30, &[2.0])];
    let (events, _) = watch(octaves(1, 1), &images);
    assert_eq!(events, [event(10, 0, 0, true), event(30, 0, 0, false)]);
}

#[test]
fn events_in_the_refractory_time_are_dropped_and_counted_and_move_the_level() {
    let config = SensorConfig {
        refractory_us: 15_000,
        ..octaves(1, 1)
    };
    let images: [(i64, &[f32]); 3] = [(0, &[1.0]), (40_000, &[16.0]), (80_000, &[17.0])];
    let (events, dropped) = watch(config, &images);
    // Crossings at 10, 20, 30 and 40 ms; after the last the level is 16, and 17 is no step from there.
    assert_eq!(
        events,
        [event(10_000, 0, 0, true), event(30_000, 0, 0, true)]
    );
    assert_eq!(dropped, 2);
}

#[test]
fn a_pixel_is_ready_again_exactly_when_its_refractory_time_has_passed() {
    let config = SensorConfig {
        refractory_us: 10_000,
        ..octaves(1, 1)
    };
    let (events, dropped) = watch(config, &[(0, &[1.0]), (30_000, &[8.0])]);
    assert_eq!((events.len(), dropped), (3, 0));
}

#[test]
fn a_still_image_gives_no_events() {
    let image: &[f32] = &[0.5, 1.0, 7.0, 0.001];
    let (events, _) = watch(
        SensorConfig::new(2, 2),
        &[(0, image), (5_000, image), (9_000, image)],
    );
    assert_eq!(events, []);
}

#[test]
fn events_of_one_exposure_are_sorted_by_time_then_y_then_x() {
    let images: [(i64, &[f32]); 2] = [(0, &[1.0; 4]), (1_000, &[4.0, 2.0, 2.0, 4.0])];
    let (events, _) = watch(octaves(2, 2), &images);
    let places: Vec<_> = events.iter().map(|e| (e.t, e.y, e.x)).collect();
    let late = [(1_000, 0, 0), (1_000, 0, 1), (1_000, 1, 0), (1_000, 1, 1)];
    assert_eq!(places[..2], [(500, 0, 0), (500, 1, 1)]);
    assert_eq!(places[2..], late);
}

#[test]
fn the_offset_hides_contrast_in_the_dark() {
    let config = SensorConfig {
        log_offset: 1.0,
        ..octaves(1, 1)
    };
    let (events, _) = watch(config, &[(0, &[0.0]), (10, &[0.9]), (20, &[1.0])]);
    assert_eq!(events, [event(20, 0, 0, true)]);
}

#[test]
fn what_is_refused_leaves_the_sensor_as_it_was() {
    let mut sensor = Sensor::new(octaves(2, 1)).unwrap();
    sensor.expose(&[1.0, 1.0], 10, |_| ()).unwrap();
    let bad: [(&[f32], i64, &str); 6] = [
        (&[8.0], 20, "`intensity` must have 2 pixels, got 1"),
        (
            &[8.0, f32::NAN],
            20,
            "pixel 1 must be finite, not negative and above 0 once `log_offset` is added, got NaN",
        ),
        (&[8.0, f32::INFINITY], 20, "pixel 1 must be finite"),
        (
            &[8.0, -1.0],
            20,
            "above 0 once `log_offset` is added, got -1; scale the image or raise `log_offset`",
        ),
        (
            &[8.0, 0.0],
            20,
            "pixel 1 must be finite, not negative and above 0 once",
        ),
        (
            &[8.0, 8.0],
            10,
            "images must come at rising times, got 10 us after 10 us",
        ),
    ];
    for (image, t_us, message) in bad {
        let error = sensor
            .expose(image, t_us, |_| panic!("refused, yet gave an event"))
            .unwrap_err();
        assert!(alloc::format!("{error}").contains(message), "{error}");
    }
    let mut events = Vec::new();
    sensor
        .expose(&[2.0, 1.0], 20, |event| events.push(event))
        .unwrap();
    assert_eq!(events, [event(20, 0, 0, true)]);
}

#[test]
fn settings_outside_their_rules_are_refused_by_name() {
    let good = SensorConfig::new(4, 4);
    let bad = [
        (SensorConfig { width: 0, ..good }, "width"),
        (SensorConfig { height: 0, ..good }, "height"),
        (
            SensorConfig {
                on_threshold: 0.0,
                ..good
            },
            "on_threshold",
        ),
        (
            SensorConfig {
                on_threshold: 1e-20,
                ..good
            },
            "on_threshold",
        ),
        (
            SensorConfig {
                off_threshold: f64::NAN,
                ..good
            },
            "off_threshold",
        ),
        (
            SensorConfig {
                off_threshold: f64::INFINITY,
                ..good
            },
            "off_threshold",
        ),
        (
            SensorConfig {
                refractory_us: -1,
                ..good
            },
            "refractory_us",
        ),
        (
            SensorConfig {
                log_offset: -0.1,
                ..good
            },
            "log_offset",
        ),
    ];
    for (config, expected) in bad {
        match Sensor::new(config) {
            Err(Error::Simulate(Refusal::Setting { name, .. })) => assert_eq!(name, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn scenes_and_paths_outside_their_rules_are_refused() {
    assert!(Scene::new(&[], (0, 3), 1.0, 0.0).is_err());
    assert!(Scene::new(&[], (3, 0), 1.0, 0.0).is_err());
    assert!(Scene::new(&[1.0], (usize::MAX, 2), 1.0, 0.0).is_err());
    assert!(Scene::new(&[1.0], (1, 1), 0.0, 0.0).is_err());
    assert!(Scene::new(&[1.0], (1, 1), f32::NAN, 0.0).is_err());
    assert!(Scene::new(&[1.0], (1, 1), 1.0, -1.0).is_err());
    assert!(Scene::new(&[f32::NAN], (1, 1), 1.0, 0.0).is_err());
    assert!(Saccades::new(f32::NAN, 100, 1).is_err());
    assert!(Saccades::new(1.0, 0, 1).is_err());
    assert!(Saccades::new(1.0, i64::MAX, 1).is_err());
    assert!(Saccades::new(1.0, 100, 101).is_err());
    let scene = Scene::new(&[1.0], (1, 1), 1.0, 0.0).unwrap();
    assert!(scene.view((2, 2), (0.0, 0.0), &mut [0.0; 3]).is_err());
}

#[test]
fn a_view_far_outside_is_background() {
    let scene = Scene::new(&[1.0; 4], (2, 2), 3.0, 0.25).unwrap();
    let mut view = [0.0; 64];
    scene
        .view((8, 8), (60_000.0, -60_000.0), &mut view)
        .unwrap();
    assert_eq!(view, [0.25; 64]);
}

#[test]
fn a_magnified_view_interpolates_between_the_middles_of_pixels() {
    let scene = Scene::new(&[0.0, 8.0, 4.0, 12.0], (2, 2), 4.0, 0.0).unwrap();
    let mut view = [0.0; 16];
    // The sensor sees the inner quarter of each pixel: 1/8, 3/8, 5/8, 7/8 of the way across.
    scene.view((4, 4), (0.0, 0.0), &mut view).unwrap();
    assert_eq!(view[..4], [1.5, 3.5, 5.5, 7.5]);
    assert_eq!(view[12..], [4.5, 6.5, 8.5, 10.5]);
}

#[test]
fn a_bright_bar_moving_right_gives_on_in_front_and_off_behind() {
    let scene = Scene::new(&[1.0, 1.0], (1, 2), 4.0, 0.1).unwrap();
    let path = Saccades::new(3.0, 100_000, 1_000).unwrap();
    let mut sensor = Sensor::new(SensorConfig::new(20, 20)).unwrap();
    let mut events = Vec::new();
    record(&scene, &path, &mut sensor, |event| events.push(event)).unwrap();
    let mean_x = |p: bool| {
        let xs: Vec<f64> = events
            .iter()
            .filter(|e| e.t < 100_000 && e.p == p)
            .map(|e| f64::from(e.x))
            .collect();
        xs.iter().sum::<f64>() / xs.len() as f64
    };
    assert!(
        mean_x(true) > mean_x(false) + 2.0,
        "{} {}",
        mean_x(true),
        mean_x(false)
    );
}

/// Images of positive intensities with the gaps between their times.
fn films() -> impl Strategy<Value = Vec<(i64, Vec<f32>)>> {
    let image = prop::collection::vec(0.01_f32..100.0, 6);
    prop::collection::vec((1_i64..20_000, image), 1..12)
}

proptest! {
    #[test]
    fn levels_counted_from_the_events_stay_within_one_threshold_of_the_log(
        film in films(), on in 0.05_f64..1.0, off in 0.05_f64..1.0
    ) {
        let config = SensorConfig { on_threshold: on, off_threshold: off, ..SensorConfig::new(3, 2) };
        let mut sensor = Sensor::new(config).unwrap();
        let (mut levels, mut now, mut last) = (vec![0.0; 6], 0, Event { t: 0, x: 0, y: 0, p: false });
        for (index, (gap_us, image)) in film.iter().enumerate() {
            let before = now;
            now += gap_us;
            let mut events = Vec::new();
            sensor.expose(image, now, |event| events.push(event)).unwrap();
            if index == 0 {
                prop_assert!(events.is_empty());
                levels = image.iter().map(|&value| f64::from(value).ln()).collect();
            }
            for event in events {
                prop_assert!((event.t, event.y, event.x) >= (last.t, last.y, last.x));
                prop_assert!(before <= event.t && event.t <= now);
                levels[usize::from(event.y) * 3 + usize::from(event.x)] += if event.p { on } else { -off };
                last = event;
            }
            // The tie of two exposures at one microsecond starts a new walk over the pixels.
            (last.y, last.x) = (0, 0);
            for (&value, level) in image.iter().zip(&levels) {
                let apart = f64::from(value).ln() - level;
                prop_assert!(-off - 1e-9 < apart && apart < on + 1e-9, "{apart}");
            }
        }
        prop_assert_eq!(sensor.dropped_refractory(), 0);
    }

    #[test]
    fn without_an_offset_twice_the_light_changes_nothing(film in films()) {
        let config = SensorConfig { refractory_us: 500, ..SensorConfig::new(3, 2) };
        let mut now = 0;
        let (mut dim, mut bright) = (Sensor::new(config).unwrap(), Sensor::new(config).unwrap());
        let (mut from_dim, mut from_bright) = (Vec::new(), Vec::new());
        for (gap_us, image) in &film {
            now += gap_us;
            let twice: Vec<f32> = image.iter().map(|value| value * 2.0).collect();
            dim.expose(image, now, |event| from_dim.push(event)).unwrap();
            bright.expose(&twice, now, |event| from_bright.push(event)).unwrap();
        }
        prop_assert_eq!(from_dim, from_bright);
        prop_assert_eq!(dim.dropped_refractory(), bright.dropped_refractory());
    }

    #[test]
    fn a_refractory_time_only_drops_and_keeps_its_distance(film in films(), refractory_us in 1_i64..30_000) {
        let free = SensorConfig::new(3, 2);
        let mut now = 0;
        let (mut with, mut without) =
            (Sensor::new(SensorConfig { refractory_us, ..free }).unwrap(), Sensor::new(free).unwrap());
        let (mut kept, mut all) = (Vec::new(), Vec::new());
        for (gap_us, image) in &film {
            now += gap_us;
            with.expose(image, now, |event| kept.push(event)).unwrap();
            without.expose(image, now, |event| all.push(event)).unwrap();
        }
        prop_assert_eq!(kept.len() as u64 + with.dropped_refractory(), all.len() as u64);
        let mut rest = all.iter();
        prop_assert!(kept.iter().all(|event| rest.any(|other| other == event)), "an event of its own");
        let mut ready = [0; 6];
        for event in kept {
            let pixel = &mut ready[usize::from(event.y) * 3 + usize::from(event.x)];
            prop_assert!(event.t >= *pixel);
            *pixel = event.t + refractory_us;
        }
    }
}
