//! What stands in the frames, whoever counts.
#![expect(clippy::float_cmp, reason = "counts are whole numbers, exact in f32")]
#![expect(
    clippy::single_range_in_vec_init,
    reason = "one slice is a list of slices too"
)]

use std::ops::Range;

use proptest::prelude::*;
use spikelet_events::{Columns, SensorSize};
use spikelet_frames::{Cell, Cut, Error, Excess, Polarity};

const SIZE: SensorSize = SensorSize {
    width: 4,
    height: 3,
};

const CELLS: usize = 2 * 4 * 3;

/// Counts with off and on apart, in memory that is given.
fn count_into<C: Cell>(
    events: Columns<'_>,
    slices: &[Range<usize>],
    size: SensorSize,
    frames: &mut [C],
) -> Result<Excess, Error> {
    let cut = Cut::new(events, slices, size)?;
    spikelet_frames::count_into(cut, Polarity::TwoChannel, frames)
}

/// The same in new memory.
fn counts<C: Cell>(
    events: Columns<'_>,
    slices: &[Range<usize>],
    polarity: Polarity,
) -> Result<Vec<C>, Error> {
    let cut = Cut::new(events, slices, SIZE)?;
    let mut frames = vec![C::default(); slices.len() * polarity.channels() * cut.pixels()];
    spikelet_frames::count_into(cut, polarity, &mut frames)?;
    Ok(frames)
}

#[derive(Debug, Clone)]
struct Recording {
    t: Vec<i64>,
    x: Vec<u16>,
    y: Vec<u16>,
    p: Vec<bool>,
}

impl Recording {
    fn columns(&self) -> Columns<'_> {
        Columns::new(&self.t, &self.x, &self.y, &self.p).expect("columns of one length")
    }
}

/// Input A of the golden tables.
fn golden() -> Recording {
    Recording {
        t: vec![3, 3, 5, 9, 12, 12, 14, 20, 21, 27, 30, 33],
        x: vec![0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3],
        y: vec![0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2],
        p: [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1]
            .map(|p| p == 1)
            .to_vec(),
    }
}

#[test]
fn off_events_come_first_and_rows_follow_y() {
    let events = golden();
    let frames = counts::<f32>(events.columns(), &[0..6, 6..9, 9..12], Polarity::TwoChannel)
        .expect("counts");
    let off = [0., 1., 0., 1., 0., 1., 0., 0., 0., 0., 0., 0.];
    let on = [1., 0., 1., 0., 1., 0., 0., 0., 0., 0., 0., 0.];
    assert_eq!(frames[..12], off);
    assert_eq!(frames[12..24], on);
}

#[test]
fn a_full_cell_stays_full_and_the_rest_is_told() {
    let events = Recording {
        t: vec![0; 70_000],
        x: vec![1; 70_000],
        y: vec![2; 70_000],
        p: vec![true; 70_000],
    };
    let slices = [0..200, 200..500, 500..70_000];
    let cell = 12 + 2 * 4 + 1;
    let mut bytes = vec![0_u8; 3 * CELLS];
    let excess = count_into(events.columns(), &slices, SIZE, &mut bytes);
    assert_eq!(
        [bytes[cell], bytes[24 + cell], bytes[48 + cell]],
        [200, 255, 255]
    );
    assert_eq!(
        excess,
        Ok(Excess {
            events: 45 + 69_245,
            first_frame: Some(1)
        })
    );
    let mut words = vec![0_u16; 3 * CELLS];
    let excess = count_into(events.columns(), &slices, SIZE, &mut words);
    assert_eq!(
        [words[cell], words[24 + cell], words[48 + cell]],
        [200, 300, 65_535]
    );
    assert_eq!(
        excess,
        Ok(Excess {
            events: 3_965,
            first_frame: Some(2)
        })
    );
}

#[test]
fn a_float_stops_where_adding_one_no_longer_changes_it() {
    let n = (1 << 24) + 3;
    let events = Recording {
        t: vec![0; n],
        x: vec![0; n],
        y: vec![0; n],
        p: vec![false; n],
    };
    let mut frame = [0.0_f32; 2];
    let excess = count_into(
        events.columns(),
        &[0..n],
        SensorSize {
            width: 1,
            height: 1,
        },
        &mut frame,
    );
    assert_eq!(frame, [16_777_216.0, 0.0]);
    assert_eq!(
        excess,
        Ok(Excess {
            events: 3,
            first_frame: Some(0)
        })
    );
}

#[test]
fn large_dense_frames_of_floats_are_those_of_words() {
    let size = SensorSize {
        width: 1024,
        height: 512,
    };
    // A pixel of 1,000 events among 300,000 others that fall once or twice.
    let place = |index: u32| {
        if index < 1_000 {
            77
        } else {
            index.wrapping_mul(40_503)
        }
    };
    let t: Vec<i64> = (0..301_000).collect();
    let x: Vec<u16> = (0..301_000)
        .map(|index| (place(index) % 1024) as u16)
        .collect();
    let y: Vec<u16> = (0..301_000)
        .map(|index| (place(index) / 1024 % 512) as u16)
        .collect();
    let p: Vec<bool> = (0..301_000).map(|index| index % 3 == 0).collect();
    let events = Columns::new(&t, &x, &y, &p).expect("columns of one length");
    let (mut floats, mut words) = (vec![0.0_f32; 1 << 20], vec![0_u16; 1 << 20]);
    let slices = [0..301_000];
    let cut = Cut::new(events, &slices, size).expect("a slice");
    spikelet_frames::count_into(cut, Polarity::TwoChannel, &mut floats).expect("counts");
    spikelet_frames::count_into(cut, Polarity::TwoChannel, &mut words).expect("counts");
    assert!(words.iter().any(|&word| word > 512));
    assert!(
        words
            .iter()
            .zip(&floats)
            .all(|(&word, &float)| f32::from(word) == float)
    );
}

#[test]
fn events_outside_the_sensor_are_refused_wherever_they_would_land() {
    // x = 4 would land in the next row, y = 3 in the on channel, the last one behind the frame.
    for (x, y, p) in [(4, 0, false), (0, 3, false), (65_535, 65_535, true)] {
        let events = Recording {
            t: vec![1, 2],
            x: vec![0, x],
            y: vec![0, y],
            p: vec![true, p],
        };
        let refused = Error::Outside {
            event: 1,
            x,
            y,
            size: SIZE,
        };
        assert_eq!(
            counts::<f32>(events.columns(), &[0..1, 1..2], Polarity::TwoChannel),
            Err(refused.clone())
        );
        let mut frames = vec![0_u8; 2 * CELLS];
        let found = count_into(events.columns(), &[0..1, 1..2], SIZE, &mut frames);
        assert_eq!(found, Err(refused));
    }
}

#[test]
fn slices_outside_the_recording_are_refused() {
    let events = golden();
    #[expect(clippy::reversed_empty_ranges, reason = "the fault under test")]
    for slice in [0..13, 5..4, 13..13] {
        let refused = Error::Slice {
            slice: 1,
            start: slice.start,
            stop: slice.end,
            events: 12,
        };
        assert_eq!(
            counts::<u16>(events.columns(), &[0..1, slice], Polarity::TwoChannel),
            Err(refused)
        );
    }
}

#[test]
fn memory_of_another_size_and_sensors_without_pixels_are_refused() {
    let events = golden();
    let mut frames = [0_u16; 23];
    let found = count_into(events.columns(), &[0..1], SIZE, &mut frames);
    assert_eq!(
        found,
        Err(Error::Cells {
            expected: 24,
            found: 23
        })
    );
    let size = SensorSize {
        width: 0,
        height: 3,
    };
    let found = count_into::<u8>(events.columns(), &[], size, &mut []);
    assert_eq!(found, Err(Error::NoPixels { size }));
}

#[test]
fn events_between_slices_are_not_counted_and_shared_ones_are_counted_twice() {
    let events = golden();
    let frames = counts::<u8>(
        events.columns(),
        &[0..2, 1..2, 12..12],
        Polarity::TwoChannel,
    )
    .expect("counts");
    let sums: Vec<u32> = frames
        .chunks(24)
        .map(|frame| frame.iter().map(|&c| c as u32).sum())
        .collect();
    assert_eq!(sums, [2, 1, 0]);
}

fn recordings() -> impl Strategy<Value = Recording> {
    prop::collection::vec((0..4_u16, 0..3_u16, any::<bool>()), 0..2000).prop_map(|events| {
        Recording {
            t: vec![0; events.len()],
            x: events.iter().map(|event| event.0).collect(),
            y: events.iter().map(|event| event.1).collect(),
            p: events.iter().map(|event| event.2).collect(),
        }
    })
}

fn with_threads<C: Cell + PartialEq + std::fmt::Debug>(
    events: &Recording,
    slices: &[Range<usize>],
    threads: usize,
) -> (Vec<C>, Excess) {
    let mut frames = vec![C::default(); slices.len() * CELLS];
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool");
    let cut = Cut::new(events.columns(), slices, SIZE).expect("slices of the recording");
    let count = || spikelet_frames::count_into(cut.parallel(), Polarity::TwoChannel, &mut frames);
    let excess = pool.install(count);
    (frames, excess.expect("counts"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_are_kept_and_do_not_depend_on_threads(events in recordings(), n in 1_usize..9) {
        let all = events.t.len();
        let slices: Vec<_> = (0..n).map(|k| k * all / n..(k + 1) * all / n).collect();
        let mut alone = vec![0_u8; n * CELLS];
        let excess = count_into(events.columns(), &slices, SIZE, &mut alone).expect("counts");
        let counted: u64 = alone.iter().map(|&count| count as u64).sum();
        prop_assert_eq!(counted + excess.events, all as u64);
        for threads in [1, 2, 7] {
            prop_assert_eq!(with_threads::<u8>(&events, &slices, threads), (alone.clone(), excess));
        }
        let floats = counts::<f32>(events.columns(), &slices, Polarity::TwoChannel).expect("counts");
        prop_assert_eq!(floats.iter().sum::<f32>(), all as f32);
        let (words, _) = with_threads::<u16>(&events, &slices, 2);
        prop_assert!(words.iter().zip(&floats).all(|(&word, &float)| f32::from(word) == float));
    }
}
