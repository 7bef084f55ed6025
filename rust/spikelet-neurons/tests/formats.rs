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

use common::{Aligned, Case, Numbers, Sample, assert_bits, forward, nan, oracle, sample};
use spikelet_neurons::{
    Adjoint, Kernel, Param, Save, Saved, Scan, Stores, Values, ValuesMut, checkpoints,
};

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

fn servers(sample: &Sample) -> Vec<Kernel> {
    let all = [Stores::Plain, Stores::Streaming].map(|stores| {
        [sample.kernel(), sample.interpreted()].map(|kernel| kernel.with_stores(stores))
    });
    all.into_iter().flatten().collect()
}

/// The bfloat16 number nearest to `value` of those that fire as it does.
fn on_its_side(value: f32, threshold: f32) -> f32 {
    let below = wide((value.to_bits() >> 16) as u16);
    let above = wide((value.to_bits() >> 16) as u16 + 1);
    let near = wide(bf16(value));
    let other = if near == below { above } else { below };
    if (near >= threshold) == (value >= threshold) {
        near
    } else {
        other
    }
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
            for neurons in [1, 63, 1000, 2500, 4096] {
                let mut case = Case::new(kernel.program(), 5, neurons);
                case.x = common::eighths(5 * neurons, 9);
                let expected = forward(&kernel, &case, false);
                let params: Vec<Param<'_>> = case.params.iter().map(Numbers::param).collect();
                for format in [f16 as fn(f32) -> u16, bf16] {
                    let x: Vec<u16> = case.x.iter().map(|value| format(*value)).collect();
                    let (mut z, mut last) = (Aligned::new(5 * neurons, 0xffff), nan(neurons));
                    let z = z.get(5 * neurons);
                    let (x, target) = match format(1.0) {
                        0x3c00 => (Values::F16(&x), ValuesMut::F16(&mut *z)),
                        _ => (Values::BF16(&x), ValuesMut::BF16(&mut *z)),
                    };
                    let run = Scan {
                        time: 5,
                        neurons,
                        x,
                        initial: &case.initial,
                        params: &params,
                        z: target,
                        last: Some(&mut last),
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

/// A case in bfloat16 and what runs of it write.
struct Run {
    case: Case,
    x: Vec<u16>,
    grad: Vec<u16>,
    kept: Vec<f32>,
    kept_half: Vec<u16>,
    states: Vec<f32>,
}

impl Run {
    fn new(kernel: &Kernel, time: usize, neurons: usize) -> Self {
        let (case, x, grad) = rounded(kernel, time, neurons);
        Self {
            kept: nan(time * neurons),
            kept_half: vec![0xffff; time * neurons],
            states: nan(checkpoints(time, 4) * neurons),
            case,
            x,
            grad,
        }
    }

    fn forward(&mut self, kernel: &Kernel, kind: Kind) {
        let (time, neurons) = (self.case.time, self.case.neurons);
        let params: Vec<Param<'_>> = self.case.params.iter().map(Numbers::param).collect();
        let run = Scan {
            time,
            neurons,
            x: Values::BF16(&self.x),
            initial: &self.case.initial,
            params: &params,
            z: ValuesMut::BF16(&mut vec![0xffff; time * neurons]),
            last: Some(&mut nan(neurons)),
            save: match kind {
                Kind::Single => Save::Charged(ValuesMut::F32(&mut self.kept)),
                Kind::Half => Save::Charged(ValuesMut::BF16(&mut self.kept_half)),
                Kind::Checkpoints => Save::Checkpoints {
                    every: 4,
                    states: &mut self.states,
                },
            },
        };
        kernel.scan(run).unwrap();
    }

    /// Gradients of input and initial states, and of the second parameter.
    fn backward(&self, kernel: &Kernel, kind: Kind) -> (Vec<u16>, Vec<f32>, f32) {
        let (time, neurons) = (self.case.time, self.case.neurons);
        let params: Vec<Param<'_>> = self.case.params.iter().map(Numbers::param).collect();
        let slope_params: Vec<Param<'_>> =
            self.case.slope_params.iter().map(Numbers::param).collect();
        let mut grad_x = Aligned::new(time * neurons, 0xffff);
        let (mut grad_initial, mut tau) = (nan(neurons), [f32::NAN]);
        let run = Adjoint {
            time,
            neurons,
            grad_z: Some(Values::BF16(&self.grad)),
            grad_last: Some(&self.case.grad_last),
            saved: match kind {
                Kind::Single => Saved::Charged(Values::F32(&self.kept)),
                Kind::Half => Saved::Charged(Values::BF16(&self.kept_half)),
                Kind::Checkpoints => Saved::Checkpoints {
                    every: 4,
                    states: &self.states,
                },
            },
            x: Some(Values::BF16(&self.x)),
            initial: &self.case.initial,
            params: &params,
            slope_params: &slope_params,
            grad_x: ValuesMut::BF16(grad_x.get(time * neurons)),
            grad_initial: Some(&mut grad_initial),
            grad_params: &mut [None, Some(&mut tau), None, None],
        };
        kernel.adjoint(run).unwrap();
        (grad_x.get(time * neurons).to_vec(), grad_initial, tau[0])
    }
}

/// How charged states come to the backward run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Single,
    Half,
    Checkpoints,
}

#[test]
fn gradients_in_bfloat16_are_the_float32_ones_rounded_once() {
    for kernel in servers(&sample("LIF, Hard, ATan")) {
        for (neurons, kind) in [1300, 2080].into_iter().flat_map(|neurons| {
            [Kind::Single, Kind::Half, Kind::Checkpoints].map(|kind| (neurons, kind))
        }) {
            let mut run = Run::new(&kernel, 9, neurons);
            run.forward(&kernel, kind);
            let mut charged = oracle::forward(kernel.program(), &run.case).charged;
            if kind == Kind::Half {
                let names = &kernel.program().step_params;
                let at = names.iter().position(|name| name == "threshold");
                let threshold = run.case.params[at.unwrap()].row[0];
                charged
                    .iter_mut()
                    .for_each(|value| *value = on_its_side(*value, threshold));
                let kept: Vec<f32> = run.kept_half.iter().map(|bits| wide(*bits)).collect();
                assert_bits(&kept, &charged, "charged");
            }
            let expected = oracle::backward(kernel.program(), &run.case, &charged);
            let (grad_x, grad_initial, tau) = run.backward(&kernel, kind);
            let rounded: Vec<u16> = expected.x.iter().map(|value| bf16(*value)).collect();
            assert_eq!(grad_x, rounded, "{kernel:?}, {kind:?}");
            assert_bits(&grad_initial, &expected.initial, "initial");
            let error = (f64::from(tau) - expected.params[1][0]).abs();
            assert!(error <= 1e-6 * expected.sizes[1][0]);
        }
    }
}
