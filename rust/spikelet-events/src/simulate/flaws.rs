use super::demand;
use crate::Error;

/// Faster than any pixel fires: a bound on what one image can cost.
const MAX_RATE_HZ: f64 = 1e6;

/// How a real sensor differs from the ideal one. None of it by default.
///
/// ```
/// use spikelet_events::simulate::{Flaws, SensorConfig};
///
/// let flaws = Flaws { leak_rate_hz: 0.1, ..Flaws::NONE };
/// let config = SensorConfig { flaws, ..SensorConfig::new(34, 34) };
/// assert_eq!(config.flaws.shot_noise_rate_hz, 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flaws {
    /// Standard deviation of the pixels' thresholds, as a share of the threshold. A pixel's threshold is at least
    /// 0.01, or the threshold where that is less, as in v2e.
    pub threshold_mismatch: f64,
    /// ON events per second of a pixel that sees nothing change: its level leaks away.
    pub leak_rate_hz: f64,
    /// Events per second of a pixel in the dark that nothing caused; a quarter of that at intensity 1 and above.
    pub shot_noise_rate_hz: f64,
    /// Frequency at which a pixel's first-order low-pass has lost 3 dB; infinite for none, at least 0.001.
    pub bandwidth_hz: f64,
    /// What all of it is drawn by, pixel by pixel.
    pub seed: u64,
}

impl Flaws {
    /// The ideal sensor.
    pub const NONE: Self = Self {
        threshold_mismatch: 0.0,
        leak_rate_hz: 0.0,
        shot_noise_rate_hz: 0.0,
        bandwidth_hz: f64::INFINITY,
        seed: 0,
    };

    /// Whether a pixel that sees nothing change stays silent, and follows at once where something does.
    pub(super) fn leave_pixels_at_rest(&self) -> bool {
        self.leak_rate_hz == 0.0
            && self.shot_noise_rate_hz == 0.0
            && self.bandwidth_hz == f64::INFINITY
    }

    /// Time constant of the low-pass in microseconds; 0 for none.
    pub(super) fn tau_us(&self) -> f64 {
        1e6 / (core::f64::consts::TAU * self.bandwidth_hz)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let mismatch = self.threshold_mismatch;
        let is_met = (0.0..=1.0).contains(&mismatch);
        demand(is_met, "threshold_mismatch", "from 0 to 1", mismatch)?;
        for (name, rate) in [
            ("leak_rate_hz", self.leak_rate_hz),
            ("shot_noise_rate_hz", self.shot_noise_rate_hz),
        ] {
            let is_met = (0.0..=MAX_RATE_HZ).contains(&rate);
            demand(is_met, name, "from 0 to 1000000", rate)?;
        }
        let bandwidth = self.bandwidth_hz;
        demand(
            bandwidth >= 1e-3,
            "bandwidth_hz",
            "at least 0.001",
            bandwidth,
        )
    }
}

impl Default for Flaws {
    fn default() -> Self {
        Self::NONE
    }
}
