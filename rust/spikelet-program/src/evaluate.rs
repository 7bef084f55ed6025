//! The plain meaning of a section, on single numbers.

use alloc::vec::Vec;

use crate::math::{exp, maximum, minimum};
use crate::program::{Input, Op, Opcode, Operand, Section};

impl Section {
    /// The outputs in order, for one neuron whose inputs `input` gives.
    ///
    /// Every other way to run a program must give the same bits.
    pub fn evaluate(&self, input: impl Fn(Input) -> f32) -> Vec<f32> {
        let mut results = Vec::with_capacity(self.ops.len());
        for op in &self.ops {
            results.push(apply(op, |operand| value(operand, &results, &input)));
        }
        let outputs = self.outputs.iter();
        outputs
            .map(|(_, operand)| value(*operand, &results, &input))
            .collect()
    }
}

fn value(operand: Operand, results: &[f32], input: impl Fn(Input) -> f32) -> f32 {
    match operand {
        Operand::Result(index) => results[index],
        Operand::Constant(constant) => constant,
        Operand::Input(name) => input(name),
    }
}

fn apply(op: &Op, value: impl Fn(Operand) -> f32) -> f32 {
    let at = |place: usize| value(op.operands[place]);
    match op.code {
        Opcode::Add => at(0) + at(1),
        Opcode::Sub => at(0) - at(1),
        Opcode::Mul => at(0) * at(1),
        Opcode::Div => at(0) / at(1),
        Opcode::Neg => -at(0),
        Opcode::Abs => at(0).abs(),
        Opcode::Exp => exp(at(0)),
        Opcode::Min => minimum(at(0), at(1)),
        Opcode::Max => maximum(at(0), at(1)),
        Opcode::Where => {
            if at(0) == 0.0 {
                at(2)
            } else {
                at(1)
            }
        }
        Opcode::Less => truth(at(0) < at(1)),
        Opcode::LessEqual => truth(at(0) <= at(1)),
        Opcode::Greater | Opcode::SpikeGreater => truth(at(0) > at(1)),
        Opcode::GreaterEqual | Opcode::SpikeGreaterEqual => truth(at(0) >= at(1)),
    }
}

fn truth(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}
