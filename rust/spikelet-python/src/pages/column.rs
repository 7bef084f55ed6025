//! One column: on the heap while it is short, else in a mapping of its own.

use numpy::ndarray::ArrayView1;
use numpy::{Element, IntoPyArray, PyArray1};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use super::mapped::Mapped;
use super::shelf::{self, Cell};

/// Shorter columns, in bytes, are sooner cleared than looked for.
const LEAST_MAPPED: usize = 1 << 16;

fn is_long<T>(len: usize) -> bool {
    len.saturating_mul(size_of::<T>()) >= LEAST_MAPPED
}

pub(crate) enum Column<T: Cell> {
    Heap(Vec<T>),
    Mapped(Mapped<T>),
}

impl<T: Cell> Column<T> {
    pub(crate) fn of(len: usize) -> Self {
        Self::mapped(len).unwrap_or_else(|| Self::Heap(vec![T::default(); len]))
    }

    /// One that is kept when it is let go of, where it is long enough and the system has such.
    pub(crate) fn mapped(len: usize) -> Option<Self> {
        let is_long = is_long::<T>(len);
        let kept = is_long.then(|| shelf::take(len)).flatten();
        let mapped = kept.or_else(|| is_long.then(|| Mapped::new(len)).flatten());
        mapped.map(Self::Mapped)
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Heap(column) => column.len(),
            Self::Mapped(column) => column.len(),
        }
    }

    pub(crate) fn all_mut(&mut self) -> &mut [T] {
        match self {
            Self::Heap(column) => column,
            Self::Mapped(column) => column.all_mut(),
        }
    }

    pub(crate) fn try_grow(&mut self, filled: usize, extra: usize) -> PyResult<()> {
        let len = filled + extra;
        match self {
            Self::Heap(column) => {
                if let Some(mut mapped) = is_long::<T>(len).then(|| Mapped::new(len)).flatten() {
                    mapped.all_mut()[..column.len()].copy_from_slice(column);
                    *self = Self::Mapped(mapped);
                    return Ok(());
                }
                column
                    .try_reserve(len.saturating_sub(column.len()))
                    .map_err(|error| PyMemoryError::new_err(error.to_string()))?;
                column.resize(len.max(column.len()), T::default());
            }
            Self::Mapped(column) => {
                if len > column.len() && !column.grow(len.max(2 * column.len())) {
                    let bytes = len * size_of::<T>();
                    return Err(PyMemoryError::new_err(format!(
                        "no memory for a column of {bytes} bytes"
                    )));
                }
            }
        }
        Ok(())
    }

    /// The first `filled` elements as an array that borrows them, or has taken them over.
    pub(crate) fn lend(self, py: Python<'_>, filled: usize) -> PyResult<Bound<'_, PyArray1<T>>> {
        let mut column = match self {
            Self::Heap(mut column) => {
                column.truncate(filled);
                column.shrink_to_fit();
                return Ok(column.into_pyarray(py));
            }
            Self::Mapped(column) => column,
        };
        column.end_at(filled);
        let start = column.all_mut().as_mut_ptr();
        let owner = Bound::new(py, Owner(Box::new(Lent(Some(column)))))?;
        // SAFETY: the mapping holds `filled` initialised elements and stays where it is; the owner neither reads nor
        // frees them while it lives.
        Ok(unsafe { borrowed(start, filled, owner.into_any()) })
    }
}

/// An array of `len` elements that keeps their owner alive.
///
/// # Safety
/// `start` points to as many initialised elements, which stay where they are and which nothing else looks at while
/// `owner` lives.
pub(super) unsafe fn borrowed<T: Element>(
    start: *const T,
    len: usize,
    owner: Bound<'_, PyAny>,
) -> Bound<'_, PyArray1<T>> {
    // SAFETY: the caller says so.
    unsafe { PyArray1::borrow_from_array(&ArrayView1::from_shape_ptr(len, start), owner) }
}

/// What a numpy array borrows its elements from.
#[pyclass(frozen, module = "spikelet._core")]
pub(super) struct Owner(
    #[expect(dead_code, reason = "held to be dropped")] pub(super) Box<dyn Send + Sync>,
);

/// A column on loan, put aside once it comes back.
struct Lent<T: Cell>(Option<Mapped<T>>);

impl<T: Cell> Drop for Lent<T> {
    fn drop(&mut self) {
        if let Some(column) = self.0.take() {
            shelf::keep(column);
        }
    }
}
