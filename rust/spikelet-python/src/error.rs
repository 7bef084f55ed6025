//! One door for errors: every failure of the crates becomes one named Python exception.

use std::io;
use std::path::Path;

use pyo3::PyErr;
use pyo3::exceptions::PyOSError;
use spikelet_events::Error;

/// The exception classes, written and documented in `python/spikelet/errors.py`.
mod python {
    pyo3::import_exception!(spikelet.errors, BoundsError);
    pyo3::import_exception!(spikelet.errors, DtypeError);
    pyo3::import_exception!(spikelet.errors, EngineError);
    pyo3::import_exception!(spikelet.errors, FormatError);
    pyo3::import_exception!(spikelet.errors, OrderError);
    pyo3::import_exception!(spikelet.errors, ParameterError);
    pyo3::import_exception!(spikelet.errors, ShapeError);
    pyo3::import_exception!(spikelet.errors, TruncatedError);
}

/// An event lies outside the sensor or outside what a format can hold.
pub(crate) fn bounds_error(message: String) -> PyErr {
    python::BoundsError::new_err(message)
}

/// An array has the wrong type or layout.
pub(crate) fn dtype_error(message: String) -> PyErr {
    python::DtypeError::new_err(message)
}

/// An engine was asked for something that it cannot serve.
pub(crate) fn engine_error(message: String) -> PyErr {
    python::EngineError::new_err(message)
}

/// A file is of another format than said, of no known format, or breaks its format's rules.
pub(crate) fn format_error(message: String) -> PyErr {
    python::FormatError::new_err(message)
}

/// A timestamp goes backwards.
pub(crate) fn order_error(message: String) -> PyErr {
    python::OrderError::new_err(message)
}

/// An argument has a value outside its rule.
pub(crate) fn parameter_error(message: String) -> PyErr {
    python::ParameterError::new_err(message)
}

/// An array has the wrong rank or size.
pub(crate) fn shape_error(message: String) -> PyErr {
    python::ShapeError::new_err(message)
}

/// A file ends inside a word, record or header.
pub(crate) fn truncated_error(message: String) -> PyErr {
    python::TruncatedError::new_err(message)
}

/// The exception for what happened to a file of events; its message begins with the path.
pub(crate) fn events_error(path: &Path, error: Error) -> PyErr {
    match error {
        Error::Io(error) => os_error(path, error),
        error => named_error(&error, format!("{}: {error}", path.display())),
    }
}

/// The exception for what happened to events in memory.
pub(crate) fn codec_error(error: &Error) -> PyErr {
    named_error(error, error.to_string())
}

fn named_error(error: &Error, message: String) -> PyErr {
    match error {
        Error::Lengths { .. } => shape_error(message),
        Error::OutOfBounds { .. } => bounds_error(message),
        Error::Backward { .. } | Error::Unsorted { .. } => order_error(message),
        Error::HeaderCut { .. } | Error::HeaderShort { .. } => truncated_error(message),
        Error::Chunk { .. }
        | Error::Unreadable { .. }
        | Error::Unknown { .. }
        | Error::Mismatch { .. }
        | Error::RecordType { .. }
        | Error::HeaderValue { .. }
        | Error::EsVersion { .. }
        | Error::EsKind { .. }
        | Error::Text { .. }
        | Error::HeaderLong { .. }
        | Error::HeaderByte { .. } => format_error(message),
        _ => parameter_error(message),
    }
}

/// What Python's own `open` raises: the class follows from the number, the path stands in `filename`.
fn os_error(path: &Path, error: io::Error) -> PyErr {
    match error.raw_os_error() {
        Some(number) => {
            let text = error.to_string();
            let text = text
                .split(" (os error")
                .next()
                .unwrap_or_default()
                .to_owned();
            PyOSError::new_err((number, text, path.as_os_str().to_owned()))
        }
        None => error.into(),
    }
}
