//! The CUDA texts, which travel inside the core: a wheel needs no data files.

use pyo3::prelude::*;

use crate::error::parameter_error;

/// Adds this file's function to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(cuda_source, module)?)
}

/// The text of a file of `cuda/`.
#[pyfunction]
fn cuda_source(name: &str) -> PyResult<&'static str> {
    match name {
        "prelude.cu" => Ok(include_str!("../../../cuda/prelude.cu")),
        "scan.cu" => Ok(include_str!("../../../cuda/scan.cu")),
        "adjoint.cu" => Ok(include_str!("../../../cuda/adjoint.cu")),
        "frames.cu" => Ok(include_str!("../../../cuda/frames.cu")),
        other => Err(parameter_error(format!(
            "`name` must be `prelude.cu`, `scan.cu`, `adjoint.cu` or `frames.cu`, got {other:?}"
        ))),
    }
}
