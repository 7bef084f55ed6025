use alloc::vec;
use alloc::vec::Vec;

use super::Filter;
use super::memory::{ordered, with_margin};
use crate::{Columns, Error, Event, SensorSize};

/// Events judged together, whose times are looked at first.
const BLOCK: usize = 64;
/// The longest support that short times hold; so much of them is left.
const MOST_SHORT: u64 = 1 << 14;
/// Pixels that are moved on for each event since the last time, at most.
const MOVED: usize = 16;

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
    until: Until,
}

/// Until when each pixel is supported by its neighbours, with a margin of one pixel all around.
#[derive(Clone, Debug)]
enum Until {
    /// A quarter of the memory: of a large sensor it stays in the cache.
    Short(Short),
    Long(Vec<u64>),
}

/// Short times, which are moved on when they end.
#[derive(Clone, Debug)]
struct Short {
    /// The time that 0 stands for, that of an event; 0 before the first.
    from: u64,
    ends: Vec<u16>,
    /// Events since they were moved.
    events: usize,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    us: u64,
    neighbours: Neighbours,
    /// From a row to the next.
    stride: usize,
}

impl Short {
    /// Whether these times are within reach, if need be after moving on.
    #[inline]
    fn reaches(&mut self, us: u64, times: &[i64]) -> bool {
        let is_held = self.holds(us, times) || (self.moves_to(times) && self.holds(us, times));
        self.events += times.len();
        is_held
    }

    #[inline]
    fn holds(&self, us: u64, times: &[i64]) -> bool {
        let after = times.iter().map(|&t| ordered(t).wrapping_sub(self.from));
        after.fold(0, |all, time| all | time) <= u16::MAX as u64 - us
    }

    /// Whether moving on through all of these times, the first there are, takes longer than large memory does.
    fn is_too_short(&self, times: &[i64]) -> bool {
        let (Some(&first), Some(&last)) = (times.first(), times.last()) else {
            return false;
        };
        let moves = ordered(last).wrapping_sub(ordered(first)) >> u16::BITS;
        let moved = moves.saturating_mul(self.ends.len() as u64);
        self.events == 0 && moved > (times.len() * MOVED) as u64
    }

    /// Lets 0 stand for the first of these times, where that pays.
    #[cold]
    fn moves_to(&mut self, times: &[i64]) -> bool {
        let first = times.first().map_or(self.from, |&t| ordered(t));
        let is_fresh = self.events == 0;
        if first < self.from || (!is_fresh && self.events * MOVED < self.ends.len()) {
            return false;
        }
        if !is_fresh {
            let by = (first - self.from).min(u16::MAX as u64) as u16;
            let ends = self.ends.iter_mut();
            ends.for_each(|end| *end = end.saturating_sub(by));
        }
        (self.from, self.events) = (first, 0);
        true
    }

    fn lengthened(&self) -> Vec<u64> {
        let long = |&end: &u16| match end {
            0 => 0,
            end => self.from.saturating_add(end.into()),
        };
        self.ends.iter().map(long).collect()
    }
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
        let until = if us <= MOST_SHORT {
            let ends = with_margin(size, 0)?;
            let (from, events) = (0, 0);
            Until::Short(Short { from, ends, events })
        } else {
            Until::Long(with_margin(size, 0)?)
        };
        Ok(Self { rule, until })
    }

    /// Says of a block of events whether they stay.
    #[inline]
    fn judge(&mut self, events: Columns<'_>, stays: &mut [bool]) {
        let rule = self.rule;
        if let Until::Short(short) = &mut self.until {
            if short.reaches(rule.us, events.t()) {
                let (from, us) = (short.from, rule.us as u16);
                rule.judge(&mut short.ends, (events, stays), |t| {
                    let now = ordered(t).wrapping_sub(from) as u16;
                    (now, now + us)
                });
                return;
            }
            self.until = Until::Long(short.lengthened());
        }
        if let Until::Long(ends) = &mut self.until {
            rule.judge(ends, (events, stays), |t| {
                let now = ordered(t);
                (now, now.saturating_add(rule.us))
            });
        }
    }
}

impl Rule {
    /// `times` are when an event is, and until when it gives support.
    #[inline]
    fn judge<T: Copy + Ord>(
        self,
        until: &mut [T],
        (events, stays): (Columns<'_>, &mut [bool]),
        times: impl Fn(i64) -> (T, T),
    ) {
        for (stays, event) in stays.iter_mut().zip(events.iter()) {
            *stays = self.keeps(until, event, times(event.t));
        }
    }

    #[inline]
    fn keeps<T: Copy + Ord>(self, until: &mut [T], event: Event, (now, end): (T, T)) -> bool {
        // From the corner above and to the left of the pixel to the one below and to the right; the margin makes
        // all nine places exist, and none below the last row.
        let corner = event.y as usize * self.stride + event.x as usize;
        let around = until.get_mut(corner..corner + 2 * self.stride + 3);
        let Some(around) = around.filter(|_| event.x as usize + 2 < self.stride) else {
            return false;
        };
        // Support is written to the neighbours, not gathered from them: time goes on, so the last is the longest, and
        // a store takes less time than a load and a maximum.
        if let Some(above) = around.first_chunk_mut() {
            self.support(above, end);
        }
        if let Some(below) = around.last_chunk_mut() {
            self.support(below, end);
        }
        let level = around.get_mut(self.stride..);
        let Some([west, own, east]) = level.and_then(<[T]>::first_chunk_mut) else {
            return false;
        };
        (*west, *east) = (end, end);
        *own > now
    }

    /// Supports the three pixels above or below one.
    #[inline]
    fn support<T: Copy>(self, row: &mut [T; 3], end: T) {
        match self.neighbours {
            Neighbours::Four => row[1] = end,
            Neighbours::Eight => *row = [end; 3],
        }
    }
}

impl Filter for Denoise {
    fn keeps(&mut self, event: Event) -> bool {
        let mut stays = [false];
        if let Ok(one) = Columns::new(&[event.t], &[event.x], &[event.y], &[event.p]) {
            self.judge(one, &mut stays);
        }
        stays[0]
    }

    fn mask(&mut self, events: Columns<'_>) -> Vec<bool> {
        if let Until::Short(short) = &self.until
            && short.is_too_short(events.t())
        {
            self.until = Until::Long(vec![0; short.ends.len()]);
        }
        let mut stays = vec![false; events.len()];
        let mut rest = events;
        for stays in stays.chunks_mut(BLOCK) {
            let (block, after) = rest.split_at(stays.len());
            self.judge(block, stays);
            rest = after;
        }
        stays
    }
}
