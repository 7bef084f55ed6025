use alloc::vec::Vec;

use core::ops::Range;

use super::Refusal;
use super::config::SensorConfig;
use super::pixel::{Interval, Pixel};
use crate::{Error, Event};

/// An event sensor: pixels that report each step of log intensity, up or down, and nothing else.
///
/// A pixel holds the level $l$ of its last crossing. Between two images its log intensity
/// $L = \ln(I + \text{offset})$ runs linearly in time; whenever $L$ meets $l + \theta_\text{on}$ there is an ON
/// event, whenever it meets $l - \theta_\text{off}$ an OFF event, and $l$ moves there. An event that falls into its
/// pixel's refractory time is dropped and counted, and its level moves all the same.
///
/// [`Flaws`](super::Flaws) make it real: thresholds differ from pixel to pixel; $L$ runs behind a first-order
/// low-pass, solved exactly along the ramp; $l$ leaks downwards; and shot noise reports what did not happen, after
/// which $l$ is what $L$ is. Every pixel draws from a stream of its own.
///
/// After Rebecq, Gehrig, Scaramuzza, ESIM: an Open Event Camera Simulator, Conference on Robot Learning 2018, and
/// Hu, Liu, Delbruck, v2e: From Video Frames to Realistic DVS Events, CVPR Workshops 2021.
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
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sensor {
    config: SensorConfig,
    first_row: u16,
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
    /// [`Refusal::Setting`] for a setting outside its rule, [`Refusal::Memory`] for a size beyond memory.
    ///
    /// ```
    /// use spikelet_events::simulate::{Sensor, SensorConfig};
    ///
    /// let config = SensorConfig { off_threshold: 0.0, ..SensorConfig::new(8, 8) };
    /// let error = Sensor::new(config).unwrap_err();
    /// assert_eq!(error.to_string(), "`off_threshold` must be finite and at least 0.001, got 0");
    /// ```
    pub fn new(config: SensorConfig) -> Result<Self, Error> {
        Self::of_rows(config, 0..config.height)
    }

    /// A part of a sensor that sees only some of its rows: what parts report together is what the sensor reports.
    /// Rows beyond the sensor are left out.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// ```
    /// use spikelet_events::simulate::{Sensor, SensorConfig};
    ///
    /// let mut lower = Sensor::of_rows(SensorConfig::new(2, 4), 3..4)?;
    /// let mut rows = Vec::new();
    /// lower.expose(&[1.0, 1.0], 0, |_| ())?;
    /// lower.expose(&[1.4, 1.0], 1_000, |event| rows.push(event.y))?;
    /// assert_eq!(rows, [3]);
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    pub fn of_rows(config: SensorConfig, rows: Range<u16>) -> Result<Self, Error> {
        config.check()?;
        let rows = rows.start.min(config.height)..rows.end.min(config.height);
        let width = u64::from(config.width);
        let indices = u64::from(rows.start) * width..u64::from(rows.end) * width;
        let count = indices.end.saturating_sub(indices.start) as usize;
        let mut pixels = Vec::new();
        if pixels.try_reserve_exact(count).is_err() {
            return Err(Refusal::Memory { pixels: count }.into());
        }
        pixels.extend(indices.map(|index| Pixel::new(&config, index)));
        Ok(Self {
            config,
            first_row: rows.start,
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
    /// # Ok::<(), spikelet_events::Error>(())
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
    /// # Ok::<(), spikelet_events::Error>(())
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
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    pub fn expose(
        &mut self,
        intensity: &[f32],
        t_us: i64,
        sink: impl FnMut(Event),
    ) -> Result<(), Error> {
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

    fn check(&self, intensity: &[f32], t_us: i64) -> Result<(), Error> {
        let expected = self.pixels.len();
        if intensity.len() != expected {
            let got = intensity.len();
            return Err(Refusal::Size {
                name: "intensity",
                expected,
                got,
            }
            .into());
        }
        // Times start at 0, so that their differences cannot overflow.
        let last = self.seen_us.unwrap_or(-1);
        if t_us <= last {
            return Err(Refusal::Time { last, got: t_us }.into());
        }
        let offset = self.config.log_offset;
        let has_log =
            |&value: &f32| value.is_finite() && value >= 0.0 && f64::from(value) + offset > 0.0;
        match intensity.iter().position(|value| !has_log(value)) {
            None => Ok(()),
            Some(index) => {
                let value = intensity.get(index).copied().unwrap_or_default();
                Err(Refusal::Intensity { index, value }.into())
            }
        }
    }

    fn settle(&mut self, intensity: &[f32]) {
        for (pixel, &value) in self.pixels.iter_mut().zip(intensity) {
            pixel.settle(value, &self.config);
        }
    }

    fn follow(&mut self, intensity: &[f32], start_us: i64, stop_us: i64) {
        let interval = Interval {
            config: &self.config,
            start_us,
            length_us: (stop_us - start_us) as f64,
        };
        let is_ideal = self.config.flaws.leave_pixels_at_rest();
        let width = usize::from(self.config.width);
        let pending = &mut self.pending;
        let rows = self.pixels.chunks_mut(width).zip(intensity.chunks(width));
        for (y, (pixels, values)) in (self.first_row..).zip(rows) {
            for (x, (pixel, &value)) in (0..).zip(pixels.iter_mut().zip(values)) {
                let report = |t, p| pending.push(Event { t, x, y, p });
                // Most of a picture stands still, and the logarithm is most of the work.
                self.dropped_refractory += if !is_ideal {
                    pixel.drift(value, &interval, report)
                } else if value.to_bits() != pixel.intensity.to_bits() {
                    pixel.follow(value, &interval, report)
                } else {
                    0
                };
            }
        }
    }
}
