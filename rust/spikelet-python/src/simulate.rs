//! The event sensor of `spikelet-events`, over numpy arrays.

mod sensor;

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use spikelet_events::simulate::{Refusal, Saccades, Scene, Sensor, SensorConfig, record};
use spikelet_events::{Error, OwnedColumns};

use crate::error::{dtype_error, order_error, parameter_error, shape_error};

/// Adds this file's functions and classes to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<sensor::EventSensor>()?;
    module.add_function(wrap_pyfunction!(simulate_saccades, module)?)
}

/// Columns `t`, `x`, `y`, `p` as numpy arrays, and how many events fell into refractory times.
type Recording<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<u16>>,
    Bound<'py, PyArray1<u16>>,
    Bound<'py, PyArray1<bool>>,
    u64,
);

#[pyfunction]
#[pyo3(signature = (image, *, sensor_size, magnification, background, amplitude_px, move_us, step_us,
                    on_threshold, off_threshold, refractory_us, log_offset))]
#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "keyword arguments of Python, each with its own name there"
)]
fn simulate_saccades<'py>(
    py: Python<'py>,
    image: PyReadonlyArray2<'py, f32>,
    sensor_size: (u16, u16),
    magnification: f32,
    background: f32,
    amplitude_px: f32,
    move_us: i64,
    step_us: i64,
    on_threshold: f64,
    off_threshold: f64,
    refractory_us: i64,
    log_offset: f64,
) -> PyResult<Recording<'py>> {
    let (pixels, size) = pixels(&image)?;
    let (sensor_width, sensor_height) = sensor_size;
    let config = SensorConfig {
        on_threshold,
        off_threshold,
        refractory_us,
        log_offset,
        ..SensorConfig::new(sensor_width, sensor_height)
    };
    let (columns, dropped) = py
        .detach(|| {
            let scene = Scene::new(pixels, size, magnification, background)?;
            watch(
                &scene,
                &Saccades::new(amplitude_px, move_us, step_us)?,
                config,
            )
        })
        .map_err(|error| simulate_error(&error))?;
    let OwnedColumns { t, x, y, p } = columns;
    Ok((
        t.into_pyarray(py),
        x.into_pyarray(py),
        y.into_pyarray(py),
        p.into_pyarray(py),
        dropped,
    ))
}

/// The image's memory row by row, and its width and height.
fn pixels<'a>(image: &'a PyReadonlyArray2<'_, f32>) -> PyResult<(&'a [f32], (usize, usize))> {
    // `as_slice` alone would take an image that lies column by column, and turn it over.
    match (image.is_c_contiguous(), image.as_slice(), image.shape()) {
        (true, Ok(pixels), &[height, width]) => Ok((pixels, (width, height))),
        _ => Err(dtype_error(
            "`image` must be contiguous, got a strided view; pass `numpy.ascontiguousarray(image)`"
                .into(),
        )),
    }
}

/// The whole recording as columns.
fn watch(
    scene: &Scene<'_>,
    path: &Saccades,
    config: SensorConfig,
) -> Result<(OwnedColumns, u64), Error> {
    let mut sensor = Sensor::new(config)?;
    let mut columns = OwnedColumns::default();
    record(scene, path, &mut sensor, |event| {
        columns.t.push(event.t);
        columns.x.push(event.x);
        columns.y.push(event.y);
        columns.p.push(event.p);
    })?;
    Ok((columns, sensor.dropped_refractory()))
}

fn simulate_error(error: &Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Simulate(Refusal::Size { .. }) => shape_error(message),
        Error::Simulate(Refusal::Time { .. }) => order_error(message),
        Error::Simulate(Refusal::Memory { .. }) => PyMemoryError::new_err(message),
        _ => parameter_error(message),
    }
}
