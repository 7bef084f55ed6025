//! Windows and representations of `spikelet-frames`, over numpy arrays.

#![expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value, and `map_err` errors"
)]

mod counts;
mod given;
mod surfaces;
mod voxels;

use std::num::{NonZeroU64, NonZeroUsize};

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use spikelet_frames::Error;

use crate::array::contiguous;
use crate::error::{bounds_error, dtype_error, order_error, parameter_error, shape_error};

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Window>()?;
    module.add_function(wrap_pyfunction!(available_threads, module)?)?;
    counts::register(module)?;
    voxels::register(module)?;
    surfaces::register(module)
}

/// A rule that cuts a recording into slices; each constructor stands for one class of `spikelet.frames`.
#[pyclass(frozen, module = "spikelet._core")]
struct Window(spikelet_frames::Window);

#[pymethods]
impl Window {
    #[staticmethod]
    fn by_time(us: NonZeroU64, drop_last: bool) -> Self {
        Self(spikelet_frames::Window::ByTime { us, drop_last })
    }

    #[staticmethod]
    fn by_count(n: NonZeroU64, drop_last: bool) -> Self {
        Self(spikelet_frames::Window::ByCount { n, drop_last })
    }

    #[staticmethod]
    fn sliding_by_time(us: NonZeroU64, stride_us: NonZeroU64, drop_last: bool) -> Self {
        Self(spikelet_frames::Window::SlidingByTime {
            us,
            stride_us,
            drop_last,
        })
    }

    #[staticmethod]
    fn sliding_by_count(n: NonZeroU64, stride: NonZeroU64, drop_last: bool) -> Self {
        Self(spikelet_frames::Window::SlidingByCount {
            n,
            stride,
            drop_last,
        })
    }

    #[staticmethod]
    fn into_by_time(n: NonZeroU64) -> Self {
        Self(spikelet_frames::Window::IntoByTime { n })
    }

    #[staticmethod]
    fn into_by_count(n: NonZeroU64) -> Self {
        Self(spikelet_frames::Window::IntoByCount { n })
    }

    #[staticmethod]
    fn spikingjelly_by_time(n: NonZeroU64) -> Self {
        Self(spikelet_frames::Window::SpikingJellyByTime { n })
    }

    #[staticmethod]
    fn spikingjelly_by_number(n: NonZeroU64) -> Self {
        Self(spikelet_frames::Window::SpikingJellyByNumber { n })
    }

    #[staticmethod]
    fn spikingjelly_by_duration(us: NonZeroU64) -> Self {
        Self(spikelet_frames::Window::SpikingJellyByDuration { us })
    }

    /// How many slices a recording with timestamps `t` gives; makes none of them.
    fn frames(&self, t: PyReadonlyArray1<'_, i64>) -> PyResult<u64> {
        self.0.frames(contiguous("t", &t)?).map_err(to_python)
    }

    /// `[frames, 2]` start and stop of each slice; refused above `limit` slices.
    fn slices<'py>(
        &self,
        py: Python<'py>,
        t: PyReadonlyArray1<'py, i64>,
        limit: u64,
    ) -> PyResult<Bound<'py, PyArray2<i64>>> {
        let t = contiguous("t", &t)?;
        let slices = py.detach(|| self.0.slices(t, limit)).map_err(to_python)?;
        let ends: Vec<i64> = slices
            .iter()
            .flat_map(|slice| [slice.start as i64, slice.end as i64])
            .collect();
        PyArray1::from_vec(py, ends).reshape([slices.len(), 2])
    }
}

/// How many threads this process may run at once, by its affinity and its share of the processor.
#[pyfunction]
fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// The exception that stands for what the crate refused.
fn to_python(error: Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Outside { .. } => bounds_error(message),
        Error::Backwards { .. } => order_error(message),
        Error::NoPixels { .. }
        | Error::Slice { .. }
        | Error::Cells { .. }
        | Error::References { .. } => shape_error(message),
        Error::Unsigned => dtype_error(message),
        _ => parameter_error(message),
    }
}
