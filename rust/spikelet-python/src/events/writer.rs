//! One file, written piece by piece.

use std::path::{Path, PathBuf};

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikelet_events::format::aedat4::Compression;
use spikelet_events::header::Field;
use spikelet_events::{WriteOptions, Writer};

use super::{Borrowed, PIECE, format_named, size};
use crate::error::{events_error, parameter_error};

/// Encodes events into a file that takes its name once it is whole.
#[pyclass(module = "spikelet._core")]
pub(super) struct RawWriter {
    path: PathBuf,
    /// None once closed or given up.
    writer: Option<Writer>,
}

#[pymethods]
impl RawWriter {
    #[new]
    #[pyo3(signature = (path, *, format, sensor_size, chip=None, header=Vec::new(), compression="none"))]
    fn new(
        path: PathBuf,
        format: &str,
        sensor_size: (u32, u32),
        chip: Option<String>,
        header: Vec<(String, String)>,
        compression: &str,
    ) -> PyResult<Self> {
        let format = format_named(format)?;
        let header = header
            .into_iter()
            .map(|(key, value)| Field { key, value })
            .collect();
        let unknown = || {
            parameter_error(format!(
                "`compression` must be \"none\" or \"lz4\", got `{compression}`; pass one of them"
            ))
        };
        let compression = Compression::named(compression).ok_or_else(unknown)?;
        let options = WriteOptions {
            chip,
            header,
            compression,
        };
        match Writer::create(&path, format, size(sensor_size), &options) {
            Ok(writer) => Ok(Self {
                path,
                writer: Some(writer),
            }),
            Err(error) => Err(events_error(&path, error)),
        }
    }

    /// Appends events; what the format cannot hold is refused by its index.
    fn write(
        &mut self,
        py: Python<'_>,
        t: PyReadonlyArray1<'_, i64>,
        x: PyReadonlyArray1<'_, u16>,
        y: PyReadonlyArray1<'_, u16>,
        p: PyReadonlyArray1<'_, bool>,
    ) -> PyResult<()> {
        let Self { path, writer } = self;
        let writer = writer.as_mut().ok_or_else(|| closed(path))?;
        let borrowed = Borrowed { t, x, y, p };
        let mut rest = borrowed.columns()?;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(PIECE);
            let written = py.detach(|| writer.write(piece));
            written.map_err(|error| events_error(path, error))?;
            py.check_signals()?;
            rest = after;
        }
        Ok(())
    }

    /// Gives the file its name and says what was written.
    fn close<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let writer = self.writer.take().ok_or_else(|| closed(&self.path))?;
        let written = py.detach(|| writer.close());
        let written = written.map_err(|error| events_error(&self.path, error))?;
        let report = PyDict::new(py);
        report.set_item("events", written.events)?;
        report.set_item("bytes", written.bytes)?;
        report.set_item("time_offset", written.time_offset)?;
        Ok(report)
    }

    /// Removes what was written; nothing happens after `close`.
    fn abort(&mut self) {
        self.writer = None;
    }
}

fn closed(path: &Path) -> PyErr {
    parameter_error(format!(
        "{}: the writer must be open, got a closed one; make a new one",
        path.display()
    ))
}
