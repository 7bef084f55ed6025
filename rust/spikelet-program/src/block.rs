//! The interpreter: a plan over rows of neurons, block by block.
//!
//! Each action is one loop over a block, so that choosing the loop costs once per block and not once per neuron. A block is
//! short enough for all registers to stay in the first-level cache. Inputs and outputs are no registers: an action reads
//! and writes the caller's rows directly. Scalars are blocks filled once, which spares a variant of every loop for each
//! operand that might be a scalar.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::take as take_out;
use core::ops::Range;

use crate::math::{exp, maximum, minimum};
use crate::plan::Plan;
use crate::program::Opcode;
use crate::schedule::{Action, Code, First, Place, Second};

/// Neurons that a loop takes at a time: a cache line, two AVX2 vectors.
const LANES: usize = 16;

type Chunk = [f32; LANES];

/// Chunks per block. Longer blocks spare dispatch but push registers out of a 32 KiB cache.
const CHUNKS: usize = 16;

/// Neurons per block.
pub const BLOCK: usize = LANES * CHUNKS;

/// One register; aligned so that no vector straddles two cache lines.
#[derive(Debug, Clone)]
#[repr(align(64))]
struct Block([Chunk; CHUNKS]);

impl Block {
    const fn filled(value: f32) -> Self {
        Self([[value; LANES]; CHUNKS])
    }
}

/// A plan with its parameters and registers: what one thread needs to run it.
#[derive(Debug, Clone)]
pub struct Bound {
    actions: Vec<Action>,
    /// `None` only while an action writes to it.
    registers: Vec<Option<Box<Block>>>,
    /// Constants and scalar parameters.
    constants: Vec<Block>,
}

impl Plan {
    /// Binds parameters: a number, or `None` for a row of its own behind the plan's input rows.
    ///
    /// Parameters that are missing at the end are taken for rows.
    pub fn bind(&self, params: &[Option<f32>]) -> Bound {
        let scalars = params.iter().map(|param| param.unwrap_or_default());
        let constants = self.constants.iter().copied().chain(scalars);
        let place = |place| match place {
            Place::Param(index) if matches!(params.get(index), Some(Some(_))) => {
                Place::Constant(self.constants.len() + index)
            }
            Place::Param(index) => Place::In(self.inputs + index),
            other => other,
        };
        let bind = |action: &Action| Action {
            args: action.args.map(place),
            ..*action
        };
        let empty = || Some(Box::new(Block::filled(0.0)));
        Bound {
            actions: self.actions.iter().map(bind).collect(),
            registers: core::iter::repeat_with(empty)
                .take(self.registers)
                .collect(),
            constants: constants.map(Block::filled).collect(),
        }
    }
}

/// Input rows and output rows.
pub type Rows<'a, 'b> = (&'a [&'b [f32]], &'a mut [&'b mut [f32]]);

/// Who runs a plan: told of every block, and given what the plan hands over.
pub trait Host {
    /// The block of these neurons begins; a good moment to fetch the next one.
    fn begin(&mut self, _neurons: Range<usize>) {}

    /// Takes numbers of an output row from this neuron on.
    fn take(&mut self, _output: usize, _neuron: usize, _numbers: &[f32]) {}
}

/// Nobody: for plans that hand nothing over.
impl Host for () {}

impl Bound {
    /// Runs the plan on rows of `width` neurons.
    ///
    /// `inputs` are the plan's input rows and then one row for each parameter, empty where it is a scalar or not read;
    /// `outputs` the plan's output rows. What the plan hands over goes to `host`.
    ///
    /// ```
    /// # let text = include_str!("../tests/lif.txt");
    /// use spikelet_program::{Plan, Program};
    ///
    /// let program = Program::parse(text)?;
    /// // v_leak, tau, threshold, reset.to; the surrogate's parameters are not read forward.
    /// let params = [Some(0.0), Some(2.0), Some(1.0), Some(0.0)];
    /// let mut bound = Plan::forward(&program, false, false).bind(&params);
    /// let (x, mut z, mut v) = ([1.0, 3.0], [f32::NAN; 2], [0.5; 2]);
    /// bound.run(2, (&[&x], &mut [&mut z, &mut v]), &mut ());
    /// assert_eq!((z, v), ([0.0, 1.0], [0.75, 0.0]));
    /// # Ok::<(), spikelet_program::Error>(())
    /// ```
    ///
    /// # Panics
    /// When a row that the plan reads or writes is missing or shorter than `width`.
    pub fn run(&mut self, width: usize, rows: Rows<'_, '_>, host: &mut dyn Host) {
        self.run_here(width, rows, host);
    }

    /// [`Bound::run`] in AVX2 code.
    ///
    /// # Safety
    /// The machine must have AVX2.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    pub fn run_avx2(&mut self, width: usize, rows: Rows<'_, '_>, host: &mut dyn Host) {
        self.run_here(width, rows, host);
    }

    #[inline(always)]
    fn run_here(&mut self, width: usize, (inputs, outputs): Rows<'_, '_>, host: &mut dyn Host) {
        let whole = width / LANES * LANES;
        for start in (0..whole).step_by(BLOCK) {
            let range = start..whole.min(start + BLOCK);
            host.begin(range.clone());
            self.block(inputs, outputs, range, &mut |row, numbers| {
                host.take(row, start, numbers);
            });
        }
        if whole < width {
            self.padded(inputs, outputs, whole..width, host);
        }
    }

    /// The last neurons, fewer than a chunk, as a whole one.
    #[inline(always)]
    fn padded(
        &mut self,
        inputs: &[&[f32]],
        outputs: &mut [&mut [f32]],
        range: Range<usize>,
        host: &mut dyn Host,
    ) {
        let rest = range.len();
        let pad = |row: &[f32]| {
            let mut chunk = [0.0; LANES];
            if let Some(tail) = row.get(range.clone()) {
                chunk[..rest].copy_from_slice(tail);
            }
            chunk
        };
        let padded: Vec<Chunk> = inputs.iter().map(|row| pad(row)).collect();
        let mut results: Vec<Chunk> = outputs.iter().map(|row| pad(row)).collect();
        let padded: Vec<&[f32]> = padded.iter().map(<[f32; LANES]>::as_slice).collect();
        let rows = results.iter_mut().map(<[f32; LANES]>::as_mut_slice);
        let mut rows: Vec<&mut [f32]> = rows.collect();
        let mut take = |row: usize, numbers: &[f32]| host.take(row, range.start, &numbers[..rest]);
        self.block(&padded, &mut rows, 0..LANES, &mut take);
        for (row, result) in outputs.iter_mut().zip(&results) {
            if let Some(tail) = row.get_mut(range.clone()) {
                tail.copy_from_slice(&result[..rest]);
            }
        }
    }

    #[inline(always)]
    fn block(
        &mut self,
        inputs: &[&[f32]],
        outputs: &mut [&mut [f32]],
        range: Range<usize>,
        take: &mut dyn FnMut(usize, &[f32]),
    ) {
        let mut frame = Frame {
            registers: &mut self.registers,
            constants: &self.constants,
            inputs,
            outputs,
            start: range.start,
            end: range.end,
            chunks: range.len() / LANES,
        };
        for action in &self.actions {
            match (action.code, action.to) {
                (Code::Send, Place::Out(row)) => {
                    take(row, frame.operand(action.args[0]).as_flattened());
                }
                _ => frame.act(action),
            }
        }
    }
}

/// One block of neurons: where every place of the plan is now.
struct Frame<'a, 'b, 'c> {
    registers: &'a mut [Option<Box<Block>>],
    constants: &'a [Block],
    inputs: &'a [&'b [f32]],
    outputs: &'a mut [&'c mut [f32]],
    start: usize,
    end: usize,
    chunks: usize,
}

impl Frame<'_, '_, '_> {
    /// The target is taken out while it is written.
    #[inline(always)]
    fn act(&mut self, action: &Action) {
        match action.to {
            Place::Register(index) => {
                if let Some(mut block) = self.registers[index].take() {
                    self.compute(action, &mut block.0[..self.chunks]);
                    self.registers[index] = Some(block);
                }
            }
            Place::Out(index) => {
                let row = take_out(&mut self.outputs[index]);
                self.compute(action, row[self.start..self.end].as_chunks_mut().0);
                self.outputs[index] = row;
            }
            Place::In(_) | Place::Constant(_) | Place::Param(_) => {}
        }
    }

    #[inline(always)]
    fn operand(&self, place: Place) -> &[Chunk] {
        match place {
            Place::In(index) => self.inputs[index][self.start..self.end].as_chunks().0,
            Place::Out(index) => self.outputs[index][self.start..self.end].as_chunks().0,
            Place::Register(index) => match &self.registers[index] {
                Some(block) => &block.0[..self.chunks],
                None => &[],
            },
            Place::Constant(index) => &self.constants[index].0[..self.chunks],
            Place::Param(_) => &[],
        }
    }

    #[inline(always)]
    fn compute(&self, action: &Action, to: &mut [Chunk]) {
        let at = |place: usize| self.operand(action.args[place]);
        match action.code {
            Code::Copy | Code::Send => to.copy_from_slice(at(0)),
            Code::Accumulate => accumulate(to, at(0)),
            Code::One(code) => match code.operands() {
                1 => one(to, at(0), code),
                2 => two(to, at(0), at(1), code),
                _ => choose(to, at(0), at(1), at(2)),
            },
            Code::Pair(first, second) => pair(to, [at(0), at(1), at(2)], first, second),
        }
    }
}

/// One loop over rows; as many neurons as `to` has.
macro_rules! each {
    ($to:expr, |$($row:ident),+| $value:expr) => {{
        let to = $to.as_flattened_mut();
        // Equal lengths spare the loop its checks, and whole chunks its remainder.
        $(let $row = &$row.as_flattened()[..to.len()];)+
        for index in 0..to.len() {
            $(let $row = $row[index];)+
            to[index] = $value;
        }
    }};
}

#[inline(always)]
fn accumulate(to: &mut [Chunk], a: &[Chunk]) {
    let a = a.as_flattened();
    to.as_flattened_mut()
        .iter_mut()
        .zip(a)
        .for_each(|(to, a)| *to += a);
}

#[inline(always)]
fn one(to: &mut [Chunk], a: &[Chunk], code: Opcode) {
    match code {
        Opcode::Neg => each!(to, |a| -a),
        Opcode::Abs => each!(to, |a| a.abs()),
        _ => each!(to, |a| exp(a)),
    }
}

#[inline(always)]
fn two(to: &mut [Chunk], a: &[Chunk], b: &[Chunk], code: Opcode) {
    match code {
        Opcode::Add => each!(to, |a, b| a + b),
        Opcode::Sub => each!(to, |a, b| a - b),
        Opcode::Mul => each!(to, |a, b| a * b),
        Opcode::Div => each!(to, |a, b| a / b),
        Opcode::Min => each!(to, |a, b| minimum(a, b)),
        Opcode::Max => each!(to, |a, b| maximum(a, b)),
        Opcode::Less => each!(to, |a, b| truth(a < b)),
        Opcode::LessEqual => each!(to, |a, b| truth(a <= b)),
        Opcode::Greater | Opcode::SpikeGreater => each!(to, |a, b| truth(a > b)),
        _ => each!(to, |a, b| truth(a >= b)),
    }
}

#[inline(always)]
fn truth(holds: bool) -> f32 {
    if holds { 1.0 } else { 0.0 }
}

#[inline(always)]
fn choose(to: &mut [Chunk], a: &[Chunk], b: &[Chunk], c: &[Chunk]) {
    each!(to, |a, b, c| if a == 0.0 { c } else { b });
}

/// Calls `$run` with the function of the first operation of a pair.
macro_rules! first {
    ($first:expr, $f:ident => $run:expr) => {
        match $first {
            First::Add => {
                let $f = |a: f32, b: f32| a + b;
                $run
            }
            First::Sub => {
                let $f = |a: f32, b: f32| a - b;
                $run
            }
            First::Mul => {
                let $f = |a: f32, b: f32| a * b;
                $run
            }
            First::Div => {
                let $f = |a: f32, b: f32| a / b;
                $run
            }
        }
    };
}

/// Calls `$run` with the function of the second operation of a pair, on the first one's result and one more operand.
macro_rules! second {
    ($second:expr, $g:ident => $run:expr) => {
        match $second {
            Second::Add => {
                let $g = |r: f32, c: f32| r + c;
                $run
            }
            Second::Sub => {
                let $g = |r: f32, c: f32| r - c;
                $run
            }
            Second::SubFrom => {
                let $g = |r: f32, c: f32| c - r;
                $run
            }
            Second::Mul => {
                let $g = |r: f32, c: f32| r * c;
                $run
            }
            Second::Div => {
                let $g = |r: f32, c: f32| r / c;
                $run
            }
            Second::DivInto => {
                let $g = |r: f32, c: f32| c / r;
                $run
            }
        }
    };
}

#[inline(always)]
fn pair(to: &mut [Chunk], [a, b, c]: [&[Chunk]; 3], first: First, second: Second) {
    first!(first, f => second!(second, g => each!(to, |a, b, c| g(f(a, b), c))));
}
