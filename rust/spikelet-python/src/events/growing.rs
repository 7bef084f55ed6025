//! Columns that grow while pieces of a recording come in.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use spikelet_events::{Columns, Error};

use super::auditing::Audit;
use super::room::Room;
use super::{Arrays, Borrowed};
use crate::error::shape_error;

/// Events copied at a time: they are audited while in the first-level cache.
const BLOCK: usize = 1 << 11;

/// Columns in memory as compiled readers use it, so that putting pieces together needs no second copy of them.
#[pyclass(module = "spikelet._core")]
pub(super) struct Growing {
    room: Room,
    filled: usize,
}

#[pymethods]
impl Growing {
    /// Empty columns, with memory set aside for `room` events.
    #[new]
    #[pyo3(signature = (room=0))]
    fn new(room: usize) -> Self {
        Self {
            room: Room::of(room),
            filled: 0,
        }
    }

    /// Appends events, and lets `audit` look at them.
    #[pyo3(signature = (t, x, y, p, *, audit=None))]
    fn add(
        &mut self,
        t: PyReadonlyArray1<'_, i64>,
        x: PyReadonlyArray1<'_, u16>,
        y: PyReadonlyArray1<'_, u16>,
        p: PyReadonlyArray1<'_, bool>,
        mut audit: Option<PyRefMut<'_, Audit>>,
    ) -> PyResult<()> {
        let py = t.py();
        let borrowed = Borrowed { t, x, y, p };
        let columns = borrowed.columns()?;
        let audit = audit.as_mut().map(|audit| &mut audit.audit);
        if self.filled + columns.len() > self.room.len() {
            self.room.try_grow(self.filled, columns.len())?;
        }
        let put = py.detach(|| self.put(columns, audit));
        put.map_err(|error| shape_error(error.to_string()))
    }

    /// Events added so far.
    fn __len__(&self) -> usize {
        self.filled
    }

    /// The columns, exactly as long as what was added; none are left in it.
    fn done<'py>(&mut self, py: Python<'py>) -> PyResult<Arrays<'py>> {
        let room = core::mem::replace(&mut self.room, Room::of(0));
        room.lend(py, core::mem::take(&mut self.filled))
    }
}

impl Growing {
    fn put(
        &mut self,
        columns: Columns<'_>,
        mut audit: Option<&mut spikelet_events::Audit>,
    ) -> Result<(), Error> {
        let mut rest = columns;
        while !rest.is_empty() {
            let (block, after) = rest.split_at(BLOCK);
            let added = self.room.put(self.filled, block)?;
            self.filled += added.len();
            if let Some(audit) = &mut audit {
                audit.add(added);
            }
            rest = after;
        }
        Ok(())
    }
}
