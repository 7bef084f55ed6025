//! One step forward of a stretch of neurons, by whoever serves the kernel.

use spikelet_program::Bound;

use crate::fused;
use crate::interpret::{bind, extend, run};
use crate::isa::Isa;
use crate::kernel::{Kernel, Server};
use crate::params::Params;
use crate::step::{Forward, StepKernel};
use crate::tiles::{Memory, PIECE, take};
use crate::values::{Values, ValuesMut};

/// Steps forward with one set of scalar parameters.
pub(crate) struct Stepper<'a> {
    server: Stepping<'a>,
    scratch: Memory,
}

enum Stepping<'a> {
    Fused(&'a dyn StepKernel),
    Interpreter(Bound),
}

impl<'a> Stepper<'a> {
    /// `keep` says of each state whether it is kept charged at every step to come; of none if empty.
    pub(crate) fn new(kernel: &'a Kernel, params: Params<'_>, keep: &[bool]) -> Self {
        let server = match &kernel.server {
            Server::Fused { step, .. } => Stepping::Fused(*step),
            Server::Interpreter(plans) => Stepping::Interpreter(if keep.is_empty() {
                bind(&plans.forward, &[params])
            } else {
                bind(&plans.keeping(&kernel.program, keep), &[params])
            }),
        };
        Self {
            server,
            scratch: Memory::default(),
        }
    }

    pub(crate) fn step(&mut self, row: Forward<'_>, isa: Isa) {
        let is_direct = match &self.server {
            Stepping::Fused(_) => fused::is_direct(&row, isa),
            Stepping::Interpreter(_) => row.x.is_f32() && row.z.is_f32(),
        };
        if is_direct {
            return self.server.step(row, isa);
        }
        let Forward {
            x,
            mut z,
            mut neurons,
            ..
        } = row;
        // The loop writes into the cache, and what is made of it is streamed.
        let stream = std::mem::take(&mut neurons.stream);
        let mut memory = self.scratch.floats(2 * PIECE);
        let (wide_x, wide_z) = (take(&mut memory, PIECE), take(&mut memory, PIECE));
        for start in (0..x.len()).step_by(PIECE) {
            let range = start..x.len().min(start + PIECE);
            let mut z = z.part(range.clone());
            let part = Forward {
                x: Values::F32(x.part(range.clone()).widened(wide_x, isa)),
                next: Values::F32(&[]),
                z: ValuesMut::F32(z.unwritten(wide_z)),
                neurons: neurons.part(range.clone()),
            };
            self.server.step(part, isa);
            z.narrowed(wide_z, stream, isa);
        }
    }
}

impl Stepping<'_> {
    fn step(&mut self, row: Forward<'_>, isa: Isa) {
        let bound = match self {
            Self::Fused(step) => return step.forward(row, isa),
            Self::Interpreter(bound) => bound,
        };
        let Forward {
            x: Values::F32(x),
            z: ValuesMut::F32(z),
            neurons,
            ..
        } = row
        else {
            return debug_assert!(false, "rows are float32 here");
        };
        let mut inputs = Vec::with_capacity(1 + neurons.params.len());
        inputs.push(x);
        extend(&mut inputs, neurons.params);
        let states = neurons.states.count();
        let mut outputs = Vec::with_capacity(1 + 2 * states);
        outputs.push(z);
        outputs.extend(neurons.states.split());
        outputs.extend(neurons.charged.split());
        let stream = neurons.stream;
        run(bound, x.len(), (&inputs, &mut outputs), (stream, isa));
    }
}
