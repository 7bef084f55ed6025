//! The plain meaning of a section, on single numbers.

use alloc::vec::Vec;

use crate::math::{exp, maximum, minimum};
use crate::program::{Input, Opcode, Operand, Section};

impl Section {
    /// The outputs in order, for one neuron whose inputs `input` gives.
    ///
    /// Every other way to run a program must give the same bits.
    pub fn evaluate(&self, input: impl Fn(Input) -> f32) -> Vec<f32> {
        let mut results = Vec::with_capacity(self.ops.len());
        for op in &self.ops {
            let at = |place: usize| value(op.operands[place], &results, &input);
            results.push(op.code.of(at));
        }
        let outputs = self.outputs.iter();
        outputs
            .map(|(_, operand)| value(*operand, &results, &input))
            .collect()
    }
}

impl Opcode {
    /// The operation on single numbers.
    pub(crate) fn of(self, at: impl Fn(usize) -> f32) -> f32 {
        match self {
            Self::Add => at(0) + at(1),
            Self::Sub => at(0) - at(1),
            Self::Mul => at(0) * at(1),
            Self::Div => at(0) / at(1),
            Self::Neg => -at(0),
            Self::Abs => at(0).abs(),
            Self::Exp => exp(at(0)),
            Self::Min => minimum(at(0), at(1)),
            Self::Max => maximum(at(0), at(1)),
            Self::Where => {
                if at(0) == 0.0 {
                    at(2)
                } else {
                    at(1)
                }
            }
            Self::Less => truth(at(0) < at(1)),
            Self::LessEqual => truth(at(0) <= at(1)),
            Self::Greater | Self::SpikeGreater => truth(at(0) > at(1)),
            Self::GreaterEqual | Self::SpikeGreaterEqual => truth(at(0) >= at(1)),
        }
    }
}

fn value(operand: Operand, results: &[f32], input: impl Fn(Input) -> f32) -> f32 {
    match operand {
        Operand::Result(index) => results[index],
        Operand::Constant(constant) => constant,
        Operand::Input(name) => input(name),
    }
}

fn truth(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}
