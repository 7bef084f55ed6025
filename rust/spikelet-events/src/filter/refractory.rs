use alloc::vec::Vec;
use core::hint::select_unpredictable;

use super::memory::{PerPixel, at, ordered};
use super::{Filter, masked};
use crate::{Columns, Error, Event, SensorSize};

/// Which events a pixel is deaf after.
///
/// ```
/// use spikelet_events::filter::DeadTime;
///
/// assert_ne!(DeadTime::AfterKept, DeadTime::AfterEvery);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeadTime {
    /// Only those that stay, as a pixel of a sensor is: a non-paralyzable detector.
    AfterKept,
    /// Those that are dropped too, so that a burst is cut after its first event: a paralyzable detector.
    AfterEvery,
}

/// Drops events that follow another of their pixel within the refractory period.
///
/// An event at $t$ stays where $t - t_\text{last} \ge$ the period, with $t_\text{last}$ the pixel's last event that
/// stayed, or, with [`DeadTime::AfterEvery`], its last event at all. A pixel's first event stays.
///
/// ```
/// use spikelet_events::filter::{DeadTime, Filter, RefractoryPeriod};
/// use spikelet_events::{Columns, SensorSize};
///
/// let (size, zeros) = (SensorSize { width: 1, height: 1 }, [0; 5]);
/// let burst = Columns::new(&[0, 60, 120, 180, 280], &zeros, &zeros, &[true; 5])?;
/// let mut pixel = RefractoryPeriod::new(size, 100, DeadTime::AfterKept)?;
/// assert_eq!(pixel.mask(burst), [true, false, true, false, true]);
/// let mut held = RefractoryPeriod::new(size, 100, DeadTime::AfterEvery)?;
/// assert_eq!(held.mask(burst), [true, false, false, false, true]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RefractoryPeriod {
    rule: Rule,
    /// The first moment at which each pixel is heard again.
    ready: PerPixel<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    us: u64,
    dead_time: DeadTime,
}

impl RefractoryPeriod {
    /// A filter that has seen nothing, for a period of `us` microseconds.
    ///
    /// # Errors
    /// [`Error::Memory`]: the sensor has no pixel or too many.
    pub fn new(size: SensorSize, us: u64, dead_time: DeadTime) -> Result<Self, Error> {
        Ok(Self {
            rule: Rule { us, dead_time },
            ready: PerPixel::filled(size, 0)?,
        })
    }
}

impl Rule {
    #[inline]
    fn keeps(self, ready: &mut u64, t: i64) -> bool {
        let now = ordered(t);
        let is_heard = now >= *ready;
        let is_deaf_next = is_heard || self.dead_time == DeadTime::AfterEvery;
        // No branch, which could not foresee who is heard.
        *ready = select_unpredictable(is_deaf_next, now.saturating_add(self.us), *ready);
        is_heard
    }
}

impl Filter for RefractoryPeriod {
    #[inline]
    fn keeps(&mut self, event: Event) -> bool {
        let ready = self.ready.at(event.x, event.y);
        ready.is_some_and(|ready| self.rule.keeps(ready, event.t))
    }

    fn mask(&mut self, events: Columns<'_>) -> Vec<bool> {
        // Moved in: beside memory that is written to, rule and width would be read again for each event.
        let (rule, (width, ready)) = (self.rule, self.ready.parts());
        masked(events, move |event| {
            let ready = at((width, ready), event.x, event.y);
            ready.is_some_and(|ready| rule.keeps(ready, event.t))
        })
    }
}
