//! Gradients of parameters: sums over time and neurons in an order that no division into tiles or threads changes.
//!
//! A tile sums over time, neuron by neuron. For a scalar parameter, the neurons of one group of `GRAIN` are then added, and
//! at the end the groups in order; for a parameter with a number per neuron, the neurons that share it, in order.

use std::ops::Range;

use crate::isa::Isa;
use crate::rows::Grid;
use crate::tiles::GRAIN;
use crate::values::Param;

/// What the tiles have found so far.
pub(crate) struct Sums {
    /// One for each wanted parameter.
    parts: Vec<Part>,
    neurons: usize,
}

enum Part {
    /// A sum for each group of neurons.
    Scalar(usize, Vec<f64>),
    /// A sum for each neuron.
    Lanes(usize, Vec<f32>),
}

/// [`Sums`] while tiles write to them.
pub(crate) struct Shared<'a> {
    parts: Vec<SharedPart<'a>>,
}

enum SharedPart<'a> {
    Scalar(Grid<'a, f64>),
    Lanes(Grid<'a, f32>),
}

impl Part {
    fn shared(&mut self) -> SharedPart<'_> {
        match self {
            Self::Scalar(_, groups) => {
                let count = groups.len();
                SharedPart::Scalar(Grid::new(groups, count))
            }
            Self::Lanes(_, neurons) => {
                let count = neurons.len();
                SharedPart::Lanes(Grid::new(neurons, count))
            }
        }
    }
}

impl Sums {
    pub(crate) fn new(params: &[Param<'_>], wanted: &[bool], neurons: usize) -> Self {
        let wanted = params
            .iter()
            .zip(wanted)
            .enumerate()
            .filter(|(_, (_, wanted))| **wanted);
        let part = |(index, (param, _)): (usize, (&Param<'_>, _))| match param {
            Param::Scalar(_) => Part::Scalar(index, vec![0.0; neurons.div_ceil(GRAIN)]),
            Param::Lanes(_) => Part::Lanes(index, vec![0.0; neurons]),
        };
        Self {
            parts: wanted.map(part).collect(),
            neurons,
        }
    }

    pub(crate) fn shared(&mut self) -> Shared<'_> {
        Shared {
            parts: self.parts.iter_mut().map(Part::shared).collect(),
        }
    }

    /// Adds up, and gives 0 for parameters that have no gradient.
    pub(crate) fn finish(&self, grads: &mut [Option<&mut [f32]>]) {
        grads.iter_mut().flatten().for_each(|grad| grad.fill(0.0));
        for part in &self.parts {
            match part {
                Part::Scalar(index, groups) => {
                    if let Some(Some([grad])) = grads.get_mut(*index) {
                        *grad = groups.iter().sum::<f64>() as f32;
                    }
                }
                Part::Lanes(index, sums) => {
                    if let Some(Some(grad)) = grads.get_mut(*index) {
                        fold(sums, grad, self.neurons);
                    }
                }
            }
        }
    }
}

/// The sums of all neurons that share a number.
fn fold(sums: &[f32], grad: &mut [f32], neurons: usize) {
    let period = grad.len();
    if period == neurons {
        return grad.copy_from_slice(sums);
    }
    let mut wide = vec![0.0_f64; period];
    for row in sums.chunks_exact(period.max(1)) {
        wide.iter_mut()
            .zip(row)
            .for_each(|(wide, sum)| *wide += f64::from(*sum));
    }
    grad.iter_mut()
        .zip(wide)
        .for_each(|(grad, wide)| *grad = wide as f32);
}

impl Shared<'_> {
    /// Takes a tile's sums over time of the wanted parameter at `place`.
    ///
    /// # Safety
    /// Tiles do not overlap and begin at multiples of [`GRAIN`].
    pub(crate) unsafe fn put(&self, place: usize, tile: &Range<usize>, (sums, isa): (&[f32], Isa)) {
        match &self.parts[place] {
            SharedPart::Scalar(grid) => {
                let groups = tile.start / GRAIN..tile.end.div_ceil(GRAIN);
                // SAFETY: the caller's promise: a group belongs to one tile.
                let to = unsafe { grid.row(0, groups) };
                to.iter_mut()
                    .zip(sums.chunks(GRAIN))
                    .for_each(|(to, group)| *to = sum(group, isa));
            }
            // SAFETY: the caller's promise.
            SharedPart::Lanes(grid) => unsafe { grid.row(0, tile.clone()) }.copy_from_slice(sums),
        }
    }
}

fn sum(group: &[f32], isa: Isa) -> f64 {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Isa::Avx2` exists only where the machine has AVX2.
        Isa::Avx2(_) => unsafe { sum_avx2(group) },
        Isa::Portable => sum_here(group),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sum_avx2(group: &[f32]) -> f64 {
    sum_here(group)
}

/// Eight sums side by side, so that additions need not wait for each other.
#[inline(always)]
fn sum_here(group: &[f32]) -> f64 {
    let (chunks, rest) = group.as_chunks::<8>();
    let mut sums = [0.0_f64; 8];
    for chunk in chunks {
        sums.iter_mut()
            .zip(chunk)
            .for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let rest: f64 = rest.iter().map(|value| f64::from(*value)).sum();
    sums.iter().sum::<f64>() + rest
}
