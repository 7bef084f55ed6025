//! The backward run: what goes in and what comes out.

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
    /// The same of some states, `[K, T, N]`.
    Some {
        /// For each state whether it was kept.
        states: &'a [bool],
        /// What was kept.
        values: Values<'a>,
    },
    /// The states before steps `every`, `2 * every`, ...: `[(T - 1) / every, S, N]`.
    Checkpoints {
        /// The distance in steps, at least 1.
        every: usize,
        /// The states.
        states: &'a [f32],
    },
}

impl Saved<'_> {
    /// Where each state lies among those that were kept; nothing where all were.
    pub(crate) fn places(&self) -> Vec<Option<usize>> {
        let Saved::Some { states, .. } = self else {
            return Vec::new();
        };
        let mut rows = 0..;
        let place = |is_kept: &bool| if *is_kept { rows.next() } else { None };
        states.iter().map(place).collect()
    }
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
    /// Input of the forward run, `[T, N]`: needed with checkpoints, and where
    /// [`Kernel::reads_input`](crate::Kernel::reads_input) says so.
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
