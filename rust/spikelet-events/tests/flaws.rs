//! The simulated sensor with flaws: its laws, its chance, and what it refuses.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use proptest::prelude::*;
use spikelet_events::simulate::{Flaws, Refusal, Sensor, SensorConfig};
use spikelet_events::{Error, Event};

/// Shows images one by one and gathers the events.
fn watch(sensor: &mut Sensor, images: &[(i64, &[f32])]) -> Vec<Event> {
    let mut events = Vec::new();
    for &(t_us, image) in images {
        sensor
            .expose(image, t_us, |event| events.push(event))
            .unwrap();
    }
    events
}

fn flawed(seed: u64) -> SensorConfig {
    SensorConfig {
        log_offset: 0.05,
        refractory_us: 300,
        flaws: Flaws {
            threshold_mismatch: 0.3,
            leak_rate_hz: 50.0,
            shot_noise_rate_hz: 80.0,
            bandwidth_hz: 60.0,
            seed,
        },
        ..SensorConfig::new(3, 5)
    }
}

proptest! {
    #[test]
    fn bands_of_rows_report_what_the_sensor_reports(
        images in prop::collection::vec(prop::collection::vec(0.0_f32..1.0, 15), 2..5),
        cut in 0_u16..6,
        seed in any::<u64>(),
    ) {
        let shown: Vec<(i64, &[f32])> = (0..).map(|n: i64| n * 20_000).zip(images.iter().map(Vec::as_slice)).collect();
        let middle = usize::from(cut) * 3;
        let upper: Vec<(i64, &[f32])> = shown.iter().map(|&(t, image)| (t, &image[..middle])).collect();
        let lower: Vec<(i64, &[f32])> = shown.iter().map(|&(t, image)| (t, &image[middle..])).collect();
        let config = flawed(seed);
        let mut whole = watch(&mut Sensor::new(config).unwrap(), &shown);
        let mut parts = watch(&mut Sensor::of_rows(config, 0..cut).unwrap(), &upper);
        parts.extend(watch(&mut Sensor::of_rows(config, cut..9).unwrap(), &lower));
        prop_assert!(whole.is_sorted_by_key(|event| event.t));
        let key = |event: &Event| (event.t, event.y, event.x, event.p);
        whole.sort_by_key(key);
        parts.sort_by_key(key);
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn events_lie_in_their_interval_and_apart_by_the_refractory_time(
        images in prop::collection::vec(prop::collection::vec(0.0_f32..4.0, 15), 2..5),
        seed in any::<u64>(),
    ) {
        let mut sensor = Sensor::new(flawed(seed)).unwrap();
        let mut last = [i64::MIN / 2; 15];
        for (number, image) in (0..).zip(&images) {
            let (start, stop) = (number * 20_000 - 20_000, number * 20_000);
            let mut events = Vec::new();
            sensor.expose(image, stop, |event| events.push(event)).unwrap();
            for event in events {
                prop_assert!(start <= event.t && event.t <= stop);
                let pixel = &mut last[usize::from(event.y) * 3 + usize::from(event.x)];
                prop_assert!(event.t - *pixel >= 300);
                *pixel = event.t;
            }
        }
    }
}

#[test]
fn leak_gives_events_at_its_rate_behind_a_low_pass_too() {
    for bandwidth_hz in [f64::INFINITY, 100.0] {
        let flaws = Flaws {
            leak_rate_hz: 10.0,
            bandwidth_hz,
            ..Flaws::NONE
        };
        let config = SensorConfig {
            flaws,
            ..SensorConfig::new(1, 1)
        };
        let mut sensor = Sensor::new(config).unwrap();
        let events = watch(
            &mut sensor,
            &[(0, &[0.5]), (333_333, &[0.5]), (10_000_000, &[0.5])],
        );
        assert_eq!(events.len(), 100);
        assert!(events.iter().all(|event| event.p));
    }
}

#[test]
fn a_setting_outside_its_rule_is_refused_by_name() {
    type Change = fn(&mut Flaws);
    let cases: [(&str, Change); 6] = [
        ("threshold_mismatch", |f| f.threshold_mismatch = -0.1),
        ("threshold_mismatch", |f| f.threshold_mismatch = f64::NAN),
        ("leak_rate_hz", |f| f.leak_rate_hz = 2e6),
        ("shot_noise_rate_hz", |f| f.shot_noise_rate_hz = f64::NAN),
        ("bandwidth_hz", |f| f.bandwidth_hz = 0.0),
        ("bandwidth_hz", |f| f.bandwidth_hz = f64::NAN),
    ];
    for (expected, change) in cases {
        let mut config = SensorConfig::new(1, 1);
        change(&mut config.flaws);
        match Sensor::new(config) {
            Err(Error::Simulate(Refusal::Setting { name, .. })) => assert_eq!(name, expected),
            other => panic!("{expected} was taken: {other:?}"),
        }
    }
}
