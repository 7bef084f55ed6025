//! One file, decoded piece by piece.

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use spikelet_events::format::{Format, aedat2::Frames, csv::Order};
use spikelet_events::{Kept, ReadOptions, Reader, Team};

use super::auditing::extremes_dict;
use super::met::Met;
use super::room::Room;
use super::{Arrays, PIECE, beside, format_named, size};
use crate::error::{events_error, parameter_error};
use crate::pool;

/// Events by which columns grow: zeroed and decoded while in the second-level cache.
const GROWTH: usize = 1 << 15;
/// Events between two looks for Ctrl-C where several threads decode them, the last of which may be late.
const SHARED: usize = 1 << 24;
/// Most events for which memory is set aside before any is decoded: 1.7 GB of addresses.
const MAX_FIRST: usize = 1 << 27;
/// Words or records of a file below which threads are not woken.
const WORTH_THREADS: u64 = 50_000;

/// Decodes one file piece by piece.
#[pyclass(module = "spikelet._core")]
pub(super) struct RawReader {
    path: PathBuf,
    reader: Reader<File>,
    is_size_given: bool,
    /// What stands beside the events, filled by `read_rest`, and by `read_chunk` once it was asked to.
    kept: Kept,
    keeps: bool,
    /// Makes frames of readings, where a format stores those.
    frames: Option<Frames>,
    /// How many of the readings kept it has taken.
    assembled: usize,
    /// How many frames it has made.
    made: u64,
}

#[pymethods]
impl RawReader {
    #[new]
    #[pyo3(signature = (
        path, *, format=None, sensor_size=None, chip=None, order=None, stream=None, keep_invalid=false
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "one keyword for each thing that a caller may know better than the file"
    )]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        format: Option<&str>,
        sensor_size: Option<(u32, u32)>,
        chip: Option<String>,
        order: Option<&str>,
        stream: Option<i32>,
        keep_invalid: bool,
    ) -> PyResult<Self> {
        let format = format.map(format_named).transpose()?;
        let options = ReadOptions {
            format,
            sensor_size: sensor_size.map(size),
            chip,
            order: order.map(order_named).transpose()?,
            stream,
            keep_invalid,
        };
        let reader = py.detach(|| Reader::open(&path, &options));
        match reader {
            Ok(reader) => Ok(Self {
                frames: frames_of(&reader),
                path,
                reader,
                is_size_given: sensor_size.is_some(),
                kept: Kept::default(),
                keeps: false,
                assembled: 0,
                made: 0,
            }),
            Err(error) => Err(events_error(&path, error)),
        }
    }

    #[getter]
    fn format(&self) -> &'static str {
        self.reader.format().name()
    }

    #[getter]
    fn recognised_by(&self) -> &'static str {
        self.reader.recognised_by().name()
    }

    #[getter]
    fn sensor_size(&self) -> Option<(u32, u32)> {
        self.reader
            .sensor_size()
            .map(|size| (size.width, size.height))
    }

    #[getter]
    fn origin(&self) -> &'static str {
        self.reader.origin().name()
    }

    #[getter]
    fn header(&self) -> Vec<(&str, &str)> {
        let fields = self.reader.header().fields.iter();
        fields
            .map(|field| (field.key.as_str(), field.value.as_str()))
            .collect()
    }

    /// From now on at most so many threads work for `read_chunk`: of two, one reads the file ahead.
    fn use_threads(&mut self, py: Python<'_>, threads: NonZeroUsize) {
        if threads > NonZeroUsize::MIN {
            py.detach(|| self.reader.read_ahead());
        }
    }

    /// Up to `capacity` events as stored; None at the end of the file.
    fn read_chunk<'py>(
        &mut self,
        py: Python<'py>,
        capacity: usize,
    ) -> PyResult<Option<Arrays<'py>>> {
        if capacity == 0 {
            return Err(parameter_error(
                "`capacity` must be at least 1, got 0; pass how many events to read".into(),
            ));
        }
        let (room, filled) = if self.keeps {
            let mut kept = core::mem::take(&mut self.kept);
            let team = pool::Workers::of(py, NonZeroUsize::MIN)?;
            let read = self.read_up_to(py, capacity, Some((&mut kept, &team)));
            self.kept = kept;
            let (room, filled) = read?;
            self.assemble(filled == 0);
            (room, filled)
        } else {
            self.read_up_to(py, capacity, None)?
        };
        if filled == 0 {
            return Ok(None);
        }
        room.lend(py, filled).map(Some)
    }

    /// All events that remain, and what stands beside them.
    #[pyo3(signature = (*, threads=NonZeroUsize::MIN), text_signature = "($self, *, threads=1)")]
    fn read_rest<'py>(&mut self, py: Python<'py>, threads: NonZeroUsize) -> PyResult<Arrays<'py>> {
        let mut kept = core::mem::take(&mut self.kept);
        let is_short = self
            .reader
            .units_left()
            .is_some_and(|units| units < WORTH_THREADS);
        let is_shared = self.reader.is_shareable() && !is_short;
        let threads = if is_shared {
            threads
        } else {
            NonZeroUsize::MIN
        };
        let team = pool::Workers::of(py, threads)?;
        let read = self.read_up_to(py, usize::MAX, Some((&mut kept, &team)));
        self.kept = kept;
        self.assemble(true);
        let (room, filled) = read?;
        room.lend(py, filled)
    }

    /// From now on `read_chunk` keeps what stands beside the events, as `read_rest` does.
    fn keep_beside(&mut self) {
        self.keeps = true;
    }

    /// Forgets what was kept so far, apart from triggers.
    fn forget_beside(&mut self) {
        self.kept = Kept::default();
        self.assembled = 0;
    }

    /// The external triggers seen so far, without the first of them.
    #[pyo3(signature = (*, skip=0))]
    #[expect(clippy::type_complexity, reason = "three arrays, as Python sees them")]
    fn triggers<'py>(
        &self,
        py: Python<'py>,
        skip: usize,
    ) -> (
        Bound<'py, PyArray1<i64>>,
        Bound<'py, PyArray1<u8>>,
        Bound<'py, PyArray1<bool>>,
    ) {
        let triggers = self.reader.triggers().get(skip..).unwrap_or_default();
        (
            PyArray1::from_iter(py, triggers.iter().map(|trigger| trigger.t)),
            PyArray1::from_iter(py, triggers.iter().map(|trigger| trigger.id)),
            PyArray1::from_iter(py, triggers.iter().map(|trigger| trigger.p)),
        )
    }

    /// Samples of the inertial sensor among what `read_rest` has read.
    fn imu<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        beside::imu(py, &self.kept)
    }

    /// Frames among what `read_rest` has read; they are handed out once.
    fn frames<'py>(&mut self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        beside::frames(py, &mut self.kept)
    }

    /// Readings of single pixels' grey levels among what `read_rest` has read.
    fn samples<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        beside::samples(py, &self.kept)
    }

    /// Marks among what `read_rest` has read.
    fn specials<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        beside::specials(py, &self.kept)
    }

    /// Events of exposure among what `read_rest` has read.
    fn exposures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        beside::exposures(py, &self.kept)
    }

    /// `[n, 3]` colours of what `read_rest` has read.
    fn colors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<u8>>> {
        beside::colors(py, &self.kept)
    }

    /// Whole payloads among what `read_rest` has read.
    fn payloads<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        beside::payloads(py, &self.kept)
    }

    /// What was seen so far, and where the first of each kind of trouble stands, by the names of the report; what is
    /// as it is there by default is left out.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (counts, audit, blame) = (
            self.reader.counts(),
            self.reader.audit(),
            self.reader.blame(),
        );
        let report = Met(PyDict::new(py));
        report.set_item("out_of_bounds", audit.out_of_bounds)?;
        report.set_item("first_out_of_bounds", audit.first_out_of_bounds)?;
        report.set_item("backward_steps", audit.backward_steps)?;
        report.set_item("first_backward", audit.first_backward)?;
        report.set_item("events", counts.events)?;
        report.set_item("bytes_read", self.reader.bytes_read())?;
        report.set_item("tail_bytes", counts.tail_bytes)?;
        report.set_item("dropped_before_time", counts.dropped_before_time)?;
        report.set_item("overflow_records", counts.overflow_records)?;
        report.set_item("special_events", counts.special_events)?;
        report.set_item("aps_samples", counts.aps_samples)?;
        report.set_item("imu_samples", counts.imu_samples)?;
        report.set_item("skipped_words", counts.skipped_words)?;
        report.set_item("reserved_words", counts.reserved_words)?;
        report.set_item("time_wraps", counts.time_wraps)?;
        report.set_item("missing_bytes", self.reader.missing_bytes())?;
        report.set_item("exposure_events", counts.exposure_events)?;
        report.set_item("payloads", counts.payloads)?;
        report.set_item("bad_lines", counts.bad_lines)?;
        report.set_item("first_bad_line", counts.first_bad_line)?;
        report.set_item("events_before_bad_line", counts.events_before_bad_line)?;
        report.set_item("frames", counts.frames + self.made)?;
        report.set_item("invalid_events", counts.invalid_events)?;
        report.set_item("skipped_packets", counts.skipped_packets)?;
        report.set_item("other_streams", counts.other_streams)?;
        report.set_item("bad_packets", counts.bad_packets)?;
        report.set_item("first_bad_byte", blame.bad_packet_byte)?;
        report.set_item("time_resets", counts.time_resets)?;
        report.set_item("first_out_of_bounds_byte", blame.out_of_bounds_byte)?;
        report.set_item("first_backward_byte", blame.backward_byte)?;
        if !self.is_size_given {
            report.0.set_item("sensor_size_from", "file")?;
        }
        let notes = self.notes();
        if !notes.is_empty() {
            report.0.set_item("notes", PyTuple::new(py, notes)?)?;
        }
        Ok(report.0)
    }

    /// The extremes of the events seen so far.
    fn extremes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        extremes_dict(py, self.reader.audit())
    }
}

fn order_named(name: &str) -> PyResult<Order> {
    let wrong = || {
        parameter_error(format!(
            "`order` must name t, x, y and p once each, as in \"t x y p\", got `{name}`; other names stand for \
             columns to leave out"
        ))
    };
    Order::named(name).ok_or_else(wrong)
}

/// What makes frames of readings, for a file that holds those.
fn frames_of(reader: &Reader<File>) -> Option<Frames> {
    let size = reader.sensor_size()?;
    (reader.format() == Format::Aedat2).then(|| Frames::new(size))
}

impl RawReader {
    /// What had to be concluded because the file does not say it.
    fn notes(&self) -> Vec<String> {
        let mut notes = self.reader.notes().to_vec();
        let incomplete = self.frames.as_ref().map_or(0, Frames::incomplete);
        if incomplete > 0 {
            notes.push(format!(
                "frames whose pixels were not all read twice, left out: {incomplete}"
            ));
        }
        notes
    }

    /// Makes frames of the readings that were kept since it was last asked.
    fn assemble(&mut self, is_end: bool) {
        let Some(frames) = &mut self.frames else {
            return;
        };
        let readings = self.kept.samples.get(self.assembled..).unwrap_or_default();
        let before = self.kept.frames.len();
        let whole = readings.iter().filter_map(|&reading| frames.push(reading));
        self.kept.frames.extend(whole);
        self.assembled = self.kept.samples.len();
        if is_end {
            self.kept.frames.extend(frames.finish());
        }
        self.made += (self.kept.frames.len() - before) as u64;
    }

    /// Decodes into columns that grow with the file, at most `limit` events; returns how many.
    fn read_up_to(
        &mut self,
        py: Python<'_>,
        limit: usize,
        mut whole: Option<(&mut Kept, &pool::Workers)>,
    ) -> PyResult<(Room, usize)> {
        let mut room = Room::of(self.events_ahead().min(limit));
        let mut filled = 0;
        while filled < limit {
            if filled == room.len() {
                room.try_grow(filled, GROWTH.min(limit - filled))?;
            }
            let read = py.detach(|| match &mut whole {
                Some((kept, team)) => self.read_whole((&mut room, filled), kept, team),
                None => self.reader.read(&mut room.window_mut(filled, PIECE)?),
            });
            let read = read.map_err(|error| events_error(&self.path, error))?;
            filled += read;
            py.check_signals()?;
            // It found more places than events: to be told the end once more takes longer than to see it.
            if read == 0 || (read < PIECE && filled < room.len()) {
                break;
            }
        }
        Ok((room, filled))
    }

    /// Decodes the next events and what stands beside them.
    fn read_whole(
        &mut self,
        (room, filled): (&mut Room, usize),
        kept: &mut Kept,
        team: &pool::Workers,
    ) -> Result<usize, spikelet_events::Error> {
        let piece = if team.size() > 1 { SHARED } else { PIECE };
        let mut out = room.window_mut(filled, piece)?.with_beside(kept);
        self.reader.read_with(&mut out, team)
    }

    /// About as many events as the file still holds, and one more to see its end.
    fn events_ahead(&self) -> usize {
        let events = self.reader.events_left().unwrap_or(0);
        usize::try_from(events).unwrap_or(usize::MAX).min(MAX_FIRST) + 1
    }
}
