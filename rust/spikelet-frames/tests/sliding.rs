//! Windows that overlap or leave gaps.
#![expect(
    clippy::single_range_in_vec_init,
    reason = "one slice is a list of slices too"
)]

use std::num::NonZeroU64;
use std::ops::Range;

use proptest::prelude::*;
use spikelet_frames::Window;

const A: [i64; 12] = [3, 3, 5, 9, 12, 12, 14, 20, 21, 27, 30, 33];
const LIMIT: u64 = 1_000_000;

fn whole(n: u64) -> NonZeroU64 {
    NonZeroU64::new(n).expect("test windows are above 0")
}

fn sizes(t: &[i64], window: Window) -> Vec<usize> {
    let slices = window.slices(t, LIMIT).expect("this window has slices");
    slices.iter().map(Range::len).collect()
}

#[test]
fn sliding_windows_stop_at_the_first_that_holds_the_end() {
    let by_time = |us, stride, drop_last| Window::SlidingByTime {
        us: whole(us),
        stride_us: whole(stride),
        drop_last,
    };
    // 3..13, 8..18, 13..23, 18..28, 23..33, 28..38: the last event has t = 33.
    assert_eq!(sizes(&A, by_time(10, 5, false)), [6, 4, 3, 3, 2, 2]);
    assert_eq!(sizes(&A, by_time(10, 5, true)), [6, 4, 3, 3, 2]);
    assert_eq!(sizes(&A, by_time(100, 5, false)), [12]);
    assert_eq!(sizes(&A, by_time(100, 5, true)), [0; 0]);
    // With gaps: 3..5, 13..15, 23..25, 33..35.
    assert_eq!(sizes(&A, by_time(2, 10, false)), [2, 1, 0, 1]);
    let by_count = |n, stride, drop_last| Window::SlidingByCount {
        n: whole(n),
        stride: whole(stride),
        drop_last,
    };
    assert_eq!(
        by_count(5, 4, false).slices(&A, LIMIT),
        Ok(vec![0..5, 4..9, 8..12])
    );
    assert_eq!(by_count(5, 4, true).slices(&A, LIMIT), Ok(vec![0..5, 4..9]));
    assert_eq!(
        by_count(4, 4, true).slices(&A, LIMIT),
        Ok(vec![0..4, 4..8, 8..12])
    );
    assert_eq!(by_count(99, 1, false).slices(&A, LIMIT), Ok(vec![0..12]));
    for window in [by_time(3, 1, false), by_count(3, 1, false)] {
        assert_eq!(sizes(&[], window), [0; 0]);
    }
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
    fn windows_that_stride_by_their_length_are_those_that_do_not_slide(
        t in timestamps(), number in 1_u64..40, drop_last in any::<bool>()
    ) {
        let number = whole(number);
        let sliding = [
            Window::SlidingByTime { us: number, stride_us: number, drop_last },
            Window::SlidingByCount { n: number, stride: number, drop_last },
        ];
        let plain = [
            Window::ByTime { us: number, drop_last },
            Window::ByCount { n: number, drop_last },
        ];
        for (sliding, plain) in sliding.into_iter().zip(plain) {
            prop_assert_eq!(sliding.slices(&t, LIMIT), plain.slices(&t, LIMIT));
        }
    }

    #[test]
    fn sliding_windows_hold_what_their_rule_says(
        t in timestamps(), width in 1_u64..60, stride in 1_u64..60, drop_last in any::<bool>()
    ) {
        let window = Window::SlidingByTime { us: whole(width), stride_us: whole(stride), drop_last };
        let slices = window.slices(&t, LIMIT).expect("sorted");
        prop_assert_eq!(slices.len() as u64, window.frames(&t).expect("sorted"));
        for (k, slice) in slices.iter().enumerate() {
            let start = t[0] + k as i64 * stride as i64;
            let inside = |&&time: &&i64| start <= time && time < start + width as i64;
            let expected: Vec<i64> = t.iter().filter(inside).copied().collect();
            prop_assert_eq!(&t[slice.clone()], &expected[..]);
        }
        if !drop_last && stride <= width {
            // Nothing is lost where windows touch.
            prop_assert_eq!(slices.last().map_or(0, |slice| slice.end), t.len());
        }
    }
}
