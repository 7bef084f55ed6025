//! Times of events as they are remembered for each cell.

use spikelet_events::Columns;

/// A time counted from a base, or never.
pub(crate) trait Stamp: Copy + PartialEq + Send + Sync {
    /// No event yet.
    const NEVER: Self;

    /// The stamp of an event's time, and of its polarity where it has a sign.
    fn of(t: i64, p: bool, base: i64) -> Self;

    /// Microseconds from the stamp to `reference`; of no meaning for never.
    fn age(self, reference: i64, base: i64) -> f32;

    /// The time of a stamp; of no meaning for never.
    fn time(self, base: i64) -> i64;

    /// 1, or -1 for an off event where the stamp has a sign; of no meaning for never.
    #[inline]
    fn sign(self) -> f32 {
        1.0
    }
}

/// Half the memory, for recordings of 71 minutes at most: counted from 1, as never is 0.
impl Stamp for u32 {
    const NEVER: Self = 0;

    #[inline]
    fn of(t: i64, _: bool, base: i64) -> Self {
        (t.wrapping_sub(base) as Self).wrapping_add(1)
    }

    #[inline]
    fn age(self, reference: i64, base: i64) -> f32 {
        Self::of(reference, true, base).wrapping_sub(self) as f32
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
    fn of(t: i64, _: bool, _: i64) -> Self {
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

/// A stamp with the polarity of its event.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Signed<S>(S);

/// Still 32 bits, for recordings of 35 minutes at most: the polarity is the lowest.
impl Stamp for Signed<u32> {
    const NEVER: Self = Self(0);

    #[inline]
    fn of(t: i64, p: bool, base: i64) -> Self {
        Self(<u32 as Stamp>::of(t, p, base) << 1 | u32::from(p))
    }

    #[inline]
    fn age(self, reference: i64, base: i64) -> f32 {
        (self.0 >> 1).age(reference, base)
    }

    #[inline]
    fn time(self, base: i64) -> i64 {
        (self.0 >> 1).time(base)
    }

    #[inline]
    fn sign(self) -> f32 {
        if self.0 & 1 == 1 { 1.0 } else { -1.0 }
    }
}

/// Any time; never is an off event.
impl Stamp for Signed<(i64, bool)> {
    const NEVER: Self = Self((<i64 as Stamp>::NEVER, false));

    #[inline]
    fn of(t: i64, p: bool, _: i64) -> Self {
        Self((t, p))
    }

    #[inline]
    fn age(self, reference: i64, base: i64) -> f32 {
        self.0.0.age(reference, base)
    }

    #[inline]
    fn time(self, _: i64) -> i64 {
        self.0.0
    }

    #[inline]
    fn sign(self) -> f32 {
        if self.0.1 { 1.0 } else { -1.0 }
    }
}

/// Whether stamps of so many bits hold all times of a recording and of its references, and the base they count from.
pub(crate) fn base_of(events: Columns<'_>, references: &[i64], bits: u32) -> (i64, bool) {
    let (Some(&first), Some(&last)) = (events.t().first(), events.t().last()) else {
        return (0, false);
    };
    let latest = references
        .iter()
        .fold(last, |latest, &time| latest.max(time));
    let span = latest.checked_sub(first);
    let held = 0..(1_i64 << bits) - 1;
    (first, span.is_some_and(|span| held.contains(&span)))
}
