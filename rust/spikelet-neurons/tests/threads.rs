//! Results do not depend on how many threads work, nor on where the tiles lie.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    reason = "a test fails by a panic, and shares helpers with others"
)]

mod common;

use common::{ADAPTIVE, Case, Keep, bits, forward, gradients, sample};
use spikelet_neurons::Kernel;

fn all_bits(kernel: &Kernel, case: &Case, keep: &Keep) -> Vec<u32> {
    let wanted = vec![true; case.params.len()];
    let run = forward(kernel, case, true);
    let (x, initial, params) = gradients(kernel, case, keep, &wanted);
    let params: Vec<f32> = params.concat();
    [run.z, run.last, run.charged, x, initial, params]
        .iter()
        .flat_map(|part| bits(part))
        .collect()
}

#[test]
fn one_two_and_seven_threads_give_the_same_bits() {
    let kernels = [
        sample("LIF, Hard, ATan").kernel(),
        Kernel::interpreted(ADAPTIVE).unwrap(),
    ];
    for kernel in &kernels {
        for (time, neurons, period) in [(40, 5003, 5003), (3, 70_000, 35_000), (300, 2600, 1)] {
            for keep in [Keep::Charged, Keep::Checkpoints(7)] {
                let case = Case::new(kernel.program(), time, neurons).with_rows(3, period);
                let here = all_bits(kernel, &case, &keep);
                for threads in [1, 2, 7] {
                    let pool = rayon::ThreadPoolBuilder::new()
                        .num_threads(threads)
                        .build()
                        .unwrap();
                    let found = pool.install(|| all_bits(kernel, &case, &keep));
                    assert!(
                        found == here,
                        "{threads} threads, {time} steps, {neurons} neurons"
                    );
                }
            }
        }
    }
}

#[test]
fn two_runs_share_a_kernel() {
    let kernel = sample("LIF, Soft, Sigmoid").kernel();
    let case = Case::new(kernel.program(), 20, 3000);
    let here = all_bits(&kernel, &case, &Keep::Charged);
    let run = || all_bits(&kernel, &case, &Keep::Charged) == here;
    let (first, second) = rayon::join(run, run);
    assert!(first && second);
}
