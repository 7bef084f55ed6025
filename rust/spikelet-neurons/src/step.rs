//! What the generated text implements, and how it looks to the time loops.

use std::ops::Range;

use crate::fused;
use crate::isa::Isa;
use crate::params::Params;
use crate::rows::{Rows, RowsMut};
use crate::values::{Values, ValuesMut};

/// What a derivative reads beside charged states and gradients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reads {
    /// The states before the step.
    pub(crate) state: bool,
    /// The input.
    pub(crate) input: bool,
}

/// A neuron's step with `S` states and `P` parameters, for one neuron.
///
/// Every function is `inline(always)`: the loops of [`fused`] become vector code around it.
pub(crate) trait Step<const S: usize, const P: usize>: Sync {
    const NAME: &'static str;
    /// What the derivative reads.
    const READS: Reads;
    /// What it reads when gradients of parameters are wanted too.
    const PARAMS_READ: Reads;

    fn charge(x: f32, s: [f32; S], p: [f32; P]) -> [f32; S];

    fn fire(h: [f32; S], p: [f32; P]) -> (f32, [f32; S]);

    /// Gradients of input, states before the step and parameters.
    fn adjoint(
        gz: f32,
        g: [f32; S],
        slope: f32,
        h: [f32; S],
        s: [f32; S],
        x: f32,
        p: [f32; P],
    ) -> (f32, [f32; S], [f32; P]);
}

/// A surrogate's derivative with `P` parameters.
pub(crate) trait Slope<const P: usize>: Sync {
    fn slope(u: f32, p: [f32; P]) -> f32;
}

/// One step forward of a stretch of neurons.
pub(crate) struct Forward<'a> {
    pub(crate) x: Values<'a>,
    /// The input that is read next, to be asked for meanwhile; empty where there is none.
    pub(crate) next: Values<'a>,
    pub(crate) z: ValuesMut<'a>,
    pub(crate) neurons: Neurons<'a>,
}

/// What a step forward does to its neurons.
pub(crate) struct Neurons<'a> {
    pub(crate) params: Params<'a>,
    pub(crate) states: RowsMut<'a>,
    /// No rows where nothing is kept.
    pub(crate) charged: RowsMut<'a>,
    /// Whether spikes and charged states bypass the cache.
    pub(crate) stream: bool,
}

impl Neurons<'_> {
    /// Columns of these neurons.
    pub(crate) fn part(&mut self, range: Range<usize>) -> Neurons<'_> {
        Neurons {
            params: self.params.part(range.clone()),
            states: self.states.part(range.clone()),
            charged: self.charged.part(range),
            stream: self.stream,
        }
    }

    /// The same for a shorter time.
    pub(crate) fn again(&mut self) -> Neurons<'_> {
        Neurons {
            params: self.params,
            states: self.states.again(),
            charged: self.charged.again(),
            stream: self.stream,
        }
    }
}

/// One step backward of a stretch of neurons.
pub(crate) struct Backward<'a> {
    pub(crate) grad_z: &'a [f32],
    /// Empty where it is not read.
    pub(crate) x: &'a [f32],
    pub(crate) grad_x: &'a mut [f32],
    pub(crate) around: Around<'a>,
}

/// The same with the usual surrogate, which the loop computes itself: one pass less, and one whose divisions run beside
/// the rest (half the time in the cache).
pub(crate) struct UsualBackward<'a> {
    pub(crate) grad_z: Values<'a>,
    /// Empty where it is not read.
    pub(crate) x: &'a [f32],
    pub(crate) grad_x: ValuesMut<'a>,
    pub(crate) around: Around<'a>,
    pub(crate) next: Next<'a>,
    /// Which state the surrogate looks at.
    pub(crate) membrane: usize,
    /// Which parameter of the step it compares with.
    pub(crate) threshold: usize,
}

/// What is read next on the way back, to be asked for meanwhile; empty where there is nothing, or not in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Next<'a> {
    pub(crate) grad_z: Option<Values<'a>>,
    pub(crate) charged: Rows<'a>,
}

/// What a step backward reads and writes beside its tensors.
pub(crate) struct Around<'a> {
    pub(crate) charged: Rows<'a>,
    pub(crate) earlier: Earlier<'a>,
    /// Of the step.
    pub(crate) params: Params<'a>,
    /// Of the surrogate.
    pub(crate) surrogate: Params<'a>,
    pub(crate) grads: RowsMut<'a>,
    /// One row for each wanted parameter.
    pub(crate) sums: RowsMut<'a>,
    /// Whether the gradient of the input bypasses the cache.
    pub(crate) stream: bool,
}

/// The states before a step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Earlier<'a> {
    States(Rows<'a>),
    /// What the step before charged: `fire` is done again.
    Charged(Rows<'a>),
}

/// A [`Step`] whose number of states and parameters is no part of its type.
pub(crate) trait StepKernel: Sync {
    fn name(&self) -> &'static str;

    fn forward(&self, row: Forward<'_>, isa: Isa);

    /// `slope` holds the surrogate's derivative; `wanted` says which parameters have a row of sums.
    fn backward(&self, row: Backward<'_>, slope: &[f32], wanted: &[bool], isa: Isa);

    /// The same for rows that [`fused::is_usual`] accepts.
    fn usual_backward(&self, row: UsualBackward<'_>, wanted: &[bool], isa: Isa);
}

/// A [`Slope`] whose number of parameters is no part of its type.
pub(crate) trait SlopeKernel: Sync {
    /// The derivative at each charged membrane; `params` are the surrogate's own.
    fn slope(&self, row: SlopeRow<'_>, to: &mut [f32], isa: Isa);
}

/// What a slope reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlopeRow<'a> {
    pub(crate) membrane: &'a [f32],
    /// Of the step; the threshold is one of them.
    pub(crate) step: Params<'a>,
    pub(crate) threshold: usize,
    pub(crate) surrogate: Params<'a>,
}

/// A fused step as a kernel.
#[derive(Debug)]
pub(crate) struct Fused<K, const S: usize, const P: usize>(pub(crate) K);

impl<K: Step<S, P>, const S: usize, const P: usize> StepKernel for Fused<K, S, P> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn forward(&self, row: Forward<'_>, isa: Isa) {
        fused::forward::<K, S, P>(row, isa);
    }

    fn backward(&self, row: Backward<'_>, slope: &[f32], wanted: &[bool], isa: Isa) {
        fused::backward::<K, S, P>(row, slope, wanted, isa);
    }

    fn usual_backward(&self, row: UsualBackward<'_>, wanted: &[bool], isa: Isa) {
        fused::usual_backward::<K, S, P>(row, wanted, isa);
    }
}

/// A fused slope as a kernel.
#[derive(Debug)]
pub(crate) struct FusedSlope<K, const P: usize>(pub(crate) K);

impl<K: Slope<P>, const P: usize> SlopeKernel for FusedSlope<K, P> {
    fn slope(&self, row: SlopeRow<'_>, to: &mut [f32], isa: Isa) {
        fused::slope::<K, P>(row, to, isa);
    }
}
