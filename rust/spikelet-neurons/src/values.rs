//! Tensors as the engine borrows them: raw slices of one of three number formats.

use std::ops::Range;

use crate::half::{Format, narrow, widen};
use crate::isa::Isa;
use crate::rows::Grid;

/// Numbers to read; 16-bit formats as their raw bits.
///
/// ```
/// use spikelet_neurons::Values;
///
/// assert_eq!(Values::BF16(&[0x3f80]).len(), 1);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// float32.
    F32(&'a [f32]),
    /// IEEE half precision.
    F16(&'a [u16]),
    /// bfloat16.
    BF16(&'a [u16]),
}

impl<'a> Values<'a> {
    /// How many numbers.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(data) => data.len(),
            Self::F16(data) | Self::BF16(data) => data.len(),
        }
    }

    /// Whether there is no number.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn is_f32(&self) -> bool {
        matches!(self, Self::F32(_))
    }

    /// Numbers `range` as float32: themselves, or converted into `scratch`.
    pub(crate) fn read<'s>(
        &self,
        range: Range<usize>,
        scratch: &'s mut [f32],
        isa: Isa,
    ) -> &'s [f32]
    where
        'a: 's,
    {
        let (data, format) = match self {
            Self::F32(data) => return &data[range],
            Self::F16(data) => (data, Format::F16),
            Self::BF16(data) => (data, Format::BF16),
        };
        let scratch = &mut scratch[..range.len()];
        widen(&data[range], scratch, format, isa);
        scratch
    }
}

/// Numbers to write; 16-bit formats as their raw bits, rounded to nearest even.
///
/// ```
/// use spikelet_neurons::ValuesMut;
///
/// assert_eq!(ValuesMut::F32(&mut [0.0, 1.0]).len(), 2);
/// ```
#[derive(Debug)]
pub enum ValuesMut<'a> {
    /// float32.
    F32(&'a mut [f32]),
    /// IEEE half precision.
    F16(&'a mut [u16]),
    /// bfloat16.
    BF16(&'a mut [u16]),
}

impl ValuesMut<'_> {
    /// How many numbers.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(data) => data.len(),
            Self::F16(data) | Self::BF16(data) => data.len(),
        }
    }

    /// Whether there is no number.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn grid(&mut self, stride: usize) -> Target<'_> {
        match self {
            Self::F32(data) => Target::F32(Grid::new(data, stride)),
            Self::F16(data) => Target::Half(Grid::new(data, stride), Format::F16),
            Self::BF16(data) => Target::Half(Grid::new(data, stride), Format::BF16),
        }
    }

    /// Whether streaming stores may write it: whole cache lines in every row.
    pub(crate) fn is_aligned(&self, stride: usize) -> bool {
        match self {
            Self::F32(data) => data.as_ptr().addr().is_multiple_of(64) && stride.is_multiple_of(16),
            Self::F16(_) | Self::BF16(_) => false,
        }
    }
}

/// [`ValuesMut`] as rows whose columns several threads write.
pub(crate) enum Target<'a> {
    F32(Grid<'a, f32>),
    Half(Grid<'a, u16>, Format),
}

impl Target<'_> {
    /// Writes through `fill` to columns `range` of a row: directly, or through `scratch`.
    ///
    /// # Safety
    /// As for [`Grid::row`].
    pub(crate) unsafe fn write(
        &self,
        row: usize,
        range: Range<usize>,
        scratch: &mut [f32],
        isa: Isa,
        fill: impl FnOnce(&mut [f32]),
    ) {
        match self {
            // SAFETY: the caller's promise.
            Self::F32(grid) => fill(unsafe { grid.row(row, range) }),
            Self::Half(grid, format) => {
                let scratch = &mut scratch[..range.len()];
                fill(scratch);
                // SAFETY: the caller's promise.
                narrow(scratch, unsafe { grid.row(row, range) }, *format, isa);
            }
        }
    }
}

/// A parameter: one number, or one number for each of `M` neurons, where neuron `i` takes number `i % M`.
///
/// ```
/// use spikelet_neurons::Param;
///
/// let tau = Param::Lanes(&[2.0, 3.0]);
/// assert!(matches!(tau, Param::Lanes(numbers) if numbers.len() == 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Param<'a> {
    /// The same for all neurons.
    Scalar(f32),
    /// `[M]`, where `M` divides the number of neurons.
    Lanes(&'a [f32]),
}
