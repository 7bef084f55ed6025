//! What every binding does with numpy arrays: borrow them contiguous, or say which one is not.

use numpy::{Element, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::error::dtype_error;

/// The array's memory as a slice; a strided view is refused by name.
///
/// Python copies what is not contiguous before it calls, so this error means a fault of ours.
pub(crate) fn contiguous<'a, T: Element>(
    name: &str,
    array: &'a PyReadonlyArray1<'_, T>,
) -> PyResult<&'a [T]> {
    array.as_slice().map_err(|_not_contiguous| {
        dtype_error(format!(
            "`{name}` must be contiguous, got a strided view; pass `numpy.ascontiguousarray({name})`"
        ))
    })
}
