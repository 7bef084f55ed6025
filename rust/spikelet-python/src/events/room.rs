//! The columns of a recording, in memory that is kept.

use pyo3::prelude::*;
use spikelet_events::{Columns, ColumnsMut, Error, Places};

use super::Arrays;
use crate::pages::{Column, Short};

/// Four columns of equal length to be filled, of any content.
pub(crate) enum Room {
    Short(Short),
    Long(Long),
}

/// Four columns in memory of their own.
pub(crate) struct Long {
    t: Column<i64>,
    x: Column<u16>,
    y: Column<u16>,
    p: Column<bool>,
}

impl Long {
    fn of(len: usize) -> Self {
        Self {
            t: Column::of(len),
            x: Column::of(len),
            y: Column::of(len),
            p: Column::of(len),
        }
    }

    fn all_mut(&mut self) -> Places<'_> {
        Places {
            t: self.t.all_mut(),
            x: self.x.all_mut(),
            y: self.y.all_mut(),
            p: self.p.all_mut(),
        }
    }
}

impl Room {
    /// Room for `len` events. Pages not used before are taken from the system only when events are written to them.
    pub(crate) fn of(len: usize) -> Self {
        Short::of(len).map_or_else(|| Self::Long(Long::of(len)), Self::Short)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Short(short) => short.len(),
            Self::Long(Long { t, x, y, p }) => t.len().min(x.len()).min(y.len()).min(p.len()),
        }
    }

    fn all_mut(&mut self) -> Places<'_> {
        match self {
            Self::Short(short) => short.all_mut(),
            Self::Long(long) => long.all_mut(),
        }
    }

    /// At most `len` places from `start` on; none beyond the end.
    pub(crate) fn window_mut(&mut self, start: usize, len: usize) -> Result<ColumnsMut<'_>, Error> {
        let end = self.len().min(start.saturating_add(len));
        let places = start.min(end)..end;
        let Places { t, x, y, p } = self.all_mut();
        ColumnsMut::new(
            &mut t[places.clone()],
            &mut x[places.clone()],
            &mut y[places.clone()],
            &mut p[places],
        )
    }

    /// Copies events to the places from `start` on, which must be there, and shows them.
    pub(super) fn put(&mut self, start: usize, events: Columns<'_>) -> Result<Columns<'_>, Error> {
        let places = start..start + events.len();
        let Places { t, x, y, p } = self.all_mut();
        let (t, x) = (&mut t[places.clone()], &mut x[places.clone()]);
        let (y, p) = (&mut y[places.clone()], &mut p[places]);
        t.copy_from_slice(events.t());
        x.copy_from_slice(events.x());
        y.copy_from_slice(events.y());
        p.copy_from_slice(events.p());
        Columns::new(t, x, y, p)
    }

    /// Makes room for at least `extra` more events behind the first `filled`; the room at least doubles when it must
    /// move.
    pub(super) fn try_grow(&mut self, filled: usize, extra: usize) -> PyResult<()> {
        if let Self::Short(_) = self {
            *self = self.moved(filled, Self::Long(Long::of(self.len())));
        }
        let Self::Long(long) = self else {
            return Ok(());
        };
        long.t.try_grow(filled, extra)?;
        long.x.try_grow(filled, extra)?;
        long.y.try_grow(filled, extra)?;
        long.p.try_grow(filled, extra)
    }

    /// The first `filled` events in `other`, which has room for them.
    fn moved(&mut self, filled: usize, mut other: Self) -> Self {
        let (from, to) = (self.all_mut(), other.all_mut());
        to.t[..filled].copy_from_slice(&from.t[..filled]);
        to.x[..filled].copy_from_slice(&from.x[..filled]);
        to.y[..filled].copy_from_slice(&from.y[..filled]);
        to.p[..filled].copy_from_slice(&from.p[..filled]);
        other
    }

    /// Hands the first `filled` events over without a copy, unless few of many places are filled.
    pub(crate) fn lend(mut self, py: Python<'_>, filled: usize) -> PyResult<Arrays<'_>> {
        if let Self::Short(short) = &self
            && filled < short.len() / 4 * 3
        {
            self = self.moved(filled, Self::of(filled));
        }
        match self {
            Self::Short(short) => short.lend(py, filled),
            Self::Long(Long { t, x, y, p }) => Ok((
                t.lend(py, filled)?,
                x.lend(py, filled)?,
                y.lend(py, filled)?,
                p.lend(py, filled)?,
            )),
        }
    }
}
