//! The audit of events that come in pieces.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Borrowed, audit_dict, size};

/// What is wrong with events, found piece by piece.
#[pyclass(module = "spikelet._core")]
pub(super) struct Audit {
    pub(super) audit: spikelet_events::Audit,
}

#[pymethods]
impl Audit {
    #[new]
    #[pyo3(signature = (sensor_size=None))]
    fn new(sensor_size: Option<(u32, u32)>) -> Self {
        Self {
            audit: spikelet_events::Audit::new(sensor_size.map(size)),
        }
    }

    /// Looks at the next events of the recording.
    fn add(
        &mut self,
        py: Python<'_>,
        t: PyReadonlyArray1<'_, i64>,
        x: PyReadonlyArray1<'_, u16>,
        y: PyReadonlyArray1<'_, u16>,
        p: PyReadonlyArray1<'_, bool>,
    ) -> PyResult<()> {
        let borrowed = Borrowed { t, x, y, p };
        let columns = borrowed.columns()?;
        py.detach(|| self.audit.add(columns));
        Ok(())
    }

    /// What was found so far, as a reader reports it.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let report = audit_dict(py, &self.audit)?;
        report.set_item("events", self.audit.events)?;
        add_extremes(&report, &self.audit)?;
        Ok(report)
    }
}

/// Adds the extremes of all events, None where there are none.
pub(super) fn add_extremes(
    report: &Bound<'_, PyDict>,
    audit: &spikelet_events::Audit,
) -> PyResult<()> {
    let seen = |value: i64| (audit.events > 0).then_some(value);
    report.set_item("x_max", seen(audit.x_max.into()))?;
    report.set_item("y_max", seen(audit.y_max.into()))?;
    report.set_item("t_first", seen(audit.t_first))?;
    report.set_item("t_last", seen(audit.t_last))?;
    report.set_item("t_min", seen(audit.t_min))?;
    report.set_item("t_max", seen(audit.t_max))?;
    report.set_item("on", audit.on)
}
