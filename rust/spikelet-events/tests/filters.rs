//! Filters against plain loops, in parts, and on sensors that do not fit.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::collections::HashMap;
use std::num::{NonZeroU32, NonZeroU64};

use proptest::prelude::*;
use spikelet_events::filter::{
    DeadTime, Decimation, Denoise, DropPixels, Filter, Integrator, Neighbours, RefractoryPeriod,
    count_pixels, spread,
};
use spikelet_events::{
    Columns, Error, Event, OwnedColumns, SensorSize, count_kept, select, select_into,
};

const SIZE: SensorSize = SensorSize {
    width: 5,
    height: 4,
};

/// Sorted events, some of them outside the sensor.
fn recordings() -> impl Strategy<Value = Vec<Event>> {
    let event = (0_i64..60, 0_u16..6, 0_u16..5, any::<bool>());
    let start = prop_oneof![
        Just(0),
        Just(-1_000),
        Just(i64::MIN),
        Just(i64::MAX - 20_000)
    ];
    (start, prop::collection::vec(event, 0..200)).prop_map(|(start, events)| {
        let mut t = start;
        let place = |(step, x, y, p)| {
            t += step;
            Event { t, x, y, p }
        };
        events.into_iter().map(place).collect()
    })
}

fn columns(events: &[Event]) -> OwnedColumns {
    OwnedColumns {
        t: events.iter().map(|event| event.t).collect(),
        x: events.iter().map(|event| event.x).collect(),
        y: events.iter().map(|event| event.y).collect(),
        p: events.iter().map(|event| event.p).collect(),
    }
}

fn mask(filter: &mut impl Filter, events: &[Event]) -> Vec<bool> {
    filter.mask(columns(events).all())
}

/// Microseconds between two times, whatever they are.
fn between(before: i64, after: i64) -> i128 {
    i128::from(after) - i128::from(before)
}

fn refractory_loop(events: &[Event], us: u64, dead_time: DeadTime) -> Vec<bool> {
    let mut last: HashMap<(u16, u16), i64> = HashMap::new();
    let mut stays = |event: &Event| {
        if !SIZE.contains(event.x, event.y) {
            return false;
        }
        let pixel = (event.x, event.y);
        let stays = last
            .get(&pixel)
            .is_none_or(|&before| between(before, event.t) >= i128::from(us));
        if stays || dead_time == DeadTime::AfterEvery {
            last.insert(pixel, event.t);
        }
        stays
    };
    events.iter().map(&mut stays).collect()
}

fn denoise_loop(events: &[Event], us: u64, neighbours: Neighbours) -> Vec<bool> {
    let mut last: HashMap<(i32, i32), i64> = HashMap::new();
    let mut stays = |event: &Event| {
        if !SIZE.contains(event.x, event.y) {
            return false;
        }
        let (x, y) = (i32::from(event.x), i32::from(event.y));
        let supports = |&(&(a, b), &t): &(&(i32, i32), &i64)| {
            let (dx, dy) = ((a - x).abs(), (b - y).abs());
            let is_near = match neighbours {
                Neighbours::Four => dx + dy == 1,
                Neighbours::Eight => dx.max(dy) == 1,
            };
            is_near && between(t, event.t) < i128::from(us)
        };
        let stays = last.iter().any(|entry| supports(&entry));
        last.insert((x, y), event.t);
        stays
    };
    events.iter().map(&mut stays).collect()
}

proptest! {
    #[test]
    fn what_is_selected_is_what_a_loop_keeps(
        events in recordings(),
        seed in prop_oneof![any::<u64>(), Just(u64::MAX), Just(0xffff), Just(0)],
    ) {
        let kept: Vec<bool> = (0..events.len()).map(|place| seed.rotate_left(place as u32) & 1 == 1).collect();
        let found = select(columns(&events).all(), &kept);
        let expected: Vec<Event> = events.iter().zip(&kept).filter(|&(_, &kept)| kept).map(|(&event, _)| event).collect();
        prop_assert_eq!(found, columns(&expected));
    }

    #[test]
    fn events_are_selected_into_the_places_there_are(events in recordings(), places in 0_usize..200) {
        let kept: Vec<bool> = events.iter().map(|event| event.p).collect();
        let (all, mut found) = (columns(&events), OwnedColumns::zeroed(places));
        let filled = select_into(all.all(), &kept, &mut found.all_mut());
        found.truncate(filled);
        let mut expected = select(all.all(), &kept);
        expected.truncate(places);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_refractory_period_is_that_of_the_plain_loop(
        events in recordings(),
        us in prop_oneof![0_u64..200, Just(u64::MAX)],
        is_every in any::<bool>(),
    ) {
        let dead_time = if is_every { DeadTime::AfterEvery } else { DeadTime::AfterKept };
        let mut filter = RefractoryPeriod::new(SIZE, us, dead_time).unwrap();
        prop_assert_eq!(mask(&mut filter, &events), refractory_loop(&events, us, dead_time));
    }

    #[test]
    fn denoising_is_that_of_the_plain_loop(
        events in recordings(),
        us in prop_oneof![0_u64..200, Just(u64::MAX)],
        is_eight in any::<bool>(),
    ) {
        let neighbours = if is_eight { Neighbours::Eight } else { Neighbours::Four };
        let mut filter = Denoise::new(SIZE, us, neighbours).unwrap();
        let mut one_by_one = filter.clone();
        prop_assert_eq!(mask(&mut filter, &events), denoise_loop(&events, us, neighbours));
        let kept: Vec<bool> = events.iter().map(|&event| one_by_one.keeps(event)).collect();
        prop_assert_eq!(kept, denoise_loop(&events, us, neighbours));
    }

    #[test]
    fn parts_give_what_the_whole_gives(events in recordings(), cut in 0_usize..200) {
        let (before, after) = events.split_at(cut.min(events.len()));
        let make = || RefractoryPeriod::new(SIZE, 50, DeadTime::AfterKept).unwrap();
        let mut parts = make();
        let joined = [mask(&mut parts, before), mask(&mut parts, after)].concat();
        prop_assert_eq!(joined, mask(&mut make(), &events));
        let mut parts = Denoise::new(SIZE, 50, Neighbours::Eight).unwrap();
        let mut whole = parts.clone();
        let joined = [mask(&mut parts, before), mask(&mut parts, after)].concat();
        prop_assert_eq!(joined, mask(&mut whole, &events));
    }

    #[test]
    fn denoise_goes_on_over_pauses_and_at_any_rate(
        steps in prop::collection::vec(prop_oneof![
            8 => 0_i64..60,
            4 => 0_i64..2_000,
            1 => 0_i64..70_000,
            1 => prop_oneof![65_530_i64..65_540, Just(1 << 16), Just(1 << 17), Just(1 << 40)],
        ], 300),
        pixels in prop::collection::vec((0_u16..6, 0_u16..5), 300),
        us in prop_oneof![0_u64..200, 1_000_u64..20_000, 16_383_u64..16_386, Just(65_536), Just(u64::MAX)],
        start in prop_oneof![Just(i64::MIN), Just(-1_000), Just(0), Just(i64::MAX - (1 << 50))],
        cut in 0_usize..300,
    ) {
        let mut t = start;
        let place = |(step, (x, y))| {
            t += step;
            Event { t, x, y, p: true }
        };
        let events: Vec<Event> = steps.into_iter().zip(pixels).map(place).collect();
        let mut filter = Denoise::new(SIZE, us, Neighbours::Eight).unwrap();
        let mut one_by_one = filter.clone();
        let (before, after) = events.split_at(cut);
        let joined = [mask(&mut filter, before), mask(&mut filter, after)].concat();
        let wanted = denoise_loop(&events, us, Neighbours::Eight);
        prop_assert_eq!(joined, &wanted[..]);
        let kept: Vec<bool> = events.iter().map(|&event| one_by_one.keeps(event)).collect();
        prop_assert_eq!(kept, wanted);
    }

    #[test]
    fn decimation_keeps_every_nth_event_of_a_pixel(events in recordings(), n in 0_u32..5) {
        let kept = mask(&mut Decimation::new(SIZE, n).unwrap(), &events);
        let mut seen: HashMap<(u16, u16), u32> = HashMap::new();
        for (event, kept) in events.iter().zip(kept) {
            let count = seen.entry((event.x, event.y)).or_default();
            *count += 1;
            prop_assert_eq!(kept, SIZE.contains(event.x, event.y) && count.is_multiple_of(n.max(1)));
        }
    }

    #[test]
    fn counts_are_those_of_the_pixels_and_dropped_pixels_have_none(events in recordings()) {
        let counts = count_pixels(columns(&events).all(), SIZE).unwrap();
        let inside = events.iter().filter(|event| SIZE.contains(event.x, event.y));
        prop_assert_eq!(counts.iter().sum::<u32>(), inside.count() as u32);
        let mut filter = DropPixels::new(SIZE, [(1, 2), (9, 9)]).unwrap();
        let kept = mask(&mut filter, &events).iter().filter(|&&kept| kept).count() as u32;
        prop_assert_eq!(kept, counts.iter().sum::<u32>() - counts[2 * 5 + 1]);
    }

    #[test]
    fn pixels_above_a_count_are_dropped_as_if_they_were_named(events in recordings(), most in 0_u32..20) {
        let counts = count_pixels(columns(&events).all(), SIZE).unwrap();
        let above = (0..20_u16).filter(|&place| counts[place as usize] > most);
        let mut named = DropPixels::new(SIZE, above.map(|place| (place % 5, place / 5))).unwrap();
        let mut found = DropPixels::above(SIZE, &counts, most).unwrap();
        prop_assert_eq!(mask(&mut found, &events), mask(&mut named, &events));
    }

    #[test]
    fn the_spread_of_counts_is_that_of_the_active_ones(counts in prop::collection::vec(0_u32..50, 0..60)) {
        let active: Vec<f64> = counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count)).collect();
        let n = active.len().max(1) as f64;
        let mean = active.iter().sum::<f64>() / n;
        let variance = active.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / n;
        let found = spread(&counts);
        prop_assert!((found.0 - mean).abs() < 1e-9 && (found.1 - variance.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn an_integrator_fires_at_most_once_for_its_threshold(events in recordings(), us in 1_u64..300, threshold in 1_u32..4) {
        let integrator = Integrator {
            size: SIZE,
            target: SensorSize { width: 2, height: 2 },
            us: NonZeroU64::new(us).unwrap(),
            threshold: NonZeroU32::new(threshold).unwrap(),
        };
        let fired = integrator.run(columns(&events).all()).unwrap();
        prop_assert!(fired.t.len() * threshold as usize <= events.len());
        prop_assert!(fired.t.is_sorted());
        prop_assert!(fired.x.iter().chain(&fired.y).all(|&side| side < 2));
    }
}

#[test]
fn the_kept_are_counted_whatever_their_number() {
    for len in [0_usize, 1, 254, 255, 256, 511, 70_000] {
        let two_of_three: Vec<bool> = (0..len).map(|place| place % 3 != 0).collect();
        assert_eq!(count_kept(&two_of_three), len - len.div_ceil(3));
        assert_eq!(count_kept(&vec![true; len]), len);
    }
}

#[test]
fn the_largest_counts_have_an_exact_spread() {
    assert_eq!(spread(&[u32::MAX; 300]), (f64::from(u32::MAX), 0.0));
}

#[test]
fn sensors_without_pixels_or_with_too_many_are_refused() {
    for (width, height, pixels) in [(0, 4, 0), (4, 0, 0), (65_536, 65_536, 1_u64 << 32)] {
        let size = SensorSize { width, height };
        let refused = [
            RefractoryPeriod::new(size, 1, DeadTime::AfterKept).err(),
            Denoise::new(size, 1, Neighbours::Four).err(),
            Decimation::new(size, 1).err(),
            DropPixels::new(size, []).err(),
            count_pixels(Columns::new(&[], &[], &[], &[]).unwrap(), size).err(),
        ];
        for error in refused {
            assert!(matches!(error, Some(Error::Memory { pixels: got }) if got == pixels));
        }
    }
}

#[test]
fn an_integrator_of_a_sensor_without_pixels_fires_nothing() {
    let integrator = Integrator {
        size: SensorSize {
            width: 0,
            height: 0,
        },
        target: SIZE,
        us: NonZeroU64::MIN,
        threshold: NonZeroU32::MIN,
    };
    let events = Columns::new(&[1], &[0], &[0], &[true]).unwrap();
    assert!(integrator.run(events).unwrap().t.is_empty());
}
