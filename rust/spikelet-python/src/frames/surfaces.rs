//! Time surfaces and what is made of them.

use std::num::{NonZeroU32, NonZeroUsize};

use numpy::{PyArray1, PyReadonlyArray1, PyReadwriteArrayDyn};
use pyo3::prelude::*;
use spikelet_frames::{
    AveragedSurfaces, Surface, Tore, averaged_surfaces_into, last_event_times, last_times_into,
    time_surface_into, tore_into,
};

use super::given::{Given, fading_named, memory, polarity_named};
use super::to_python;
use crate::array::contiguous;

/// Adds this file's functions to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(last_event_times_of, module)?)?;
    module.add_function(wrap_pyfunction!(last_times_into_frames, module)?)?;
    module.add_function(wrap_pyfunction!(time_surface_into_frames, module)?)?;
    module.add_function(wrap_pyfunction!(tore_into_frames, module)?)?;
    module.add_function(wrap_pyfunction!(averaged_surfaces_into_frames, module)?)
}

fn surface_of((polarity, has_memory): (&str, bool)) -> PyResult<Surface> {
    Ok(Surface {
        polarity: polarity_named(polarity)?,
        has_memory,
    })
}

/// For each slice, the time of the last event before its end; 0 where there is none.
#[pyfunction]
fn last_event_times_of<'py>(
    py: Python<'py>,
    given: Given<'py>,
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let times = given.run(py, |cut| Ok(last_event_times(cut)))?;
    Ok(PyArray1::from_vec(py, times))
}

/// The last time of each cell, minus infinity where there is none.
#[pyfunction]
fn last_times_into_frames(
    py: Python<'_>,
    given: Given<'_>,
    mut frames: PyReadwriteArrayDyn<'_, f64>,
    surface: (&str, bool),
) -> PyResult<()> {
    let surface = surface_of(surface)?;
    let cells = memory(&mut frames)?;
    given.run(py, |cut| last_times_into(cut, surface, cells))
}

/// What is left of the last event of each cell at a reference time.
#[pyfunction]
fn time_surface_into_frames(
    py: Python<'_>,
    given: Given<'_>,
    mut frames: PyReadwriteArrayDyn<'_, f32>,
    surface: (&str, bool),
    fading: (&str, f32),
    references: PyReadonlyArray1<'_, i64>,
) -> PyResult<()> {
    let (surface, fading) = (surface_of(surface)?, fading_named(fading)?);
    let references = contiguous("references", &references)?;
    let cells = memory(&mut frames)?;
    given.run(py, |cut| {
        time_surface_into(cut, (surface, fading), references, cells)
    })
}

/// Logarithms of the ages of the last events of each cell.
#[pyfunction]
fn tore_into_frames(
    py: Python<'_>,
    given: Given<'_>,
    mut frames: PyReadwriteArrayDyn<'_, f32>,
    surface: (&str, bool),
    depth: NonZeroUsize,
    ages: (f32, f32),
    references: PyReadonlyArray1<'_, i64>,
) -> PyResult<()> {
    let tore = Tore::new(surface_of(surface)?, depth, ages).map_err(to_python)?;
    let references = contiguous("references", &references)?;
    let cells = memory(&mut frames)?;
    given.run(py, |cut| tore_into(cut, &tore, references, cells))
}

/// Averaged time surfaces of the cells of the sensor.
#[pyfunction]
fn averaged_surfaces_into_frames(
    py: Python<'_>,
    given: Given<'_>,
    mut frames: PyReadwriteArrayDyn<'_, f32>,
    polarity: &str,
    cell_and_radius: (NonZeroU32, u16),
    window_us: u64,
    fading: (&str, f32),
) -> PyResult<()> {
    let (cell, radius) = cell_and_radius;
    let surfaces = AveragedSurfaces {
        cell,
        radius,
        window_us,
        fading: fading_named(fading)?,
        polarity: polarity_named(polarity)?,
    };
    let cells = memory(&mut frames)?;
    given.run(py, |cut| averaged_surfaces_into(cut, &surfaces, cells))
}
