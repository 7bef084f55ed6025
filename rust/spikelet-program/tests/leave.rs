//! Results that leave by the caller's copy are those that a plan writes itself.
#![cfg(target_arch = "x86_64")]
#![allow(
    clippy::pedantic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by it"
)]

use std::cell::Cell;

use spikelet_program::{BLOCK, Bound, InOut, Leave, Plan, Program};

/// Spikes, states and charged states of one step, by `run`.
fn step(width: usize, run: impl Fn(&mut Bound, InOut<'_, '_>)) -> [Vec<f32>; 3] {
    let program = Program::parse(include_str!("lif.txt")).unwrap();
    // v_leak, tau, threshold, reset.to; the surrogate's parameters are not read forward.
    let params = [Some(0.0), Some(2.0), Some(1.0), Some(0.25)];
    let x: Vec<f32> = (0..width).map(|i| (i % 31) as f32 / 8.0).collect();
    let mut rows = [
        vec![f32::NAN; width],
        vec![0.5; width],
        vec![f32::NAN; width],
    ];
    let [z, v, h] = &mut rows;
    let mut bound = Plan::forward(&program, &[true]).bind(&params);
    let inputs: [&[f32]; 5] = [&x, &[], &[], &[], &[]];
    run(&mut bound, (&inputs, &mut [z, v, h]));
    rows
}

#[test]
fn whole_chunks_of_results_leave_and_states_stay() {
    let found = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512bw");
    if !found {
        println!("skipped: this machine has no AVX-512");
        return;
    }
    for (width, whole) in [(3, 0), (64, 64), (2 * BLOCK + 67, 2 * BLOCK + 64)] {
        let left = Cell::new(0);
        let leave: Leave<'_> = &|block, row| {
            left.set(left.get() + block.len());
            row.copy_from_slice(block);
        };
        let plain = step(width, |bound, rows| bound.run(width, rows));
        let leaving = step(width, |bound, rows| {
            // SAFETY: found above.
            unsafe { bound.run_avx512(width, rows, Some(leave)) };
        });
        assert!(plain[0].contains(&1.0) || width < 20, "some spike");
        assert_eq!(leaving, plain);
        assert_eq!(left.get(), 2 * whole, "spikes and charged states");
    }
}
