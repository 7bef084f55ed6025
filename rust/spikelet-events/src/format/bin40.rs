//! 40-bit records: `.bin` of N-MNIST and N-Caltech101, `.bs2` of SLAYER.
//!
//! No header. A record is 5 bytes: x, y, then 24 bits big endian: bit 23 polarity, bits 22–0 time in
//! microseconds. A record with y = 240 is no pixel: it lifts the time of all later records by 8192 µs
//! (the rule of the ATIS writer).
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::bin40};
//!
//! let bytes = [
//!     0x07, 0x0f, 0x80, 0x02, 0x8e, // x 7, y 15, ON, 654 µs
//!     0x00, 0xf0, 0x00, 0x00, 0x00, // overflow
//!     0x21, 0x00, 0x7f, 0xff, 0xff, // x 33, y 0, OFF, 8192 + 2²³ − 1 µs
//! ];
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! let mut decoder = bin40::Decoder::new();
//! decoder.push(&bytes, &mut out);
//! assert_eq!(out.filled().get(1), Some(Event { t: 8_396_799, x: 33, y: 0, p: false }));
//! assert_eq!(decoder.counts().overflow_records, 1);
//! # Ok::<(), spikelet_events::Error>(())
//! ```

#[cfg(all(feature = "wide", target_arch = "x86_64"))]
mod wide;

use super::plain::{EncodeUnits, largest};
use super::records::{BLOCK, Plain, Records, Units};
use crate::codec::Pieces;
use crate::filler::Filler;
use crate::{Columns, ColumnsMut, Counts, Encode, Error, Event, SensorSize};

/// Largest sensor: x is one byte, and row 240 marks an overflow.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 256,
    height: 240,
};

const NAME: &str = "bin40";
const OVERFLOW_ROW: u8 = 240;
const OVERFLOW_US: i64 = 1 << 13;
const TIME_MASK: u32 = (1 << 23) - 1;
/// Records taken without wide instructions before these are tried again.
const SOME: usize = 4 * BLOCK;
/// Overflow records that one pause may cost: 5 MB, 2.4 hours.
const MAX_OVERFLOWS: i64 = 1 << 20;

/// Records to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::bin40};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = bin40::Decoder::new();
/// decoder.push(&[7, 15, 0x80, 0x02, 0x8e, 9], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (1, 1), "a record and a byte too many");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub type Decoder = Records<State, 5>;

/// How far overflows have lifted the time.
///
/// ```
/// use spikelet_events::format::{Records, bin40};
///
/// let decoder: Records<bin40::State, 5> = bin40::Decoder::new();
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    base: i64,
}

impl Decoder {
    /// A decoder at the start of a recording.
    pub const fn new() -> Self {
        Self::begin(State { base: 0 })
    }
}

impl Units<5> for State {
    fn take(
        &mut self,
        records: &[[u8; 5]],
        out: &mut ColumnsMut<'_>,
        counts: &mut Counts,
    ) -> usize {
        let mut taken = 0;
        while let Some(rest) = records.get(taken..) {
            let wide = take_wide(rest, self.base, out);
            // What stopped it mostly comes alone.
            let next = rest.get(wide..).unwrap_or_default();
            let few = next.get(..SOME).unwrap_or(next);
            let plain = self.take_plain(few, out, counts);
            taken += wide + plain;
            if plain < few.len() || few.len() == next.len() {
                break;
            }
        }
        taken
    }

    fn events_in(&self, records: &[[u8; 5]]) -> Option<usize> {
        let is_event = |record: &&[u8; 5]| !is_overflow(**record);
        Some(records.iter().filter(is_event).count())
    }
}

/// As many records as wide instructions take by themselves.
#[cfg(all(feature = "wide", target_arch = "x86_64"))]
fn take_wide(records: &[[u8; 5]], base: i64, out: &mut ColumnsMut<'_>) -> usize {
    let decoded = wide::decode(records, out.places(), base);
    out.advance(decoded);
    decoded
}

#[cfg(not(all(feature = "wide", target_arch = "x86_64")))]
fn take_wide(_: &[[u8; 5]], _: i64, _: &mut ColumnsMut<'_>) -> usize {
    0
}

impl Plain<5> for State {
    #[inline(always)]
    fn block<const SECOND: bool>(
        &mut self,
        records: &[[u8; 5]; BLOCK],
        places: &mut Filler<'_>,
    ) -> bool {
        let overflows = records
            .iter()
            .fold(0, |sum, record| sum | is_overflow(*record) as u8);
        if overflows == 0 {
            places.fill(records, |record| event(self.base, record));
        }
        overflows == 0
    }

    #[inline(always)]
    fn one(&mut self, record: [u8; 5], places: &mut Filler<'_>, counts: &mut Counts) -> bool {
        if is_overflow(record) {
            self.base += OVERFLOW_US;
            counts.overflow_records += 1;
            return true;
        }
        places.push(event(self.base, record))
    }
}

#[inline]
fn is_overflow([_, row, ..]: [u8; 5]) -> bool {
    row == OVERFLOW_ROW
}

/// The event of a record that is no overflow.
#[inline]
fn event(base: i64, [column, row, high, middle, low]: [u8; 5]) -> Event {
    // With the row, which is masked away: four bytes that stand together are one load.
    let word = u32::from_be_bytes([row, high, middle, low]);
    Event {
        t: base + (word & TIME_MASK) as i64,
        x: column as u16,
        y: row as u16,
        p: high >> 7 != 0,
    }
}

/// Events to records.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::bin40};
///
/// let mut encoder = bin40::Encoder::new(SensorSize { width: 128, height: 128 })?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[654], &[7], &[15], &[true])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes, [7, 15, 0x80, 0x02, 0x8e]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    size: SensorSize,
    base: i64,
    previous: i64,
    events: u64,
}

impl Encoder {
    /// An encoder at the start of a recording.
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`].
    pub fn new(size: SensorSize) -> Result<Self, Error> {
        super::check_size(NAME, size, MAX_SIZE)?;
        Ok(Self {
            size,
            base: 0,
            previous: 0,
            events: 0,
        })
    }

    /// How many overflow records must stand in front of time `t`.
    fn overflows(&self, t: i64) -> Result<i64, Error> {
        let (format, index, previous) = (NAME, self.events, self.previous);
        if t < 0 {
            return Err(Error::Early { format, index, t });
        }
        if t < self.base {
            return Err(Error::Backward {
                format,
                index,
                previous,
                t,
            });
        }
        let beyond = (t - self.base - TIME_MASK as i64).max(0) as u64;
        let overflows = beyond.div_ceil(OVERFLOW_US as u64) as i64;
        if overflows > MAX_OVERFLOWS {
            let longest = MAX_OVERFLOWS * OVERFLOW_US;
            return Err(Error::Gap {
                format,
                index,
                previous,
                t,
                longest,
            });
        }
        Ok(overflows)
    }
}

impl EncodeUnits<5> for Encoder {
    /// Times that a record tells without another overflow.
    #[inline]
    fn is_plain(&self, t: &[i64; BLOCK], x: &[u16; BLOCK], y: &[u16; BLOCK]) -> bool {
        let beyond = t
            .iter()
            .fold(0, |beyond, t| beyond | t.wrapping_sub(self.base));
        self.size.contains(largest(x), largest(y)) && beyond & !(TIME_MASK as i64) == 0
    }

    #[inline]
    fn unit(&self, event: Event) -> [u8; 5] {
        let Event { t, x, y, p } = event;
        let [_, high, middle, low] = (((p as u32) << 23) | (t - self.base) as u32).to_be_bytes();
        [x as u8, y as u8, high, middle, low]
    }

    fn passed(&mut self, t: i64) {
        self.previous = t;
        self.events += BLOCK as u64;
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        let t = event.t;
        super::check_pixel(self.size, event, self.events)?;
        let overflows = self.overflows(t)?;
        for _ in 0..overflows {
            out.put([0, OVERFLOW_ROW, 0, 0, 0]);
        }
        self.base += overflows * OVERFLOW_US;
        out.put(self.unit(event));
        self.previous = t;
        self.events += 1;
        Ok(())
    }
}

impl Encode for Encoder {
    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        self.push_units(events, sink)
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn time_offset(&self) -> i64 {
        0
    }
}
