//! Formats whose units, records or words, are all equally long: the frame around what differs.

use crate::codec::Partial;
use crate::filler::Filler;
use crate::wide::widely;
use crate::{ColumnsMut, Counts, Decode};

/// Units looked at together: as many lanes as 128 bits of polarities.
pub(super) const BLOCK: usize = 16;

/// One number of each unit; a loop, for `map` of an array is not always taken apart into lanes.
#[inline(always)]
pub(super) fn each<U: Copy, V: Copy + Default>(
    units: &[U; BLOCK],
    number: impl Fn(U) -> V,
) -> [V; BLOCK] {
    let mut numbers = [V::default(); BLOCK];
    for (place, &unit) in numbers.iter_mut().zip(units) {
        *place = number(unit);
    }
    numbers
}

/// What differs between such formats: the state before a unit, and what units make of it.
///
/// ```
/// use spikelet_events::{Decode, format::evt21};
///
/// assert_eq!(<evt21::Decoder as Decode>::MAX_EVENTS_PER_UNIT, 32);
/// ```
pub trait Units<const N: usize> {
    /// Most events that one unit can hold.
    const MAX_EVENTS: usize = 1;

    /// Decodes units into the free places of `out` and counts all but their tail; returns how many were taken.
    fn take(&mut self, units: &[[u8; N]], out: &mut ColumnsMut<'_>, counts: &mut Counts) -> usize;

    /// Takes what lasts for more than a few units from those that stand before, the last of which come next.
    fn look_back(&mut self, _units: &[[u8; N]]) {}

    /// How many events these units give from here on, where that is told sooner than they are decoded.
    fn events_in(&self, _units: &[[u8; N]]) -> Option<usize> {
        None
    }
}

/// The decoder of a format of units of `N` bytes each; the modules of the formats name theirs.
///
/// ```
/// use spikelet_events::{Decode, format::{Records, bin40}};
///
/// fn tail<F>(mut decoder: Records<F, 5>) -> u64 where Records<F, 5>: Decode {
///     decoder.finish();
///     decoder.counts().tail_bytes
/// }
/// assert_eq!(tail(bin40::Decoder::new()), 0);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "std", derive(PartialEq))]
pub struct Records<F, const N: usize> {
    pub(super) state: F,
    pub(super) partial: Partial<N>,
    pub(super) counts: Counts,
}

impl<F, const N: usize> Records<F, N> {
    pub(super) const fn begin(state: F) -> Self {
        Self {
            state,
            partial: Partial::new(),
            counts: Counts::ZERO,
        }
    }

    /// The same state after other counts.
    #[cfg(feature = "std")]
    pub(super) fn with_counts(&self, counts: Counts) -> Self
    where
        F: Clone,
    {
        Self {
            state: self.state.clone(),
            counts,
            ..*self
        }
    }
}

impl<F: Default, const N: usize> Default for Records<F, N> {
    fn default() -> Self {
        Self::begin(F::default())
    }
}

impl<F: Units<N>, const N: usize> Decode for Records<F, N> {
    const UNIT_BYTES: usize = N;
    const MAX_EVENTS_PER_UNIT: usize = F::MAX_EVENTS;

    fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let Self {
            state,
            partial,
            counts,
        } = self;
        let before = out.len();
        let used = partial.feed(input, |units| state.take(units, out, counts));
        counts.events += (out.len() - before) as u64;
        used
    }

    fn finish(&mut self) {
        self.counts.tail_bytes = self.partial.len() as u64;
    }

    fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// Units most of which hold one event each and nothing else.
pub(super) trait Plain<const N: usize>: Clone {
    /// Which of two layouts the units have, in formats with two.
    fn is_second(&self) -> bool {
        false
    }

    /// Fills as many places, which are free, from units that are all of that kind; false if one is not.
    fn block<const SECOND: bool>(
        &mut self,
        units: &[[u8; N]; BLOCK],
        places: &mut Filler<'_>,
    ) -> bool;

    /// Takes a unit that is an event with a free place, or that many events stand between; false if it is neither.
    fn one(&mut self, unit: [u8; N], places: &mut Filler<'_>, counts: &mut Counts) -> bool;

    /// Takes a unit that is no event; false if it is one, or must wait for a place.
    fn other(&mut self, _: [u8; N], _: &mut ColumnsMut<'_>, _: &mut Counts) -> bool {
        false
    }

    /// What [`Units::take`] does: blocks as long as it can, then some units one by one, and again.
    fn take_plain(
        &mut self,
        units: &[[u8; N]],
        out: &mut ColumnsMut<'_>,
        counts: &mut Counts,
    ) -> usize {
        let mut rest = units;
        loop {
            let before = rest.len();
            let mut places = Filler::new(out.places());
            // Settled once: left to the compiler, both layouts share one loop with variable shifts, at half the speed.
            rest = if self.is_second() {
                self.run::<true>(rest, &mut places, counts)
            } else {
                self.run::<false>(rest, &mut places, counts)
            };
            let filled = places.n;
            out.advance(filled);
            while let [unit, after @ ..] = rest
                && self.other(*unit, out, counts)
            {
                rest = after;
            }
            if rest.len() == before {
                return units.len() - rest.len();
            }
        }
    }

    /// Blocks and single units until another kind comes or no place is free; what is left.
    #[inline(never)]
    fn run<'u, const SECOND: bool>(
        &mut self,
        units: &'u [[u8; N]],
        places: &mut Filler<'_>,
        counts: &mut Counts,
    ) -> &'u [[u8; N]] {
        widely(
            #[inline(always)]
            || {
                // Kept in registers: a wide load of what was just stored in parts waits for the store.
                let mut state = self.clone();
                let mut rest = units;
                loop {
                    while let Some((block, after)) = rest.split_first_chunk()
                        && places.has_room(BLOCK)
                        && state.block::<SECOND>(block, places)
                    {
                        rest = after;
                    }
                    for _ in 0..BLOCK {
                        let filled = places.n;
                        match rest {
                            [unit, after @ ..] if state.one(*unit, places, counts) => rest = after,
                            _ => {
                                *self = state;
                                return rest;
                            }
                        }
                        // What stands between events mostly comes alone: behind it the next block may be plain.
                        if places.n == filled {
                            break;
                        }
                    }
                }
            },
        )
    }
}
