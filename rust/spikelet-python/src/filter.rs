//! The filters of `spikelet-events`, over numpy arrays.

use std::num::{NonZeroU32, NonZeroU64};
use std::sync::{Mutex, PoisonError};

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use spikelet_events::filter::{
    DeadTime, Decimation, Denoise, DropPixels, Integrator, Neighbours, RefractoryPeriod,
    count_pixels, spread,
};
use spikelet_events::{Error, SensorSize, count_kept, select_into};

use crate::array::contiguous;
use crate::error::{parameter_error, shape_error};
use crate::events::room::Room;
use crate::events::{Arrays, Borrowed, arrays};

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Filter>()?;
    module.add_function(wrap_pyfunction!(pixel_counts, module)?)?;
    module.add_function(wrap_pyfunction!(counts_spread, module)?)?;
    module.add_function(wrap_pyfunction!(select, module)?)?;
    module.add_function(wrap_pyfunction!(integrate, module)?)
}

/// A filter and what it remembers; each constructor stands for one class of `spikelet.transforms`.
#[pyclass(frozen, module = "spikelet._core")]
struct Filter(Mutex<Box<dyn spikelet_events::filter::Filter + Send>>);

impl Filter {
    fn over<F>(filter: Result<F, Error>) -> PyResult<Self>
    where
        F: spikelet_events::filter::Filter + Send + 'static,
    {
        match filter {
            Ok(filter) => Ok(Self(Mutex::new(Box::new(filter)))),
            Err(error) => Err(parameter_error(error.to_string())),
        }
    }
}

#[pymethods]
impl Filter {
    #[staticmethod]
    fn refractory_period(size: (u32, u32), us: u64, paralyzable: bool) -> PyResult<Self> {
        let dead_time = if paralyzable {
            DeadTime::AfterEvery
        } else {
            DeadTime::AfterKept
        };
        Self::over(RefractoryPeriod::new(sensor(size), us, dead_time))
    }

    #[staticmethod]
    fn denoise(size: (u32, u32), us: u64, corners: bool) -> PyResult<Self> {
        let neighbours = if corners {
            Neighbours::Eight
        } else {
            Neighbours::Four
        };
        Self::over(Denoise::new(sensor(size), us, neighbours))
    }

    #[staticmethod]
    fn decimation(size: (u32, u32), n: u32) -> PyResult<Self> {
        Self::over(Decimation::new(sensor(size), n))
    }

    #[staticmethod]
    fn drop_pixels(size: (u32, u32), pixels: Vec<(u16, u16)>) -> PyResult<Self> {
        Self::over(DropPixels::new(sensor(size), pixels))
    }

    /// Without the pixels of more than `most` events.
    #[staticmethod]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "PyO3 hands arguments over by value"
    )]
    fn drop_above(
        size: (u32, u32),
        counts: PyReadonlyArray1<'_, u32>,
        most: u32,
    ) -> PyResult<Self> {
        Self::over(DropPixels::above(
            sensor(size),
            contiguous("counts", &counts)?,
            most,
        ))
    }

    /// Which of the events stay; the next call goes on where this one ended.
    fn mask<'py>(
        &self,
        py: Python<'py>,
        t: PyReadonlyArray1<'py, i64>,
        x: PyReadonlyArray1<'py, u16>,
        y: PyReadonlyArray1<'py, u16>,
        p: PyReadonlyArray1<'py, bool>,
    ) -> PyResult<Bound<'py, PyArray1<bool>>> {
        let borrowed = Borrowed { t, x, y, p };
        let events = borrowed.columns()?;
        // Locked and unlocked while detached: a thread that waits here holds nothing that another wants.
        let mask = py.detach(|| {
            let mut filter = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            filter.mask(events)
        });
        Ok(mask.into_pyarray(py))
    }
}

/// `[height * width]` events of each pixel.
#[pyfunction]
fn pixel_counts<'py>(
    py: Python<'py>,
    t: PyReadonlyArray1<'py, i64>,
    x: PyReadonlyArray1<'py, u16>,
    y: PyReadonlyArray1<'py, u16>,
    p: PyReadonlyArray1<'py, bool>,
    size: (u32, u32),
) -> PyResult<Bound<'py, PyArray1<u32>>> {
    let borrowed = Borrowed { t, x, y, p };
    let events = borrowed.columns()?;
    match py.detach(|| count_pixels(events, sensor(size))) {
        Ok(counts) => Ok(counts.into_pyarray(py)),
        Err(error) => Err(parameter_error(error.to_string())),
    }
}

/// Mean and standard deviation of the counts that are not 0.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value"
)]
fn counts_spread(counts: PyReadonlyArray1<'_, u32>) -> PyResult<(f64, f64)> {
    Ok(spread(contiguous("counts", &counts)?))
}

/// The events that a mask of their length keeps.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value"
)]
fn select<'py>(
    py: Python<'py>,
    t: PyReadonlyArray1<'py, i64>,
    x: PyReadonlyArray1<'py, u16>,
    y: PyReadonlyArray1<'py, u16>,
    p: PyReadonlyArray1<'py, bool>,
    mask: PyReadonlyArray1<'py, bool>,
) -> PyResult<Arrays<'py>> {
    let borrowed = Borrowed { t, x, y, p };
    let (events, mask) = (borrowed.columns()?, contiguous("mask", &mask)?);
    if mask.len() != events.len() {
        let (mask, events) = (mask.len(), events.len());
        return Err(shape_error(format!(
            "`mask` must have shape [{events}], got [{mask}]"
        )));
    }
    let (kept, filled) = py
        .detach(|| {
            let count = count_kept(mask);
            let mut kept = Room::of(count);
            let mut places = kept.window_mut(0, count)?;
            let filled = select_into(events, mask, &mut places);
            Ok((kept, filled))
        })
        .map_err(|error: Error| shape_error(error.to_string()))?;
    kept.lend(py, filled)
}

/// What the integrating pixels of a smaller sensor fire.
#[pyfunction]
#[expect(
    clippy::too_many_arguments,
    reason = "four of them are the columns of one recording"
)]
fn integrate<'py>(
    py: Python<'py>,
    t: PyReadonlyArray1<'py, i64>,
    x: PyReadonlyArray1<'py, u16>,
    y: PyReadonlyArray1<'py, u16>,
    p: PyReadonlyArray1<'py, bool>,
    size: (u32, u32),
    target: (u32, u32),
    us: NonZeroU64,
    threshold: NonZeroU32,
) -> PyResult<Arrays<'py>> {
    let borrowed = Borrowed { t, x, y, p };
    let events = borrowed.columns()?;
    let integrator = Integrator {
        size: sensor(size),
        target: sensor(target),
        us,
        threshold,
    };
    match py.detach(|| integrator.run(events)) {
        Ok(fired) => Ok(arrays(py, fired)),
        Err(error) => Err(parameter_error(error.to_string())),
    }
}

fn sensor((width, height): (u32, u32)) -> SensorSize {
    SensorSize { width, height }
}
