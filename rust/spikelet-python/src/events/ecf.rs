//! The codec of Prophesee's HDF5 files.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use spikelet_events::format::ecf;
use spikelet_events::{Error, OwnedColumns};

use super::{Arrays, Borrowed, arrays};
use crate::error::{codec_error, shape_error};

/// The first so many events of each chunk, one behind the other; of a damaged chunk none, but its index.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "lists of Python's are taken over as vectors"
)]
pub(super) fn ecf_decode(
    py: Python<'_>,
    chunks: Vec<PyBackedBytes>,
    events: Vec<usize>,
) -> PyResult<(Arrays<'_>, Vec<usize>)> {
    if chunks.len() != events.len() {
        return Err(shape_error(format!(
            "`events` must say one number for each of {} chunks, got {}",
            chunks.len(),
            events.len()
        )));
    }
    let (columns, damaged) = py.detach(|| decoded(&chunks, &events));
    Ok((arrays(py, columns), damaged))
}

fn decoded(chunks: &[PyBackedBytes], events: &[usize]) -> (OwnedColumns, Vec<usize>) {
    let sizes = chunks.iter().map(|chunk| ecf::events_in(chunk));
    // As many as the bytes of the chunks can hold, whatever they say.
    let mut columns = OwnedColumns::zeroed(sizes.flatten().sum());
    let mut damaged = Vec::new();
    let mut filled = 0;
    for (index, (chunk, &wanted)) in chunks.iter().zip(events).enumerate() {
        match ecf::decode(chunk, &mut columns.window_mut(filled, ecf::MAX_EVENTS)) {
            Ok(found) if found >= wanted => filled += wanted,
            _ => damaged.push(index),
        }
    }
    columns.truncate(filled);
    (columns, damaged)
}

/// One chunk of events, at most 65535.
#[pyfunction]
pub(super) fn ecf_encode<'py>(
    py: Python<'py>,
    t: PyReadonlyArray1<'py, i64>,
    x: PyReadonlyArray1<'py, u16>,
    y: PyReadonlyArray1<'py, u16>,
    p: PyReadonlyArray1<'py, bool>,
) -> PyResult<Bound<'py, PyBytes>> {
    let borrowed = Borrowed { t, x, y, p };
    let columns = borrowed.columns()?;
    let encoded: Result<Vec<u8>, Error> = py.detach(|| {
        let mut chunk = Vec::new();
        ecf::encode(columns, &mut |piece| chunk.extend_from_slice(piece))?;
        Ok(chunk)
    });
    match encoded {
        Ok(chunk) => Ok(PyBytes::new(py, &chunk)),
        Err(error) => Err(codec_error(&error)),
    }
}
