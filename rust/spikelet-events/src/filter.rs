//! Filters: which events stay, decided one at a time with a memory of each pixel.
//!
//! A [`Filter`] takes sorted events as they come, from a file, a socket or a sensor, and says of each whether it
//! stays. Its memory is as large as the sensor, whatever the length of the recording, and lasts from one call to the
//! next: parts of a recording give what the whole gives.
//!
//! ```
//! use spikelet_events::filter::{DeadTime, Filter, RefractoryPeriod};
//! use spikelet_events::{Columns, SensorSize};
//!
//! let size = SensorSize { width: 4, height: 1 };
//! let mut filter = RefractoryPeriod::new(size, 100, DeadTime::AfterKept)?;
//! let events = Columns::new(&[0, 60, 120, 120], &[1, 1, 1, 2], &[0; 4], &[true; 4])?;
//! assert_eq!(filter.mask(events), [true, false, true, true]);
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod decimation;
mod denoise;
mod integrate;
mod memory;
mod pixels;
mod refractory;

use alloc::vec;
use alloc::vec::Vec;

pub use decimation::Decimation;
pub use denoise::{Denoise, Neighbours};
pub use integrate::Integrator;
pub use pixels::{DropPixels, count_pixels, spread};
pub use refractory::{DeadTime, RefractoryPeriod};

use crate::{Columns, Event};

/// Says of each event whether it stays. Events come in order of time.
///
/// ```
/// use spikelet_events::filter::{Decimation, Filter};
/// use spikelet_events::{Event, SensorSize};
///
/// let mut filter = Decimation::new(SensorSize { width: 8, height: 8 }, 2)?;
/// let event = Event { t: 5, x: 3, y: 3, p: true };
/// assert!(!filter.keeps(event) && filter.keeps(event));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub trait Filter {
    /// Whether the event stays; the filter remembers it. An event outside the sensor never stays.
    fn keeps(&mut self, event: Event) -> bool;

    /// [`keeps`](Self::keeps) of one event after another.
    fn mask(&mut self, events: Columns<'_>) -> Vec<bool> {
        masked(events, |event| self.keeps(event))
    }
}

/// Events judged by a loop of a known length, which leaves registers of the processor to `keeps`.
const CHUNK: usize = 64;

#[inline]
fn masked(events: Columns<'_>, mut keeps: impl FnMut(Event) -> bool) -> Vec<bool> {
    // Put in place: pushed one by one they take twice as long.
    let mut stays = vec![false; events.len()];
    let (chunks, tail) = stays.as_chunks_mut::<CHUNK>();
    let (_, rest) = events.split_at(chunks.len() * CHUNK);
    let times = events.t().as_chunks::<CHUNK>().0;
    let columns = events.x().as_chunks::<CHUNK>().0;
    let rows = events.y().as_chunks::<CHUNK>().0;
    let polarities = events.p().as_chunks::<CHUNK>().0;
    let pixels = columns.iter().zip(rows).zip(polarities);
    for ((stays, t), ((x, y), p)) in chunks.iter_mut().zip(times).zip(pixels) {
        for place in 0..CHUNK {
            let (t, x, y, p) = (t[place], x[place], y[place], p[place]);
            stays[place] = keeps(Event { t, x, y, p });
        }
    }
    for (stays, event) in tail.iter_mut().zip(rest.iter()) {
        *stays = keeps(event);
    }
    stays
}
