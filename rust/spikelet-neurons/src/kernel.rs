//! A neuron made ready to run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use spikelet_program::{Earlier, Output, Plan, Program};

use crate::error::Error;
use crate::generated;
use crate::step::{Reads, SlopeKernel, StepKernel};
use crate::values::Param;

/// A program and what serves it: the fused step of its content, or the interpreter.
///
/// ```
/// # let text = include_str!("../../spikelet-program/tests/lif.txt");
/// use spikelet_neurons::Kernel;
///
/// let kernel = Kernel::interpreted(text)?;
/// assert_eq!(kernel.served_by(), "interpreter");
/// # Ok::<(), spikelet_neurons::Error>(())
/// ```
pub struct Kernel {
    pub(crate) program: Program,
    pub(crate) server: Server,
    pub(crate) stores: Stores,
    served_by: String,
    /// What the derivative reads, and for each parameter what its gradient reads too.
    reads: Reads,
    params_read: Vec<Reads>,
    /// For each state whether the derivative reads it charged, and whether with gradients of all parameters.
    charged_read: [Vec<bool>; 2],
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Kernel").field(&self.served_by).finish()
    }
}

/// Who runs the step.
pub(crate) enum Server {
    Fused {
        step: &'static dyn StepKernel,
        slope: SlopeServer,
    },
    Interpreter(Box<Plans>),
}

/// Who runs the surrogate of a fused step.
pub(crate) enum SlopeServer {
    Fused {
        slope: &'static dyn SlopeKernel,
        /// Whether the loops of fused steps can compute it themselves.
        is_usual: bool,
    },
    Interpreter(Plan),
}

/// What the interpreter runs.
pub(crate) struct Plans {
    pub(crate) forward: Plan,
    /// By the charged states that are kept.
    keeping: Mutex<BTreeMap<Vec<bool>, Arc<Plan>>>,
    /// By the gradients of parameters that are wanted: planning costs as much as a small run.
    backward: Mutex<BTreeMap<Vec<bool>, Arc<BackwardPlans>>>,
}

/// The derivative, from either thing that it may find the earlier states in.
pub(crate) struct BackwardPlans {
    pub(crate) from_states: Plan,
    pub(crate) from_charged: Plan,
}

impl Plans {
    fn new(program: &Program) -> Self {
        Self {
            forward: Plan::forward(program, &[]),
            keeping: Mutex::default(),
            backward: Mutex::default(),
        }
    }

    pub(crate) fn keeping(&self, program: &Program, keep: &[bool]) -> Arc<Plan> {
        let mut known = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(Plan::forward(program, keep));
        Arc::clone(known.entry(keep.to_vec()).or_insert_with(make))
    }

    pub(crate) fn backward(&self, program: &Program, wanted: &[bool]) -> Arc<BackwardPlans> {
        // Plans are whole when they get in here, whoever panicked since.
        let mut known = self.backward.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = |earlier| Plan::backward(program, wanted, earlier);
        let make = || BackwardPlans {
            from_states: plan(Earlier::States),
            from_charged: plan(Earlier::Charged),
        };
        let plans = known
            .entry(wanted.to_vec())
            .or_insert_with(|| Arc::new(make()));
        Arc::clone(plans)
    }
}

/// Whether results are stored past the cache.
///
/// ```
/// use spikelet_neurons::Stores;
///
/// assert_eq!(Stores::default(), Stores::Auto);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Stores {
    /// Where the results are too large for the cache anyway.
    #[default]
    Auto,
    /// Never.
    Plain,
    /// Wherever the memory is aligned for it.
    Streaming,
}

impl Kernel {
    /// The kernel of a program.
    ///
    /// # Arguments
    /// `text` is the program; `step_hash` and `slope_hash` are the content hashes of its step and of its surrogate.
    ///
    /// # Errors
    /// [`Error::Program`] when the text breaks a rule.
    pub fn new(text: &str, step_hash: &str, slope_hash: &str) -> Result<Self, Error> {
        let program = Program::parse(text)?;
        let Some(step) = generated::step(step_hash) else {
            return Ok(Self::with_interpreter(program));
        };
        let slope = match generated::slope(slope_hash) {
            Some(slope) => SlopeServer::Fused {
                slope,
                is_usual: slope_hash == generated::USUAL_HASH,
            },
            None => SlopeServer::Interpreter(Plan::slope(&program)),
        };
        let surrogate = match slope {
            SlopeServer::Fused { .. } => "fused",
            SlopeServer::Interpreter(_) => "interpreted",
        };
        let served_by = format!("fused {}, {surrogate} surrogate", step.name());
        Ok(Self::served(
            program,
            Server::Fused { step, slope },
            served_by,
        ))
    }

    /// The kernel of a program that the interpreter serves, whatever the program is.
    ///
    /// # Errors
    /// [`Error::Program`] when the text breaks a rule.
    pub fn interpreted(text: &str) -> Result<Self, Error> {
        Ok(Self::with_interpreter(Program::parse(text)?))
    }

    /// The same kernel with another rule for stores; results do not depend on it.
    #[must_use]
    pub fn with_stores(self, stores: Stores) -> Self {
        Self { stores, ..self }
    }

    /// Who serves: `fused ...` or `interpreter`.
    pub fn served_by(&self) -> &str {
        &self.served_by
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Whether the derivative reads the input; `wanted` says which parameters' gradients are asked for.
    pub fn reads_input(&self, wanted: &[bool]) -> bool {
        self.reads(wanted).input
    }

    /// For each state whether a derivative reads what it was charged to: the others need not be kept. `params` says
    /// whether gradients of parameters may be asked for.
    ///
    /// ```
    /// # let text = include_str!("../../spikelet-program/tests/adaptive.txt");
    /// use spikelet_neurons::Kernel;
    ///
    /// let kernel = Kernel::interpreted(text)?;
    /// // What adapts it enters linearly, but for the time constant with which it does.
    /// assert_eq!(kernel.reads_charged(false), [true, false]);
    /// assert_eq!(kernel.reads_charged(true), [true, true]);
    /// # Ok::<(), spikelet_neurons::Error>(())
    /// ```
    pub fn reads_charged(&self, params: bool) -> &[bool] {
        &self.charged_read[usize::from(params)]
    }

    /// What the derivative reads beside charged states and gradients.
    pub(crate) fn reads(&self, wanted: &[bool]) -> Reads {
        let params = wanted.iter().zip(&self.params_read);
        let params = params.filter(|(wanted, _)| **wanted);
        params.fold(self.reads, |all, (_, one)| Reads {
            state: all.state || one.state,
            input: all.input || one.input,
        })
    }

    /// Which parameters of the step have a gradient.
    pub fn learnable(&self) -> Vec<bool> {
        let has = |index| {
            self.program
                .adjoint
                .output(Output::GradParam(index))
                .is_some()
        };
        (0..self.program.step_params.len()).map(has).collect()
    }

    fn with_interpreter(program: Program) -> Self {
        let plans = Plans::new(&program);
        Self::served(
            program,
            Server::Interpreter(Box::new(plans)),
            "interpreter".to_owned(),
        )
    }

    fn served(program: Program, server: Server, served_by: String) -> Self {
        let (params, states) = (program.step_params.len(), program.states.len());
        let look = |wanted: &[bool]| {
            let plan = Plan::backward(&program, wanted, Earlier::Charged);
            let earlier = |state| plan.reads(2 + states + state);
            let reads = Reads {
                state: (0..states).any(earlier),
                input: plan.reads(1),
            };
            let charged = (0..states).map(|state| plan.reads(2 + state) || earlier(state));
            (reads, charged.collect::<Vec<bool>>())
        };
        let (reads, mut charged) = look(&[]);
        charged[program.membrane] = true;
        if matches!(server, Server::Fused { .. }) {
            // A fused step reads and writes them all.
            charged.fill(true);
        }
        let mut charged_for_params = charged.clone();
        let read_for = |index| {
            let only: Vec<bool> = (0..params).map(|other| other == index).collect();
            let (reads, charged) = look(&only);
            for (all, one) in charged_for_params.iter_mut().zip(charged) {
                *all |= one;
            }
            reads
        };
        Self {
            params_read: (0..params).map(read_for).collect(),
            charged_read: [charged, charged_for_params],
            reads,
            served_by,
            server,
            stores: Stores::Auto,
            program,
        }
    }
}

/// Checks that what is kept of each state is enough for a derivative.
pub(crate) fn check_kept(kernel: &Kernel, kept: &[bool], params: bool) -> Result<(), Error> {
    let names = &kernel.program.states;
    if kept.len() != names.len() {
        let (expected, got) = (names.len(), kept.len());
        return Err(Error::Count {
            what: "save.states",
            expected,
            got,
        });
    }
    let needed = kernel.reads_charged(params).iter().zip(kept);
    match needed
        .zip(names)
        .find(|((reads, kept), _)| **reads && !**kept)
    {
        Some((_, name)) => Err(Error::NeedsState { name: name.clone() }),
        None => Ok(()),
    }
}

/// Checks parameters against the program's names and the number of neurons.
pub(crate) fn check_params(
    what: &'static str,
    params: &[Param<'_>],
    names: &[String],
    neurons: usize,
) -> Result<(), Error> {
    if params.len() != names.len() {
        let (expected, got) = (names.len(), params.len());
        return Err(Error::Count {
            what,
            expected,
            got,
        });
    }
    for (param, name) in params.iter().zip(names) {
        if let Param::Lanes(numbers) = param {
            let got = numbers.len();
            let divides = if got == 0 {
                neurons == 0
            } else {
                neurons.is_multiple_of(got)
            };
            if !divides {
                return Err(Error::Period {
                    name: name.clone(),
                    neurons,
                    got,
                });
            }
        }
    }
    Ok(())
}
