//! One door for errors: every failure of the crates becomes one named Python exception.

use pyo3::PyErr;

/// The exception classes, written and documented in `python/spikelet/errors.py`.
mod python {
    pyo3::import_exception!(spikelet.errors, BoundsError);
    pyo3::import_exception!(spikelet.errors, DtypeError);
    pyo3::import_exception!(spikelet.errors, FormatError);
    pyo3::import_exception!(spikelet.errors, OrderError);
    pyo3::import_exception!(spikelet.errors, ParameterError);
    pyo3::import_exception!(spikelet.errors, ShapeError);
    pyo3::import_exception!(spikelet.errors, TruncatedError);
}

/// An array has the wrong type or layout.
pub(crate) fn dtype_error(message: String) -> PyErr {
    python::DtypeError::new_err(message)
}
