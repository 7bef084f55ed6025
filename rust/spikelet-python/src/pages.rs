//! Memory that is kept when Python lets go of it: in large pages, for the next that asks for as much.
//!
//! New memory is bound by the system's work for each page: touching it costs a quarter where pages are of 2 MiB, and
//! next to nothing where they were touched before. What is kept of recordings the system may take back at any time.

mod column;
#[cfg_attr(not(target_os = "linux"), path = "pages/unmapped.rs")]
mod mapped;
mod shelf;
mod short;

use numpy::PyArray1;
use pyo3::prelude::*;

pub(crate) use self::column::Column;
pub(crate) use self::short::Short;

/// Adds this file's functions to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(spare, module)?)
}

/// `len` numbers of any content in memory that is kept, or nothing where there is none of that kind.
#[pyfunction]
fn spare(py: Python<'_>, len: usize) -> PyResult<Option<Bound<'_, PyArray1<f32>>>> {
    let column = Column::<f32>::mapped(len);
    column.map(|column| column.lend(py, len)).transpose()
}
