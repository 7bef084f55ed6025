//! What every representation is given: columns, slices, a sensor, memory, threads.

use std::num::NonZeroUsize;
use std::ops::Range;

use numpy::ndarray::Dimension;
use numpy::{Element, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArrayDyn};
use pyo3::prelude::*;
use spikelet_events::{Columns, SensorSize};
use spikelet_frames::{Cut, Error, Fading, Polarity};

use super::{Window, to_python};
use crate::array::contiguous;
use crate::error::{dtype_error, parameter_error, shape_error};
use crate::pool;

/// Columns `t`, `x`, `y`, `p` of one recording.
pub(super) type Arrays<'py> = (
    PyReadonlyArray1<'py, i64>,
    PyReadonlyArray1<'py, u16>,
    PyReadonlyArray1<'py, u16>,
    PyReadonlyArray1<'py, bool>,
);

/// Where a recording is cut: by a rule, or at rows of start and stop.
enum Slices<'py> {
    By(spikelet_frames::Window),
    At(PyReadonlyArray2<'py, i64>),
}

/// By hand, for the derived way writes an error message for each kind that it tries.
impl<'a, 'py> FromPyObject<'a, 'py> for Slices<'py> {
    type Error = PyErr;

    fn extract(slices: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(window) = slices.cast::<Window>() {
            return Ok(Self::By(window.get().0));
        }
        Ok(Self::At(slices.extract()?))
    }
}

/// A recording and its slices, borrowed from Python.
#[derive(FromPyObject)]
pub(super) struct Given<'py>(Arrays<'py>, Slices<'py>, (u32, u32), NonZeroUsize);

impl Given<'_> {
    /// Runs `work` on the cut, by as many threads as were asked for, not attached to the interpreter.
    pub(super) fn run<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(Cut<'_>) -> Result<R, Error> + Send,
    ) -> PyResult<R> {
        let Self((t, x, y, p), slices, (width, height), threads) = self;
        let (t, x) = (contiguous("t", t)?, contiguous("x", x)?);
        let (y, p) = (contiguous("y", y)?, contiguous("p", p)?);
        let events = Columns::new(t, x, y, p).map_err(|error| shape_error(error.to_string()))?;
        let (width, height) = (*width, *height);
        let pool = pool::of_threads(py, *threads)?;
        let slices = match slices {
            Slices::By(window) => Err(*window),
            Slices::At(rows) => Ok(ranges(rows)?),
        };
        py.detach(|| {
            // Whoever made the frames has counted them.
            let slices = slices.or_else(|window| window.slices(events.t(), u64::MAX))?;
            let cut = Cut::new(events, &slices, SensorSize { width, height })?;
            match pool {
                None => work(cut),
                Some(pool) => pool.install(|| work(cut.parallel())),
            }
        })
        .map_err(to_python)
    }
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

/// The memory of frames of any rank.
pub(super) fn memory<'a, C: Element>(
    frames: &'a mut PyReadwriteArrayDyn<'_, C>,
) -> PyResult<&'a mut [C]> {
    frames.as_slice_mut().map_err(|error| {
        dtype_error(format!(
            "`frames` must be C-contiguous, got another layout ({error})"
        ))
    })
}

/// What becomes of the polarity, by the name that Python has for it.
pub(super) fn polarity_named(name: &str) -> PyResult<Polarity> {
    match name {
        "two-channel" => Ok(Polarity::TwoChannel),
        "signed" => Ok(Polarity::Signed),
        "merged" => Ok(Polarity::Merged),
        other => Err(parameter_error(format!(
            "`polarity` must be \"two-channel\", \"signed\" or \"merged\", got `{other}`"
        ))),
    }
}

/// A fading by its name and its constant in microseconds.
pub(super) fn fading_named((name, us): (&str, f32)) -> PyResult<Fading> {
    match name {
        "exponential" => Fading::exponential(us).map_err(to_python),
        "linear" => Fading::linear(us).map_err(to_python),
        other => Err(parameter_error(format!(
            "`fading` must be \"exponential\" or \"linear\", got `{other}`"
        ))),
    }
}
