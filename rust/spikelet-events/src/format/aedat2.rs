//! AEDAT 2.0 of jAER: 8-byte big-endian records, a 32-bit address and a 32-bit time in microseconds.
//!
//! | chip | address bits |
//! |---|---|
//! | DVS128 | 15 external event; 14–8 y, 7–1 x, 0 polarity |
//! | DAVIS, bit 31 = 0 | 30–22 y, 21–12 x, 11 polarity; 10 external event |
//! | DAVIS, bit 31 = 1 | bits 11–10 ≠ 3: grey-level sample of a pixel; 3: inertial sample |
//!
//! Coordinates and polarity are the plain bits, as stored; y counts from the bottom row. The time counts as
//! signed: t begins at the first value and then adds the wrapping 32-bit difference of every record, which
//! undoes the wrap at 2³¹ and keeps small steps back. External events, grey-level and inertial samples are handed
//! out beside the events ([`Beside`](crate::Beside)) and counted, and written again in the order of time.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::aedat2};
//!
//! let bytes = [
//!     0x09, 0x09, 0xc0, 0x00, 0x11, 0x94, 0xfc, 0xf3, // OFF at (156, 36)
//!     0x80, 0x00, 0x0d, 0x23, 0x11, 0x94, 0xfc, 0xf5, // an inertial sample
//! ];
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! let mut decoder = aedat2::Decoder::new(aedat2::Layout::Davis);
//! decoder.push(&bytes, &mut out);
//! assert_eq!(out.filled().get(0), Some(Event { t: 294_976_755, x: 156, y: 36, p: false }));
//! assert_eq!(decoder.counts().imu_samples, 1);
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod beside;
mod chip;
mod clock;
#[cfg(feature = "alloc")]
mod frames;
mod inertial;
mod state;

pub(super) use beside::HOLDS;
pub use chip::{Chip, Layout};
pub(super) use clock::check_step;
#[cfg(feature = "alloc")]
pub use frames::Frames;
pub use state::State;

use self::beside::{Item, Items};
use super::plain::{EncodeUnits, differing, largest};
use super::records::{BLOCK, Records};
use crate::codec::Pieces;
use crate::{Alongside, Columns, Encode, Error, Event, SensorSize};

/// Largest sensor among the chips.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 640,
    height: 480,
};

const NAME: &str = "aedat2";

/// Records to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::aedat2};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = aedat2::Decoder::new(aedat2::Layout::Davis);
/// decoder.push(&[0x09, 0x09, 0xc0, 0, 0, 0, 0x03, 0xe8, 0x09, 0x09], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (1, 2), "a record and two bytes too many");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub type Decoder = Records<State, 8>;

impl Decoder {
    /// A decoder at the start of a recording.
    pub const fn new(layout: Layout) -> Self {
        Self::begin(State::new(layout))
    }
}

/// Events to records.
///
/// ```
/// use spikelet_events::{Columns, Encode, format::aedat2};
///
/// let chip = aedat2::Chip::named("davis240").expect("the chip is known");
/// let mut encoder = aedat2::Encoder::new(chip);
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[1000], &[156], &[36], &[false])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes, [0x09, 0x09, 0xc0, 0, 0, 0, 0x03, 0xe8]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    chip: Chip,
    offset: i64,
    previous: Option<i64>,
    events: u64,
}

impl Encoder {
    /// An encoder at the start of a recording of this chip.
    pub const fn new(chip: Chip) -> Self {
        Self {
            chip,
            offset: 0,
            previous: None,
            events: 0,
        }
    }
}

impl Encoder {
    /// Takes the step to the time of the next record; the first says which half of the counter's range it is.
    fn step(&mut self, t: i64) -> Result<(), Error> {
        match self.previous {
            Some(previous) => check_step(NAME, previous, t, self.events)?,
            None => self.offset = t.wrapping_sub(t as i32 as i64),
        }
        self.previous = Some(t);
        Ok(())
    }

    fn item(&mut self, item: Item, out: &mut Pieces<'_>) -> Result<(), Error> {
        let t = item.t();
        let is_near = self.step(t).is_ok();
        let rule = "be less than 2^31 us from what is before them";
        beside::RULES.require(is_near, item.name(), rule)?;
        item.addresses()
            .for_each(|address| out.put(record(address, t)));
        Ok(())
    }
}

fn record(address: u32, t: i64) -> [u8; 8] {
    ((address as u64) << 32 | (t as u32) as u64).to_be_bytes()
}

impl EncodeUnits<8> for Encoder {
    /// Times of one half of the range differ by no more than a record can tell.
    #[inline]
    fn is_plain(&self, t: &[i64; BLOCK], x: &[u16; BLOCK], y: &[u16; BLOCK]) -> bool {
        let previous = self.previous.unwrap_or(!t[0]);
        self.chip.size.contains(largest(x), largest(y)) && differing(t, previous) >> 31 == 0
    }

    #[inline]
    fn unit(&self, event: Event) -> [u8; 8] {
        record(self.chip.layout.address(event), event.t)
    }

    fn passed(&mut self, t: i64) {
        self.previous = Some(t);
        self.events += BLOCK as u64;
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        super::check_pixel(self.chip.size, event, self.events)?;
        self.step(event.t)?;
        out.put(self.unit(event));
        self.events += 1;
        Ok(())
    }
}

impl Encode for Encoder {
    fn push_with(
        &mut self,
        events: Columns<'_>,
        beside: Alongside<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        beside::check(beside, self.chip.layout)?;
        let mut rest = events;
        for item in Items(beside) {
            let (before, after) = rest.split_at(rest.t().partition_point(|&t| t < item.t()));
            self.push(before, sink)?;
            rest = after;
            let mut out = Pieces::new(sink);
            let result = self.item(item, &mut out);
            out.flush();
            result?;
        }
        self.push(rest, sink)
    }

    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        self.push_units(events, sink)
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn time_offset(&self) -> i64 {
        self.offset
    }
}
