//! Golden slices, and the laws that hold for every window.

use std::num::NonZeroU64;
use std::ops::Range;

use proptest::prelude::*;
use spikelet_frames::{Error, Window};

const A: [i64; 12] = [3, 3, 5, 9, 12, 12, 14, 20, 21, 27, 30, 33];
const B: [i64; 11] = [0, 1, 2, 3, 10, 11, 12, 50, 51, 99, 100];
const LIMIT: u64 = 1_000_000;

fn whole(n: u64) -> NonZeroU64 {
    NonZeroU64::new(n).expect("test windows are above 0")
}

fn sizes(t: &[i64], window: Window) -> Vec<usize> {
    let slices = window.slices(t, LIMIT).expect("this window has slices");
    slices.iter().map(Range::len).collect()
}

// Golden vectors: the slices that SpikingJelly 2.0.0 itself gave for these timestamps.

#[test]
fn spikingjelly_by_number_gives_its_golden_slices() {
    let slices = |t: &[i64], n| Window::SpikingJellyByNumber { n: whole(n) }.slices(t, LIMIT);
    assert_eq!(slices(&A, 2), Ok(vec![0..6, 6..12]));
    assert_eq!(slices(&A, 3), Ok(vec![0..4, 4..8, 8..12]));
    assert_eq!(slices(&A, 5), Ok(vec![0..2, 2..4, 4..6, 6..8, 8..12]));
    assert_eq!(
        slices(&[1, 2, 3], 5),
        Ok(vec![0..0, 0..0, 0..0, 0..0, 0..3])
    );
}

#[test]
fn spikingjelly_by_time_gives_its_golden_slices() {
    let slices = |t: &[i64], n| Window::SpikingJellyByTime { n: whole(n) }.slices(t, LIMIT);
    assert_eq!(slices(&A, 2), Ok(vec![0..7, 7..12]));
    assert_eq!(slices(&A, 3), Ok(vec![0..6, 6..9, 9..12]));
    assert_eq!(slices(&A, 5), Ok(vec![0..3, 3..7, 7..8, 8..9, 9..12]));
    assert_eq!(slices(&B, 2), Ok(vec![0..7, 7..11]));
}

#[test]
fn spikingjelly_by_time_refuses_the_bins_where_it_raises() {
    for (n, bin, start, width) in [(3, 2, 66, 33), (4, 1, 25, 25), (10, 2, 20, 10)] {
        let found = Window::SpikingJellyByTime { n: whole(n) }.slices(&B, LIMIT);
        assert_eq!(
            found,
            Err(Error::EmptyBin {
                bin,
                bins: n,
                start,
                width
            })
        );
    }
    let one_instant = Window::SpikingJellyByTime { n: whole(1) }.slices(&[7, 7], LIMIT);
    assert_eq!(
        one_instant,
        Err(Error::EmptyBin {
            bin: 0,
            bins: 1,
            start: 7,
            width: 0
        })
    );
    let nothing = Window::SpikingJellyByTime { n: whole(2) }.slices(&[], LIMIT);
    assert_eq!(
        nothing,
        Err(Error::EmptyBin {
            bin: 0,
            bins: 2,
            start: 0,
            width: 0
        })
    );
}

#[test]
fn spikingjelly_by_duration_gives_its_golden_counts() {
    let counts = |t: &[i64], us| sizes(t, Window::SpikingJellyByDuration { us: whole(us) });
    assert_eq!(counts(&A, 10), [6, 3, 3]);
    assert_eq!(counts(&A, 15), [7, 5]);
    assert_eq!(counts(&A, 7), [4, 3, 2, 2, 1]);
    assert_eq!(counts(&[5, 6, 14, 15, 24, 25, 35], 10), [3, 2, 2]);
    assert_eq!(counts(&[5, 6, 14, 15, 24, 25], 10), [3, 3]);
}

#[test]
fn spikingjelly_by_duration_refuses_events_at_one_instant() {
    let found = Window::SpikingJellyByDuration { us: whole(10) }.slices(&[7, 7], LIMIT);
    assert_eq!(found, Err(Error::NoDuration { events: 2, us: 10 }));
}

#[test]
fn own_windows_give_their_golden_counts() {
    assert_eq!(sizes(&A, Window::IntoByTime { n: whole(3) }), [6, 3, 3]);
    assert_eq!(
        sizes(&A, Window::IntoByTime { n: whole(5) }),
        [4, 3, 2, 1, 2]
    );
    assert_eq!(
        sizes(&A, Window::IntoByCount { n: whole(5) }),
        [3, 2, 3, 2, 2]
    );
    assert_eq!(
        sizes(
            &A,
            Window::ByTime {
                us: whole(10),
                drop_last: false
            }
        ),
        [6, 3, 2, 1]
    );
    assert_eq!(
        sizes(
            &A,
            Window::ByTime {
                us: whole(10),
                drop_last: true
            }
        ),
        [6, 3, 2]
    );
    assert_eq!(
        sizes(
            &A,
            Window::ByCount {
                n: whole(5),
                drop_last: false
            }
        ),
        [5, 5, 2]
    );
    assert_eq!(
        sizes(
            &A,
            Window::ByCount {
                n: whole(5),
                drop_last: true
            }
        ),
        [5, 5]
    );
}

#[test]
fn a_window_that_the_last_event_completes_is_not_dropped() {
    let window = Window::ByTime {
        us: whole(10),
        drop_last: true,
    };
    assert_eq!(sizes(&[0, 9], window), [2]);
    assert_eq!(sizes(&[0, 8], window), [0; 0]);
    assert_eq!(sizes(&[0, 10], window), [1]);
}

#[test]
fn no_events_give_n_empty_slices_or_none() {
    assert_eq!(sizes(&[], Window::IntoByTime { n: whole(3) }), [0, 0, 0]);
    assert_eq!(sizes(&[], Window::IntoByCount { n: whole(3) }), [0, 0, 0]);
    assert_eq!(
        sizes(&[], Window::SpikingJellyByNumber { n: whole(3) }),
        [0, 0, 0]
    );
    for drop_last in [false, true] {
        assert_eq!(
            sizes(
                &[],
                Window::ByTime {
                    us: whole(3),
                    drop_last
                }
            ),
            [0; 0]
        );
        assert_eq!(
            sizes(
                &[],
                Window::ByCount {
                    n: whole(3),
                    drop_last
                }
            ),
            [0; 0]
        );
    }
}

#[test]
fn the_whole_range_of_timestamps_is_cut_without_overflow() {
    let t = [i64::MIN, -1, 0, i64::MAX];
    assert_eq!(sizes(&t, Window::IntoByTime { n: whole(2) }), [2, 2]);
    assert_eq!(
        sizes(
            &t,
            Window::ByTime {
                us: whole(1 << 63),
                drop_last: false
            }
        ),
        [2, 2]
    );
    assert_eq!(
        sizes(
            &t,
            Window::ByTime {
                us: whole(1 << 63),
                drop_last: true
            }
        ),
        [2, 2]
    );
    let shortest = Window::ByTime {
        us: whole(1),
        drop_last: false,
    };
    let refused = Error::TooMany {
        frames: u64::MAX,
        limit: LIMIT,
    };
    assert_eq!(shortest.slices(&t, LIMIT), Err(refused));
}

#[test]
fn backward_ends_are_refused_by_time_and_welcome_by_count() {
    let refused = Err(Error::Backwards { first: 9, last: 2 });
    for window in [
        Window::ByTime {
            us: whole(1),
            drop_last: false,
        },
        Window::IntoByTime { n: whole(2) },
        Window::SpikingJellyByTime { n: whole(2) },
        Window::SpikingJellyByDuration { us: whole(2) },
    ] {
        assert_eq!(window.slices(&[9, 2], LIMIT), refused);
    }
    assert_eq!(sizes(&[9, 2], Window::IntoByCount { n: whole(2) }), [1, 1]);
}

/// The slice of each event by the written rule, one event at a time; `None` for events left out.
fn slice_of(t: &[i64], window: Window) -> Vec<Option<u64>> {
    let events = t.len() as i128;
    let span = t.last().map_or(0, |&last| last as i128 - t[0] as i128);
    let place = |index: usize| -> i128 {
        let (i, elapsed) = (index as i128, t[index] as i128 - t[0] as i128);
        let of = |n: NonZeroU64| n.get() as i128;
        match window {
            Window::ByTime {
                us,
                drop_last: false,
            } => elapsed / of(us),
            Window::ByTime {
                us,
                drop_last: true,
            } => {
                let k = elapsed / of(us);
                if (k + 1) * of(us) > span + 1 { -1 } else { k }
            }
            Window::ByCount {
                n,
                drop_last: false,
            } => i / of(n),
            Window::ByCount { n, drop_last: true } => {
                let k = i / of(n);
                if (k + 1) * of(n) > events { -1 } else { k }
            }
            Window::IntoByTime { n } => elapsed * of(n) / (span + 1),
            Window::IntoByCount { n } => i * of(n) / events,
            Window::SpikingJellyByTime { n } => (elapsed / (span / of(n))).min(of(n) - 1),
            Window::SpikingJellyByNumber { n } => {
                (i.checked_div(events / of(n)).unwrap_or(of(n) - 1)).min(of(n) - 1)
            }
            Window::SpikingJellyByDuration { us } => {
                (elapsed / of(us)).min((span + of(us) - 1) / of(us) - 1)
            }
            _ => unreachable!("every window has its rule here"),
        }
    };
    (0..t.len())
        .map(|index| u64::try_from(place(index)).ok())
        .collect()
}

fn windows() -> impl Strategy<Value = Window> {
    let number = || (1_u64..40).prop_map(whole);
    prop_oneof![
        (number(), any::<bool>()).prop_map(|(us, drop_last)| Window::ByTime { us, drop_last }),
        (number(), any::<bool>()).prop_map(|(n, drop_last)| Window::ByCount { n, drop_last }),
        number().prop_map(|n| Window::IntoByTime { n }),
        number().prop_map(|n| Window::IntoByCount { n }),
        number().prop_map(|n| Window::SpikingJellyByTime { n }),
        number().prop_map(|n| Window::SpikingJellyByNumber { n }),
        number().prop_map(|us| Window::SpikingJellyByDuration { us }),
    ]
}

/// Sorted timestamps with ties, gaps and any start.
fn timestamps() -> impl Strategy<Value = Vec<i64>> {
    let steps = prop::collection::vec(prop_oneof![Just(0_i64), 0..5_i64, 0..300_i64], 0..60);
    (-1000..1000_i64, steps).prop_map(|(start, steps)| {
        let mut t = start;
        steps
            .iter()
            .map(|step| {
                t += step;
                t
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn every_event_falls_in_the_slice_of_the_written_rule(t in timestamps(), window in windows()) {
        let Ok(slices) = window.slices(&t, LIMIT) else { return Ok(()) };
        let mut found = vec![None; t.len()];
        for (k, slice) in slices.iter().enumerate() {
            for index in slice.clone() {
                prop_assert_eq!(found[index], None, "event {} is in two slices", index);
                found[index] = Some(k as u64);
            }
        }
        prop_assert_eq!(found, slice_of(&t, window));
    }

    #[test]
    fn slices_adjoin_and_are_as_many_as_said(t in timestamps(), window in windows()) {
        let Ok(slices) = window.slices(&t, LIMIT) else { return Ok(()) };
        prop_assert_eq!(slices.len() as u64, window.frames(&t).expect("sorted"));
        let mut stop = 0;
        for slice in &slices {
            prop_assert_eq!(slice.start, stop);
            prop_assert!(slice.end >= slice.start);
            stop = slice.end;
        }
    }

    #[test]
    fn spikingjelly_raises_exactly_where_a_bin_is_empty(t in timestamps(), n in 1_u64..40) {
        let found = Window::SpikingJellyByTime { n: whole(n) }.slices(&t, LIMIT);
        let (first, last) = (t.first().copied().unwrap_or(0), t.last().copied().unwrap_or(0));
        let width = (last - first) / n as i64;
        let empty = (0..n as i64).find(|bin| {
            let start = first + bin * width;
            !t.iter().any(|&t| start <= t && t < start + width)
        });
        match (found, empty) {
            (Ok(_), None) => {}
            (Err(Error::EmptyBin { bin, .. }), Some(empty)) => prop_assert_eq!(bin as i64, empty),
            (found, empty) => prop_assert!(false, "{found:?} where bin {empty:?} is empty"),
        }
    }

    #[test]
    fn any_timestamps_give_slices_inside_the_recording(
        t in prop::collection::vec(any::<i64>(), 0..20),
        n in 1_u64..,
        short in windows(),
    ) {
        let long = [
            Window::ByTime { us: whole(n), drop_last: false },
            Window::ByCount { n: whole(n), drop_last: false },
            Window::SpikingJellyByDuration { us: whole(n) },
            Window::SlidingByTime { us: whole(n), stride_us: whole(n / 2 + 1), drop_last: false },
            Window::SlidingByCount { n: whole(n), stride: whole(n / 2 + 1), drop_last: true },
        ];
        for window in long.into_iter().chain([short]) {
            for slice in window.slices(&t, 1000).unwrap_or_default() {
                prop_assert!(slice.start <= slice.end && slice.end <= t.len());
            }
        }
    }
}
