//! What an audit finds, whatever the events and however they are cut.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use spikelet_events::{Audit, Columns, SensorSize};

/// Times near each other.
fn time() -> impl Strategy<Value = i64> {
    prop_oneof![20 => 0..50_i64, 1 => -50..50_i64]
}

/// Times so far apart that differences overflow, in lists so short that nothing else tells of a step back.
fn far_apart() -> impl Strategy<Value = Vec<i64>> {
    vec(
        prop_oneof![
            Just(i64::MIN),
            Just(i64::MAX),
            Just(1 << 52),
            Just(1 << 61),
            -2..2_i64
        ],
        0..4,
    )
}

fn sorted() -> impl Strategy<Value = Vec<i64>> {
    vec(time(), 0..2500).prop_map(|mut t| {
        t.sort_unstable();
        t
    })
}

/// Times of which none, two or any stand where they should not.
fn times() -> impl Strategy<Value = Vec<i64>> {
    let swapped = (sorted(), any::<(Index, Index)>()).prop_map(|(mut t, (one, other))| {
        if !t.is_empty() {
            let places = (one.index(t.len()), other.index(t.len()));
            t.swap(places.0, places.1);
        }
        t
    });
    prop_oneof![sorted(), swapped, vec(time(), 0..2500), far_apart()]
}

proptest! {
    #[test]
    fn an_audit_in_pieces_finds_what_a_plain_loop_finds(
        t in times(),
        seed in any::<u64>(),
        piece in 1..2500_usize,
    ) {
        let of = |index: usize| (index as u64).wrapping_mul(seed | 1) >> 7;
        let x: Vec<u16> = (0..t.len()).map(|index| (of(index) % 9) as u16).collect();
        let y: Vec<u16> = (0..t.len()).map(|index| (of(index) % 7) as u16).collect();
        let p: Vec<bool> = (0..t.len()).map(|index| of(index) % 3 > 0).collect();
        let size = SensorSize { width: 8, height: 7 };

        let mut audit = Audit::new(Some(size));
        let mut rest = Columns::new(&t, &x, &y, &p).unwrap();
        while !rest.is_empty() {
            let (now, after) = rest.split_at(piece);
            audit.add(now);
            rest = after;
        }

        let backward: Vec<usize> = (1..t.len()).filter(|&index| t[index] < t[index - 1]).collect();
        let outside: Vec<usize> = (0..t.len()).filter(|&index| x[index] == 8).collect();
        prop_assert_eq!(audit.events, t.len() as u64);
        prop_assert_eq!(audit.backward_steps, backward.len() as u64);
        prop_assert_eq!(audit.first_backward, backward.first().map(|&index| index as u64));
        prop_assert_eq!(audit.out_of_bounds, outside.len() as u64);
        prop_assert_eq!(audit.first_out_of_bounds, outside.first().map(|&index| index as u64));
        prop_assert_eq!(audit.on, p.iter().filter(|&&p| p).count() as u64);
        prop_assert_eq!(audit.x_max, x.iter().copied().max().unwrap_or(0));
        prop_assert_eq!(audit.y_max, y.iter().copied().max().unwrap_or(0));
        if let (Some(&first), Some(&last)) = (t.first(), t.last()) {
            prop_assert_eq!((audit.t_first, audit.t_last), (first, last));
            prop_assert_eq!(Some(&audit.t_min), t.iter().min());
            prop_assert_eq!(Some(&audit.t_max), t.iter().max());
        }
    }
}
