//! One step of a stretch of neurons by whoever serves the kernel.

use std::ops::Range;

use spikelet_program::{BLOCK, Bound, Earlier as EarlierRows, Host, Plan, Program, Rows as InOut};

use crate::fused;
use crate::isa::{self, Isa};
use crate::kernel::{Kernel, Server, SlopeServer};
use crate::params::Params;
use crate::step::{Backward, Earlier, Forward, SlopeKernel, SlopeRow, StepKernel};

/// Neurons whose slopes are computed before the adjoint reads them: they stay in the first-level cache.
const SLOPES: usize = 512;

/// Steps forward with one set of scalar parameters.
pub(crate) enum Stepper<'a> {
    Fused(&'a dyn StepKernel),
    Interpreter(Bound),
}

impl<'a> Stepper<'a> {
    /// Keeps charged states or not, streams results or not, as every row of its steps says.
    pub(crate) fn new(kernel: &'a Kernel, params: Params<'_>, keep: bool, stream: bool) -> Self {
        match &kernel.server {
            Server::Fused { step, .. } => Self::Fused(*step),
            Server::Interpreter(_) if stream => {
                let plan = Plan::forward(&kernel.program, keep, true);
                Self::Interpreter(bind(&plan, &[params]))
            }
            Server::Interpreter(plans) => {
                let plan = if keep { &plans.keeping } else { &plans.forward };
                Self::Interpreter(bind(plan, &[params]))
            }
        }
    }

    pub(crate) fn step(&mut self, row: Forward<'_>, isa: Isa) {
        let bound = match self {
            Self::Fused(step) => return step.forward(row, isa),
            Self::Interpreter(bound) => bound,
        };
        let (width, states) = (row.x.len(), row.states.count());
        let mut inputs = Vec::with_capacity(1 + row.params.len());
        inputs.push(row.x);
        extend(&mut inputs, row.params);
        let (mut rows, mut outputs) = (Vec::new(), Vec::with_capacity(1 + 2 * states));
        let (z, charged) = (row.z, row.charged.split());
        let states = row.states.split();
        if row.stream {
            rows.push(z);
            outputs.push(&mut [][..]);
            outputs.extend(states);
            rows.extend(outputs.iter().skip(1).map(|_| &mut [][..]));
            rows.extend(charged);
        } else {
            outputs.push(z);
            outputs.extend(states);
            outputs.extend(charged);
        }
        let mut host = Streams {
            rows,
            ahead: &[row.x],
            isa,
        };
        run(bound, width, (&inputs, &mut outputs), &mut host, isa);
    }
}

/// Streams what a plan hands over, and fetches its inputs a block ahead: the loops of a plan read memory one after
/// another, so that unlike in a fused loop nothing else would hide the way.
struct Streams<'a, 'b> {
    rows: Vec<&'b mut [f32]>,
    ahead: &'a [&'b [f32]],
    isa: Isa,
}

impl Host for Streams<'_, '_> {
    fn begin(&mut self, neurons: Range<usize>) {
        for row in self.ahead {
            isa::prefetch(
                row.get(neurons.end..row.len().min(neurons.end + BLOCK))
                    .unwrap_or_default(),
            );
        }
    }

    fn take(&mut self, output: usize, neuron: usize, numbers: &[f32]) {
        let to = &mut self.rows[output][neuron..neuron + numbers.len()];
        fused::stream(numbers, to, self.isa);
    }
}

/// Steps backward with one set of parameters.
pub(crate) enum Adjoint<'a> {
    Fused {
        step: &'a dyn StepKernel,
        slope: Slopes<'a>,
        wanted: &'a [bool],
        threshold: usize,
        membrane: usize,
    },
    Interpreter {
        from_states: Bound,
        from_charged: Bound,
        states: usize,
    },
}

/// The surrogate of a fused step.
pub(crate) enum Slopes<'a> {
    Fused(&'a dyn SlopeKernel),
    Interpreter(Bound),
}

/// The derivative of a run, before it has parameters: plans depend on the gradients that are wanted.
pub(crate) enum AdjointPlan<'a> {
    Fused {
        step: &'a dyn StepKernel,
        slope: &'a SlopeServer,
    },
    Interpreter {
        from_states: Plan,
        from_charged: Plan,
    },
}

impl<'a> AdjointPlan<'a> {
    pub(crate) fn new(kernel: &'a Kernel, wanted: &[bool], stream: bool) -> Self {
        match &kernel.server {
            Server::Fused { step, slope } => Self::Fused { step: *step, slope },
            Server::Interpreter(_) => Self::Interpreter {
                from_states: Plan::backward(&kernel.program, wanted, EarlierRows::States, stream),
                from_charged: Plan::backward(&kernel.program, wanted, EarlierRows::Charged, stream),
            },
        }
    }
}

impl<'a> Adjoint<'a> {
    pub(crate) fn new(
        plan: &'a AdjointPlan<'a>,
        program: &Program,
        params: [Params<'_>; 2],
        wanted: &'a [bool],
    ) -> Self {
        match plan {
            AdjointPlan::Fused { step, slope } => Self::Fused {
                step: *step,
                slope: match slope {
                    SlopeServer::Fused(slope) => Slopes::Fused(*slope),
                    SlopeServer::Interpreter(plan) => Slopes::Interpreter(bind(plan, &params)),
                },
                wanted,
                threshold: program.threshold,
                membrane: program.membrane,
            },
            AdjointPlan::Interpreter {
                from_states,
                from_charged,
            } => Self::Interpreter {
                from_states: bind(from_states, &params),
                from_charged: bind(from_charged, &params),
                states: program.states.len(),
            },
        }
    }

    pub(crate) fn step(&mut self, mut row: Backward<'_>, surrogate: Params<'_>, isa: Isa) {
        match self {
            Self::Interpreter {
                from_states,
                from_charged,
                states,
            } => {
                let (bound, earlier) = match row.earlier {
                    Earlier::States(rows) => (from_states, rows),
                    Earlier::Charged(rows) => (from_charged, rows),
                };
                let mut inputs =
                    Vec::with_capacity(2 + 2 * *states + row.params.len() + surrogate.len());
                inputs.extend([row.grad_z, row.x]);
                inputs.extend((0..*states).map(|state| row.charged.get(state)));
                inputs.extend((0..*states).map(|state| earlier.get(state)));
                extend(&mut inputs, row.params);
                extend(&mut inputs, surrogate);
                let width = row.grad_z.len();
                let (mut rows, mut outputs) = (Vec::new(), Vec::with_capacity(1 + *states));
                if row.stream {
                    rows.push(row.grad_x);
                    outputs.push(&mut [][..]);
                } else {
                    outputs.push(row.grad_x);
                }
                outputs.extend(row.grads.split());
                outputs.extend(row.sums.split());
                let mut host = Streams {
                    rows,
                    ahead: &inputs[..2 + *states],
                    isa,
                };
                run(bound, width, (&inputs, &mut outputs), &mut host, isa);
            }
            Self::Fused {
                step,
                slope,
                wanted,
                threshold,
                membrane,
            } => {
                let width = row.grad_z.len();
                let mut slopes = Aligned([0.0; SLOPES]);
                for start in (0..width).step_by(SLOPES) {
                    let range = start..width.min(start + SLOPES);
                    let to = &mut slopes.0[..range.len()];
                    let part = row.part(range.clone());
                    let read = SlopeRow {
                        membrane: part.charged.get(*membrane),
                        step: part.params,
                        threshold: *threshold,
                        surrogate: surrogate.part(range),
                    };
                    slope.compute(read, to, isa);
                    step.backward(part, to, wanted, isa);
                }
            }
        }
    }
}

#[repr(align(64))]
struct Aligned([f32; SLOPES]);

impl Slopes<'_> {
    fn compute(&mut self, row: SlopeRow<'_>, to: &mut [f32], isa: Isa) {
        match self {
            Self::Fused(slope) => slope.slope(row, to, isa),
            Self::Interpreter(bound) => {
                let mut inputs = vec![row.membrane];
                extend(&mut inputs, row.step);
                extend(&mut inputs, row.surrogate);
                run(bound, to.len(), (&inputs, &mut [to]), &mut (), isa);
            }
        }
    }
}

impl Backward<'_> {
    /// The same step for columns of these neurons.
    fn part(&mut self, range: std::ops::Range<usize>) -> Backward<'_> {
        let earlier = match self.earlier {
            Earlier::States(rows) => Earlier::States(rows.part(range.clone())),
            Earlier::Charged(rows) => Earlier::Charged(rows.part(range.clone())),
        };
        Backward {
            grad_z: &self.grad_z[range.clone()],
            x: self.x.get(range.clone()).unwrap_or_default(),
            charged: self.charged.part(range.clone()),
            earlier,
            params: self.params.part(range.clone()),
            grad_x: &mut self.grad_x[range.clone()],
            grads: self.grads.part(range.clone()),
            sums: self.sums.part(range),
            stream: self.stream,
        }
    }
}

fn bind(plan: &Plan, params: &[Params<'_>]) -> Bound {
    let scalar =
        |params: &Params<'_>, index| params.row(index).is_empty().then(|| params.scalar(index));
    let all = params
        .iter()
        .flat_map(|params| (0..params.len()).map(|index| scalar(params, index)));
    plan.bind(&all.collect::<Vec<_>>())
}

fn extend<'a>(inputs: &mut Vec<&'a [f32]>, params: Params<'a>) {
    inputs.extend((0..params.len()).map(|index| params.row(index)));
}

fn run(bound: &mut Bound, width: usize, rows: InOut<'_, '_>, host: &mut dyn Host, isa: Isa) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe { bound.run_avx2(width, rows, host) },
        Isa::Portable => bound.run(width, rows, host),
    }
}
