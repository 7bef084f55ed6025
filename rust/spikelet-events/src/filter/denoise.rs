use alloc::vec::Vec;

use super::memory::ordered;
use super::{Filter, masked};
use crate::{Columns, Error, Event, SensorSize};

/// Which pixels around one count as its neighbours.
///
/// ```
/// use spikelet_events::filter::Neighbours;
///
/// assert_ne!(Neighbours::Four, Neighbours::Eight);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Neighbours {
    /// Those that share a side.
    Four,
    /// Those that share a side or a corner.
    Eight,
}

/// Background-activity filter: drops events that no neighbour supports.
///
/// An event at $t$ stays where a neighbouring pixel had an event, kept or not, at $t' > t - \Delta$ before it. The
/// first event of a moving edge falls with the noise.
///
/// After T. Delbruck, Frame-free dynamic digital vision, International Symposium on Secure-Life Electronics 2008.
///
/// ```
/// use spikelet_events::filter::{Denoise, Filter, Neighbours};
/// use spikelet_events::{Columns, SensorSize};
///
/// let mut filter = Denoise::new(SensorSize { width: 8, height: 8 }, 100, Neighbours::Eight)?;
/// let events = Columns::new(&[0, 50, 150, 500], &[1, 2, 7, 2], &[1, 2, 7, 1], &[true; 4])?;
/// assert_eq!(filter.mask(events), [false, true, false, false]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Denoise {
    rule: Rule,
    /// Until when each pixel is supported by its neighbours, with a margin of one pixel all around.
    until: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    us: u64,
    neighbours: Neighbours,
    /// From a row to the next.
    stride: usize,
}

impl Denoise {
    /// A filter that has seen nothing, with support for `us` microseconds.
    ///
    /// # Errors
    /// [`Error::Memory`]: the sensor has no pixel or too many.
    pub fn new(size: SensorSize, us: u64, neighbours: Neighbours) -> Result<Self, Error> {
        let rule = Rule {
            us,
            neighbours,
            stride: size.width as usize + 2,
        };
        let until = super::memory::with_margin(size, 0)?;
        Ok(Self { rule, until })
    }
}

impl Rule {
    #[inline]
    fn keeps(self, until: &mut [u64], event: Event) -> bool {
        // From the corner above and to the left of the pixel to the one below and to the right; the margin makes
        // all nine places exist, and none below the last row.
        let corner = event.y as usize * self.stride + event.x as usize;
        let around = until.get_mut(corner..corner + 2 * self.stride + 3);
        let Some(around) = around.filter(|_| event.x as usize + 2 < self.stride) else {
            return false;
        };
        // Support is written to the neighbours, not gathered from them: time goes on, so the last is the longest, and
        // a store takes less time than a load and a maximum.
        let now = ordered(event.t);
        let end = now.saturating_add(self.us);
        if let Some(above) = around.first_chunk_mut() {
            self.support(above, end);
        }
        if let Some(below) = around.last_chunk_mut() {
            self.support(below, end);
        }
        let level = around.get_mut(self.stride..);
        let Some([west, own, east]) = level.and_then(<[u64]>::first_chunk_mut) else {
            return false;
        };
        (*west, *east) = (end, end);
        *own > now
    }

    /// Supports the three pixels above or below one.
    #[inline]
    fn support(self, row: &mut [u64; 3], end: u64) {
        match self.neighbours {
            Neighbours::Four => row[1] = end,
            Neighbours::Eight => *row = [end; 3],
        }
    }
}

impl Filter for Denoise {
    #[inline]
    fn keeps(&mut self, event: Event) -> bool {
        self.rule.keeps(&mut self.until, event)
    }

    fn mask(&mut self, events: Columns<'_>) -> Vec<bool> {
        // Moved in: beside memory that is written to, the rule's numbers would be read again for each event.
        let (rule, until) = (self.rule, self.until.as_mut_slice());
        masked(events, move |event| rule.keeps(until, event))
    }
}
