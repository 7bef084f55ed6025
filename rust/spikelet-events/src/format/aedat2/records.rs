//! What the decoders of AEDAT 1 and 2 share: addresses and times to events and what stands beside them.

use super::chip::{Layout, Other};
use super::clock::Clock;
use super::inertial::Cycle;
use crate::columns::Places;
use crate::filler::Filler;
use crate::{Beside, ColumnsMut, Counts, Sample, Special};

/// Records looked at together.
const BLOCK: usize = 16;

/// The state of a decoder apart from the bytes of an incomplete record.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "std", derive(PartialEq))]
pub(in crate::format) struct Records {
    layout: Layout,
    clock: Clock,
    cycle: Cycle,
    pub(in crate::format) counts: Counts,
}

impl Records {
    pub(in crate::format) const fn new(layout: Layout) -> Self {
        Self {
            layout,
            clock: Clock::ZERO,
            cycle: Cycle::EMPTY,
            counts: Counts::ZERO,
        }
    }

    /// The same state after other counts.
    #[cfg(feature = "std")]
    pub(in crate::format) fn with_counts(&self, counts: Counts) -> Self {
        let mut records = Self {
            counts,
            ..self.clone()
        };
        records.clock.wraps = counts.time_wraps;
        records
    }

    /// Decodes records, which `split` takes apart into address and time, and returns how many.
    pub(in crate::format) fn take<const N: usize>(
        &mut self,
        records: &[[u8; N]],
        split: impl Fn([u8; N]) -> (u32, i32) + Copy,
        out: &mut ColumnsMut<'_>,
    ) -> usize {
        let mut beside = out.beside.take();
        let places = out.places();
        // Settled once, so that the loops are compiled for each layout.
        let (taken, filled) = match self.layout {
            Layout::Dvs128 => self.fill(Layout::Dvs128, records, split, places, &mut beside),
            Layout::Davis => self.fill(Layout::Davis, records, split, places, &mut beside),
        };
        out.advance(filled);
        out.beside = beside;
        self.counts.events += filled as u64;
        self.counts.time_wraps = self.clock.wraps;
        taken
    }

    #[inline]
    fn fill<const N: usize>(
        &mut self,
        layout: Layout,
        records: &[[u8; N]],
        split: impl Fn([u8; N]) -> (u32, i32) + Copy,
        places: Places<'_>,
        beside: &mut Option<&mut dyn Beside>,
    ) -> (usize, usize) {
        let mut places = Filler::new(places);
        let mut taken = 0;
        while let Some(rest) = records.get(taken..) {
            let before = places.n;
            self.blocks(layout, rest, split, &mut places);
            let in_blocks = places.n - before;
            let singles = rest.iter().skip(in_blocks).take(BLOCK);
            let mut one_by_one = 0;
            for &record in singles {
                if !places.has_room(1) {
                    break;
                }
                let (address, stored) = split(record);
                self.clock.advance(stored);
                if layout.is_pixel(address) {
                    places.write(layout.event(address, self.clock.t));
                    places.n += 1;
                } else {
                    self.other(layout.other(address), address, beside);
                }
                one_by_one += 1;
            }
            taken += in_blocks + one_by_one;
            if one_by_one < BLOCK {
                break;
            }
        }
        (taken, places.n)
    }

    /// Blocks of nothing but pixels, and no wrap of the time among them.
    #[inline]
    fn blocks<const N: usize>(
        &mut self,
        layout: Layout,
        records: &[[u8; N]],
        split: impl Fn([u8; N]) -> (u32, i32) + Copy,
        places: &mut Filler<'_>,
    ) {
        for block in records.as_chunks::<BLOCK>().0 {
            if !places.has_room(BLOCK) {
                break;
            }
            // Turned once for all columns: 687 for 352 Mev/s one by one.
            let addresses = block.map(|record| split(record).0);
            let stored = block.map(|record| split(record).1);
            let Some(origin) = self.clock.origin(&stored) else {
                break;
            };
            let others = addresses.iter().fold(0, |others, address| others | address);
            if !layout.is_pixel(others) {
                break;
            }
            places.fill_timed(&stored, &addresses, |stored, address| {
                layout.event(address, origin + stored as i64)
            });
            let [.., last] = stored;
            self.clock.advance(last);
        }
    }

    fn other(&mut self, other: Other, address: u32, beside: &mut Option<&mut dyn Beside>) {
        let t = self.clock.t;
        match other {
            Other::Special => self.counts.special_events += 1,
            Other::GreyLevel { .. } => self.counts.aps_samples += 1,
            Other::Inertial => self.counts.imu_samples += 1,
        }
        let Some(beside) = beside else { return };
        match other {
            Other::Special => beside.special(Special {
                t,
                kind: 0,
                data: address,
            }),
            Other::GreyLevel { x, y, read, value } => beside.sample(Sample {
                t,
                x,
                y,
                read,
                value,
            }),
            Other::Inertial => {
                if let Some(imu) = self.cycle.take(address, t) {
                    beside.imu(imu);
                }
            }
        }
    }
}
