//! Fused steps and interpreter equal plain loops bit for bit, forward and backward.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    reason = "a test fails by a panic, and shares helpers with others"
)]

mod common;

use common::{
    Aligned, Case, Keep, Numbers, Sample, assert_bits, eighths, forward, gradients, oracle, sample,
    samples,
};
use spikelet_neurons::{Kernel, Param, Save, Scan, Stores, Values, ValuesMut};

fn servers(sample: &Sample) -> Vec<Kernel> {
    let mut all = vec![
        sample.interpreted(),
        sample.interpreted().with_stores(Stores::Streaming),
    ];
    if !sample.step.is_empty() {
        all.extend([
            sample.kernel(),
            sample.kernel().with_stores(Stores::Streaming),
        ]);
    }
    all
}

fn assert_forward(sample: &Sample, case: &Case) {
    for kernel in servers(sample) {
        let what = format!("{}, {}", sample.name, kernel.served_by());
        let expected = oracle::forward(kernel.program(), case);
        for keep in [false, true] {
            let found = forward(&kernel, case, keep);
            assert_bits(&found.z, &expected.z, &what);
            assert_bits(&found.last, &expected.last, &what);
            if keep {
                assert_bits(&found.charged, &expected.charged, &what);
            }
        }
    }
}

fn assert_backward(sample: &Sample, case: &Case, keep: &Keep, wants: fn(usize) -> bool) {
    for kernel in servers(sample) {
        let what = format!("{}, {}", sample.name, kernel.served_by());
        let charged = oracle::forward(kernel.program(), case).charged;
        let expected = oracle::backward(kernel.program(), case, &charged);
        let wanted: Vec<bool> = (0..case.params.len()).map(wants).collect();
        let (x, initial, params) = gradients(&kernel, case, keep, &wanted);
        assert_bits(&x, &expected.x, &what);
        assert_bits(&initial, &expected.initial, &what);
        for (index, wanted) in wanted.iter().enumerate() {
            for (place, found) in params[index].iter().enumerate() {
                let (sum, size) = (expected.params[index][place], expected.sizes[index][place]);
                let is_close = (f64::from(*found) - sum).abs() <= 1e-6 * size;
                let name = &kernel.program().step_params[index];
                assert!(
                    !wanted || is_close,
                    "{what}: {name}[{place}] is {found}, not {sum}"
                );
                assert!(*wanted || found.is_nan(), "{what}: {name} was not wanted");
            }
        }
    }
}

#[test]
fn every_generated_step_is_found_by_its_hash() {
    for sample in samples().iter().filter(|sample| !sample.step.is_empty()) {
        let served_by = sample.kernel().served_by().to_owned();
        assert!(
            served_by.starts_with("fused "),
            "{}: {served_by}",
            sample.name
        );
        assert!(
            served_by.ends_with("fused surrogate"),
            "{}: {served_by}",
            sample.name
        );
    }
    let lif = sample("LIF, Hard, ATan");
    assert_eq!(lif.kernel().served_by(), "fused LIF, Hard, fused surrogate");
    let other = Kernel::new(&lif.text, &lif.step, "").unwrap();
    assert_eq!(other.served_by(), "fused LIF, Hard, interpreted surrogate");
    assert_eq!(
        Kernel::new(&lif.text, "", &lif.slope).unwrap().served_by(),
        "interpreter"
    );
}

#[test]
fn spikes_and_states_equal_plain_loops_for_every_step() {
    for sample in samples() {
        let program = sample.interpreted().program().clone();
        assert_forward(&sample, &Case::new(&program, 9, 333));
        let mut ties = Case::new(&program, 12, 80);
        ties.x = eighths(12 * 80, 5);
        ties.initial = eighths(ties.initial.len(), 6);
        for numbers in &mut ties.params {
            numbers.row[0] = (numbers.row[0] * 4.0).round() / 4.0;
        }
        assert_forward(&sample, &ties);
    }
}

#[test]
fn gradients_equal_plain_loops_for_every_step() {
    for sample in samples() {
        let program = sample.interpreted().program().clone();
        let case = Case::new(&program, 9, 333);
        assert_backward(&sample, &case, &Keep::Charged, |_| false);
        assert_backward(&sample, &case, &Keep::Charged, |_| true);
        assert_backward(&sample, &case, &Keep::Read, |_| false);
        assert_backward(&sample, &case, &Keep::Read, |_| true);
        assert_backward(&sample, &case, &Keep::Checkpoints(4), |index| {
            index % 2 == 1
        });
    }
}

#[test]
fn odd_sizes_are_like_any_other() {
    for name in ["LIF, Hard, ATan", "adaptive"] {
        let sample = sample(name);
        let program = sample.interpreted().program().clone();
        for time in [0, 1, 3, 8, 9, 63] {
            for neurons in [0, 1, 63, 1000, 4097] {
                if time * neurons > 64 * 1000 {
                    continue;
                }
                let case = Case::new(&program, time, neurons);
                assert_forward(&sample, &case);
                assert_backward(&sample, &case, &Keep::Charged, |_| true);
            }
        }
    }
}

#[test]
fn aligned_sizes_stream_to_the_same_bits() {
    for name in ["LIF, Soft, Sigmoid", "adaptive"] {
        let sample = sample(name);
        let program = sample.interpreted().program().clone();
        let case = Case::new(&program, 7, 4096 + 512 + 80);
        assert_forward(&sample, &case);
        assert_backward(&sample, &case, &Keep::Charged, |_| true);
    }
}

#[test]
fn checkpoints_at_any_distance_give_the_same_gradients() {
    for name in ["LIF, Hard, ATan", "IF, Soft, ATan", "adaptive"] {
        let sample = sample(name);
        let program = sample.interpreted().program().clone();
        for (time, every) in [
            (1, 1),
            (5, 1),
            (5, 2),
            (16, 16),
            (17, 16),
            (33, 16),
            (9, 100),
        ] {
            let mut case = Case::new(&program, time, 70);
            // A reset above the threshold: a state that was reset must not be reset again.
            if let Some(to) = program
                .step_params
                .iter()
                .position(|name| name == "reset.to")
            {
                case.params[to].row[0] = 1.25;
            }
            assert_backward(&sample, &case, &Keep::Checkpoints(every), |_| true);
        }
    }
}

#[test]
fn parameters_per_neuron_and_per_channel_are_used_and_summed_by_neuron() {
    for name in [
        "LIF, Hard, ATan",
        "LIF undecayed, Soft, FastSigmoid",
        "adaptive",
    ] {
        let sample = sample(name);
        let program = sample.interpreted().program().clone();
        for (neurons, period, nth) in [
            (60, 60, 1),
            (60, 5, 2),
            (4200, 21, 1),
            (4200, 2100, 3),
            (9, 1, 1),
        ] {
            let case = Case::new(&program, 5, neurons).with_rows(nth, period);
            assert_forward(&sample, &case);
            assert_backward(&sample, &case, &Keep::Charged, |_| true);
            assert_backward(&sample, &case, &Keep::Checkpoints(2), |index| index != 1);
        }
    }
}

#[test]
fn a_fused_step_takes_an_interpreted_surrogate() {
    let lif = sample("LIF, Hard, ATan");
    let kernel = Kernel::new(&lif.text, &lif.step, "").unwrap();
    let case = Case::new(kernel.program(), 6, 700).with_rows(2, 70);
    let wanted = vec![true; case.params.len()];
    let (found, expected) = (
        gradients(&kernel, &case, &Keep::Charged, &wanted),
        gradients(&lif.kernel(), &case, &Keep::Charged, &wanted),
    );
    assert_bits(&found.0, &expected.0, "x");
    assert_eq!(found.2, expected.2);
}

#[test]
fn special_values_pass_through_alike() {
    let sample = sample("LIF, Hard, ATan");
    let program = sample.interpreted().program().clone();
    let mut case = Case::new(&program, 6, 40);
    for (index, value) in [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        1.0e-42,
        -0.0,
    ]
    .iter()
    .enumerate()
    {
        case.x[50 + 7 * index] = *value;
    }
    let expected = oracle::forward(&program, &case);
    for kernel in servers(&sample) {
        let found = forward(&kernel, &case, true);
        assert_eq!(common::bits(&found.z), common::bits(&expected.z));
        for (a, b) in found.charged.iter().zip(&expected.charged) {
            assert!(
                a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
                "{a} and {b}"
            );
        }
    }
}

#[test]
fn last_states_that_nobody_asks_for_change_nothing_else() {
    // More than one tile, and one that is not whole.
    let (time, neurons) = (5, 4096 + 1000);
    for sample in samples() {
        for kernel in servers(&sample) {
            let case = Case::new(kernel.program(), time, neurons);
            let expected = forward(&kernel, &case, true);
            let states = kernel.program().states.len();
            let params: Vec<Param<'_>> = case.params.iter().map(Numbers::param).collect();
            for keeps in [false, true] {
                let mut z = Aligned::new(time * neurons, f32::NAN);
                let mut charged = Aligned::new(states * time * neurons, f32::NAN);
                let save = if keeps {
                    Save::Charged(ValuesMut::F32(charged.get(states * time * neurons)))
                } else {
                    Save::Nothing
                };
                let run = Scan {
                    time,
                    neurons,
                    x: Values::F32(&case.x),
                    initial: &case.initial,
                    params: &params,
                    z: ValuesMut::F32(z.get(time * neurons)),
                    last: None,
                    save,
                };
                kernel.scan(run).unwrap();
                assert_bits(z.get(time * neurons), &expected.z, &sample.name);
                if keeps {
                    let charged = charged.get(states * time * neurons);
                    assert_bits(charged, &expected.charged, &sample.name);
                }
            }
        }
    }
}
