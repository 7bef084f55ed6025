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

    /// The numbers if they are float32, else nothing.
    pub(crate) fn f32s(self) -> &'a [f32] {
        match self {
            Self::F32(data) => data,
            _ => &[],
        }
    }

    /// The bits of 16-bit numbers, else nothing.
    pub(crate) fn bits(self) -> &'a [u16] {
        match self {
            Self::F32(_) => &[],
            Self::F16(data) | Self::BF16(data) => data,
        }
    }

    pub(crate) fn has_format_of(&self, other: &ValuesMut<'_>) -> bool {
        matches!(
            (self, other),
            (Self::F32(_), ValuesMut::F32(_))
                | (Self::F16(_), ValuesMut::F16(_))
                | (Self::BF16(_), ValuesMut::BF16(_))
        )
    }

    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        match self {
            Self::F32(data) => Self::F32(&data[range]),
            Self::F16(data) => Self::F16(&data[range]),
            Self::BF16(data) => Self::BF16(&data[range]),
        }
    }

    /// The numbers as float32: themselves, or converted into `scratch`.
    pub(crate) fn widened<'s>(self, scratch: &'s mut [f32], isa: Isa) -> &'s [f32]
    where
        'a: 's,
    {
        let (data, format) = match self {
            Self::F32(data) => return data,
            Self::F16(data) => (data, Format::F16),
            Self::BF16(data) => (data, Format::BF16),
        };
        let scratch = &mut scratch[..data.len()];
        widen(data, scratch, format, isa);
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

    pub(crate) fn is_f32(&self) -> bool {
        matches!(self, Self::F32(_))
    }

    pub(crate) fn part(&mut self, range: Range<usize>) -> ValuesMut<'_> {
        match self {
            Self::F32(data) => ValuesMut::F32(&mut data[range]),
            Self::F16(data) => ValuesMut::F16(&mut data[range]),
            Self::BF16(data) => ValuesMut::BF16(&mut data[range]),
        }
    }

    /// Where to write the numbers as float32: themselves, or `scratch`.
    pub(crate) fn unwritten<'s>(&'s mut self, scratch: &'s mut [f32]) -> &'s mut [f32] {
        let len = self.len();
        match self {
            Self::F32(data) => data,
            Self::F16(_) | Self::BF16(_) => &mut scratch[..len],
        }
    }

    /// Ends what `unwritten` began; past the cache if `stream`, where that writes `scratch`.
    pub(crate) fn narrowed(&mut self, scratch: &[f32], stream: bool, isa: Isa) {
        match self {
            Self::F32(_) => {}
            Self::F16(data) => narrow(&scratch[..data.len()], data, (Format::F16, stream), isa),
            Self::BF16(data) => narrow(&scratch[..data.len()], data, (Format::BF16, stream), isa),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.len() * if self.is_f32() { 4 } else { 2 }
    }

    pub(crate) fn grid(&mut self, stride: usize) -> Target<'_> {
        match self {
            Self::F32(data) => Target::F32(Grid::new(data, stride)),
            Self::F16(data) => Target::F16(Grid::new(data, stride)),
            Self::BF16(data) => Target::BF16(Grid::new(data, stride)),
        }
    }

    /// Whether streaming stores may write it: whole cache lines in every row.
    pub(crate) fn is_aligned(&self, stride: usize) -> bool {
        let (address, line) = match self {
            Self::F32(data) => (data.as_ptr().addr(), 16),
            Self::F16(data) | Self::BF16(data) => (data.as_ptr().addr(), 32),
        };
        address.is_multiple_of(64) && stride.is_multiple_of(line)
    }
}

/// [`ValuesMut`] as rows whose columns several threads write.
pub(crate) enum Target<'a> {
    F32(Grid<'a, f32>),
    F16(Grid<'a, u16>),
    BF16(Grid<'a, u16>),
}

impl<'a> Target<'a> {
    /// Columns `range` of a row.
    ///
    /// # Safety
    /// As for [`Grid::row`].
    pub(crate) unsafe fn row(&self, row: usize, range: Range<usize>) -> ValuesMut<'a> {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::F32(grid) => ValuesMut::F32(grid.row(row, range)),
                Self::F16(grid) => ValuesMut::F16(grid.row(row, range)),
                Self::BF16(grid) => ValuesMut::BF16(grid.row(row, range)),
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
