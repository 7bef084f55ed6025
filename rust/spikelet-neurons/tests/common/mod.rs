//! An oracle in plain loops, and runs of a kernel that fill every output with NaN before.
#![allow(dead_code, reason = "each test file uses its part")]

use spikelet_neurons::{Adjoint, Kernel, Param, Save, Saved, Scan, Values, ValuesMut, checkpoints};
use spikelet_program::{Input, Program};

pub const ADAPTIVE: &str = include_str!("../../../spikelet-program/tests/adaptive.txt");

/// A program with the hashes that its fused parts are known by.
pub struct Sample {
    pub name: String,
    pub step: String,
    pub slope: String,
    pub text: String,
}

/// Every generated step, and a neuron of two states that no fused step serves.
pub fn samples() -> Vec<Sample> {
    let mut all: Vec<Sample> = Vec::new();
    for line in include_str!("programs.txt").lines() {
        if let Some(head) = line.strip_prefix("# ") {
            let mut words = head.splitn(3, ' ').map(str::to_owned);
            let mut word = || words.next().unwrap();
            let (step, slope, name) = (word(), word(), word());
            all.push(Sample {
                name,
                step,
                slope,
                text: String::new(),
            });
        } else {
            let text = &mut all.last_mut().unwrap().text;
            text.push_str(line);
            text.push('\n');
        }
    }
    let (step, slope, text) = (String::new(), String::new(), ADAPTIVE.to_owned());
    all.push(Sample {
        name: "adaptive".to_owned(),
        step,
        slope,
        text,
    });
    all
}

pub fn sample(name: &str) -> Sample {
    samples()
        .into_iter()
        .find(|sample| sample.name == name)
        .unwrap()
}

impl Sample {
    pub fn kernel(&self) -> Kernel {
        Kernel::new(&self.text, &self.step, &self.slope).unwrap()
    }

    pub fn interpreted(&self) -> Kernel {
        Kernel::interpreted(&self.text).unwrap()
    }
}

/// Numbers without a pattern that a kernel could share, in -1.5 .. 2.5.
pub fn noise(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32 * 4.0 - 1.5
    };
    (0..len).map(|_| next()).collect()
}

/// Multiples of 1/8, at which potentials meet the threshold exactly.
pub fn eighths(len: usize, seed: u32) -> Vec<f32> {
    noise(len, seed)
        .into_iter()
        .map(|value| (value * 8.0).round() / 8.0)
        .collect()
}

/// A parameter of a test: numbers and whether they are given as a row.
#[derive(Clone)]
pub struct Numbers {
    pub row: Vec<f32>,
    pub is_row: bool,
}

impl Numbers {
    pub fn param(&self) -> Param<'_> {
        if self.is_row {
            Param::Lanes(&self.row)
        } else {
            Param::Scalar(self.row[0])
        }
    }

    pub fn at(&self, neuron: usize) -> f32 {
        self.row[neuron % self.row.len()]
    }
}

/// Everything that goes into a run.
#[derive(Clone)]
pub struct Case {
    pub time: usize,
    pub neurons: usize,
    pub x: Vec<f32>,
    pub initial: Vec<f32>,
    pub params: Vec<Numbers>,
    pub slope_params: Vec<Numbers>,
    pub grad_z: Vec<f32>,
    pub grad_last: Vec<f32>,
}

/// Values that let every built-in neuron spike now and then.
fn usual(name: &str) -> f32 {
    match name {
        "tau" => 1.7,
        "threshold" => 1.0,
        "v_leak" => 0.125,
        "reset.to" => -0.25,
        "tau_u" => 3.0,
        "b" => 0.2,
        "a" | "v_rest" => 0.1,
        "v_c" => 0.6,
        "a0" => 0.5,
        _ => 1.5,
    }
}

impl Case {
    pub fn new(program: &Program, time: usize, neurons: usize) -> Self {
        let states = program.states.len();
        let scalar = |name: &String| Numbers {
            row: vec![usual(name)],
            is_row: false,
        };
        Self {
            time,
            neurons,
            x: noise(time * neurons, 1),
            initial: noise(states * neurons, 2),
            params: program.step_params.iter().map(scalar).collect(),
            slope_params: program.slope_params.iter().map(scalar).collect(),
            grad_z: noise(time * neurons, 3),
            grad_last: noise(states * neurons, 4),
        }
    }

    /// With every `nth` parameter as a row of `period` numbers.
    pub fn with_rows(mut self, nth: usize, period: usize) -> Self {
        for (index, numbers) in self
            .params
            .iter_mut()
            .chain(&mut self.slope_params)
            .enumerate()
        {
            if index % nth == 0 {
                let middle = numbers.row[0];
                let wobble = noise(period, 40 + index as u32);
                numbers.row = wobble.iter().map(|value| middle + value / 16.0).collect();
                numbers.is_row = true;
            }
        }
        self
    }
}

/// What a forward run gives.
#[derive(Debug, PartialEq)]
pub struct Forward {
    pub z: Vec<f32>,
    pub last: Vec<f32>,
    pub charged: Vec<f32>,
}

/// What a backward run gives; gradients of parameters with the size of their largest possible sum.
#[derive(Debug)]
pub struct Backward {
    pub x: Vec<f32>,
    pub initial: Vec<f32>,
    pub params: Vec<Vec<f64>>,
    pub sizes: Vec<Vec<f64>>,
}

pub mod oracle {
    use super::*;

    /// One neuron after another, one step after another.
    pub fn forward(program: &Program, case: &Case) -> Forward {
        let (time, neurons, states) = (case.time, case.neurons, program.states.len());
        let mut found = Forward {
            z: vec![0.0; time * neurons],
            last: case.initial.clone(),
            charged: vec![0.0; states * time * neurons],
        };
        for i in 0..neurons {
            let param = |k: usize| case.params[k].at(i);
            for t in 0..time {
                let last = |k: usize| found.last[k * neurons + i];
                let h = program.charge.evaluate(|input| match input {
                    Input::State(k) => last(k),
                    Input::Param(k) => param(k),
                    _ => case.x[t * neurons + i],
                });
                let fired = program.fire.evaluate(|input| match input {
                    Input::Charged(k) => h[k],
                    Input::Param(k) => param(k),
                    _ => unreachable!(),
                });
                found.z[t * neurons + i] = fired[0];
                for k in 0..states {
                    found.last[k * neurons + i] = fired[1 + k];
                    found.charged[(k * time + t) * neurons + i] = h[k];
                }
            }
        }
        found
    }

    pub fn backward(program: &Program, case: &Case, charged: &[f32]) -> Backward {
        let (time, neurons, states) = (case.time, case.neurons, program.states.len());
        let zeros = || {
            case.params
                .iter()
                .map(|numbers| vec![0.0_f64; numbers.row.len()])
                .collect()
        };
        let mut found = Backward {
            x: vec![0.0; time * neurons],
            initial: case.grad_last.clone(),
            params: zeros(),
            sizes: zeros(),
        };
        for i in 0..neurons {
            let param = |k: usize| case.params[k].at(i);
            let at = |k: usize, t: usize| charged[(k * time + t) * neurons + i];
            for t in (0..time).rev() {
                let before: Vec<f32> = if t == 0 {
                    (0..states).map(|k| case.initial[k * neurons + i]).collect()
                } else {
                    let fired = program.fire.evaluate(|input| match input {
                        Input::Charged(k) => at(k, t - 1),
                        Input::Param(k) => param(k),
                        _ => unreachable!(),
                    });
                    fired[1..].to_vec()
                };
                let distance = at(program.membrane, t) - param(program.threshold);
                let slope = program.slope.evaluate(|input| match input {
                    Input::Param(k) => case.slope_params[k].at(i),
                    _ => distance,
                });
                let given = program.adjoint.evaluate(|input| match input {
                    Input::GradSpike => case.grad_z[t * neurons + i],
                    Input::X => case.x[t * neurons + i],
                    Input::Charged(k) => at(k, t),
                    Input::State(k) => before[k],
                    Input::GradState(k) => found.initial[k * neurons + i],
                    Input::Slope => slope[0],
                    Input::Param(k) => param(k),
                    Input::Distance => unreachable!(),
                });
                found.x[t * neurons + i] = given[0];
                for k in 0..states {
                    found.initial[k * neurons + i] = given[1 + k];
                }
                let outputs = program.adjoint.outputs.iter().zip(given).skip(1 + states);
                for ((output, _), part) in outputs {
                    let spikelet_program::Output::GradParam(k) = *output else {
                        unreachable!()
                    };
                    let place = i % case.params[k].row.len();
                    found.params[k][place] += f64::from(part);
                    found.sizes[k][place] += f64::from(part).abs();
                }
            }
        }
        found
    }
}

/// NaN in memory aligned as torch aligns it, so that streaming stores may be used.
pub struct Aligned<T>(Vec<T>, usize);

impl<T: Copy> Aligned<T> {
    pub fn new(len: usize, value: T) -> Self {
        let data = vec![value; len + 32];
        let skip = data.as_ptr().align_offset(64);
        Self(data, skip)
    }

    pub fn get(&mut self, len: usize) -> &mut [T] {
        &mut self.0[self.1..self.1 + len]
    }
}

pub enum Keep {
    Charged,
    /// Only what the derivative reads.
    Read,
    Checkpoints(usize),
}

/// Runs a kernel forward in float32; outputs hold NaN before.
pub fn forward(kernel: &Kernel, case: &Case, keep: bool) -> Forward {
    let states = kernel.program().states.len();
    let len = case.time * case.neurons;
    let params: Vec<Param<'_>> = case.params.iter().map(Numbers::param).collect();
    let kept = if keep { states * len } else { 0 };
    let (mut z, mut charged) = (Aligned::new(len, f32::NAN), Aligned::new(kept, f32::NAN));
    let mut last = nan(states * case.neurons);
    let save = match keep {
        true => Save::Charged(ValuesMut::F32(charged.get(kept))),
        false => Save::Nothing,
    };
    let run = Scan {
        time: case.time,
        neurons: case.neurons,
        x: Values::F32(&case.x),
        initial: &case.initial,
        params: &params,
        z: ValuesMut::F32(z.get(len)),
        last: Some(&mut last),
        save,
    };
    kernel.scan(run).unwrap();
    Forward {
        z: z.get(len).to_vec(),
        last,
        charged: charged.get(kept).to_vec(),
    }
}

/// Runs a kernel forward and backward in float32; outputs hold NaN before.
pub fn gradients(
    kernel: &Kernel,
    case: &Case,
    keep: &Keep,
    wanted: &[bool],
) -> (Vec<f32>, Vec<f32>, Vec<Vec<f32>>) {
    let states = kernel.program().states.len();
    let read = kernel.reads_charged(wanted.contains(&true));
    let (len, params): (usize, Vec<Param<'_>>) = (
        case.time * case.neurons,
        case.params.iter().map(Numbers::param).collect(),
    );
    let slope_params: Vec<Param<'_>> = case.slope_params.iter().map(Numbers::param).collect();
    let count = match keep {
        Keep::Charged => states * len,
        Keep::Read => read.iter().filter(|is_read| **is_read).count() * len,
        Keep::Checkpoints(every) => checkpoints(case.time, *every) * states * case.neurons,
    };
    let mut kept = Aligned::new(count, f32::NAN);
    let kept = kept.get(count);
    let (mut z, mut last) = (nan(len), nan(states * case.neurons));
    let save = match keep {
        Keep::Charged => Save::Charged(ValuesMut::F32(&mut *kept)),
        Keep::Read => Save::Some {
            states: read,
            values: ValuesMut::F32(&mut *kept),
        },
        Keep::Checkpoints(every) => Save::Checkpoints {
            every: *every,
            states: &mut *kept,
        },
    };
    let run = Scan {
        time: case.time,
        neurons: case.neurons,
        x: Values::F32(&case.x),
        initial: &case.initial,
        params: &params,
        z: ValuesMut::F32(&mut z),
        last: Some(&mut last),
        save,
    };
    kernel.scan(run).unwrap();
    let saved = match keep {
        Keep::Charged => Saved::Charged(Values::F32(kept)),
        Keep::Read => Saved::Some {
            states: read,
            values: Values::F32(kept),
        },
        Keep::Checkpoints(every) => Saved::Checkpoints {
            every: *every,
            states: kept,
        },
    };
    let needs_x = matches!(keep, Keep::Checkpoints(_)) || kernel.reads_input(wanted);
    let (mut grad_x, mut grad_initial) = (Aligned::new(len, f32::NAN), nan(states * case.neurons));
    let mut sums: Vec<Vec<f32>> = case
        .params
        .iter()
        .map(|numbers| nan(numbers.row.len()))
        .collect();
    let mut grads: Vec<Option<&mut [f32]>> = sums
        .iter_mut()
        .zip(wanted)
        .map(|(sum, wanted)| wanted.then_some(sum.as_mut_slice()))
        .collect();
    let run = Adjoint {
        time: case.time,
        neurons: case.neurons,
        grad_z: Some(Values::F32(&case.grad_z)),
        grad_last: Some(&case.grad_last),
        saved,
        x: needs_x.then_some(Values::F32(&case.x)),
        initial: &case.initial,
        params: &params,
        slope_params: &slope_params,
        grad_x: ValuesMut::F32(grad_x.get(len)),
        grad_initial: Some(&mut grad_initial),
        grad_params: &mut grads,
    };
    kernel.adjoint(run).unwrap();
    (grad_x.get(len).to_vec(), grad_initial, sums)
}

pub fn nan(len: usize) -> Vec<f32> {
    vec![f32::NAN; len]
}

pub fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|value| value.to_bits()).collect()
}

pub fn assert_bits(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert_eq!(a.to_bits(), b.to_bits(), "{what} at {index}: {a} and {b}");
    }
}
