//! Times of events as they are remembered for each cell.

use spikelet_events::Columns;

/// A time counted from a base, or never.
pub(crate) trait Stamp: Copy + PartialEq + Send + Sync {
    /// No event yet.
    const NEVER: Self;

    /// The stamp of a time.
    fn of(t: i64, base: i64) -> Self;

    /// Microseconds from the stamp to `reference`; of no meaning for never.
    fn age(self, reference: i64, base: i64) -> f32;

    /// The time of a stamp; of no meaning for never.
    fn time(self, base: i64) -> i64;
}

/// Half the memory, for recordings of 71 minutes at most: counted from 1, as never is 0.
impl Stamp for u32 {
    const NEVER: Self = 0;

    #[inline]
    fn of(t: i64, base: i64) -> Self {
        (t.wrapping_sub(base) as Self).wrapping_add(1)
    }

    #[inline]
    fn age(self, reference: i64, base: i64) -> f32 {
        Self::of(reference, base).wrapping_sub(self) as f32
    }

    #[inline]
    fn time(self, base: i64) -> i64 {
        base.wrapping_add(self as i64 - 1)
    }
}

/// Any time, but for the smallest there is, which stands for never: no recording reaches back so far.
impl Stamp for i64 {
    const NEVER: Self = Self::MIN;

    #[inline]
    fn of(t: i64, _: i64) -> Self {
        t
    }

    #[inline]
    fn age(self, reference: i64, _: i64) -> f32 {
        reference.wrapping_sub(self) as u64 as f32
    }

    #[inline]
    fn time(self, _: i64) -> i64 {
        self
    }
}

/// Whether stamps of 32 bits hold all times of a recording and of its references, and the base they count from.
pub(crate) fn base_of(events: Columns<'_>, references: &[i64]) -> (i64, bool) {
    let (Some(&first), Some(&last)) = (events.t().first(), events.t().last()) else {
        return (0, false);
    };
    let latest = references
        .iter()
        .fold(last, |latest, &time| latest.max(time));
    let span = latest.checked_sub(first);
    (
        first,
        span.is_some_and(|span| (0..u32::MAX as i64).contains(&span)),
    )
}
