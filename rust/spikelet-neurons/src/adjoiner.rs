//! One step backward of a stretch of neurons, by whoever serves the kernel.

use std::ops::Range;
use std::sync::Arc;

use spikelet_program::{Bound, Program};

use crate::fused;
use crate::interpret::{bind, extend, run};
use crate::isa::Isa;
use crate::kernel::{BackwardPlans, Kernel, Server, SlopeServer};
use crate::params::Params;
use crate::step::{
    Around, Backward, Earlier, Next, SlopeKernel, SlopeRow, StepKernel, UsualBackward,
};
use crate::tiles::{Memory, PIECE, take};
use crate::values::{Values, ValuesMut};

/// Neurons whose slopes are computed before the adjoint reads them: they stay in the first-level cache.
const SLOPES: usize = 512;

/// The derivative of a run, before it has parameters: plans depend on the gradients that are wanted.
pub(crate) enum AdjointPlan<'a> {
    Fused {
        step: &'a dyn StepKernel,
        slope: &'a SlopeServer,
    },
    Interpreter(Arc<BackwardPlans>),
}

impl<'a> AdjointPlan<'a> {
    pub(crate) fn new(kernel: &'a Kernel, wanted: &[bool]) -> Self {
        match &kernel.server {
            Server::Fused { step, slope } => Self::Fused { step: *step, slope },
            Server::Interpreter(plans) => {
                Self::Interpreter(plans.backward(&kernel.program, wanted))
            }
        }
    }
}

/// Steps backward with one set of scalar parameters.
pub(crate) struct Adjoiner<'a> {
    server: Adjoining<'a>,
    scratch: Memory,
}

enum Adjoining<'a> {
    Fused(Fused<'a>),
    Interpreter {
        from_states: Bound,
        from_charged: Bound,
    },
}

struct Fused<'a> {
    step: &'a dyn StepKernel,
    slope: Slopes<'a>,
    wanted: &'a [bool],
    threshold: usize,
    membrane: usize,
}

/// The surrogate of a fused step.
enum Slopes<'a> {
    Fused {
        slope: &'a dyn SlopeKernel,
        is_usual: bool,
    },
    Interpreter(Bound),
}

/// The tensors of one step, of whatever format.
pub(crate) struct Tensors<'a> {
    /// Zeros if absent.
    pub(crate) grad_z: Option<Values<'a>>,
    /// Absent where it is not read.
    pub(crate) x: Option<Values<'a>>,
    pub(crate) grad_x: ValuesMut<'a>,
    pub(crate) next: Next<'a>,
}

impl<'a> Adjoiner<'a> {
    pub(crate) fn new(
        plan: &'a AdjointPlan<'a>,
        program: &Program,
        params: [Params<'_>; 2],
        wanted: &'a [bool],
    ) -> Self {
        let server = match plan {
            AdjointPlan::Fused { step, slope } => Adjoining::Fused(Fused {
                step: *step,
                slope: match slope {
                    SlopeServer::Fused { slope, is_usual } => Slopes::Fused {
                        slope: *slope,
                        is_usual: *is_usual,
                    },
                    SlopeServer::Interpreter(plan) => Slopes::Interpreter(bind(plan, &params)),
                },
                wanted,
                threshold: program.threshold,
                membrane: program.membrane,
            }),
            AdjointPlan::Interpreter(plans) => Adjoining::Interpreter {
                from_states: bind(&plans.from_states, &params),
                from_charged: bind(&plans.from_charged, &params),
            },
        };
        Self {
            server,
            scratch: Memory::default(),
        }
    }

    pub(crate) fn step(&mut self, tensors: Tensors<'_>, mut around: Around<'_>, isa: Isa) {
        if let Adjoining::Fused(fused) = &self.server
            && let Some(grad_z) = fused.takes_whole(&tensors, &around, isa)
        {
            return fused.whole(grad_z, tensors, around, isa);
        }
        let Tensors {
            grad_z,
            x,
            mut grad_x,
            ..
        } = tensors;
        let width = grad_x.len();
        let stream = around.stream;
        // A loop that does not write the gradient itself writes into the cache.
        around.stream &= grad_x.is_f32();
        let is_f32 = grad_x.is_f32() && [grad_z, x].iter().flatten().all(Values::is_f32);
        let piece = match &self.server {
            Adjoining::Fused(_) => SLOPES,
            Adjoining::Interpreter { .. } if is_f32 && grad_z.is_some() => width.max(1),
            Adjoining::Interpreter { .. } => PIECE,
        };
        let mut memory = self.scratch.floats(4 * PIECE);
        let mut lend = || take(&mut memory, PIECE);
        let [wide_z, wide_x, wide_grad, slopes] = [lend(), lend(), lend(), lend()];
        for start in (0..width).step_by(piece) {
            let range = start..width.min(start + piece);
            let mut to = grad_x.part(range.clone());
            let row = Backward {
                grad_z: match grad_z {
                    Some(values) => values.part(range.clone()).widened(wide_z, isa),
                    None => zeros(&mut wide_z[..range.len()]),
                },
                x: x.map_or(&[], |values| {
                    values.part(range.clone()).widened(wide_x, isa)
                }),
                grad_x: to.unwritten(wide_grad),
                around: around.part(range),
            };
            match &mut self.server {
                Adjoining::Fused(fused) => fused.step(row, slopes, isa),
                Adjoining::Interpreter {
                    from_states,
                    from_charged,
                } => match row.around.earlier {
                    Earlier::States(_) => interpret(from_states, row, isa),
                    Earlier::Charged(_) => interpret(from_charged, row, isa),
                },
            }
            to.narrowed(wide_grad, stream, isa);
        }
    }
}

fn zeros(row: &mut [f32]) -> &[f32] {
    row.fill(0.0);
    row
}

fn interpret(bound: &mut Bound, row: Backward<'_>, isa: Isa) {
    let Backward {
        grad_z,
        x,
        grad_x,
        around,
    } = row;
    let (Earlier::States(earlier) | Earlier::Charged(earlier)) = around.earlier;
    let states = around.grads.count();
    let mut inputs =
        Vec::with_capacity(2 + 2 * states + around.params.len() + around.surrogate.len());
    inputs.extend([grad_z, x]);
    inputs.extend((0..states).map(|state| around.charged.get(state)));
    inputs.extend((0..states).map(|state| earlier.get(state)));
    extend(&mut inputs, around.params);
    extend(&mut inputs, around.surrogate);
    let mut outputs = Vec::with_capacity(1 + states + around.sums.count());
    outputs.push(grad_x);
    outputs.extend(around.grads.split());
    outputs.extend(around.sums.split());
    let stream = around.stream;
    run(bound, grad_z.len(), (&inputs, &mut outputs), (stream, isa));
}

impl Fused<'_> {
    /// The gradient of the spikes, where a row can be done in one pass as it is.
    fn takes_whole<'t>(
        &self,
        tensors: &Tensors<'t>,
        around: &Around<'_>,
        isa: Isa,
    ) -> Option<Values<'t>> {
        let is_usual = matches!(self.slope, Slopes::Fused { is_usual: true, .. });
        let reads_only_f32 = tensors.x.is_none_or(|x| x.is_f32());
        let grad_z = tensors.grad_z?;
        let is_possible = is_usual
            && reads_only_f32
            && grad_z.has_format_of(&tensors.grad_x)
            && fused::is_usual([&around.params, &around.surrogate], isa);
        is_possible.then_some(grad_z)
    }

    fn whole(&self, grad_z: Values<'_>, tensors: Tensors<'_>, around: Around<'_>, isa: Isa) {
        let row = UsualBackward {
            grad_z,
            x: match tensors.x {
                Some(Values::F32(x)) => x,
                _ => &[],
            },
            grad_x: tensors.grad_x,
            around,
            next: tensors.next,
            membrane: self.membrane,
            threshold: self.threshold,
        };
        self.step.usual_backward(row, self.wanted, isa);
    }

    fn step(&mut self, row: Backward<'_>, slopes: &mut [f32], isa: Isa) {
        let to = &mut slopes[..row.grad_z.len()];
        let read = SlopeRow {
            membrane: row.around.charged.get(self.membrane),
            step: row.around.params,
            threshold: self.threshold,
            surrogate: row.around.surrogate,
        };
        match &mut self.slope {
            Slopes::Fused { slope, .. } => slope.slope(read, to, isa),
            Slopes::Interpreter(bound) => {
                let mut inputs = vec![read.membrane];
                extend(&mut inputs, read.step);
                extend(&mut inputs, read.surrogate);
                run(bound, to.len(), (&inputs, &mut [&mut *to]), (false, isa));
            }
        }
        self.step.backward(row, to, self.wanted, isa);
    }
}

impl Around<'_> {
    /// The same for columns of these neurons.
    pub(crate) fn part(&mut self, range: Range<usize>) -> Around<'_> {
        let earlier = match self.earlier {
            Earlier::States(rows) => Earlier::States(rows.part(range.clone())),
            Earlier::Charged(rows) => Earlier::Charged(rows.part(range.clone())),
        };
        Around {
            charged: self.charged.part(range.clone()),
            earlier,
            params: self.params.part(range.clone()),
            surrogate: self.surrogate.part(range.clone()),
            grads: self.grads.part(range.clone()),
            sums: self.sums.part(range),
            stream: self.stream,
        }
    }
}
