//! One file, written piece by piece.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spikelet_events::format::{aedat4::Compression, evt21::ByteOrder};
use spikelet_events::header::Field;
use spikelet_events::{BesideKind, WriteOptions, Writer};

use super::{Borrowed, PIECE, adding, format_named, size};
use crate::error::{events_error, parameter_error};
use crate::pool;

/// Events between two looks for Ctrl-C where several threads encode them, the last of which may be late.
const SHARED: usize = 1 << 21;
/// Events below which threads are not woken.
const WORTH_THREADS: usize = 50_000;

/// Encodes events into a file that takes its name once it is whole.
#[pyclass(module = "spikelet._core")]
pub(super) struct RawWriter {
    path: PathBuf,
    /// None once closed or given up.
    writer: Option<Writer>,
    threads: NonZeroUsize,
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "arguments as Python hands them over"
)]
#[pymethods]
impl RawWriter {
    #[new]
    #[pyo3(signature = (path, *, format, sensor_size, chip=None, header=Vec::new(), compression="none", byte_order="little", beside=Vec::new(), threads=NonZeroUsize::MIN), text_signature = "(path, *, format, sensor_size, chip=None, header=..., compression=\"none\", byte_order=\"little\", beside=..., threads=1)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "one keyword for each thing that a format may leave open"
    )]
    fn new(
        path: PathBuf,
        format: &str,
        sensor_size: (u32, u32),
        chip: Option<String>,
        header: Vec<(String, String)>,
        compression: &str,
        byte_order: &str,
        beside: Vec<String>,
        threads: NonZeroUsize,
    ) -> PyResult<Self> {
        let format = format_named(format)?;
        let header = header
            .into_iter()
            .map(|(key, value)| Field { key, value })
            .collect();
        let unknown = || {
            parameter_error(format!(
                "`compression` must be \"none\", \"lz4\" or \"zstd\", got `{compression}`; pass one of them"
            ))
        };
        let compression = Compression::named(compression).ok_or_else(unknown)?;
        let options = WriteOptions {
            chip,
            header,
            compression,
            byte_order: order_named(byte_order)?,
            beside: beside
                .iter()
                .filter_map(|name| BesideKind::named(name))
                .collect(),
        };
        match Writer::create(&path, format, size(sensor_size), &options) {
            Ok(writer) => Ok(Self {
                path,
                writer: Some(writer),
                threads,
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
        let Self {
            path,
            writer,
            threads,
        } = self;
        let writer = writer.as_mut().ok_or_else(|| closed(path))?;
        let borrowed = Borrowed { t, x, y, p };
        let mut rest = borrowed.columns()?;
        let is_shared = threads.get() > 1 && rest.len() >= WORTH_THREADS;
        let (threads, most) = if is_shared {
            (*threads, SHARED)
        } else {
            (NonZeroUsize::MIN, PIECE)
        };
        let team = pool::Workers::of(py, threads)?;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(most);
            let written = py.detach(|| writer.write_with(piece, &team));
            written.map_err(|error| events_error(path, error))?;
            py.check_signals()?;
            rest = after;
        }
        Ok(())
    }

    /// Adds edges at external inputs, which are written with the events around them.
    fn add_triggers(
        &mut self,
        t: PyReadonlyArray1<'_, i64>,
        id: PyReadonlyArray1<'_, u8>,
        p: PyReadonlyArray1<'_, bool>,
    ) -> PyResult<()> {
        let more = adding::triggers(&t, &id, &p)?;
        self.open()?.triggers_mut().extend(more);
        Ok(())
    }

    /// Adds samples of the inertial sensor: times, three times `[n, 3]` and temperatures.
    fn add_imu(
        &mut self,
        t: PyReadonlyArray1<'_, i64>,
        accelerometer: PyReadonlyArray2<'_, f32>,
        gyroscope: PyReadonlyArray2<'_, f32>,
        magnetometer: PyReadonlyArray2<'_, f32>,
        temperature: PyReadonlyArray1<'_, f32>,
    ) -> PyResult<()> {
        let axes = [&accelerometer, &gyroscope, &magnetometer];
        let more = adding::imu(&t, axes, &temperature)?;
        self.open()?.beside_mut().imu.extend(more);
        Ok(())
    }

    /// Adds a frame: its five times, its place, and `[H, W, C]` pixels.
    fn add_frame(
        &mut self,
        times: (i64, i64, i64, i64, i64),
        place: (i32, i32),
        pixels: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let frame = adding::frame(times, place, pixels)?;
        self.open()?.beside_mut().frames.push(frame);
        Ok(())
    }

    /// Adds marks that are neither events nor edges.
    fn add_specials(
        &mut self,
        t: PyReadonlyArray1<'_, i64>,
        kind: PyReadonlyArray1<'_, u8>,
        data: PyReadonlyArray1<'_, u32>,
    ) -> PyResult<()> {
        let more = adding::specials(&t, &kind, &data)?;
        self.open()?.beside_mut().specials.extend(more);
        Ok(())
    }

    /// Adds readings of single pixels' grey levels.
    fn add_samples(
        &mut self,
        t: PyReadonlyArray1<'_, i64>,
        x: PyReadonlyArray1<'_, u16>,
        y: PyReadonlyArray1<'_, u16>,
        read: PyReadonlyArray1<'_, u8>,
        value: PyReadonlyArray1<'_, u16>,
    ) -> PyResult<()> {
        let more = adding::samples(&t, (&x, &y), (&read, &value))?;
        self.open()?.beside_mut().samples.extend(more);
        Ok(())
    }

    /// Adds events of exposure, placed by their index.
    fn add_exposures(
        &mut self,
        t: PyReadonlyArray1<'_, i64>,
        x: PyReadonlyArray1<'_, u16>,
        y: PyReadonlyArray1<'_, u16>,
        is_second: PyReadonlyArray1<'_, bool>,
        index: PyReadonlyArray1<'_, u64>,
    ) -> PyResult<()> {
        let columns = Borrowed {
            t,
            x,
            y,
            p: is_second,
        };
        let more = adding::exposures(columns.columns()?, &index)?;
        self.open()?.beside_mut().exposures.extend(more);
        Ok(())
    }

    /// Adds `[n, 3]` colours of the events that are written next.
    fn add_colors(&mut self, colors: PyReadonlyArray2<'_, u8>) -> PyResult<()> {
        let more = adding::colors(&colors)?;
        self.open()?.beside_mut().colors.extend(more);
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

impl RawWriter {
    fn open(&mut self) -> PyResult<&mut Writer> {
        self.writer.as_mut().ok_or_else(|| closed(&self.path))
    }
}

fn order_named(name: &str) -> PyResult<ByteOrder> {
    let unknown = || {
        parameter_error(format!(
            "`byte_order` must be \"little\" or \"legacy\", got `{name}`; pass one of them"
        ))
    };
    ByteOrder::named(name).ok_or_else(unknown)
}

fn closed(path: &Path) -> PyErr {
    parameter_error(format!(
        "{}: the writer must be open, got a closed one; make a new one",
        path.display()
    ))
}
