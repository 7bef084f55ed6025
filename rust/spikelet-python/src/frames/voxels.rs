//! Voxel grids and event-spike tensors.

use std::num::NonZeroUsize;

use numpy::PyReadwriteArrayDyn;
use pyo3::prelude::*;
use spikelet_frames::{Kernel, Measure, VoxelGrid, voxel_grid_into};

use super::given::{Given, memory, polarity_named};
use super::to_python;
use crate::error::parameter_error;

/// Adds this file's function to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(voxel_grid_into_frames, module)?)
}

/// Spreads each slice over bins of time; `frames` `[T, C, B, H, W]` must hold zeros.
#[pyfunction]
fn voxel_grid_into_frames(
    py: Python<'_>,
    given: Given<'_>,
    mut frames: PyReadwriteArrayDyn<'_, f32>,
    polarity: &str,
    bins: NonZeroUsize,
    kernel: (&str, f32),
    measure: &str,
) -> PyResult<()> {
    let grid = VoxelGrid {
        bins,
        polarity: polarity_named(polarity)?,
        kernel: kernel_named(kernel)?,
        measure: measure_named(measure)?,
    };
    let cells = memory(&mut frames)?;
    given.run(py, |cut| voxel_grid_into(cut, &grid, cells))
}

fn kernel_named((name, us): (&str, f32)) -> PyResult<Kernel> {
    match name {
        "trilinear" => Ok(Kernel::TRILINEAR),
        "exponential" => Kernel::exponential(us).map_err(to_python),
        "alpha" => Kernel::alpha(us).map_err(to_python),
        other => Err(parameter_error(format!(
            "`kernel` must be \"trilinear\", \"exponential\" or \"alpha\", got `{other}`"
        ))),
    }
}

fn measure_named(name: &str) -> PyResult<Measure> {
    match name {
        "count" => Ok(Measure::Count),
        "time" => Ok(Measure::Time),
        other => Err(parameter_error(format!(
            "`measure` must be \"count\" or \"time\", got `{other}`"
        ))),
    }
}
