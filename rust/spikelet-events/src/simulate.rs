//! What an event sensor reports of the images it is shown.
//!
//! [`Sensor`] is the general piece: it takes successive images and gives events. Where the images come from is
//! another matter; [`Saccades`] over a [`Scene`] is one source of them, [`record`] joins the two.
//!
//! Logarithms come from `libm` and sums run in a fixed order, so that a recording is the same bit for bit on every
//! platform, with and without `std`.
//!
//! ```
//! use spikelet_events::simulate::{Saccades, Scene, Sensor, SensorConfig, record};
//!
//! let stroke = [0.1, 1.0, 0.1, 0.1, 1.0, 0.1];
//! let scene = Scene::new(&stroke, (3, 2), 4.0, 0.1)?;
//! let path = Saccades::new(3.0, 100_000, 1_000)?;
//! let mut sensor = Sensor::new(SensorConfig::new(24, 16))?;
//! let mut events = Vec::new();
//! record(&scene, &path, &mut sensor, |event| events.push(event))?;
//! assert!(events.iter().any(|e| e.p) && events.iter().any(|e| !e.p));
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod config;
mod draws;
mod flaws;
mod pixel;
mod saccades;
mod sensor;

pub use config::SensorConfig;
pub use flaws::Flaws;
pub use saccades::{Saccades, Scene, record};
pub use sensor::Sensor;

use crate::Error;

/// What the simulator refuses, before it changes anything: the cases of [`Error::Simulate`].
///
/// ```
/// use spikelet_events::{Error, simulate::Refusal};
///
/// let error = Error::from(Refusal::Size { name: "image", expected: 4, got: 3 });
/// assert_eq!(error.to_string(), "`image` must have 4 pixels, got 3");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A setting breaks its rule.
    #[error("`{name}` must be {rule}, got {value}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it must be.
        rule: &'static str,
        /// What it was.
        value: f64,
    },
    /// An image has another number of pixels than its size says.
    #[error("`{name}` must have {expected} pixels, got {got}")]
    Size {
        /// The argument.
        name: &'static str,
        /// Width times height.
        expected: usize,
        /// The number of values given.
        got: usize,
    },
    /// A pixel has no intensity that a logarithm could be taken of.
    #[error(
        "pixel {index} must be finite, not negative and above 0 once `log_offset` is added, got {value}; \
         scale the image or raise `log_offset`"
    )]
    Intensity {
        /// Position in the image, row by row.
        index: usize,
        /// The intensity given.
        value: f32,
    },
    /// An image is not later than the one before it.
    #[error("images must come at rising times, got {got} us after {last} us")]
    Time {
        /// The time of the image before, or −1 for the first.
        last: i64,
        /// The time given.
        got: i64,
    },
    /// The memory for the sensor's pixels cannot be had.
    #[error("a sensor of {pixels} pixels must fit into memory; make it smaller")]
    Memory {
        /// Width times height.
        pixels: usize,
    },
}

/// A setting that must be a number of one kind.
fn demand(is_met: bool, name: &'static str, rule: &'static str, value: f64) -> Result<(), Error> {
    if is_met {
        Ok(())
    } else {
        Err(Refusal::Setting { name, rule, value }.into())
    }
}

#[cfg(test)]
mod tests;
