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

use std::num::NonZeroUsize;
use std::thread;

use common::{ADAPTIVE, Case, Keep, bits, forward, gradients, sample};
use spikelet_neurons::{Adjoint, Crew, Kernel, Param, Save, Saved, Scan, Values, ValuesMut};

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

/// Spikes, last states and gradient of the input of a run on this thread and on a crew.
fn beside(kernel: &Kernel, case: &Case, crew: Option<&Crew>) -> Vec<u32> {
    let (time, neurons) = (case.time, case.neurons);
    let len = time * neurons;
    let (mut z, mut grad_x) = (vec![f32::NAN; len], vec![f32::NAN; len]);
    let mut last = vec![f32::NAN; case.initial.len()];
    let mut kept = vec![f32::NAN; time * case.initial.len()];
    let params: Vec<Param<'_>> = case.params.iter().map(common::Numbers::param).collect();
    let slope: Vec<Param<'_>> = case
        .slope_params
        .iter()
        .map(common::Numbers::param)
        .collect();
    let scan = Scan {
        time,
        neurons,
        x: Values::F32(&case.x),
        initial: &case.initial,
        params: &params,
        z: ValuesMut::F32(&mut z),
        last: Some(&mut last),
        save: Save::Charged(ValuesMut::F32(&mut kept)),
    };
    kernel.scan_beside(crew, scan).unwrap();
    let mut none: Vec<Option<&mut [f32]>> = params.iter().map(|_| None).collect();
    let adjoint = Adjoint {
        time,
        neurons,
        grad_z: Some(Values::F32(&case.grad_z)),
        grad_last: None,
        saved: Saved::Charged(Values::F32(&kept)),
        x: Some(Values::F32(&case.x)),
        initial: &case.initial,
        params: &params,
        slope_params: &slope,
        grad_x: ValuesMut::F32(&mut grad_x),
        grad_initial: None,
        grad_params: &mut none,
    };
    kernel.adjoint_beside(crew, adjoint).unwrap();
    [z, last, grad_x]
        .iter()
        .flat_map(|part| bits(part))
        .collect()
}

#[test]
fn a_crew_gives_the_same_bits() {
    let kernels = [
        sample("LIF, Hard, ATan").kernel(),
        Kernel::interpreted(ADAPTIVE).unwrap(),
    ];
    for kernel in &kernels {
        let case = Case::new(kernel.program(), 9, 20_003);
        let here = beside(kernel, &case, None);
        for threads in [1, 2, 7] {
            let crew = Crew::new(NonZeroUsize::new(threads).unwrap()).unwrap();
            assert!(
                beside(kernel, &case, Some(&crew)) == here,
                "a crew of {threads}"
            );
        }
    }
}

#[test]
fn callers_share_a_crew() {
    let kernel = sample("LIF, Soft, Sigmoid").kernel();
    let case = Case::new(kernel.program(), 9, 20_003);
    let crew = Crew::new(NonZeroUsize::MIN).unwrap();
    let here = beside(&kernel, &case, None);
    thread::scope(|scope| {
        let call = || scope.spawn(|| beside(&kernel, &case, Some(&crew)));
        for caller in [call(), call(), call()] {
            assert!(caller.join().unwrap() == here);
        }
    });
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
