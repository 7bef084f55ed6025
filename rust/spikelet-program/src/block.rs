//! The interpreter: a plan over rows of neurons, block by block.
//!
//! Each action is one loop over a block, so that choosing the loop costs once per block and not once per neuron, and
//! the loop itself becomes vector code. A block is short enough for all registers to stay in the first-level cache.
//! Inputs and outputs are no registers: an action reads and writes the caller's rows directly. Scalars are blocks filled
//! once, which spares a variant of every loop for each operand that might be a scalar.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::take;

use crate::math::{exp, maximum, minimum};
use crate::plan::Plan;
use crate::program::Opcode;
use crate::schedule::{Action, Code, First, Place, Second};

/// Neurons per block. Longer ones spare dispatch but push registers out of a 32 KiB cache.
pub const BLOCK: usize = 256;

/// One register; aligned so that no vector straddles two cache lines.
#[derive(Debug, Clone)]
#[repr(align(64))]
struct Block([f32; BLOCK]);

/// A plan with its parameters and registers: what one thread needs to run it.
#[derive(Debug, Clone)]
pub struct Bound {
    actions: Vec<Action>,
    /// Registers, constants and scalar parameters; `None` only while an action writes to it.
    blocks: Vec<Option<Box<Block>>>,
}

impl Plan {
    /// Binds parameters: a number, or `None` for a row of its own behind the plan's input rows.
    ///
    /// Parameters that are missing at the end are taken for rows.
    pub fn bind(&self, params: &[Option<f32>]) -> Bound {
        let mut blocks = alloc::vec![0.0; self.registers];
        blocks.extend(&self.constants);
        let first_param = blocks.len();
        blocks.extend(params.iter().map(|param| param.unwrap_or_default()));
        let place = |place| match place {
            Place::Constant(index) => Place::Register(self.registers + index),
            Place::Param(index) if matches!(params.get(index), Some(Some(_))) => {
                Place::Register(first_param + index)
            }
            Place::Param(index) => Place::In(self.inputs + index),
            other => other,
        };
        let bind = |action: &Action| Action {
            args: action.args.map(place),
            ..*action
        };
        Bound {
            actions: self.actions.iter().map(bind).collect(),
            blocks: blocks.into_iter().map(filled).collect(),
        }
    }
}

fn filled(value: f32) -> Option<Box<Block>> {
    Some(Box::new(Block([value; BLOCK])))
}

impl Bound {
    /// Runs the plan on rows of `width` neurons.
    ///
    /// `inputs` are the plan's input rows and then one row for each parameter, empty where it is a scalar or not read;
    /// `outputs` the plan's output rows.
    ///
    /// ```
    /// # let text = include_str!("../tests/lif.txt");
    /// use spikelet_program::{Plan, Program};
    ///
    /// let program = Program::parse(text)?;
    /// // v_leak, tau, threshold, reset.to; the surrogate's parameters are not read forward.
    /// let mut bound = Plan::forward(&program, false).bind(&[Some(0.0), Some(2.0), Some(1.0), Some(0.0)]);
    /// let (x, mut z, mut v) = ([1.0, 3.0], [f32::NAN; 2], [0.5; 2]);
    /// bound.run(2, &[&x], &mut [&mut z, &mut v]);
    /// assert_eq!((z, v), ([0.0, 1.0], [0.75, 0.0]));
    /// # Ok::<(), spikelet_program::Error>(())
    /// ```
    ///
    /// # Panics
    /// When a row that the plan reads or writes is missing or shorter than `width`.
    pub fn run(&mut self, width: usize, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) {
        self.run_here(width, inputs, outputs);
    }

    /// [`Bound::run`] in AVX2 code; a caller that has found AVX2 may call it.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    pub fn run_avx2(&mut self, width: usize, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) {
        self.run_here(width, inputs, outputs);
    }

    #[inline(always)]
    fn run_here(&mut self, width: usize, inputs: &[&[f32]], outputs: &mut [&mut [f32]]) {
        for start in (0..width).step_by(BLOCK) {
            let mut frame = Frame {
                blocks: &mut self.blocks,
                inputs,
                outputs,
                start,
                count: BLOCK.min(width - start),
            };
            for action in &self.actions {
                frame.act(action);
            }
        }
    }
}

/// One block of neurons: where every place of the plan is now.
struct Frame<'a, 'b, 'c> {
    blocks: &'a mut [Option<Box<Block>>],
    inputs: &'a [&'b [f32]],
    outputs: &'a mut [&'c mut [f32]],
    start: usize,
    count: usize,
}

impl Frame<'_, '_, '_> {
    /// The target is taken out while it is written, which shows the compiler that it overlaps no operand.
    #[inline(always)]
    fn act(&mut self, action: &Action) {
        match action.to {
            Place::Register(index) => {
                if let Some(mut block) = self.blocks[index].take() {
                    self.compute(action, &mut block.0[..self.count]);
                    self.blocks[index] = Some(block);
                }
            }
            Place::Out(index) => {
                let row = take(&mut self.outputs[index]);
                self.compute(action, &mut row[self.start..self.start + self.count]);
                self.outputs[index] = row;
            }
            Place::In(_) | Place::Constant(_) | Place::Param(_) => {}
        }
    }

    #[inline(always)]
    fn operand(&self, place: Place) -> &[f32] {
        let range = self.start..self.start + self.count;
        match place {
            Place::In(index) => &self.inputs[index][range],
            Place::Out(index) => &self.outputs[index][range],
            Place::Register(index) => match &self.blocks[index] {
                Some(block) => &block.0[..self.count],
                None => &[],
            },
            Place::Constant(_) | Place::Param(_) => &[],
        }
    }

    #[inline(always)]
    fn compute(&self, action: &Action, to: &mut [f32]) {
        let a = self.operand(action.args[0]);
        match action.code {
            Code::Copy => to.copy_from_slice(a),
            Code::Accumulate => unary(to, a, |sum, a| sum + a),
            Code::Pair(first, second) => {
                let (b, c) = (self.operand(action.args[1]), self.operand(action.args[2]));
                pair(to, (a, b, c), first, second);
            }
            Code::One(code) => match code.operands() {
                1 => one(to, a, code),
                2 => two(to, a, self.operand(action.args[1]), code),
                _ => {
                    let (b, c) = (self.operand(action.args[1]), self.operand(action.args[2]));
                    ternary(to, (a, b, c), |a, b, c| if a != 0.0 { b } else { c });
                }
            },
        }
    }
}

#[inline(always)]
fn one(to: &mut [f32], a: &[f32], code: Opcode) {
    match code {
        Opcode::Neg => unary(to, a, |_, a| -a),
        Opcode::Abs => unary(to, a, |_, a| a.abs()),
        _ => unary(to, a, |_, a| exp(a)),
    }
}

#[inline(always)]
fn two(to: &mut [f32], a: &[f32], b: &[f32], code: Opcode) {
    match code {
        Opcode::Add => binary(to, a, b, |a, b| a + b),
        Opcode::Sub => binary(to, a, b, |a, b| a - b),
        Opcode::Mul => binary(to, a, b, |a, b| a * b),
        Opcode::Div => binary(to, a, b, |a, b| a / b),
        Opcode::Min => binary(to, a, b, minimum),
        Opcode::Max => binary(to, a, b, maximum),
        Opcode::Less => binary(to, a, b, |a, b| truth(a < b)),
        Opcode::LessEqual => binary(to, a, b, |a, b| truth(a <= b)),
        Opcode::Greater | Opcode::SpikeGreater => binary(to, a, b, |a, b| truth(a > b)),
        _ => binary(to, a, b, |a, b| truth(a >= b)),
    }
}

#[inline(always)]
fn pair(to: &mut [f32], rows: (&[f32], &[f32], &[f32]), first: First, second: Second) {
    match first {
        First::Add => after(to, rows, second, |a, b| a + b),
        First::Sub => after(to, rows, second, |a, b| a - b),
        First::Mul => after(to, rows, second, |a, b| a * b),
        First::Div => after(to, rows, second, |a, b| a / b),
    }
}

#[inline(always)]
fn after(
    to: &mut [f32],
    rows: (&[f32], &[f32], &[f32]),
    second: Second,
    first: impl Fn(f32, f32) -> f32,
) {
    match second {
        Second::Add => ternary(to, rows, |a, b, c| first(a, b) + c),
        Second::Sub => ternary(to, rows, |a, b, c| first(a, b) - c),
        Second::SubFrom => ternary(to, rows, |a, b, c| c - first(a, b)),
        Second::Mul => ternary(to, rows, |a, b, c| first(a, b) * c),
        Second::Div => ternary(to, rows, |a, b, c| first(a, b) / c),
        Second::DivInto => ternary(to, rows, |a, b, c| c / first(a, b)),
    }
}

#[inline(always)]
fn truth(holds: bool) -> f32 {
    if holds { 1.0 } else { 0.0 }
}

/// `f` also gets what `to` holds.
#[inline(always)]
fn unary(to: &mut [f32], a: &[f32], f: impl Fn(f32, f32) -> f32) {
    for (to, a) in to.iter_mut().zip(a) {
        *to = f(*to, *a);
    }
}

#[inline(always)]
fn binary(to: &mut [f32], a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) {
    for ((to, a), b) in to.iter_mut().zip(a).zip(b) {
        *to = f(*a, *b);
    }
}

#[inline(always)]
fn ternary(to: &mut [f32], rows: (&[f32], &[f32], &[f32]), f: impl Fn(f32, f32, f32) -> f32) {
    let (a, b, c) = rows;
    for (((to, a), b), c) in to.iter_mut().zip(a).zip(b).zip(c) {
        *to = f(*a, *b, *c);
    }
}
