//! The Python module `spikelet._core`: check, borrow, detach the GIL, call, wrap.

use pyo3::prelude::*;

mod array;
mod cuda;
mod error;
mod events;
mod filter;
mod frames;
mod memory;
mod neurons;
mod pages;
mod pictures;
mod pool;
mod simulate;

/// The functions and classes that Python sees; everything public is written in Python over them.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    /// Adds what each file offers.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::cuda::register(module)?;
        crate::events::register(module)?;
        crate::filter::register(module)?;
        crate::frames::register(module)?;
        crate::neurons::register(module)?;
        crate::pages::register(module)?;
        crate::pictures::register(module)?;
        crate::simulate::register(module)
    }
}
