use alloc::vec::Vec;

use super::Filter;
use super::memory::ordered;
use crate::{Error, Event, SensorSize};

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
    size: SensorSize,
    us: u64,
    neighbours: Neighbours,
    /// Until when each pixel supports its neighbours, with a margin of one pixel all around.
    until: Vec<u64>,
    stride: usize,
}

impl Denoise {
    /// A filter that has seen nothing, with support for `us` microseconds.
    ///
    /// # Errors
    /// [`Error::Memory`]: the sensor has no pixel or too many.
    pub fn new(size: SensorSize, us: u64, neighbours: Neighbours) -> Result<Self, Error> {
        let until = super::memory::with_margin(size, 0)?;
        let stride = size.width as usize + 2;
        Ok(Self {
            size,
            us,
            neighbours,
            until,
            stride,
        })
    }
}

impl Filter for Denoise {
    fn keeps(&mut self, event: Event) -> bool {
        if !self.size.contains(event.x, event.y) {
            return false;
        }
        let now = ordered(event.t);
        // The corner above and to the left of the pixel; the margin makes all nine places exist.
        let corner = event.y as usize * self.stride + event.x as usize;
        let row = |number: usize| {
            let start = corner + number * self.stride;
            self.until.get(start..start + 3).unwrap_or_default()
        };
        let (above, level, below) = (row(0), row(1), row(2));
        let (&[nw, n, ne], &[w, _, e], &[sw, s, se]) = (above, level, below) else {
            return false;
        };
        // The latest of all rather than one after another: a branch could not foresee which supports.
        let beside = n.max(w).max(e).max(s);
        let across = nw.max(ne).max(sw).max(se);
        if let Some(until) = self.until.get_mut(corner + self.stride + 1) {
            *until = now.saturating_add(self.us);
        }
        match self.neighbours {
            Neighbours::Four => beside > now,
            Neighbours::Eight => beside.max(across) > now,
        }
    }
}
