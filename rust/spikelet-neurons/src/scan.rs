//! The forward run: what goes in, what comes out, and whether it fits.

use rayon::ThreadPool;

use crate::error::{Error, length};
use crate::forward::Job;
use crate::isa::Isa;
use crate::kernel::{Kernel, Stores, check_params};
use crate::values::{Param, Values, ValuesMut};

/// Results of this size are streamed past the cache, in bytes; half of a common last-level cache.
pub(crate) const LARGE: usize = 8 << 20;

/// What a forward run keeps for its backward run.
///
/// ```
/// use spikelet_neurons::Save;
///
/// assert!(matches!(Save::default(), Save::Nothing));
/// ```
#[derive(Debug, Default)]
pub enum Save<'a> {
    /// Nothing: there will be none.
    #[default]
    Nothing,
    /// Every charged state, `[S, T, N]`; in 16 bits at half the memory and with gradients as exact as that.
    Charged(ValuesMut<'a>),
    /// The states before steps `every`, `2 * every`, ...: `[(T - 1) / every, S, N]`. The backward run needs `x`.
    Checkpoints {
        /// The distance in steps, at least 1.
        every: usize,
        /// Where they go.
        states: &'a mut [f32],
    },
}

/// A forward run over `[T, N]`; what is written may hold anything before.
///
/// ```
/// # let text = include_str!("../../spikelet-program/tests/lif.txt");
/// use spikelet_neurons::{Kernel, Param, Save, Scan, Values, ValuesMut};
///
/// let (mut z, mut last) = ([f32::NAN; 2], [f32::NAN; 2]);
/// Kernel::interpreted(text)?.scan(Scan {
///     time: 1,
///     neurons: 2,
///     x: Values::F32(&[1.0, 3.0]),
///     initial: &[0.0; 2],
///     params: &[0.0, 2.0, 1.0, 0.0].map(Param::Scalar), // v_leak, tau, threshold, reset.to
///     z: ValuesMut::F32(&mut z),
///     last: Some(&mut last),
///     save: Save::Nothing,
/// })?;
/// assert_eq!((z, last), ([0.0, 1.0], [0.5, 0.0]));
/// # Ok::<(), spikelet_neurons::Error>(())
/// ```
#[derive(Debug)]
pub struct Scan<'a> {
    /// Time steps, `T`.
    pub time: usize,
    /// Neurons, `N`.
    pub neurons: usize,
    /// Input, `[T, N]`.
    pub x: Values<'a>,
    /// States before the first step, `[S, N]`, or `[S]` where all neurons begin alike.
    pub initial: &'a [f32],
    /// Parameters of the step in the program's order.
    pub params: &'a [Param<'a>],
    /// Spikes, `[T, N]`; written.
    pub z: ValuesMut<'a>,
    /// States after the last step, `[S, N]`; written. None where nobody asks for them.
    pub last: Option<&'a mut [f32]>,
    /// What is kept; written.
    pub save: Save<'a>,
}

/// How many checkpoints lie inside `time` steps; the initial states are none of them.
///
/// ```
/// use spikelet_neurons::checkpoints;
///
/// assert_eq!([0, 1, 16, 17, 33].map(|time| checkpoints(time, 16)), [0, 0, 0, 1, 2]);
/// ```
pub const fn checkpoints(time: usize, every: usize) -> usize {
    match time.saturating_sub(1).checked_div(every) {
        Some(count) => count,
        None => 0,
    }
}

impl Kernel {
    /// Runs forward, in parallel on the rayon pool that it is called from, else on this thread.
    ///
    /// # Errors
    /// A tensor or parameter does not fit; nothing is written then.
    pub fn scan(&self, run: Scan<'_>) -> Result<(), Error> {
        self.scan_beside(None, run)
    }

    /// [`Kernel::scan`] on this thread, and beside it on the threads of a pool that is not its own.
    ///
    /// This thread begins at once, where [`ThreadPool::install`] would wait for one to wake up.
    ///
    /// ```
    /// # let text = include_str!("../../spikelet-program/tests/lif.txt");
    /// use spikelet_neurons::{Kernel, Param, Save, Scan, Values, ValuesMut};
    ///
    /// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
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
    /// Kernel::interpreted(text)?.scan_beside(Some(&pool), run)?;
    /// assert_eq!(z, [0.0, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Kernel::scan`].
    pub fn scan_beside(&self, pool: Option<&ThreadPool>, mut run: Scan<'_>) -> Result<(), Error> {
        self.check_scan(&run)?;
        let isa = Isa::detect();
        let stream = self.streams(&run, isa);
        Job::new(self, &mut run, stream, isa).run(pool);
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
            Save::Charged(values) => (
                values.is_f32() && values.is_aligned(run.neurons),
                values.bytes(),
            ),
            _ => (true, 0),
        };
        let is_possible = isa.streams() && run.z.is_aligned(run.neurons) && is_aligned;
        is_possible && self.wants_streams(run.z.bytes() + kept)
    }

    /// Whether results of so many bytes are to be streamed where they can.
    pub(crate) fn wants_streams(&self, bytes: usize) -> bool {
        match self.stores {
            Stores::Auto => bytes >= LARGE,
            Stores::Plain => false,
            Stores::Streaming => true,
        }
    }
}

/// Whether states before the first step are one for each neuron, or one for all.
pub(crate) fn check_initial(initial: &[f32], states: usize, all: usize) -> Result<(), Error> {
    if initial.len() == states {
        return Ok(());
    }
    length("initial", all, initial.len())
}

/// Numbers in the tensors of a run.
pub(crate) struct Sizes {
    pub(crate) steps: usize,
    pub(crate) states: usize,
    pub(crate) kept: usize,
}

pub(crate) fn sizes(time: usize, neurons: usize, states: usize) -> Result<Sizes, Error> {
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
