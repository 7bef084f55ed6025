//! What a reader met, by name.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Counts by name. A recording has few of the many kinds of trouble, and a small file is read in the time that an
/// item for each would take.
pub(super) struct Met<'py>(pub(super) Bound<'py, PyDict>);

impl Met<'_> {
    /// Says what was met; nothing of what was not.
    pub(super) fn set_item(&self, name: &str, count: impl Count) -> PyResult<()> {
        match count.met() {
            Some(count) => self.0.set_item(name, count),
            None => Ok(()),
        }
    }
}

/// How many things there are, or the place of the first of them.
pub(super) trait Count {
    fn met(self) -> Option<u64>;
}

impl Count for u64 {
    fn met(self) -> Option<u64> {
        (self > 0).then_some(self)
    }
}

impl Count for Option<u64> {
    fn met(self) -> Option<u64> {
        self
    }
}
