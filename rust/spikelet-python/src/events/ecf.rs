//! The codec of Prophesee's HDF5 files.

use std::num::NonZeroUsize;

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use spikelet_events::format::ecf;
use spikelet_events::{ColumnsMut, Error, OwnedColumns, Team};

use super::{Arrays, Borrowed, arrays};
use crate::error::{codec_error, shape_error};
use crate::pool;

/// A chunk, places for the events that it says it holds, and how many it gave.
struct Task<'a> {
    chunk: &'a [u8],
    t: &'a mut [i64],
    x: &'a mut [u16],
    y: &'a mut [u16],
    p: &'a mut [bool],
    found: Option<usize>,
}

impl Task<'_> {
    fn decode(&mut self) -> Result<usize, Error> {
        let mut out = ColumnsMut::new(self.t, self.x, self.y, self.p)?;
        ecf::decode(self.chunk, &mut out)
    }
}

/// The first so many events of each chunk, one behind the other; of a damaged chunk none, but its index.
#[pyfunction]
#[pyo3(signature = (chunks, events, *, threads=NonZeroUsize::MIN), text_signature = "(chunks, events, *, threads=1)")]
#[expect(
    clippy::needless_pass_by_value,
    reason = "lists of Python's are taken over as vectors"
)]
pub(super) fn ecf_decode(
    py: Python<'_>,
    chunks: Vec<PyBackedBytes>,
    events: Vec<usize>,
    threads: NonZeroUsize,
) -> PyResult<(Arrays<'_>, Vec<usize>)> {
    if chunks.len() != events.len() {
        return Err(shape_error(format!(
            "`events` must say one number for each of {} chunks, got {}",
            chunks.len(),
            events.len()
        )));
    }
    let team = pool::Workers::of(py, threads)?;
    let (columns, damaged) = py.detach(|| {
        let sizes = chunks.iter().map(|chunk| ecf::events_in(chunk));
        // As many as the bytes of the chunks can hold, whatever they say.
        let sizes: Vec<usize> = sizes.map(|size| size.unwrap_or(0)).collect();
        let mut columns = OwnedColumns::zeroed(sizes.iter().sum());
        let mut tasks = tasks(&chunks, &sizes, &mut columns);
        team.each(&mut tasks, |task| task.found = task.decode().ok());
        let found: Vec<Option<usize>> = tasks.into_iter().map(|task| task.found).collect();
        let damaged = join(&mut columns, &sizes, found.iter().zip(&events));
        (columns, damaged)
    });
    Ok((arrays(py, columns), damaged))
}

/// Gives each chunk its part of the columns.
fn tasks<'a>(
    chunks: &'a [PyBackedBytes],
    sizes: &[usize],
    columns: &'a mut OwnedColumns,
) -> Vec<Task<'a>> {
    let OwnedColumns { t, x, y, p } = columns;
    let (mut t, mut x, mut y, mut p) = (&mut t[..], &mut x[..], &mut y[..], &mut p[..]);
    let mut tasks = Vec::new();
    for (chunk, &size) in chunks.iter().zip(sizes) {
        let ((t_part, t_rest), (x_part, x_rest)) = (t.split_at_mut(size), x.split_at_mut(size));
        let ((y_part, y_rest), (p_part, p_rest)) = (y.split_at_mut(size), p.split_at_mut(size));
        (t, x, y, p) = (t_rest, x_rest, y_rest, p_rest);
        tasks.push(Task {
            chunk,
            t: t_part,
            x: x_part,
            y: y_part,
            p: p_part,
            found: None,
        });
    }
    tasks
}

/// Moves the events that are wanted together; the chunks that gave fewer than were wanted of them.
fn join<'a>(
    columns: &mut OwnedColumns,
    sizes: &[usize],
    chunks: impl Iterator<Item = (&'a Option<usize>, &'a usize)>,
) -> Vec<usize> {
    let (mut start, mut filled) = (0, 0);
    let mut damaged = Vec::new();
    for (index, ((&found, &wanted), size)) in chunks.zip(sizes).enumerate() {
        if found.is_none_or(|found| found < wanted) {
            damaged.push(index);
        } else {
            if start != filled {
                let events = start..start + wanted;
                columns.t.copy_within(events.clone(), filled);
                columns.x.copy_within(events.clone(), filled);
                columns.y.copy_within(events.clone(), filled);
                columns.p.copy_within(events, filled);
            }
            filled += wanted;
        }
        start += size;
    }
    columns.truncate(filled);
    damaged
}

/// One chunk of events, at most 65535.
#[pyfunction]
pub(super) fn ecf_encode<'py>(
    py: Python<'py>,
    t: PyReadonlyArray1<'py, i64>,
    x: PyReadonlyArray1<'py, u16>,
    y: PyReadonlyArray1<'py, u16>,
    p: PyReadonlyArray1<'py, bool>,
) -> PyResult<Bound<'py, PyBytes>> {
    let borrowed = Borrowed { t, x, y, p };
    let columns = borrowed.columns()?;
    let encoded: Result<Vec<u8>, Error> = py.detach(|| {
        let mut chunk = Vec::new();
        ecf::encode(columns, &mut |piece| chunk.extend_from_slice(piece))?;
        Ok(chunk)
    });
    match encoded {
        Ok(chunk) => Ok(PyBytes::new(py, &chunk)),
        Err(error) => Err(codec_error(&error)),
    }
}
