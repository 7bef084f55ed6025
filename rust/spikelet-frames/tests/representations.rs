//! Golden frames, what is kept of the events, and what is refused.
#![expect(
    clippy::single_range_in_vec_init,
    reason = "one slice is a list of slices too"
)]

use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::Range;

use proptest::prelude::*;
use spikelet_events::{Columns, SensorSize};
use spikelet_frames::{
    AveragedSurfaces, Cut, Error, Fading, Kernel, Measure, Polarity, Surface, Tore, VoxelGrid,
    averaged_surfaces_into, count_into, last_event_times, last_times_into, mark_into,
    time_surface_into, tore_into, voxel_grid_into,
};

const SIZE: SensorSize = SensorSize {
    width: 4,
    height: 3,
};
const T: [i64; 12] = [3, 3, 5, 9, 12, 12, 14, 20, 21, 27, 30, 33];
const X: [u16; 12] = [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3];
const Y: [u16; 12] = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
const P: [bool; 12] = [
    true, false, true, false, true, false, true, false, true, false, true, true,
];
const REMEMBERING: Surface = Surface {
    polarity: Polarity::TwoChannel,
    has_memory: true,
};

fn golden() -> Columns<'static> {
    Columns::new(&T, &X, &Y, &P).expect("columns of one length")
}

fn cut<'a>(events: Columns<'a>, slices: &'a [Range<usize>]) -> Cut<'a> {
    Cut::new(events, slices, SIZE).expect("slices of the recording")
}

fn grid(bins: usize, polarity: Polarity, kernel: Kernel) -> VoxelGrid {
    VoxelGrid {
        bins: NonZeroUsize::new(bins).expect("test grids have bins"),
        polarity,
        kernel,
        measure: Measure::Count,
    }
}

fn averaged(polarity: Polarity) -> AveragedSurfaces {
    AveragedSurfaces {
        cell: NonZeroU32::new(2).expect("above 0"),
        radius: 1,
        window_us: 10,
        fading: Fading::exponential(10.0).expect("above 0"),
        polarity,
    }
}

fn close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() < 1e-6,
            "cell {index}: {found} for {expected}"
        );
    }
}

#[test]
fn the_voxel_grid_of_a() {
    let mut frame = vec![0.0; 36];
    let grid = grid(3, Polarity::Signed, Kernel::TRILINEAR);
    voxel_grid_into(cut(golden(), &[0..12]), &grid, &mut frame).expect("a grid");
    let expected = [
        [
            1., -1., 0.866_667, -0.6, 0.4, -0.4, 0.266_667, 0., 0., 0., 0., 0.,
        ],
        [
            0., 0., 0.133_333, -0.4, 0.6, -0.6, 0.733_333, -0.866_667, 0.8, -0.4, 0.2, 0.,
        ],
        [0., 0., 0., 0., 0., 0., 0., -0.133_333, 0.2, -0.6, 0.8, 1.],
    ];
    close(&frame, expected.as_flattened());
}

#[test]
fn the_time_surfaces_of_a() {
    let cut = cut(golden(), &[0..12]);
    let mut frame = vec![f32::NAN; 24];
    let fading = Fading::exponential(10.0).expect("above 0");
    assert_eq!(last_event_times(cut), [33]);
    time_surface_into(cut, (REMEMBERING, fading), &[33], &mut frame).expect("a surface");
    let off = [
        0., 0.049_787, 0., 0.090_718, 0., 0.122_456, 0., 0.272_532, 0., 0.548_812, 0., 0.,
    ];
    let on = [
        0.049_787, 0., 0.060_810, 0., 0.122_456, 0., 0.149_569, 0., 0.301_194, 0., 0.740_818, 1.,
    ];
    close(&frame, &[off, on].concat());

    let mut times = vec![0.0; 24];
    last_times_into(cut, REMEMBERING, &mut times).expect("a surface");
    assert_eq!(times[..4], [f64::NEG_INFINITY, 3.0, f64::NEG_INFINITY, 9.0]);
}

#[test]
fn kernels_that_look_back_leave_earlier_bins_alone() {
    // Bins at 0, 10 and 20 us; events at 0, 10 and 20 us on three pixels.
    let events = Columns::new(&[0, 10, 20], &[0, 1, 2], &[0; 3], &[true; 3]).expect("columns");
    let size = SensorSize {
        width: 3,
        height: 1,
    };
    let cut = Cut::new(events, &[0..3], size).expect("a slice");
    let spread = |kernel| {
        let mut frame = vec![0.0; 9];
        voxel_grid_into(cut, &grid(3, Polarity::Merged, kernel), &mut frame).expect("a grid");
        frame
    };
    let e = std::f32::consts::E;
    let exponential = [1., 0., 0., 1. / e, 1., 0., 1. / (e * e), 1. / e, 1.];
    close(
        &spread(Kernel::exponential(10.0).expect("above 0")),
        &exponential,
    );
    let alpha = [0., 0., 0., 1., 0., 0., 2. / e, 1., 0.];
    close(&spread(Kernel::alpha(10.0).expect("above 0")), &alpha);
}

#[test]
fn signed_counts_that_do_not_fit_are_clipped_at_their_end_alone() {
    // Up to 40,000, which i16 does not hold, then down again.
    let p: Vec<bool> = (0..80_000).map(|index| index < 40_000).collect();
    let zeros = vec![0_u16; p.len()];
    let t = vec![0_i64; p.len()];
    let events = Columns::new(&t, &zeros, &zeros, &p).expect("columns");
    let mut frames = vec![0_i16; 3 * 12];
    let slices = [0..80_000, 0..40_000, 40_000..80_000];
    let excess =
        count_into(cut(events, &slices), Polarity::Signed, &mut frames).expect("signed counts");
    assert_eq!([frames[0], frames[12], frames[24]], [0, 32_767, -32_767]);
    assert_eq!((excess.events, excess.first_frame), (2 * 7_233, Some(1)));
}

#[test]
fn what_has_no_sign_is_refused() {
    let (cut, fading) = (cut(golden(), &[0..12]), Fading::linear(1.0));
    let signed = Surface {
        polarity: Polarity::Signed,
        has_memory: false,
    };
    let mut bytes = [0_u8; 12];
    assert_eq!(
        count_into(cut, Polarity::Signed, &mut bytes),
        Err(Error::Unsigned)
    );
    let mut cells = [0.0_f32; 12];
    assert_eq!(
        mark_into(cut, Polarity::Signed, &mut cells),
        Err(Error::Unsigned)
    );
    assert_eq!(
        last_times_into(cut, signed, &mut [0.0; 12]),
        Err(Error::Unsigned)
    );
    let tore = Tore::new(signed, NonZeroUsize::MIN, (1.0, 2.0));
    assert_eq!(tore, Err(Error::Unsigned));
    let surfaces = averaged(Polarity::Signed);
    assert_eq!(
        averaged_surfaces_into(cut, &surfaces, &mut cells),
        Err(Error::Unsigned)
    );
    let fading = fading.expect("above 0");
    assert_eq!(
        time_surface_into(cut, (signed, fading), &[33], &mut cells),
        Ok(())
    );
}

#[test]
fn reference_times_before_the_last_event_are_refused() {
    let slices = [0..6, 6..12];
    let (cut, mut frames) = (cut(golden(), &slices), [0.0; 48]);
    let how = (REMEMBERING, Fading::linear(1.0).expect("above 0"));
    let early = Error::Reference {
        frame: 1,
        reference: 32,
        last: 33,
    };
    assert_eq!(
        time_surface_into(cut, how, &[12, 32], &mut frames),
        Err(early)
    );
    let few = Error::References {
        frames: 2,
        found: 1,
    };
    let tore = Tore::new(REMEMBERING, NonZeroUsize::MIN, (1.0, 2.0)).expect("ages in order");
    assert_eq!(tore_into(cut, &tore, &[12], &mut frames), Err(few));
}

#[test]
fn events_outside_the_sensor_are_refused_by_every_representation() {
    let events = Columns::new(&[1, 2, 3], &[0, 4, 0], &[0, 0, 3], &[true; 3]).expect("columns");
    let refused = |event, x, y| {
        Err(Error::Outside {
            event,
            x,
            y,
            size: SIZE,
        })
    };
    // The second event lies between the slices: nobody looks at it, unless all is remembered.
    let slices = [0..1, 2..3];
    let cut = cut(events, &slices);
    let mut cells = [0.0_f32; 2 * 24];
    let voxels = grid(2, Polarity::Signed, Kernel::TRILINEAR);
    assert_eq!(voxel_grid_into(cut, &voxels, &mut cells), refused(2, 0, 3));
    assert_eq!(
        mark_into(cut, Polarity::TwoChannel, &mut cells),
        refused(2, 0, 3)
    );
    let how = (REMEMBERING, Fading::linear(1.0).expect("above 0"));
    assert_eq!(
        time_surface_into(cut, how, &[1, 3], &mut cells),
        refused(1, 4, 0)
    );
    let tore = Tore::new(REMEMBERING, NonZeroUsize::MIN, (1.0, 2.0)).expect("ages in order");
    assert_eq!(tore_into(cut, &tore, &[1, 3], &mut cells), refused(1, 4, 0));
    let surfaces = averaged(Polarity::Merged);
    let mut cells = [0.0_f32; 2 * 4 * 9];
    assert_eq!(
        averaged_surfaces_into(cut, &surfaces, &mut cells),
        refused(2, 0, 3)
    );
}

#[test]
fn numbers_outside_their_rule_are_refused() {
    for wrong in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert!(Fading::exponential(wrong).is_err());
        assert!(Fading::linear(wrong).is_err());
        assert!(Kernel::exponential(wrong).is_err());
        assert!(Kernel::alpha(wrong).is_err());
    }
    let found = Tore::new(REMEMBERING, NonZeroUsize::MIN, (5.0, 5.0));
    assert_eq!(
        found.map_err(|error| error.to_string()),
        Err("`oldest_us` must be above `youngest_us`, got 5".to_owned())
    );
}

#[derive(Debug, Clone)]
struct Recording {
    t: Vec<i64>,
    x: Vec<u16>,
    y: Vec<u16>,
    p: Vec<bool>,
}

fn recordings() -> impl Strategy<Value = Recording> {
    let event = (0..30_i64, 0..4_u16, 0..3_u16, any::<bool>());
    prop::collection::vec(event, 0..300).prop_map(|events| {
        let mut now = 0;
        Recording {
            t: events
                .iter()
                .map(|event| {
                    now += event.0;
                    now
                })
                .collect(),
            x: events.iter().map(|event| event.1).collect(),
            y: events.iter().map(|event| event.2).collect(),
            p: events.iter().map(|event| event.3).collect(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_voxel_grid_keeps_every_event(events in recordings(), bins in 1_usize..6, n in 1_usize..4) {
        let columns = Columns::new(&events.t, &events.x, &events.y, &events.p).expect("columns");
        let all = events.t.len();
        let slices: Vec<_> = (0..n).map(|k| k * all / n..(k + 1) * all / n).collect();
        let cut = cut(columns, &slices);
        let mut frames = vec![0.0; n * 2 * bins * 12];
        let grid = grid(bins, Polarity::TwoChannel, Kernel::TRILINEAR);
        voxel_grid_into(cut, &grid, &mut frames).expect("a grid");
        let sum: f64 = frames.iter().map(|&cell| f64::from(cell)).sum();
        prop_assert!((sum - all as f64).abs() < 1e-3, "{} of {}", sum, all);
    }

    #[test]
    fn recordings_of_days_give_what_short_ones_give(events in recordings()) {
        let slow: Vec<i64> = events.t.iter().map(|t| t << 24).collect();
        let all = events.t.len();
        let slices = [0..all / 2, all / 3..all];
        for polarity in [Polarity::TwoChannel, Polarity::Signed, Polarity::Merged] {
            let made = |t: &[i64], slower: f32| {
                let columns = Columns::new(t, &events.x, &events.y, &events.p).expect("columns");
                let cut = cut(columns, &slices);
                let mut voxels = vec![0.0; 2 * 3 * polarity.channels() * 12];
                let grid = grid(3, polarity, Kernel::TRILINEAR);
                voxel_grid_into(cut, &grid, &mut voxels).expect("a grid");
                let surface = Surface { polarity, has_memory: true };
                let how = (surface, Fading::linear(500.0 * slower).expect("above 0"));
                let mut surfaces = vec![0.0; 2 * polarity.channels() * 12];
                let at = last_event_times(cut);
                time_surface_into(cut, how, &at, &mut surfaces).expect("surfaces");
                (voxels, surfaces)
            };
            // Powers of two change no digit.
            prop_assert_eq!(made(&events.t, 1.0), made(&slow, 16_777_216.0));
        }
    }

    #[test]
    fn backward_times_are_answered_without_a_panic(
        t in prop::collection::vec(any::<i64>(), 0..20), bins in 1_usize..4
    ) {
        let zeros = vec![0_u16; t.len()];
        let p = vec![true; t.len()];
        let columns = Columns::new(&t, &zeros, &zeros, &p).expect("columns");
        let slices = [0..t.len(), 0..t.len() / 2];
        let cut = cut(columns, &slices);
        let kernels = [Kernel::TRILINEAR, Kernel::alpha(5.0).expect("above 0")];
        for kernel in kernels {
            let mut frames = vec![0.0; 2 * bins * 12];
            let grid = grid(bins, Polarity::Signed, kernel);
            prop_assert_eq!(voxel_grid_into(cut, &grid, &mut frames), Ok(()));
        }
        let mut frames = vec![0.0; 2 * 24];
        let how = (REMEMBERING, Fading::linear(9.0).expect("above 0"));
        let at = last_event_times(cut);
        prop_assert_eq!(time_surface_into(cut, how, &at, &mut frames), Ok(()));
        let mut frames = vec![0.0; 2 * 4 * 9];
        prop_assert_eq!(averaged_surfaces_into(cut, &averaged(Polarity::Merged), &mut frames), Ok(()));
    }
}
