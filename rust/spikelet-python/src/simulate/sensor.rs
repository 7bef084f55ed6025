//! A sensor that is shown one image after another, its rows shared among threads.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use numpy::PyReadonlyArray2;
use pyo3::prelude::*;
use rayon::prelude::*;
use spikelet_events::simulate::{Flaws, Sensor, SensorConfig};
use spikelet_events::{Error, Event, OwnedColumns};

use super::{pixels, simulate_error};
use crate::error::shape_error;
use crate::events::{Arrays, arrays};
use crate::pool;

/// An event sensor, and the events that were not taken yet.
#[pyclass(frozen, module = "spikelet._core")]
pub(super) struct EventSensor {
    size: (u16, u16),
    threads: NonZeroUsize,
    state: Mutex<State>,
}

/// Bands of rows from the top, each a sensor of its own.
struct State {
    /// Rows of each band but the last, which has what is left.
    rows: usize,
    bands: Vec<Sensor>,
    events: OwnedColumns,
}

#[pymethods]
impl EventSensor {
    #[new]
    #[pyo3(signature = (size, *, threshold_on, threshold_off, threshold_mismatch, refractory_us, leak_rate_hz,
                        shot_noise_rate_hz, bandwidth_hz, log_offset, seed, threads))]
    #[expect(
        clippy::too_many_arguments,
        reason = "keyword arguments of Python, each with its own name there"
    )]
    fn new(
        size: (u16, u16),
        threshold_on: f64,
        threshold_off: f64,
        threshold_mismatch: f64,
        refractory_us: i64,
        leak_rate_hz: f64,
        shot_noise_rate_hz: f64,
        bandwidth_hz: f64,
        log_offset: f64,
        seed: u64,
        threads: NonZeroUsize,
    ) -> PyResult<Self> {
        let flaws = Flaws {
            threshold_mismatch,
            leak_rate_hz,
            shot_noise_rate_hz,
            bandwidth_hz,
            seed,
        };
        let config = SensorConfig {
            on_threshold: threshold_on,
            off_threshold: threshold_off,
            refractory_us,
            log_offset,
            flaws,
            ..SensorConfig::new(size.0, size.1)
        };
        let rows = size
            .1
            .div_ceil(u16::try_from(threads.get()).unwrap_or(u16::MAX))
            .max(1);
        let bands = (0..size.1.max(1))
            .step_by(usize::from(rows))
            .map(|first| Sensor::of_rows(config, first..first.saturating_add(rows)))
            .collect::<Result<_, Error>>()
            .map_err(|error| simulate_error(&error))?;
        let events = OwnedColumns::default();
        let state = Mutex::new(State {
            rows: usize::from(rows),
            bands,
            events,
        });
        Ok(Self {
            size,
            threads,
            state,
        })
    }

    /// Shows an image from the time before to `t_us`, and keeps the events between.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "PyO3 hands arguments over by value"
    )]
    fn expose(&self, py: Python<'_>, image: PyReadonlyArray2<'_, f32>, t_us: i64) -> PyResult<()> {
        let (image, size) = pixels(&image)?;
        let (width, height) = (usize::from(self.size.0), usize::from(self.size.1));
        if size != (width, height) {
            let (got_width, got_height) = size;
            return Err(shape_error(format!(
                "`image` must have shape [{height}, {width}], got [{got_height}, {got_width}]"
            )));
        }
        let pool = pool::of_threads(py, self.threads)?;
        py.detach(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            // The guard itself may not go to another thread, what it guards may.
            let state: &mut State = &mut state;
            let shared = pool.map(|pool| pool.install(|| state.expose_shared(image, width, t_us)));
            let found = shared.unwrap_or_else(|| state.expose_alone(image, width, t_us))?;
            state.keep(&found);
            Ok(())
        })
        .map_err(|error| simulate_error(&error))
    }

    /// The events since the last call, sorted by time.
    fn take<'py>(&self, py: Python<'py>) -> Arrays<'py> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let events = std::mem::take(&mut state.events);
        drop(state);
        arrays(py, events)
    }

    /// How many events fell into refractory times so far.
    fn dropped_refractory(&self) -> u64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.bands.iter().map(Sensor::dropped_refractory).sum()
    }
}

impl State {
    fn expose_alone(&mut self, image: &[f32], width: usize, t_us: i64) -> Shown {
        let parts = image.chunks(width * self.rows);
        let bands = self.bands.iter_mut().zip(parts);
        bands.map(|(band, part)| seen(band, part, t_us)).collect()
    }

    fn expose_shared(&mut self, image: &[f32], width: usize, t_us: i64) -> Shown {
        let parts = image.par_chunks(width * self.rows);
        let bands = self.bands.par_iter_mut().zip(parts);
        bands.map(|(band, part)| seen(band, part, t_us)).collect()
    }

    fn keep(&mut self, found: &[Vec<Event>]) {
        let mut found = found.concat();
        // Stable: bands stand in order of their rows, so that one microsecond has its events by y, then x.
        found.sort_by_key(|event| event.t);
        self.events.t.extend(found.iter().map(|event| event.t));
        self.events.x.extend(found.iter().map(|event| event.x));
        self.events.y.extend(found.iter().map(|event| event.y));
        self.events.p.extend(found.iter().map(|event| event.p));
    }
}

/// The events of each band.
type Shown = Result<Vec<Vec<Event>>, Error>;

fn seen(band: &mut Sensor, part: &[f32], t_us: i64) -> Result<Vec<Event>, Error> {
    let mut found = Vec::new();
    band.expose(part, t_us, |event| found.push(event))?;
    Ok(found)
}
