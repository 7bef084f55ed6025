//! What a program consists of.

use alloc::string::String;
use alloc::vec::Vec;

/// An operation of the language; each rounds its result once.
///
/// ```
/// use spikelet_program::Opcode;
///
/// assert_eq!(Opcode::Where.operands(), 3);
/// assert!(Opcode::Less.is_condition());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Opcode {
    /// `a + b`.
    Add,
    /// `a - b`.
    Sub,
    /// `a * b`.
    Mul,
    /// `a / b`.
    Div,
    /// `-a`.
    Neg,
    /// The absolute value.
    Abs,
    /// [`math::exp`](crate::math::exp).
    Exp,
    /// [`math::minimum`](crate::math::minimum).
    Min,
    /// [`math::maximum`](crate::math::maximum).
    Max,
    /// `b` where condition `a` holds, else `c`.
    Where,
    /// Condition `a < b`.
    Less,
    /// Condition `a <= b`.
    LessEqual,
    /// Condition `a > b`.
    Greater,
    /// Condition `a >= b`.
    GreaterEqual,
    /// 1 where `a >= b`, else 0.
    SpikeGreaterEqual,
    /// 1 where `a > b`, else 0.
    SpikeGreater,
}

impl Opcode {
    /// How many operands it takes.
    pub const fn operands(self) -> usize {
        match self {
            Self::Neg | Self::Abs | Self::Exp => 1,
            Self::Where => 3,
            _ => 2,
        }
    }

    /// Whether its result is a condition, which only [`Opcode::Where`] takes.
    pub const fn is_condition(self) -> bool {
        matches!(
            self,
            Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual
        )
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "add" => Self::Add,
            "sub" => Self::Sub,
            "mul" => Self::Mul,
            "div" => Self::Div,
            "neg" => Self::Neg,
            "abs" => Self::Abs,
            "exp" => Self::Exp,
            "min" => Self::Min,
            "max" => Self::Max,
            "where" => Self::Where,
            "lt" => Self::Less,
            "le" => Self::LessEqual,
            "gt" => Self::Greater,
            "ge" => Self::GreaterEqual,
            "spike_ge" => Self::SpikeGreaterEqual,
            "spike_gt" => Self::SpikeGreater,
            _ => return None,
        })
    }
}

/// An input that a section may read; numbers are places in the program's lists of names.
///
/// ```
/// use spikelet_program::Input;
///
/// assert_ne!(Input::State(0), Input::Charged(0), "before and after the input");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// `x`: the input of this step.
    X,
    /// `s.*`: a state before the step.
    State(usize),
    /// `h.*`: a state after the input, before the reset.
    Charged(usize),
    /// `p.*`: a parameter of the step, or in section `slope` one of the surrogate.
    Param(usize),
    /// `u`: charged membrane minus threshold.
    Distance,
    /// `slope`: the surrogate's derivative at `u`.
    Slope,
    /// `g.z`: gradient of the spike.
    GradSpike,
    /// `g.*`: gradient of a state after the step.
    GradState(usize),
}

/// An output that a section gives; numbers as for [`Input`].
///
/// ```
/// use spikelet_program::{Operand, Output, Section};
///
/// let outputs = vec![(Output::Slope, Operand::Constant(1.0))];
/// let section = Section { ops: Vec::new(), outputs };
/// assert_eq!(section.output(Output::Slope), Some(Operand::Constant(1.0)));
/// assert_eq!(section.output(Output::Spike), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    /// `h.*`.
    Charged(usize),
    /// `z`.
    Spike,
    /// `s.*`: a state after the step.
    State(usize),
    /// `slope`.
    Slope,
    /// `g.x`.
    GradInput,
    /// `g.*`: gradient of a state before the step.
    GradState(usize),
    /// `gp.*`: this step's part of a parameter's gradient.
    GradParam(usize),
}

/// What an operation reads or an output is.
///
/// ```
/// use spikelet_program::{Input, Operand};
///
/// let operands = [Operand::Input(Input::X), Operand::Constant(0.5), Operand::Result(0)];
/// assert_eq!(operands[1], Operand::Constant(0.5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand {
    /// `%n`: the result of operation `n` of the same section.
    Result(usize),
    /// A float32 constant.
    Constant(f32),
    /// An input of the section.
    Input(Input),
}

/// One operation.
///
/// ```
/// use spikelet_program::{Input, Op, Opcode, Operand};
///
/// let operands = vec![Operand::Input(Input::X), Operand::Constant(0.5)];
/// let half = Op { code: Opcode::Mul, operands };
/// assert_eq!(half.operands.len(), half.code.operands());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    /// What it does.
    pub code: Opcode,
    /// What it reads; as many as [`Opcode::operands`] says.
    pub operands: Vec<Operand>,
}

/// Operations in order, and which operand each output is.
///
/// ```
/// use spikelet_program::{Input, Op, Opcode, Operand, Output, Section};
///
/// let operands = vec![Operand::Input(Input::X), Operand::Constant(0.5)];
/// let ops = vec![Op { code: Opcode::Mul, operands }];
/// let charge = Section { ops, outputs: vec![(Output::Charged(0), Operand::Result(0))] };
/// assert_eq!(charge.evaluate(|_| 3.0), [1.5]);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// The operations; each reads only results of earlier ones.
    pub ops: Vec<Op>,
    /// The outputs, in a fixed order: `h.*`; or `z`, `s.*`; or `slope`; or `g.x`, `g.*`, `gp.*`.
    pub outputs: Vec<(Output, Operand)>,
}

impl Section {
    /// The operand that an output is.
    pub fn output(&self, wanted: Output) -> Option<Operand> {
        let found = self.outputs.iter().find(|(output, _)| *output == wanted);
        found.map(|(_, operand)| *operand)
    }
}

/// A neuron's step and its derivative as data; made by [`Program::parse`], which leaves nothing to check.
///
/// ```
/// use spikelet_program::Program;
///
/// let refused = Program::parse("spikelet-program 2").unwrap_err();
/// assert!(refused.to_string().contains("line 1"), "{refused}");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// Names of the states.
    pub states: Vec<String>,
    /// The state that is compared with the threshold, as a place in `states`.
    pub membrane: usize,
    /// Names of the parameters that the step and its derivative read.
    pub step_params: Vec<String>,
    /// Names of the parameters that the surrogate's slope reads.
    pub slope_params: Vec<String>,
    /// The threshold, as a place in `step_params`.
    pub threshold: usize,
    /// From input and states to charged states.
    pub charge: Section,
    /// From charged states to spike and next states.
    pub fire: Section,
    /// From distance to the threshold to the surrogate's derivative.
    pub slope: Section,
    /// From gradients after the step to gradients before it.
    pub adjoint: Section,
}

impl Program {
    /// Whether a membrane must pass its threshold to fire, not only reach it.
    pub fn is_strict(&self) -> bool {
        let mut ops = self.fire.ops.iter();
        ops.any(|op| op.code == Opcode::SpikeGreater)
    }
}
