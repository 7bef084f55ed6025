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
        Ok(report)
    }

    /// The extremes of the events seen so far, as a reader reports them.
    fn extremes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        extremes_dict(py, &self.audit)
    }
}

/// The extremes of all events, None where there are none.
pub(super) fn extremes_dict<'py>(
    py: Python<'py>,
    audit: &spikelet_events::Audit,
) -> PyResult<Bound<'py, PyDict>> {
    let extremes = PyDict::new(py);
    let seen = |value: i64| (audit.events > 0).then_some(value);
    extremes.set_item("x_max", seen(audit.x_max.into()))?;
    extremes.set_item("y_max", seen(audit.y_max.into()))?;
    extremes.set_item("t_first", seen(audit.t_first))?;
    extremes.set_item("t_last", seen(audit.t_last))?;
    extremes.set_item("t_min", seen(audit.t_min))?;
    extremes.set_item("t_max", seen(audit.t_max))?;
    extremes.set_item("on", audit.on)?;
    Ok(extremes)
}
