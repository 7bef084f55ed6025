//! Chunks of HDF5 files that C-Blosc has packed.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use spikelet_events::blosc;

use crate::error::codec_error;

/// What a chunk stands for, at most `longest` bytes.
#[pyfunction]
pub(super) fn unpack_blosc<'py>(
    py: Python<'py>,
    chunk: &[u8],
    longest: usize,
) -> PyResult<Bound<'py, PyBytes>> {
    let unpacked = py.detach(|| blosc::unpack(chunk, longest));
    let unpacked = unpacked.map_err(|error| codec_error(&error))?;
    Ok(PyBytes::new(py, &unpacked))
}
