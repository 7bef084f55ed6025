//! The filters of `spikelet-events`, over numpy arrays.
#![expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value, and `map_err` errors"
)]

use std::sync::{Mutex, PoisonError};

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use spikelet_events::filter::{
    DeadTime, Decimation, Denoise, DropPixels, Neighbours, RefractoryPeriod, count_pixels,
};
use spikelet_events::{Columns, Error, SensorSize};

use crate::array::contiguous;
use crate::error::{parameter_error, shape_error};

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Filter>()?;
    module.add_function(wrap_pyfunction!(pixel_counts, module)?)
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

    /// Which of the events stay; the next call goes on where this one ended.
    fn mask<'py>(
        &self,
        py: Python<'py>,
        t: PyReadonlyArray1<'py, i64>,
        x: PyReadonlyArray1<'py, u16>,
        y: PyReadonlyArray1<'py, u16>,
        p: PyReadonlyArray1<'py, bool>,
    ) -> PyResult<Bound<'py, PyArray1<bool>>> {
        let events = Columns::new(
            contiguous("t", &t)?,
            contiguous("x", &x)?,
            contiguous("y", &y)?,
            contiguous("p", &p)?,
        )
        .map_err(|error| shape_error(error.to_string()))?;
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
) -> PyResult<Bound<'py, PyArray1<u64>>> {
    let events = Columns::new(
        contiguous("t", &t)?,
        contiguous("x", &x)?,
        contiguous("y", &y)?,
        contiguous("p", &p)?,
    )
    .map_err(|error| shape_error(error.to_string()))?;
    match py.detach(|| count_pixels(events, sensor(size))) {
        Ok(counts) => Ok(counts.into_pyarray(py)),
        Err(error) => Err(parameter_error(error.to_string())),
    }
}

fn sensor((width, height): (u32, u32)) -> SensorSize {
    SensorSize { width, height }
}
