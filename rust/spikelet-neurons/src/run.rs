//! Runs of a kernel: whether tensors and parameters fit, and whether results are streamed.

use spikelet_program::Output;

use crate::adjoiner::AdjointPlan;
use crate::adjoint::{Adjoint, Saved};
use crate::crew::Crew;
use crate::error::{Error, length};
use crate::isa::Isa;
use crate::kernel::{Kernel, Stores, check_kept, check_params};
use crate::scan::{Save, Scan, checkpoints};
use crate::sums::Sums;
use crate::values::Param;
use crate::{backward, forward};

/// Results of this size are streamed past the cache, in bytes; half of a common last-level cache.
const LARGE: usize = 8 << 20;

impl Kernel {
    /// Runs forward, in parallel on the rayon pool that it is called from, else on this thread.
    ///
    /// # Errors
    /// A tensor or parameter does not fit; nothing is written then.
    pub fn scan(&self, run: Scan<'_>) -> Result<(), Error> {
        self.scan_beside(None, run)
    }

    /// [`Kernel::scan`] on this thread and beside it on a crew, if there is one.
    ///
    /// This thread begins at once, where a pool's `install` would wait for one to wake up.
    ///
    /// ```
    /// # let text = include_str!("../../spikelet-program/tests/lif.txt");
    /// use std::num::NonZeroUsize;
    /// use spikelet_neurons::{Crew, Kernel, Param, Save, Scan, Values, ValuesMut};
    ///
    /// let crew = Crew::new(NonZeroUsize::MIN)?;
    /// let mut z = [f32::NAN; 2];
    /// let run = Scan {
    ///     time: 1,
    ///     neurons: 2,
    ///     x: Values::F32(&[1.0, 3.0]),
    ///     initial: &[0.0],
    ///     params: &[0.0, 2.0, 1.0, 0.0].map(Param::Scalar), // v_leak, tau, threshold, reset.to
    ///     z: ValuesMut::F32(&mut z),
    ///     last: None,
    ///     save: Save::Nothing,
    /// };
    /// Kernel::interpreted(text)?.scan_beside(Some(&crew), run)?;
    /// assert_eq!(z, [0.0, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Kernel::scan`].
    pub fn scan_beside(&self, crew: Option<&Crew>, run: Scan<'_>) -> Result<(), Error> {
        self.scan_in(Isa::detect(), crew, run)
    }

    /// The same in these instructions.
    pub(crate) fn scan_in(
        &self,
        isa: Isa,
        crew: Option<&Crew>,
        mut run: Scan<'_>,
    ) -> Result<(), Error> {
        self.check_scan(&run)?;
        let stream = self.streams(&run, isa);
        forward::Job::new(self, &mut run, stream, isa).run(crew);
        Ok(())
    }

    fn check_scan(&self, run: &Scan<'_>) -> Result<(), Error> {
        let states = self.program.states.len();
        let size = sizes(run.time, run.neurons, states)?;
        length("x", size.steps, run.x.len())?;
        check_initial(run.initial, states, size.states)?;
        length("z", size.steps, run.z.len())?;
        if let Some(last) = &run.last {
            length("last", size.states, last.len())?;
        }
        check_params("params", run.params, &self.program.step_params, run.neurons)?;
        match &run.save {
            Save::Nothing => Ok(()),
            Save::Charged(values) => length("save", size.kept, values.len()),
            Save::Some { states, values } => {
                check_kept(self, states, false)?;
                length("save", size.steps * count_kept(states), values.len())
            }
            Save::Checkpoints { every: 0, .. } => Err(Error::Every),
            Save::Checkpoints { every, states } => length(
                "save",
                checkpoints(run.time, *every) * size.states,
                states.len(),
            ),
        }
    }

    fn streams(&self, run: &Scan<'_>, isa: Isa) -> bool {
        let (is_aligned, kept) = match &run.save {
            Save::Charged(values) | Save::Some { values, .. } => (
                values.is_f32() && values.is_aligned(run.neurons),
                values.bytes(),
            ),
            _ => (true, 0),
        };
        let is_possible = isa.streams() && run.z.is_aligned(run.neurons) && is_aligned;
        is_possible && self.wants_streams(run.z.bytes() + kept)
    }

    /// Whether results of so many bytes are to be streamed where they can.
    fn wants_streams(&self, bytes: usize) -> bool {
        match self.stores {
            Stores::Auto => bytes >= LARGE,
            Stores::Plain => false,
            Stores::Streaming => true,
        }
    }
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

    /// [`Kernel::adjoint`] on this thread and a crew, as [`Kernel::scan_beside`].
    ///
    /// ```
    /// # let text = include_str!("../../spikelet-program/tests/lif.txt");
    /// use std::num::NonZeroUsize;
    /// use spikelet_neurons::{Adjoint, Crew, Kernel, Param, Saved, Values, ValuesMut};
    ///
    /// let crew = Crew::new(NonZeroUsize::MIN)?;
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
    /// Kernel::interpreted(text)?.adjoint_beside(Some(&crew), run)?;
    /// assert_eq!(grad_x, [0.5], "1 / tau of what is asked of the membrane");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Kernel::adjoint`].
    pub fn adjoint_beside(&self, crew: Option<&Crew>, run: Adjoint<'_>) -> Result<(), Error> {
        self.adjoint_in(Isa::detect(), crew, run)
    }

    /// The same in these instructions.
    pub(crate) fn adjoint_in(
        &self,
        isa: Isa,
        crew: Option<&Crew>,
        mut run: Adjoint<'_>,
    ) -> Result<(), Error> {
        self.check_adjoint(&run)?;
        let bytes = run.grad_x.bytes();
        let stream =
            isa.streams() && run.grad_x.is_aligned(run.neurons) && self.wants_streams(bytes);
        let wanted = self.wanted(&run);
        let plan = AdjointPlan::new(self, &wanted);
        let mut sums = Sums::new(run.params, &wanted, run.neurons);
        let shared = sums.shared();
        backward::Job::new(self, &mut run, (&plan, &wanted, &shared), (stream, isa)).run(crew);
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
            Saved::Some { states, values } => {
                check_kept(self, states, wanted.contains(&true))?;
                length("saved", size.steps * count_kept(states), values.len())?;
            }
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

/// How many states are kept.
pub(crate) fn count_kept(states: &[bool]) -> usize {
    states.iter().filter(|is_kept| **is_kept).count()
}

/// Whether states before the first step are one for each neuron, or one for all.
fn check_initial(initial: &[f32], states: usize, all: usize) -> Result<(), Error> {
    if initial.len() == states {
        return Ok(());
    }
    length("initial", all, initial.len())
}

/// Numbers in the tensors of a run.
struct Sizes {
    steps: usize,
    states: usize,
    kept: usize,
}

fn sizes(time: usize, neurons: usize, states: usize) -> Result<Sizes, Error> {
    let too_large = Error::Size { time, neurons };
    let steps = time.checked_mul(neurons).ok_or(too_large.clone())?;
    let kept = steps
        .checked_mul(states)
        .filter(|kept| *kept <= isize::MAX as usize / 8);
    Ok(Sizes {
        steps,
        states: neurons.checked_mul(states).ok_or(too_large.clone())?,
        kept: kept.ok_or(too_large)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;
    use crate::values::{Values, ValuesMut};

    const LIF: &str = include_str!("../../spikelet-program/tests/lif.txt");

    /// Whether a run of `neurons` whose spikes begin `shift` floats behind a cache line streams.
    fn streams(stores: Stores, neurons: usize, shift: usize) -> bool {
        let kernel = Kernel::interpreted(LIF).unwrap().with_stores(stores);
        let mut z = vec![0.0; neurons + 32];
        let first = z.as_ptr().align_offset(64) + shift;
        let run = Scan {
            time: 1,
            neurons,
            x: Values::F32(&[]),
            initial: &[],
            params: &[],
            z: ValuesMut::F32(&mut z[first..first + neurons]),
            last: None,
            save: Save::Nothing,
        };
        kernel.streams(&run, Isa::detect())
    }

    #[test]
    fn whole_cache_lines_are_streamed_when_asked_for_or_many() {
        let can = Isa::detect().streams();
        assert_eq!(streams(Stores::Streaming, 64, 0), can);
        assert_eq!(streams(Stores::Auto, 4 << 20, 0), can);
        for (stores, neurons, shift) in [
            (Stores::Streaming, 63, 0),
            (Stores::Streaming, 64, 1),
            (Stores::Auto, 64, 0),
            (Stores::Plain, 4 << 20, 0),
        ] {
            assert!(
                !streams(stores, neurons, shift),
                "{stores:?} {neurons} {shift}"
            );
        }
    }
}
