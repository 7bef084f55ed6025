//! The backward run: what goes in, what comes out, and whether it fits.

use rayon::ThreadPool;
use spikelet_program::Output;

use crate::adjoiner::AdjointPlan;
use crate::backward::Job;
use crate::error::{Error, length};
use crate::isa::Isa;
use crate::kernel::{Kernel, check_params};
use crate::scan::{check_initial, checkpoints, sizes};
use crate::sums::Sums;
use crate::values::{Param, Values, ValuesMut};

/// What a forward run kept.
///
/// ```
/// use spikelet_neurons::{Saved, Values};
///
/// let kept = [0.5; 4];
/// assert!(matches!(Saved::Charged(Values::F32(&kept)), Saved::Charged(_)));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Saved<'a> {
    /// Every charged state, `[S, T, N]`.
    Charged(Values<'a>),
    /// The states before steps `every`, `2 * every`, ...: `[(T - 1) / every, S, N]`.
    Checkpoints {
        /// The distance in steps, at least 1.
        every: usize,
        /// The states.
        states: &'a [f32],
    },
}

/// A backward run over `[T, N]`; what is written may hold anything before.
///
/// ```
/// # let text = include_str!("../../spikelet-program/tests/lif.txt");
/// use spikelet_neurons::{Adjoint, Kernel, Param, Saved, Values, ValuesMut};
///
/// let mut grad_x = [f32::NAN; 2];
/// Kernel::interpreted(text)?.adjoint(Adjoint {
///     time: 1,
///     neurons: 2,
///     grad_z: None,
///     grad_last: Some(&[1.0, 0.0]),
///     saved: Saved::Charged(Values::F32(&[0.0; 2])),
///     x: None,
///     initial: &[0.0; 2],
///     params: &[0.0, 2.0, 1.0, 0.0].map(Param::Scalar), // v_leak, tau, threshold, reset.to
///     slope_params: &[1.0, 1.0].map(Param::Scalar),
///     grad_x: ValuesMut::F32(&mut grad_x),
///     grad_initial: None,
///     grad_params: &mut [None, None, None, None],
/// })?;
/// assert_eq!(grad_x, [0.5, 0.0], "1 / tau of what is asked of the membrane");
/// # Ok::<(), spikelet_neurons::Error>(())
/// ```
#[derive(Debug)]
pub struct Adjoint<'a> {
    /// Time steps, `T`.
    pub time: usize,
    /// Neurons, `N`.
    pub neurons: usize,
    /// Gradient of the spikes, `[T, N]`; zeros if absent.
    pub grad_z: Option<Values<'a>>,
    /// Gradient of the last states, `[S, N]`; zeros if absent.
    pub grad_last: Option<&'a [f32]>,
    /// What the forward run kept.
    pub saved: Saved<'a>,
    /// Input of the forward run, `[T, N]`: needed with checkpoints, and where [`Kernel::reads_input`] says so.
    pub x: Option<Values<'a>>,
    /// States before the first step, `[S, N]`, or `[S]` where all neurons began alike.
    pub initial: &'a [f32],
    /// Parameters of the step in the program's order.
    pub params: &'a [Param<'a>],
    /// Parameters of the surrogate in the program's order.
    pub slope_params: &'a [Param<'a>],
    /// Gradient of the input, `[T, N]`; written.
    pub grad_x: ValuesMut<'a>,
    /// Gradient of the initial states, `[S, N]`; written if present.
    pub grad_initial: Option<&'a mut [f32]>,
    /// For each parameter of the step its gradient, if it is wanted: 1 number for a scalar, else `[M]`; written.
    pub grad_params: &'a mut [Option<&'a mut [f32]>],
}

impl Kernel {
    /// Runs backward, in parallel on the rayon pool that it is called from, else on this thread.
    ///
    /// Gradients of parameters are summed in a fixed order: they do not depend on the number of threads.
    ///
    /// # Errors
    /// A tensor or parameter does not fit, or `x` is needed and absent; nothing is written then.
    pub fn adjoint(&self, run: Adjoint<'_>) -> Result<(), Error> {
        self.adjoint_beside(None, run)
    }

    /// [`Kernel::adjoint`] on this thread and those of a pool, as [`Kernel::scan_beside`].
    ///
    /// ```
    /// # let text = include_str!("../../spikelet-program/tests/lif.txt");
    /// use spikelet_neurons::{Adjoint, Kernel, Param, Saved, Values, ValuesMut};
    ///
    /// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
    /// let mut grad_x = [f32::NAN];
    /// let run = Adjoint {
    ///     time: 1,
    ///     neurons: 1,
    ///     grad_z: None,
    ///     grad_last: Some(&[1.0]),
    ///     saved: Saved::Charged(Values::F32(&[0.0])),
    ///     x: None,
    ///     initial: &[0.0],
    ///     params: &[0.0, 2.0, 1.0, 0.0].map(Param::Scalar), // v_leak, tau, threshold, reset.to
    ///     slope_params: &[1.0, 1.0].map(Param::Scalar),
    ///     grad_x: ValuesMut::F32(&mut grad_x),
    ///     grad_initial: None,
    ///     grad_params: &mut [None, None, None, None],
    /// };
    /// Kernel::interpreted(text)?.adjoint_beside(Some(&pool), run)?;
    /// assert_eq!(grad_x, [0.5], "1 / tau of what is asked of the membrane");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Kernel::adjoint`].
    pub fn adjoint_beside(
        &self,
        pool: Option<&ThreadPool>,
        mut run: Adjoint<'_>,
    ) -> Result<(), Error> {
        self.check_adjoint(&run)?;
        let isa = Isa::detect();
        let bytes = run.grad_x.bytes();
        let stream =
            isa.streams() && run.grad_x.is_aligned(run.neurons) && self.wants_streams(bytes);
        let wanted = self.wanted(&run);
        let plan = AdjointPlan::new(self, &wanted);
        let mut sums = Sums::new(run.params, &wanted, run.neurons);
        let shared = sums.shared();
        Job::new(self, &mut run, (&plan, &wanted, &shared), (stream, isa)).run(pool);
        sums.finish(run.grad_params);
        Ok(())
    }

    /// The parameters whose gradients are asked for and exist.
    fn wanted(&self, run: &Adjoint<'_>) -> Vec<bool> {
        let exists = |index| {
            self.program
                .adjoint
                .output(Output::GradParam(index))
                .is_some()
        };
        let asked = run.grad_params.iter().enumerate();
        asked
            .map(|(index, grad)| grad.is_some() && exists(index))
            .collect()
    }

    fn check_adjoint(&self, run: &Adjoint<'_>) -> Result<(), Error> {
        let size = sizes(run.time, run.neurons, self.program.states.len())?;
        length(
            "grad_z",
            size.steps,
            run.grad_z.map_or(size.steps, |grad| grad.len()),
        )?;
        length(
            "grad_last",
            size.states,
            run.grad_last.map_or(size.states, <[f32]>::len),
        )?;
        length("x", size.steps, run.x.map_or(size.steps, |x| x.len()))?;
        check_initial(run.initial, self.program.states.len(), size.states)?;
        length("grad_x", size.steps, run.grad_x.len())?;
        length(
            "grad_initial",
            size.states,
            run.grad_initial
                .as_ref()
                .map_or(size.states, |grad| grad.len()),
        )?;
        check_params("params", run.params, &self.program.step_params, run.neurons)?;
        check_params(
            "slope_params",
            run.slope_params,
            &self.program.slope_params,
            run.neurons,
        )?;
        if run.grad_params.len() != run.params.len() {
            let (expected, got) = (run.params.len(), run.grad_params.len());
            return Err(Error::Count {
                what: "grad_params",
                expected,
                got,
            });
        }
        for (param, grad) in run.params.iter().zip(run.grad_params.iter()) {
            let expected = match param {
                Param::Scalar(_) => 1,
                Param::Lanes(numbers) => numbers.len(),
            };
            length(
                "grad_params",
                expected,
                grad.as_ref().map_or(expected, |grad| grad.len()),
            )?;
        }
        let wanted: Vec<bool> = run.grad_params.iter().map(Option::is_some).collect();
        match run.saved {
            Saved::Charged(values) => length("saved", size.kept, values.len())?,
            Saved::Checkpoints { every: 0, .. } => return Err(Error::Every),
            Saved::Checkpoints { every, states } => {
                length(
                    "saved",
                    checkpoints(run.time, every) * size.states,
                    states.len(),
                )?;
            }
        }
        let needs_input =
            matches!(run.saved, Saved::Checkpoints { .. }) || self.reads_input(&wanted);
        if needs_input && run.x.is_none() {
            return Err(Error::NeedsInput);
        }
        Ok(())
    }
}
