use alloc::vec::Vec;

use super::memory::{PerPixel, at};
use super::{Filter, masked};
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

    /// A filter of the pixels that have more than `most` events, of as many as each has, row by row.
    ///
    /// Pixels without a count keep their events.
    ///
    /// ```
    /// use spikelet_events::filter::{DropPixels, Filter, count_pixels};
    /// use spikelet_events::{Columns, SensorSize};
    ///
    /// let size = SensorSize { width: 2, height: 1 };
    /// let events = Columns::new(&[0, 1, 2], &[0, 1, 1], &[0; 3], &[true; 3])?;
    /// let counts = count_pixels(events, size)?;
    /// assert_eq!(DropPixels::above(size, &counts, 1)?.mask(events), [true, false, false]);
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Memory`]: the sensor has no pixel or too many.
    pub fn above(size: SensorSize, counts: &[u32], most: u32) -> Result<Self, Error> {
        let mut stays = PerPixel::filled(size, true)?;
        for (stays, &count) in stays.parts().1.iter_mut().zip(counts) {
            *stays = count <= most;
        }
        Ok(Self { stays })
    }
}

impl Filter for DropPixels {
    #[inline]
    fn keeps(&mut self, event: Event) -> bool {
        self.stays.at(event.x, event.y).is_some_and(|stays| *stays)
    }

    fn mask(&mut self, events: Columns<'_>) -> Vec<bool> {
        // Moved in: beside the mask that is written, the width would be read again for each event.
        let (width, values) = self.stays.parts();
        masked(events, move |event| {
            at((width, values), event.x, event.y).is_some_and(|stays| *stays)
        })
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

/// Mean and standard deviation of the counts that are not 0; zeros where there is none.
///
/// ```
/// use spikelet_events::filter::spread;
///
/// assert_eq!(spread(&[0, 2, 4, 0]), (3.0, 1.0));
/// assert_eq!(spread(&[0]), (0.0, 0.0));
/// ```
pub fn spread(counts: &[u32]) -> (f64, f64) {
    // Whole numbers: nothing is rounded before the end, however many there are.
    let (mut active, mut sum, mut squares) = (0_u64, 0_u64, 0_u128);
    for &count in counts {
        let count = u64::from(count);
        active += u64::from(count > 0);
        sum += count;
        squares += u128::from(count * count);
    }
    let (active, sum) = (u128::from(active.max(1)), u128::from(sum));
    let deviation = libm::sqrt((active * squares - sum * sum) as f64) / active as f64;
    (sum as f64 / active as f64, deviation)
}
