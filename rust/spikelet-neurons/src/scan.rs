//! The forward run: what goes in and what comes out.

use crate::values::{Param, Values, ValuesMut};

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
    /// The same of some states, `[K, T, N]`: at least of those that [`Kernel::reads_charged`](crate::Kernel::reads_charged)
    /// names.
    Some {
        /// For each state whether it is kept.
        states: &'a [bool],
        /// Where they go.
        values: ValuesMut<'a>,
    },
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
