//! Chunks of HDF5 files that C-Blosc has packed.

use std::num::NonZeroUsize;

use numpy::PyReadwriteArray1;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use spikelet_events::{Error, Team, blosc};

use crate::error::{dtype_error, shape_error};
use crate::pool;

/// A chunk, the bytes that it shall fill, and how that ended.
struct Task<'a> {
    chunk: &'a [u8],
    places: &'a mut [u8],
    done: Result<(), Error>,
}

/// Fills each of `out` with what a chunk stands for; the index of the first that is damaged, and how.
#[pyfunction]
#[pyo3(signature = (chunks, out, *, threads=NonZeroUsize::MIN), text_signature = "(chunks, out, *, threads=1)")]
#[expect(
    clippy::needless_pass_by_value,
    reason = "lists of Python's are taken over as vectors"
)]
pub(super) fn unpack_blosc(
    py: Python<'_>,
    chunks: Vec<PyBackedBytes>,
    mut out: Vec<PyReadwriteArray1<'_, u8>>,
    threads: NonZeroUsize,
) -> PyResult<Option<(usize, String)>> {
    if chunks.len() != out.len() {
        return Err(shape_error(format!(
            "`out` must be one array for each of {} chunks, got {}",
            chunks.len(),
            out.len()
        )));
    }
    let mut tasks = Vec::new();
    for (chunk, places) in chunks.iter().zip(&mut out) {
        let places = places.as_slice_mut();
        let places = places
            .map_err(|_not_contiguous| dtype_error("`out` must be contiguous, got strided".into()));
        tasks.push(Task {
            chunk,
            places: places?,
            done: Ok(()),
        });
    }
    let team = pool::Workers::of(py, threads)?;
    py.detach(|| {
        team.each(&mut tasks, |task| {
            task.done = blosc::unpack_into(task.chunk, task.places);
        });
    });
    let damages = tasks.into_iter().map(|task| task.done.err()).enumerate();
    let mut damages = damages.filter_map(|(index, error)| Some((index, error?.to_string())));
    Ok(damages.next())
}
