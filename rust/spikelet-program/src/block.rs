//! The interpreter: a plan over rows of neurons, block by block.
//!
//! Each action is one loop over a block, so that choosing the loop costs once per block and not once per neuron. A block is
//! short enough for all registers to stay in the first-level cache. Inputs and outputs are no registers: an action reads
//! and writes the caller's rows directly. Scalars are blocks filled once, which spares a variant of every loop for each
//! operand that might be a scalar.

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
///
/// ```
/// use spikelet_program::{Plan, Program};
///
/// # let text = "spikelet-program 1\nstates v\nmembrane v\nstep_params threshold\nslope_params\nsection charge\n\
/// #     %0 = add s.v x\nh.v <- %0\nsection fire\n%0 = spike_ge h.v p.threshold\nz <- %0\ns.v <- h.v\n\
/// #     section slope\nslope <- 0x3f800000\nsection adjoint\n%0 = add g.v g.z\ng.x <- %0\ng.v <- %0\nend\n";
/// let program = Program::parse(text)?; // v grows by x and spikes from `threshold` on
/// let mut bound = Plan::forward(&program, false).bind(&[Some(1.0)]);
/// let (mut z, mut v) = ([0.0; 2], [0.5, 0.0]);
/// // A row for the input, and an empty one for the parameter, which is a number here.
/// bound.run(2, (&[&[0.75, 0.25], &[]], &mut [&mut z, &mut v]));
/// assert_eq!((z, v), ([1.0, 0.0], [1.25, 0.25]));
/// # Ok::<(), spikelet_program::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Bound {
    steps: Vec<Step>,
    registers: Vec<Block>,
    /// Constants and scalar parameters.
    constants: Vec<Block>,
    /// How many rows come in and go out.
    rows: (usize, usize),
}

/// An action with its places resolved.
#[derive(Debug, Clone, Copy)]
struct Step {
    code: Code,
    /// Among what is written: output rows, then registers.
    to: usize,
    args: [Slot; 3],
}

#[derive(Debug, Clone, Copy)]
enum Slot {
    /// Among what is only read: input rows, then constants.
    Read(usize),
    /// Among what is written.
    Written(usize),
}

impl Plan {
    /// Binds parameters: a number, or `None` for a row of its own behind the plan's input rows.
    ///
    /// Parameters that the plan does not read may be missing at the end.
    pub fn bind(&self, params: &[Option<f32>]) -> Bound {
        let rows = (self.inputs + params.len(), self.outputs);
        let slot = |place| match place {
            Place::In(index) => Slot::Read(index),
            Place::Out(index) => Slot::Written(index),
            Place::Register(index) => Slot::Written(rows.1 + index),
            Place::Constant(index) => Slot::Read(rows.0 + index),
            Place::Param(index) if matches!(params.get(index), Some(Some(_))) => {
                Slot::Read(rows.0 + self.constants.len() + index)
            }
            Place::Param(index) => Slot::Read(self.inputs + index),
        };
        let step = |action: &Action| Step {
            code: action.code,
            to: match slot(action.to) {
                Slot::Read(index) | Slot::Written(index) => index,
            },
            args: action.args.map(slot),
        };
        let scalars = params.iter().map(|param| param.unwrap_or_default());
        let mut constants: Vec<f32> = self.constants.iter().copied().chain(scalars).collect();
        let steps = self.actions.iter().map(step);
        let steps = steps.map(|step| {
            let step = folded(step, rows.0, &mut constants);
            multiplied(step, rows.0, &mut constants)
        });
        Bound {
            steps: steps.collect(),
            registers: alloc::vec![Block([0.0; BLOCK]); self.registers],
            constants: constants
                .into_iter()
                .map(|value| Block([value; BLOCK]))
                .collect(),
            rows,
        }
    }
}

/// A pair whose first operation is one of scalars does that operation here, once: a reciprocal above all.
fn folded(step: Step, rows: usize, constants: &mut Vec<f32>) -> Step {
    let Code::Pair(first, second) = step.code else {
        return step;
    };
    let scalar = |slot| match slot {
        Slot::Read(index) => constants.get(index.checked_sub(rows)?).copied(),
        Slot::Written(_) => None,
    };
    let [a, b, c] = step.args;
    let (Some(left), Some(right)) = (scalar(a), scalar(b)) else {
        return step;
    };
    constants.push(first.of(left, right));
    let known = Slot::Read(rows + constants.len() - 1);
    let (code, is_left) = second.alone();
    let args = if is_left {
        [known, c, c]
    } else {
        [c, known, c]
    };
    Step {
        code: Code::One(code),
        args,
        ..step
    }
}

/// A division by a power of two is done as the multiplication that it equals: divisions bound the loops.
fn multiplied(mut step: Step, rows: usize, constants: &mut Vec<f32>) -> Step {
    let (divisor, code) = match step.code {
        Code::One(Opcode::Div) => (1, Code::One(Opcode::Mul)),
        Code::Pair(First::Div, second) => (1, Code::Pair(First::Mul, second)),
        Code::Pair(first, Second::Div) => (2, Code::Pair(first, Second::Mul)),
        _ => return step,
    };
    let known = match step.args[divisor] {
        Slot::Read(index) => index.checked_sub(rows).and_then(|at| constants.get(at)),
        Slot::Written(_) => None,
    };
    if let Some(reciprocal) = known.copied().and_then(exact_reciprocal) {
        constants.push(reciprocal);
        step.args[divisor] = Slot::Read(rows + constants.len() - 1);
        step.code = code;
    }
    step
}

/// The reciprocal of a power of two, where both are normal numbers.
fn exact_reciprocal(value: f32) -> Option<f32> {
    let (fraction, exponent) = (value.to_bits() << 9, value.to_bits() >> 23 & 0xff);
    (fraction == 0 && (1..=253).contains(&exponent)).then(|| 1.0 / value)
}

/// Input rows and output rows.
///
/// ```
/// let (x, mut z) = ([0.5; 4], [0.0; 4]);
/// let mut outputs = [&mut z[..]];
/// let rows: spikelet_program::InOut<'_, '_> = (&[&x], &mut outputs);
/// assert_eq!((rows.0.len(), rows.1.len()), (1, 1));
/// ```
pub type InOut<'a, 'b> = (&'a [&'b [f32]], &'a mut [&'b mut [f32]]);

impl Bound {
    /// Runs the plan on rows of `width` neurons.
    ///
    /// Rows are the plan's inputs and then one for each bound parameter, empty where it is a scalar or not read; and the
    /// plan's outputs.
    ///
    /// ```
    /// # let text = include_str!("../tests/lif.txt");
    /// use spikelet_program::{Plan, Program};
    ///
    /// let program = Program::parse(text)?;
    /// // v_leak, tau, threshold, reset.to; the surrogate's parameters are not read forward.
    /// let params = [Some(0.0), Some(2.0), Some(1.0), Some(0.0)];
    /// let mut bound = Plan::forward(&program, false).bind(&params);
    /// let (x, mut z, mut v) = ([1.0, 3.0], [f32::NAN; 2], [0.5; 2]);
    /// let none = [].as_slice();
    /// bound.run(2, (&[&x, none, none, none, none], &mut [&mut z, &mut v]));
    /// assert_eq!((z, v), ([0.0, 1.0], [0.75, 0.0]));
    /// # Ok::<(), spikelet_program::Error>(())
    /// ```
    ///
    /// # Panics
    /// When the number of rows is not the plan's, or a row that it reads or writes is shorter than `width`.
    pub fn run(&mut self, width: usize, rows: InOut<'_, '_>) {
        self.run_here(width, rows);
    }

    /// [`Bound::run`] in AVX2 code.
    ///
    /// # Safety
    /// The machine must have AVX2.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    pub fn run_avx2(&mut self, width: usize, rows: InOut<'_, '_>) {
        self.run_here(width, rows);
    }

    #[inline(always)]
    fn run_here(&mut self, width: usize, (inputs, outputs): InOut<'_, '_>) {
        assert_eq!((inputs.len(), outputs.len()), self.rows, "rows of the plan");
        let mut frame = Frame {
            read: Vec::with_capacity(inputs.len() + self.constants.len()),
            written: Vec::with_capacity(outputs.len() + self.registers.len()),
            start: 0,
            count: 0,
        };
        let (along, still) = (usize::MAX, 0);
        frame
            .read
            .extend(inputs.iter().map(|row| Row { row, moves: along }));
        let constants = self.constants.iter().map(|block| &block.0[..]);
        frame
            .read
            .extend(constants.map(|row| Row { row, moves: still }));
        frame
            .written
            .extend(outputs.iter_mut().map(|row| RowMut { row, moves: along }));
        let registers = self.registers.iter_mut().map(|block| &mut block.0[..]);
        frame
            .written
            .extend(registers.map(|row| RowMut { row, moves: still }));
        for start in (0..width).step_by(BLOCK) {
            (frame.start, frame.count) = (start, BLOCK.min(width - start));
            for step in &self.steps {
                frame.act(step);
            }
        }
    }
}

/// A row that is read; `moves` is all bits if it goes along with the blocks, none if it is one block.
struct Row<'a> {
    row: &'a [f32],
    moves: usize,
}

/// A row that is written.
struct RowMut<'a> {
    row: &'a mut [f32],
    moves: usize,
}

/// One block of neurons: where every slot of the plan is now.
struct Frame<'a> {
    read: Vec<Row<'a>>,
    written: Vec<RowMut<'a>>,
    start: usize,
    count: usize,
}

impl Frame<'_> {
    /// The target is taken out while it is written, which shows the compiler that it overlaps no operand.
    #[inline(always)]
    fn act(&mut self, step: &Step) {
        let target = &mut self.written[step.to];
        let start = self.start & target.moves;
        let row = take(&mut target.row);
        self.compute(step, &mut row[start..start + self.count]);
        self.written[step.to].row = row;
    }

    #[inline(always)]
    fn operand(&self, slot: Slot) -> &[f32] {
        let (row, moves) = match slot {
            Slot::Read(index) => (self.read[index].row, self.read[index].moves),
            Slot::Written(index) => (&*self.written[index].row, self.written[index].moves),
        };
        let start = self.start & moves;
        &row[start..start + self.count]
    }

    #[inline(always)]
    fn compute(&self, step: &Step, to: &mut [f32]) {
        let at = |place: usize| self.operand(step.args[place]);
        match step.code {
            Code::Copy => to.copy_from_slice(at(0)),
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
        // Equal lengths spare the loop its checks.
        $(let $row = &$row[..$to.len()];)+
        for index in 0..$to.len() {
            $(let $row = $row[index];)+
            $to[index] = $value;
        }
    }};
}

#[inline(always)]
fn accumulate(to: &mut [f32], a: &[f32]) {
    to.iter_mut().zip(a).for_each(|(to, a)| *to += a);
}

#[inline(always)]
fn one(to: &mut [f32], a: &[f32], code: Opcode) {
    match code {
        Opcode::Neg => each!(to, |a| -a),
        Opcode::Abs => each!(to, |a| a.abs()),
        _ => each!(to, |a| exp(a)),
    }
}

#[inline(always)]
fn two(to: &mut [f32], a: &[f32], b: &[f32], code: Opcode) {
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
fn choose(to: &mut [f32], a: &[f32], b: &[f32], c: &[f32]) {
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
fn pair(to: &mut [f32], [a, b, c]: [&[f32]; 3], first: First, second: Second) {
    first!(first, f => second!(second, g => each!(to, |a, b, c| g(f(a, b), c))));
}
