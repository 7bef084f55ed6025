use super::demand;
use super::flaws::Flaws;
use crate::Error;

/// Finer contrast steps than this are refused: a pixel would report thousands of events for one image, and sums of
/// smaller steps stop moving a level at all.
pub(super) const MIN_THRESHOLD: f64 = 1e-3;

/// The settings of a [`Sensor`](super::Sensor).
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
    /// How it differs from an ideal sensor.
    pub flaws: Flaws,
}

impl SensorConfig {
    /// Thresholds of 0.3, no refractory time, no offset, no flaws.
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
            flaws: Flaws::NONE,
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
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
        demand(is_met, "log_offset", "finite and 0 or above", offset)?;
        self.flaws.check()
    }
}
