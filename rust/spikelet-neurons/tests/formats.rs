//! 16-bit tensors: the same arithmetic in float32, rounded once at the border.
#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    reason = "a test fails by a panic, and shares helpers with others"
)]

mod common;

use common::{Case, Numbers, Sample, assert_bits, forward, nan, oracle, sample};
use spikelet_neurons::{Adjoint, Kernel, Param, Save, Saved, Scan, Values, ValuesMut};

/// bfloat16 of float32 to nearest even, by comparing distances.
fn bf16(value: f32) -> u16 {
    let low = (value.to_bits() >> 16) as u16;
    let of = |bits: u16| f64::from(wide(bits));
    let (below, above) = (f64::from(value) - of(low), of(low + 1) - f64::from(value));
    let is_up = below.abs() > above.abs() || (below.abs() == above.abs() && low % 2 == 1);
    low + u16::from(is_up)
}

fn wide(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// float16 of a multiple of 1/8 between -4 and 4, which is exact.
fn f16(value: f32) -> u16 {
    let (sign, magnitude) = (value.to_bits() >> 16 & 0x8000, value.abs().to_bits() >> 13);
    (sign | magnitude.saturating_sub(112 << 10)) as u16
}

fn servers(sample: &Sample) -> [Kernel; 2] {
    [sample.kernel(), sample.interpreted()]
}

/// A case whose input and gradient are bfloat16 numbers.
fn rounded(kernel: &Kernel, time: usize, neurons: usize) -> (Case, Vec<u16>, Vec<u16>) {
    let mut case = Case::new(kernel.program(), time, neurons);
    let x: Vec<u16> = case.x.iter().map(|value| bf16(*value)).collect();
    let grad: Vec<u16> = case.grad_z.iter().map(|value| bf16(*value)).collect();
    case.x = x.iter().map(|bits| wide(*bits)).collect();
    case.grad_z = grad.iter().map(|bits| wide(*bits)).collect();
    (case, x, grad)
}

#[test]
fn half_precision_input_gives_the_spikes_and_states_of_float32() {
    for sample in [
        sample("LIF, Soft, Sigmoid"),
        sample("IF, Hard, FastSigmoid"),
    ] {
        for kernel in servers(&sample) {
            for neurons in [1, 63, 1000, 2500] {
                let mut case = Case::new(kernel.program(), 5, neurons);
                case.x = common::eighths(5 * neurons, 9);
                let expected = forward(&kernel, &case, false);
                let params: Vec<Param<'_>> = case.params.iter().map(Numbers::param).collect();
                for format in [f16 as fn(f32) -> u16, bf16] {
                    let x: Vec<u16> = case.x.iter().map(|value| format(*value)).collect();
                    let (mut z, mut last) = (vec![0xffff; 5 * neurons], nan(neurons));
                    let (x, target) = match format(1.0) {
                        0x3c00 => (Values::F16(&x), ValuesMut::F16(&mut z)),
                        _ => (Values::BF16(&x), ValuesMut::BF16(&mut z)),
                    };
                    let run = Scan {
                        time: 5,
                        neurons,
                        x,
                        initial: &case.initial,
                        params: &params,
                        z: target,
                        last: &mut last,
                        save: Save::Nothing,
                    };
                    kernel.scan(run).unwrap();
                    let spikes: Vec<u16> = expected.z.iter().map(|value| format(*value)).collect();
                    assert_eq!(z, spikes);
                    assert_bits(&last, &expected.last, "last");
                }
            }
        }
    }
}

#[test]
fn gradients_in_bfloat16_are_the_float32_ones_rounded_once() {
    let sample = sample("LIF, Hard, ATan");
    for (kernel, half_kept) in servers(&sample)
        .into_iter()
        .flat_map(|kernel| [(kernel, false)])
        .chain(servers(&sample).into_iter().map(|kernel| (kernel, true)))
    {
        let (time, neurons) = (7, 1300);
        let (case, x, grad) = rounded(&kernel, time, neurons);
        let params: Vec<Param<'_>> = case.params.iter().map(Numbers::param).collect();
        let slope_params: Vec<Param<'_>> = case.slope_params.iter().map(Numbers::param).collect();
        let (mut z, mut last) = (vec![0xffff; time * neurons], nan(neurons));
        let (mut kept, mut kept_half) = (nan(time * neurons), vec![0xffff; time * neurons]);
        let save = match half_kept {
            true => Save::Charged(ValuesMut::BF16(&mut kept_half)),
            false => Save::Charged(ValuesMut::F32(&mut kept)),
        };
        let run = Scan {
            time,
            neurons,
            x: Values::BF16(&x),
            initial: &case.initial,
            params: &params,
            z: ValuesMut::BF16(&mut z),
            last: &mut last,
            save,
        };
        kernel.scan(run).unwrap();
        let exact = oracle::forward(kernel.program(), &case).charged;
        let charged: Vec<f32> = match half_kept {
            true => exact.iter().map(|value| wide(bf16(*value))).collect(),
            false => exact,
        };
        let (saved, found): (Saved<'_>, Vec<f32>) = match half_kept {
            true => (
                Saved::Charged(Values::BF16(&kept_half)),
                kept_half.iter().map(|bits| wide(*bits)).collect(),
            ),
            false => (Saved::Charged(Values::F32(&kept)), kept.clone()),
        };
        assert_bits(&found, &charged, "charged");
        let expected = oracle::backward(kernel.program(), &case, &charged);
        let (mut grad_x, mut grad_initial, mut tau) =
            (vec![0xffff; time * neurons], nan(neurons), [f32::NAN]);
        let adjoint = Adjoint {
            time,
            neurons,
            grad_z: Some(Values::BF16(&grad)),
            grad_last: Some(&case.grad_last),
            saved,
            x: None,
            initial: &case.initial,
            params: &params,
            slope_params: &slope_params,
            grad_x: ValuesMut::BF16(&mut grad_x),
            grad_initial: Some(&mut grad_initial),
            grad_params: &mut [None, Some(&mut tau), None, None],
        };
        kernel.adjoint(adjoint).unwrap();
        let rounded: Vec<u16> = expected.x.iter().map(|value| bf16(*value)).collect();
        assert_eq!(grad_x, rounded);
        assert_bits(&grad_initial, &expected.initial, "initial");
        assert!((f64::from(tau[0]) - expected.params[1][0]).abs() <= 1e-6 * expected.sizes[1][0]);
    }
}

#[test]
fn replay_reads_half_precision_input() {
    let kernel = sample("LIF, Hard, ATan").kernel();
    let (time, neurons) = (9, 1100);
    let (case, x, _) = rounded(&kernel, time, neurons);
    let params: Vec<Param<'_>> = case.params.iter().map(Numbers::param).collect();
    let slope_params: Vec<Param<'_>> = case.slope_params.iter().map(Numbers::param).collect();
    let (mut z, mut last, mut states) =
        (vec![0xffff; time * neurons], nan(neurons), nan(2 * neurons));
    let run = Scan {
        time,
        neurons,
        x: Values::BF16(&x),
        initial: &case.initial,
        params: &params,
        z: ValuesMut::BF16(&mut z),
        last: &mut last,
        save: Save::Checkpoints {
            every: 4,
            states: &mut states,
        },
    };
    kernel.scan(run).unwrap();
    let charged = oracle::forward(kernel.program(), &case).charged;
    let expected = oracle::backward(kernel.program(), &case, &charged);
    let mut grad_x = nan(time * neurons);
    let run = Adjoint {
        time,
        neurons,
        grad_z: Some(Values::F32(&case.grad_z)),
        grad_last: Some(&case.grad_last),
        saved: Saved::Checkpoints {
            every: 4,
            states: &states,
        },
        x: Some(Values::BF16(&x)),
        initial: &case.initial,
        params: &params,
        slope_params: &slope_params,
        grad_x: ValuesMut::F32(&mut grad_x),
        grad_initial: None,
        grad_params: &mut [None, None, None, None],
    };
    kernel.adjoint(run).unwrap();
    assert_bits(&grad_x, &expected.x, "x");
}
