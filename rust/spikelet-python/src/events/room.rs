//! The columns of a recording, in memory that is kept.

use pyo3::prelude::*;
use spikelet_events::{Columns, ColumnsMut, Error};

use super::Arrays;
use crate::pages::Column;

/// Four columns of equal length to be filled, of any content.
pub(crate) struct Room {
    t: Column<i64>,
    x: Column<u16>,
    y: Column<u16>,
    p: Column<bool>,
}

impl Room {
    /// Room for `len` events. Pages not used before are taken from the system only when events are written to them.
    pub(crate) fn of(len: usize) -> Self {
        Self {
            t: Column::of(len),
            x: Column::of(len),
            y: Column::of(len),
            p: Column::of(len),
        }
    }

    pub(super) fn len(&self) -> usize {
        let pixels = self.x.len().min(self.y.len());
        self.t.len().min(pixels).min(self.p.len())
    }

    /// At most `len` places from `start` on; none beyond the end.
    pub(crate) fn window_mut(&mut self, start: usize, len: usize) -> Result<ColumnsMut<'_>, Error> {
        let end = self.len().min(start.saturating_add(len));
        let places = start.min(end)..end;
        ColumnsMut::new(
            &mut self.t.all_mut()[places.clone()],
            &mut self.x.all_mut()[places.clone()],
            &mut self.y.all_mut()[places.clone()],
            &mut self.p.all_mut()[places],
        )
    }

    /// Copies events to the places from `start` on, which must be there, and shows them.
    pub(super) fn put(&mut self, start: usize, events: Columns<'_>) -> Result<Columns<'_>, Error> {
        let places = start..start + events.len();
        let t = &mut self.t.all_mut()[places.clone()];
        let x = &mut self.x.all_mut()[places.clone()];
        let y = &mut self.y.all_mut()[places.clone()];
        let p = &mut self.p.all_mut()[places];
        t.copy_from_slice(events.t());
        x.copy_from_slice(events.x());
        y.copy_from_slice(events.y());
        p.copy_from_slice(events.p());
        Columns::new(t, x, y, p)
    }

    /// Makes room for at least `extra` more events behind the first `filled`; the room at least doubles when it must
    /// move.
    pub(super) fn try_grow(&mut self, filled: usize, extra: usize) -> PyResult<()> {
        self.t.try_grow(filled, extra)?;
        self.x.try_grow(filled, extra)?;
        self.y.try_grow(filled, extra)?;
        self.p.try_grow(filled, extra)
    }

    /// Hands the first `filled` events over without a copy.
    pub(crate) fn lend(self, py: Python<'_>, filled: usize) -> PyResult<Arrays<'_>> {
        let t = self.t.lend(py, filled)?;
        let x = self.x.lend(py, filled)?;
        let y = self.y.lend(py, filled)?;
        let p = self.p.lend(py, filled)?;
        Ok((t, x, y, p))
    }
}
