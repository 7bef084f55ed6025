use super::Filter;
use super::memory::PerPixel;
use crate::{Error, Event, SensorSize};

/// Keeps every `n`th event of each pixel.
///
/// ```
/// use spikelet_events::filter::{Decimation, Filter};
/// use spikelet_events::{Columns, SensorSize};
///
/// let mut filter = Decimation::new(SensorSize { width: 2, height: 1 }, 2)?;
/// let events = Columns::new(&[0, 1, 2, 3], &[0, 1, 0, 0], &[0; 4], &[true; 4])?;
/// assert_eq!(filter.mask(events), [false, false, true, false]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decimation {
    n: u32,
    /// Events of each pixel since the last that stayed.
    seen: PerPixel<u32>,
}

impl Decimation {
    /// A filter that has seen nothing; an `n` of 0 keeps every event, as 1 does.
    ///
    /// # Errors
    /// [`Error::Memory`]: the sensor has no pixel or too many.
    pub fn new(size: SensorSize, n: u32) -> Result<Self, Error> {
        let seen = PerPixel::filled(size, 0)?;
        Ok(Self { n, seen })
    }
}

impl Filter for Decimation {
    #[inline]
    fn keeps(&mut self, event: Event) -> bool {
        let Some(seen) = self.seen.at(event.x, event.y) else {
            return false;
        };
        let is_due = *seen + 1 >= self.n;
        *seen = if is_due { 0 } else { *seen + 1 };
        is_due
    }
}
