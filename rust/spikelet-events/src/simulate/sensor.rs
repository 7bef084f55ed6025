use alloc::vec::Vec;

use super::{SimulateError, demand};
use crate::Event;

/// Finer contrast steps than this are refused: a pixel would report thousands of events for one image, and sums of
/// smaller steps stop moving a level at all.
const MIN_THRESHOLD: f64 = 1e-3;

/// The settings of a [`Sensor`].
///
/// ```
/// use spikelet_events::simulate::SensorConfig;
///
/// let config = SensorConfig { refractory_us: 1_000, ..SensorConfig::new(34, 34) };
/// assert_eq!(config.on_threshold, 0.3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SensorConfig {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Rise of log intensity that gives an ON event, at least 0.001.
    pub on_threshold: f64,
    /// Fall of log intensity that gives an OFF event, at least 0.001.
    pub off_threshold: f64,
    /// Time in microseconds after an event in which its pixel reports none.
    pub refractory_us: i64,
    /// Added to every intensity before the logarithm: the dark current, in units of intensity.
    pub log_offset: f64,
}

impl SensorConfig {
    /// Thresholds of 0.3, no refractory time, no offset.
    ///
    /// ```
    /// let config = spikelet_events::simulate::SensorConfig::new(128, 96);
    /// assert_eq!((config.width, config.height, config.refractory_us), (128, 96, 0));
    /// ```
    #[must_use]
    pub const fn new(width: u16, height: u16) -> Self {
        Self {
            width,
            height,
            // The middle of what is measured on DVS128 and DAVIS sensors, 0.2 to 0.5.
            on_threshold: 0.3,
            off_threshold: 0.3,
            refractory_us: 0,
            log_offset: 0.0,
        }
    }

    fn check(&self) -> Result<(), SimulateError> {
        for (name, side) in [("width", self.width), ("height", self.height)] {
            demand(side > 0, name, "above 0", f64::from(side))?;
        }
        for (name, value) in [
            ("on_threshold", self.on_threshold),
            ("off_threshold", self.off_threshold),
        ] {
            let is_met = value.is_finite() && value >= MIN_THRESHOLD;
            demand(is_met, name, "finite and at least 0.001", value)?;
        }
        let refractory = self.refractory_us;
        demand(
            refractory >= 0,
            "refractory_us",
            "0 or above",
            refractory as f64,
        )?;
        let offset = self.log_offset;
        let is_met = offset.is_finite() && offset >= 0.0;
        demand(is_met, "log_offset", "finite and 0 or above", offset)
    }
}

/// What one pixel remembers.
#[derive(Debug, Clone, Copy)]
struct Pixel {
    /// As last shown, to tell at once whether anything changed.
    intensity: f32,
    /// Logarithm of what was last shown.
    log: f64,
    /// Log intensity at the last crossing.
    level: f64,
    /// The first time at which the pixel may report again.
    ready_us: i64,
}

impl Pixel {
    /// Walks the level along the ramp, reports each crossing, and returns how many fell into the refractory time.
    fn cross(
        &mut self,
        ramp: &Ramp,
        config: &SensorConfig,
        mut report: impl FnMut(i64, bool),
    ) -> u64 {
        let is_rising = ramp.to > ramp.from;
        let step = if is_rising {
            config.on_threshold
        } else {
            -config.off_threshold
        };
        let mut dropped = 0;
        loop {
            let next = self.level + step;
            // A level that is just met counts as crossed, rising or falling.
            if (is_rising && next > ramp.to) || (!is_rising && next < ramp.to) {
                return dropped;
            }
            self.level = next;
            let t_us = ramp.time_of(next);
            if t_us < self.ready_us {
                dropped += 1;
            } else {
                self.ready_us = t_us.saturating_add(config.refractory_us);
                report(t_us, is_rising);
            }
        }
    }
}

/// Log intensity between two images: linear in time.
struct Ramp {
    from: f64,
    to: f64,
    start_us: i64,
    length_us: f64,
}

impl Ramp {
    /// The microsecond nearest to the moment at which `level` is met.
    fn time_of(&self, level: f64) -> i64 {
        let part = (level - self.from) / (self.to - self.from);
        // Rounded, not cut: the quotient of a crossing at 1000 us may come out as 999.9999.
        self.start_us + (part * self.length_us + 0.5) as i64
    }
}

/// An event sensor: pixels that report each step of log intensity, up or down, and nothing else.
///
/// A pixel holds the level $l$ of its last crossing. Between two images its log intensity
/// $L = \ln(I + \text{offset})$ runs linearly in time; whenever $L$ meets $l + \theta_\text{on}$ there is an ON
/// event, whenever it meets $l - \theta_\text{off}$ an OFF event, and $l$ moves there. An event that falls into its
/// pixel's refractory time is dropped and counted, and its level moves all the same.
///
/// After Rebecq, Gehrig, Scaramuzza, ESIM: an Open Event Camera Simulator, Conference on Robot Learning 2018.
///
/// ```
/// use spikelet_events::simulate::{Sensor, SensorConfig};
///
/// let config = SensorConfig { on_threshold: 0.5, ..SensorConfig::new(2, 1) };
/// let mut sensor = Sensor::new(config)?;
/// let mut events = Vec::new();
/// sensor.expose(&[1.0, 1.0], 0, |event| events.push(event))?;
/// // The right pixel brightens by ln 3 = 1.099: two crossings, at 0.5 and at 1.0.
/// sensor.expose(&[1.0, 3.0], 10_000, |event| events.push(event))?;
/// assert_eq!(events.iter().map(|e| (e.t, e.x, e.p)).collect::<Vec<_>>(), [(4551, 1, true), (9102, 1, true)]);
/// # Ok::<(), spikelet_events::simulate::SimulateError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sensor {
    config: SensorConfig,
    pixels: Vec<Pixel>,
    seen_us: Option<i64>,
    dropped_refractory: u64,
    /// The events of one exposure, kept for its memory.
    pending: Vec<Event>,
}

impl Sensor {
    /// A sensor that has seen nothing yet.
    ///
    /// # Errors
    /// [`SimulateError::Setting`] for a setting outside its rule, [`SimulateError::Memory`] for a size beyond memory.
    ///
    /// ```
    /// use spikelet_events::simulate::{Sensor, SensorConfig};
    ///
    /// let config = SensorConfig { off_threshold: 0.0, ..SensorConfig::new(8, 8) };
    /// let error = Sensor::new(config).unwrap_err();
    /// assert_eq!(error.to_string(), "`off_threshold` must be finite and at least 0.001, got 0");
    /// ```
    pub fn new(config: SensorConfig) -> Result<Self, SimulateError> {
        config.check()?;
        let count = usize::from(config.width) * usize::from(config.height);
        let mut pixels = Vec::new();
        if pixels.try_reserve_exact(count).is_err() {
            return Err(SimulateError::Memory { pixels: count });
        }
        let blank = Pixel {
            intensity: 0.0,
            log: 0.0,
            level: 0.0,
            ready_us: 0,
        };
        pixels.resize(count, blank);
        Ok(Self {
            config,
            pixels,
            seen_us: None,
            dropped_refractory: 0,
            pending: Vec::new(),
        })
    }

    /// The settings it was made with.
    ///
    /// ```
    /// use spikelet_events::simulate::{Sensor, SensorConfig};
    ///
    /// let sensor = Sensor::new(SensorConfig::new(8, 4))?;
    /// assert_eq!(sensor.config().height, 4);
    /// # Ok::<(), spikelet_events::simulate::SimulateError>(())
    /// ```
    #[must_use]
    pub const fn config(&self) -> &SensorConfig {
        &self.config
    }

    /// How many events fell into refractory times so far.
    ///
    /// ```
    /// use spikelet_events::simulate::{Sensor, SensorConfig};
    ///
    /// let config = SensorConfig { refractory_us: 5_000, ..SensorConfig::new(1, 1) };
    /// let mut sensor = Sensor::new(config)?;
    /// let mut count = 0;
    /// sensor.expose(&[1.0], 0, |_| count += 1)?;
    /// sensor.expose(&[4.0], 1_000, |_| count += 1)?;
    /// // ln 4 = 1.386 is four thresholds of 0.3, of which the pixel reports the first.
    /// assert_eq!((count, sensor.dropped_refractory()), (1, 3));
    /// # Ok::<(), spikelet_events::simulate::SimulateError>(())
    /// ```
    #[must_use]
    pub const fn dropped_refractory(&self) -> u64 {
        self.dropped_refractory
    }

    /// Shows an image from the time before to `t_us`, and hands the events between to `sink`, sorted by time, then
    /// `y`, then `x`. The first image only sets the levels.
    ///
    /// `intensity` is `[height * width]`, row by row, linear in light.
    ///
    /// # Errors
    /// An image of another size, an intensity with no logarithm, a time that does not rise. The sensor is then as it
    /// was before the call.
    ///
    /// ```
    /// use spikelet_events::simulate::{Sensor, SensorConfig};
    ///
    /// let mut sensor = Sensor::new(SensorConfig::new(1, 1))?;
    /// sensor.expose(&[2.0], 0, |_| ())?;
    /// assert!(sensor.expose(&[f32::NAN], 1_000, |_| ()).is_err());
    /// assert!(sensor.expose(&[2.0], 0, |_| ()).is_err());
    /// # Ok::<(), spikelet_events::simulate::SimulateError>(())
    /// ```
    pub fn expose(
        &mut self,
        intensity: &[f32],
        t_us: i64,
        sink: impl FnMut(Event),
    ) -> Result<(), SimulateError> {
        self.check(intensity, t_us)?;
        match self.seen_us.replace(t_us) {
            None => self.settle(intensity),
            Some(start_us) => self.follow(intensity, start_us, t_us),
        }
        // Stable, so that the order of one microsecond stays that of the walk: y, then x.
        self.pending.sort_by_key(|event| event.t);
        self.pending.drain(..).for_each(sink);
        Ok(())
    }

    fn check(&self, intensity: &[f32], t_us: i64) -> Result<(), SimulateError> {
        let expected = self.pixels.len();
        if intensity.len() != expected {
            let got = intensity.len();
            return Err(SimulateError::Size {
                name: "intensity",
                expected,
                got,
            });
        }
        // Times start at 0, so that their differences cannot overflow.
        let last = self.seen_us.unwrap_or(-1);
        if t_us <= last {
            return Err(SimulateError::Time { last, got: t_us });
        }
        let offset = self.config.log_offset;
        let has_log =
            |&value: &f32| value.is_finite() && value >= 0.0 && f64::from(value) + offset > 0.0;
        match intensity.iter().position(|value| !has_log(value)) {
            None => Ok(()),
            Some(index) => {
                let value = intensity.get(index).copied().unwrap_or_default();
                Err(SimulateError::Intensity { index, value })
            }
        }
    }

    fn settle(&mut self, intensity: &[f32]) {
        let offset = self.config.log_offset;
        for (pixel, &value) in self.pixels.iter_mut().zip(intensity) {
            let log = libm::log(f64::from(value) + offset);
            *pixel = Pixel {
                intensity: value,
                log,
                level: log,
                ready_us: 0,
            };
        }
    }

    fn follow(&mut self, intensity: &[f32], start_us: i64, stop_us: i64) {
        let config = self.config;
        let width = usize::from(config.width);
        let length_us = (stop_us - start_us) as f64;
        let rows = self.pixels.chunks_mut(width).zip(intensity.chunks(width));
        for (y, (pixels, values)) in rows.enumerate() {
            for (x, (pixel, &value)) in pixels.iter_mut().zip(values).enumerate() {
                // Most of a picture stands still, and the logarithm is most of the work.
                if value.to_bits() == pixel.intensity.to_bits() {
                    continue;
                }
                let to = libm::log(f64::from(value) + config.log_offset);
                let ramp = Ramp {
                    from: pixel.log,
                    to,
                    start_us,
                    length_us,
                };
                (pixel.intensity, pixel.log) = (value, to);
                let pending = &mut self.pending;
                self.dropped_refractory += pixel.cross(&ramp, &config, |t, p| {
                    pending.push(Event {
                        t,
                        x: x as u16,
                        y: y as u16,
                        p,
                    });
                });
            }
        }
    }
}
