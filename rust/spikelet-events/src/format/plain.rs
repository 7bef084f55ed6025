//! Encoding events of which nearly all become one unit each.

use super::records::BLOCK;
use crate::codec::Pieces;
use crate::{Columns, Encode, Error, Event};

/// Columns of a block of events.
pub(super) type Block<'a> = (
    &'a [i64; BLOCK],
    &'a [u16; BLOCK],
    &'a [u16; BLOCK],
    &'a [bool; BLOCK],
);

/// An encoder whose units, but for a few, hold one event each and nothing else.
pub(super) trait EncodeUnits<const N: usize>: Encode {
    /// Whether none of these events, which come next, can be refused or needs more than its own unit.
    fn is_plain(&self, t: &[i64; BLOCK], x: &[u16; BLOCK], y: &[u16; BLOCK]) -> bool;

    /// The unit of one of them.
    fn unit(&self, event: Event) -> [u8; N];

    /// The units of a block of them.
    #[inline]
    fn units(&self, (t, x, y, p): Block<'_>) -> [[u8; N]; BLOCK] {
        let mut units = [[0; N]; BLOCK];
        for ((((place, &t), &x), &y), &p) in units.iter_mut().zip(t).zip(x).zip(y).zip(p) {
            *place = self.unit(Event { t, x, y, p });
        }
        units
    }

    /// Counts them; the last was at `t`.
    fn passed(&mut self, t: i64);

    /// Encodes any event, and what must stand before it.
    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error>;

    /// What [`Encode::push`] does.
    fn push_units(
        &mut self,
        events: Columns<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        let mut out = Pieces::new(sink);
        let mut result = Ok(());
        let mut rest = events;
        while result.is_ok() && !rest.is_empty() {
            let (_, after) = rest.split_at(self.blocks(rest, &mut out));
            let (singles, after) = after.split_at(BLOCK);
            let mut singles = singles.iter();
            result = singles.try_for_each(|event| self.event(event, &mut out));
            rest = after;
        }
        out.flush();
        result
    }

    /// Encodes blocks while they are plain; returns the number of events taken.
    fn blocks(&mut self, events: Columns<'_>, out: &mut Pieces<'_>) -> usize {
        let mut taken = 0;
        let (t, x) = (events.t().as_chunks().0, events.x().as_chunks().0);
        let (y, p) = (events.y().as_chunks().0, events.p().as_chunks::<BLOCK>().0);
        for (((t, x), y), p) in t.iter().zip(x).zip(y).zip(p) {
            if !self.is_plain(t, x, y) {
                break;
            }
            out.put_all(self.units((t, x, y, p)).as_flattened());
            let [.., last] = *t;
            self.passed(last);
            taken += BLOCK;
        }
        taken
    }
}

/// The largest of some coordinates.
#[inline]
pub(super) fn largest(coordinates: &[u16]) -> u16 {
    coordinates.iter().copied().fold(0, u16::max)
}

/// The bits in which any time of a block differs from `t`.
#[inline]
pub(super) fn differing(times: &[i64; BLOCK], t: i64) -> i64 {
    times.iter().fold(0, |differ, time| differ | (time ^ t))
}
