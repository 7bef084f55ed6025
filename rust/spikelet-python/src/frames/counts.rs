//! Counts and marks.

use numpy::{Element, PyArrayDyn, PyArrayMethods, PyReadwriteArrayDyn};
use pyo3::prelude::*;
use spikelet_frames::{Cell, Excess, Polarity, count_into, mark_into};

use super::given::{Given, memory, polarity_named};
use crate::error::dtype_error;

/// Adds this file's functions to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(count_into_frames, module)?)?;
    module.add_function(wrap_pyfunction!(mark_into_frames, module)?)
}

/// Zeroed frames `[T, C, H, W]` of one of the types that count.
enum Frames<'py> {
    F32(PyReadwriteArrayDyn<'py, f32>),
    I16(PyReadwriteArrayDyn<'py, i16>),
    U16(PyReadwriteArrayDyn<'py, u16>),
    U8(PyReadwriteArrayDyn<'py, u8>),
}

/// By hand, for the derived way writes an error message for each type that it tries.
impl<'a, 'py> FromPyObject<'a, 'py> for Frames<'py> {
    type Error = PyErr;

    fn extract(frames: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(frames) = frames.cast::<PyArrayDyn<f32>>() {
            Ok(Self::F32(frames.try_readwrite()?))
        } else if let Ok(frames) = frames.cast::<PyArrayDyn<u8>>() {
            Ok(Self::U8(frames.try_readwrite()?))
        } else if let Ok(frames) = frames.cast::<PyArrayDyn<u16>>() {
            Ok(Self::U16(frames.try_readwrite()?))
        } else if let Ok(frames) = frames.cast::<PyArrayDyn<i16>>() {
            Ok(Self::I16(frames.try_readwrite()?))
        } else {
            Err(dtype_error(
                "`frames` must be an array of float32, int16, uint16 or uint8, got another"
                    .to_owned(),
            ))
        }
    }
}

/// Counts each slice in its frame; `frames` must hold zeros.
///
/// Returns how many events were left out of full cells, and the first frame with one.
#[pyfunction]
fn count_into_frames(
    py: Python<'_>,
    given: Given<'_>,
    frames: Frames<'_>,
    polarity: &str,
) -> PyResult<(u64, Option<usize>)> {
    let polarity = polarity_named(polarity)?;
    let excess = match frames {
        Frames::F32(frames) => count(py, &given, frames, polarity),
        Frames::I16(frames) => count(py, &given, frames, polarity),
        Frames::U16(frames) => count(py, &given, frames, polarity),
        Frames::U8(frames) => count(py, &given, frames, polarity),
    }?;
    Ok((excess.events, excess.first_frame))
}

fn count<C: Cell + Element>(
    py: Python<'_>,
    given: &Given<'_>,
    mut frames: PyReadwriteArrayDyn<'_, C>,
    polarity: Polarity,
) -> PyResult<Excess> {
    let cells = memory(&mut frames)?;
    given.run(py, |cut| count_into(cut, polarity, cells))
}

/// Sets the cells on which an event fell to 1; `frames` must hold zeros.
#[pyfunction]
fn mark_into_frames(
    py: Python<'_>,
    given: Given<'_>,
    frames: Frames<'_>,
    polarity: &str,
) -> PyResult<()> {
    let polarity = polarity_named(polarity)?;
    match frames {
        Frames::F32(frames) => mark(py, &given, frames, polarity),
        Frames::I16(frames) => mark(py, &given, frames, polarity),
        Frames::U16(frames) => mark(py, &given, frames, polarity),
        Frames::U8(frames) => mark(py, &given, frames, polarity),
    }
}

fn mark<C: Cell + Element>(
    py: Python<'_>,
    given: &Given<'_>,
    mut frames: PyReadwriteArrayDyn<'_, C>,
    polarity: Polarity,
) -> PyResult<()> {
    let cells = memory(&mut frames)?;
    given.run(py, |cut| mark_into(cut, polarity, cells))
}
