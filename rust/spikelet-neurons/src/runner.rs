//! One step of a stretch of neurons by whoever serves the kernel.

use spikelet_program::{Bound, Earlier as EarlierRows, Plan, Program};

use crate::isa::Isa;
use crate::kernel::{Kernel, Server, SlopeServer};
use crate::params::Params;
use crate::step::{Backward, Earlier, Forward, SlopeKernel, SlopeRow, StepKernel};

/// Neurons whose slopes are computed before the adjoint reads them: they stay in the first-level cache.
const SLOPES: usize = 512;

/// Steps forward with one set of parameters.
pub(crate) enum Stepper<'a> {
    Fused(&'a dyn StepKernel),
    Interpreter(Bound),
}

impl<'a> Stepper<'a> {
    pub(crate) fn new(kernel: &'a Kernel, params: Params<'_>, keep: bool) -> Self {
        match &kernel.server {
            Server::Fused { step, .. } => Self::Fused(*step),
            Server::Interpreter(plans) => {
                let plan = if keep { &plans.keeping } else { &plans.forward };
                Self::Interpreter(bind(plan, &[params]))
            }
        }
    }

    pub(crate) fn step(&mut self, row: Forward<'_>, isa: Isa) {
        match self {
            Self::Fused(step) => step.forward(row, isa),
            Self::Interpreter(bound) => {
                let width = row.x.len();
                let mut inputs = vec![row.x];
                extend(&mut inputs, row.params);
                let mut outputs = vec![row.z];
                outputs.extend(row.states.split());
                outputs.extend(row.charged.split());
                run(bound, width, (&inputs, &mut outputs), isa);
            }
        }
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
    pub(crate) fn new(kernel: &'a Kernel, wanted: &[bool]) -> Self {
        match &kernel.server {
            Server::Fused { step, slope } => Self::Fused { step: *step, slope },
            Server::Interpreter(_) => Self::Interpreter {
                from_states: Plan::backward(&kernel.program, wanted, EarlierRows::States),
                from_charged: Plan::backward(&kernel.program, wanted, EarlierRows::Charged),
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
                let mut inputs = vec![row.grad_z, row.x];
                inputs.extend((0..*states).map(|state| row.charged.get(state)));
                inputs.extend((0..*states).map(|state| earlier.get(state)));
                extend(&mut inputs, row.params);
                extend(&mut inputs, surrogate);
                let width = row.grad_z.len();
                let mut outputs = vec![row.grad_x];
                outputs.extend(row.grads.split());
                outputs.extend(row.sums.split());
                run(bound, width, (&inputs, &mut outputs), isa);
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
                run(bound, to.len(), (&inputs, &mut [to]), isa);
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

fn run<'a>(bound: &mut Bound, width: usize, rows: (&[&'a [f32]], &mut [&'a mut [f32]]), isa: Isa) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe { bound.run_avx2(width, rows.0, rows.1) },
        Isa::Portable => bound.run(width, rows.0, rows.1),
    }
}
