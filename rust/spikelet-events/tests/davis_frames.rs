//! Frames of AEDAT 2, put together from readings of single pixels.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use proptest::prelude::*;
use spikelet_events::format::aedat2::{Decoder, Frames, Layout};
use spikelet_events::{Decode, Kept, OwnedColumns, OwnedFrame, Sample, SensorSize};

const SIZE: SensorSize = SensorSize {
    width: 240,
    height: 180,
};

fn reading(t: i64, (x, y): (u16, u16), read: u8, value: u16) -> Sample {
    Sample {
        t,
        x,
        y,
        read,
        value,
    }
}

fn frames(samples: &[Sample]) -> (Vec<OwnedFrame>, u64) {
    let mut frames = Frames::new(SIZE);
    let mut found: Vec<OwnedFrame> = samples
        .iter()
        .filter_map(|&sample| frames.push(sample))
        .collect();
    found.extend(frames.finish());
    (found, frames.incomplete())
}

fn values(frame: &OwnedFrame) -> Vec<u16> {
    let pairs = frame.pixels.as_chunks().0.iter();
    pairs.map(|&pair| u16::from_le_bytes(pair)).collect()
}

/// Both readings of a rectangle, column by column as the sensor gives them, a microsecond apart.
fn readings(
    start: i64,
    (x, y): (u16, u16),
    (width, height): (u16, u16),
    value: impl Fn(u16, u16) -> (u16, u16),
) -> Vec<Sample> {
    let pixels = (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y)));
    let resets = pixels.clone().map(|(x, y)| ((x, y), 0, value(x, y).0));
    let signals = pixels.map(|(x, y)| ((x, y), 1, value(x, y).1));
    (start..)
        .zip(resets.chain(signals))
        .map(|(t, (at, read, value))| reading(t, at, read, value))
        .collect()
}

#[test]
fn the_addresses_of_the_formats_page_make_a_frame() {
    // Bit 31; y 5, x 10: after reset 700, after exposure 612.
    let record = |read: u32, value: u32| 1 << 31 | 5 << 22 | 10 << 12 | read << 10 | value;
    let mut bytes = Vec::new();
    for (t, address) in [(100u32, record(0, 700)), (900, record(1, 612))] {
        bytes.extend(address.to_be_bytes());
        bytes.extend(t.to_be_bytes());
    }
    let (mut places, mut kept) = (OwnedColumns::zeroed(4), Kept::default());
    let mut out = places.all_mut().with_beside(&mut kept);
    Decoder::new(Layout::Davis).push(&bytes, &mut out);
    let (found, incomplete) = frames(&kept.samples);
    assert_eq!((found.len(), incomplete), (1, 0));
    let facts = found[0].facts;
    assert_eq!((facts.x, facts.y, facts.width, facts.height), (10, 5, 1, 1));
    assert_eq!(
        (facts.t, facts.start, facts.exposure_start),
        (100, 100, 100)
    );
    assert_eq!((facts.exposure_end, facts.end), (900, 900));
    assert_eq!(values(&found[0]), [88]);
}

#[test]
fn rows_come_from_the_top_and_noise_below_zero_is_black() {
    let samples = readings(0, (0, 0), (2, 3), |x, y| {
        (500, if x == 0 { 490 - y } else { 501 })
    });
    let (found, _) = frames(&samples);
    assert_eq!(values(&found[0]), [12, 0, 11, 0, 10, 0]);
    assert_eq!((found[0].facts.y, found[0].facts.end), (2, 11));
    assert_eq!(
        (found[0].facts.exposure_start, found[0].facts.exposure_end),
        (0, 6)
    );
}

#[test]
fn a_frame_that_was_not_read_twice_is_counted_and_left_out() {
    let whole = readings(0, (3, 4), (4, 5), |x, y| (600, x + y));
    let second = readings(1000, (3, 4), (4, 5), |x, y| (600, x * y));
    // The recording begins in the middle of a frame, loses a reading of the next, and ends inside the last.
    let mut samples = whole[7..].to_vec();
    samples.extend(&whole[..11]);
    samples.extend(&whole[12..]);
    samples.extend(&second);
    samples.extend(&second[..30]);
    let (found, incomplete) = frames(&samples);
    assert_eq!((found.len(), incomplete), (1, 3));
    assert_eq!(values(&found[0])[0], 600 - 3 * 8);
}

#[test]
fn readings_outside_the_sensor_make_no_frame() {
    let (found, incomplete) = frames(&readings(0, (239, 179), (2, 2), |_, _| (9, 1)));
    assert_eq!((found.len(), incomplete), (0, 1));
}

proptest! {
    #[test]
    fn every_frame_read_twice_comes_back(
        places in prop::collection::vec(((0..200u16, 0..150u16), (1..20u16, 1..20u16)), 1..4),
        lag in 1..5usize,
    ) {
        let mut samples = Vec::new();
        for (&(at, size), start) in places.iter().zip((0..).step_by(10_000)) {
            let all = readings(start, at, size, |x, y| (1023, (x ^ y) & 0x3ff));
            // A rolling shutter reads columns after exposure while later ones are still reset.
            let (resets, signals) = all.split_at(all.len() / 2);
            let mut signals = signals.iter().copied();
            for (index, &reset) in resets.iter().enumerate() {
                samples.push(reset);
                if index >= lag {
                    samples.extend(signals.next());
                }
            }
            samples.extend(signals);
            // What follows must be told from it even where it lies elsewhere.
            samples.extend(readings(start + 5000, at, (1, 1), |_, _| (5, 5)));
        }
        let (found, incomplete) = frames(&samples);
        prop_assert_eq!(incomplete, 0);
        let wanted: Vec<(u32, u32)> = places.iter().map(|(_, size)| (size.0 as u32, size.1 as u32)).collect();
        let sizes: Vec<(u32, u32)> = found.iter().map(|frame| (frame.facts.width, frame.facts.height)).collect();
        prop_assert!(wanted.iter().all(|size| sizes.contains(size)));
        let (at, size) = places[0];
        let wanted: Vec<u16> = (at.1..at.1 + size.1)
            .rev()
            .flat_map(|y| (at.0..at.0 + size.0).map(move |x| 1023 - ((x ^ y) & 0x3ff)))
            .collect();
        prop_assert_eq!(values(&found[0]), wanted);
    }
}
