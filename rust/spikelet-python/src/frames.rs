//! Windows and counts of `spikelet-frames`, over numpy arrays.
#![expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value, and `map_err` errors"
)]

use std::num::{NonZeroU64, NonZeroUsize};
use std::ops::Range;

use numpy::ndarray::Dimension;
use numpy::{
    Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2,
    PyReadwriteArray4,
};
use pyo3::prelude::*;
use spikelet_events::{Columns, SensorSize};
use spikelet_frames::{Cell, Error, Excess, count_into, par_count_into};

use crate::array::contiguous;
use crate::error::{bounds_error, dtype_error, order_error, parameter_error, shape_error};
use crate::pool;

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Window>()?;
    module.add_function(wrap_pyfunction!(available_threads, module)?)?;
    module.add_function(wrap_pyfunction!(count_into_frames, module)?)
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

/// Zeroed frames `[T, 2, H, W]` of one of the types that count.
#[derive(FromPyObject)]
enum Frames<'py> {
    F32(PyReadwriteArray4<'py, f32>),
    U16(PyReadwriteArray4<'py, u16>),
    U8(PyReadwriteArray4<'py, u8>),
}

/// Counts each slice in its frame; `frames` must hold zeros.
///
/// Returns how many events were left out of full cells, and the first frame with one.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "four of them are the columns of one recording"
)]
fn count_into_frames(
    py: Python<'_>,
    t: PyReadonlyArray1<'_, i64>,
    x: PyReadonlyArray1<'_, u16>,
    y: PyReadonlyArray1<'_, u16>,
    p: PyReadonlyArray1<'_, bool>,
    slices: PyReadonlyArray2<'_, i64>,
    frames: Frames<'_>,
    threads: NonZeroUsize,
) -> PyResult<(u64, Option<usize>)> {
    let events = Columns::new(
        contiguous("t", &t)?,
        contiguous("x", &x)?,
        contiguous("y", &y)?,
        contiguous("p", &p)?,
    )
    .map_err(|error| shape_error(error.to_string()))?;
    let slices = ranges(&slices)?;
    let excess = match frames {
        Frames::F32(frames) => count(py, events, &slices, frames, threads),
        Frames::U16(frames) => count(py, events, &slices, frames, threads),
        Frames::U8(frames) => count(py, events, &slices, frames, threads),
    }?;
    Ok((excess.events, excess.first_frame))
}

fn count<C: Cell + Element>(
    py: Python<'_>,
    events: Columns<'_>,
    slices: &[Range<usize>],
    mut frames: PyReadwriteArray4<'_, C>,
    threads: NonZeroUsize,
) -> PyResult<Excess> {
    let (count, channels, height, width) = frames.dims().into_pattern();
    if count != slices.len() || channels != 2 {
        return Err(shape_error(format!(
            "`frames` must have shape [{}, 2, H, W], got [{count}, {channels}, {height}, {width}]",
            slices.len()
        )));
    }
    // The core's sizes have 32 bits; sides beyond them fail the check of the number of cells.
    let [width, height] = [width, height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let size = SensorSize { width, height };
    let cells = frames.as_slice_mut().map_err(|error| {
        dtype_error(format!(
            "`frames` must be C-contiguous, got another layout ({error})"
        ))
    })?;
    let pool = pool::of_threads(py, threads)?;
    py.detach(|| match pool {
        None => count_into(events, slices, size, cells),
        Some(pool) => pool.install(|| par_count_into(events, slices, size, cells)),
    })
    .map_err(to_python)
}

/// Rows of start and stop as ranges; a negative number becomes a huge one, which the crate refuses.
fn ranges(slices: &PyReadonlyArray2<'_, i64>) -> PyResult<Vec<Range<usize>>> {
    let (count, columns) = slices.dims().into_pattern();
    if columns != 2 {
        return Err(shape_error(format!(
            "`slices` must have shape [T, 2], got [{count}, {columns}]"
        )));
    }
    Ok(slices
        .as_array()
        .outer_iter()
        .map(|row| row[0] as usize..row[1] as usize)
        .collect())
}

fn to_python(error: Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Outside { .. } => bounds_error(message),
        Error::Backwards { .. } => order_error(message),
        Error::NoPixels { .. } | Error::Slice { .. } | Error::Cells { .. } => shape_error(message),
        _ => parameter_error(message),
    }
}
