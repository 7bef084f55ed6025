use alloc::vec::Vec;

use super::Filter;
use super::memory::PerPixel;
use crate::{Columns, Error, Event, SensorSize};

/// Drops the events of certain pixels, such as hot ones.
///
/// ```
/// use spikelet_events::filter::{DropPixels, Filter};
/// use spikelet_events::{Columns, SensorSize};
///
/// let mut filter = DropPixels::new(SensorSize { width: 2, height: 1 }, [(1, 0)])?;
/// let events = Columns::new(&[0, 1, 2], &[0, 1, 0], &[0; 3], &[true; 3])?;
/// assert_eq!(filter.mask(events), [true, false, true]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DropPixels {
    stays: PerPixel<bool>,
}

impl DropPixels {
    /// A filter without the pixels (x, y); those outside the sensor change nothing.
    ///
    /// # Errors
    /// [`Error::Memory`]: the sensor has no pixel or too many.
    pub fn new(
        size: SensorSize,
        pixels: impl IntoIterator<Item = (u16, u16)>,
    ) -> Result<Self, Error> {
        let mut stays = PerPixel::filled(size, true)?;
        for (x, y) in pixels {
            if let Some(stays) = stays.at(x, y) {
                *stays = false;
            }
        }
        Ok(Self { stays })
    }
}

impl Filter for DropPixels {
    #[inline]
    fn keeps(&mut self, event: Event) -> bool {
        self.stays.at(event.x, event.y).is_some_and(|stays| *stays)
    }
}

/// How many events each pixel has, at most [`u32::MAX`], row by row; events outside the sensor are not counted.
///
/// # Errors
/// [`Error::Memory`]: the sensor has no pixel or too many.
///
/// ```
/// use spikelet_events::filter::count_pixels;
/// use spikelet_events::{Columns, SensorSize};
///
/// let events = Columns::new(&[0, 1, 2], &[0, 1, 0], &[0; 3], &[true; 3])?;
/// assert_eq!(count_pixels(events, SensorSize { width: 3, height: 1 })?, [2, 1, 0]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub fn count_pixels(events: Columns<'_>, size: SensorSize) -> Result<Vec<u32>, Error> {
    let mut counts = PerPixel::filled(size, 0_u32)?;
    for Event { x, y, .. } in events.iter() {
        if let Some(count) = counts.at(x, y) {
            *count = count.saturating_add(1);
        }
    }
    Ok(counts.into_values())
}
