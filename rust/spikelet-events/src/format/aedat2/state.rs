//! What the decoders of AEDAT 1 and 2 share: addresses and times to events and what stands beside them.

use super::chip::{Layout, Other};
use super::clock::Clock;
use super::inertial::Cycle;
use crate::filler::Filler;
use crate::format::records::{BLOCK, Plain, Units, each};
use crate::{Beside, ColumnsMut, Counts, Sample, Special};

/// How addresses are packed, the time, and a sample of the inertial sensor as far as it came.
///
/// ```
/// use spikelet_events::format::{Records, aedat2};
///
/// let decoder: Records<aedat2::State, 8> = aedat2::Decoder::new(aedat2::Layout::Davis);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    layout: Layout,
    clock: Clock,
    cycle: Cycle,
}

impl State {
    pub(in crate::format) const fn new(layout: Layout) -> Self {
        Self {
            layout,
            clock: Clock::ZERO,
            cycle: Cycle::EMPTY,
        }
    }

    fn hand_out(&mut self, other: Other, address: u32, beside: &mut dyn Beside) {
        let t = self.clock.t;
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

/// Address, of four bytes or of two, and time.
#[inline(always)]
fn split<const N: usize>(record: [u8; N]) -> (u32, i32) {
    let byte = |index: usize| record.get(index).copied().unwrap_or_default();
    let two = |index| u16::from_be_bytes([byte(index), byte(index + 1)]);
    let four = |index| u32::from_be_bytes([0, 1, 2, 3].map(|next| byte(index + next)));
    let address = if N == 8 { four(0) } else { two(0) as u32 };
    (address, four(N - 4) as i32)
}

/// Records of 6 and of 8 bytes.
impl<const N: usize> Units<N> for State {
    fn take(
        &mut self,
        records: &[[u8; N]],
        out: &mut ColumnsMut<'_>,
        counts: &mut Counts,
    ) -> usize {
        self.take_plain(records, out, counts)
    }

    fn events_in(&self, records: &[[u8; N]]) -> Option<usize> {
        let is_event = |record: &&[u8; N]| self.layout.is_pixel(split(**record).0);
        Some(records.iter().filter(is_event).count())
    }
}

impl<const N: usize> Plain<N> for State {
    fn is_second(&self) -> bool {
        self.layout == Layout::Davis
    }

    /// Nothing but pixels, and no wrap of the time among them.
    #[inline(always)]
    fn block<const SECOND: bool>(
        &mut self,
        records: &[[u8; N]; BLOCK],
        places: &mut Filler<'_>,
    ) -> bool {
        // Turned once for all columns: 687 for 352 Mev/s one by one.
        let addresses = each(records, |record| split(record).0);
        let stored = each(records, |record| split(record).1);
        let others = addresses.iter().fold(0, |others, address| others | address);
        let Some(origin) = self.clock.origin(&stored) else {
            return false;
        };
        let layout = if SECOND {
            Layout::Davis
        } else {
            Layout::Dvs128
        };
        if !layout.is_pixel(others) {
            return false;
        }
        places.fill_apart(&stored, &addresses, |stored, address| {
            layout.event(address, origin + stored as i64)
        });
        let [.., last] = stored;
        self.clock.advance(last);
        true
    }

    #[inline(always)]
    fn one(&mut self, record: [u8; N], places: &mut Filler<'_>, counts: &mut Counts) -> bool {
        let (address, stored) = split(record);
        let is_taken = self.layout.is_pixel(address) && places.has_room(1);
        if is_taken {
            counts.time_wraps += self.clock.advance(stored) as u64;
            places.push(self.layout.event(address, self.clock.t));
        }
        is_taken
    }

    fn other(&mut self, record: [u8; N], out: &mut ColumnsMut<'_>, counts: &mut Counts) -> bool {
        let (address, stored) = split(record);
        if self.layout.is_pixel(address) {
            return false;
        }
        counts.time_wraps += self.clock.advance(stored) as u64;
        let other = self.layout.other(address);
        match other {
            Other::Special => counts.special_events += 1,
            Other::GreyLevel { .. } => counts.aps_samples += 1,
            Other::Inertial => counts.imu_samples += 1,
        }
        if let Some(beside) = out.beside() {
            self.hand_out(other, address, beside);
        }
        true
    }
}
