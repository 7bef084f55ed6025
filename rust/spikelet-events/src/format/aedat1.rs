//! AEDAT 1.0 of jAER: 6-byte big-endian records, a 16-bit address and a 32-bit time in microseconds.
//!
//! The chip is the DVS128 unless the header names another; its addresses are those of [AEDAT 2](super::aedat2):
//! 15 external event; 14–8 y, 7–1 x, 0 polarity. Coordinates and polarity are the plain bits, as stored; y counts
//! from the bottom row; the time counts as signed and its wraps are undone. A file may begin with lines of `#` or
//! with the first record; before 2010 it was called `.dat`.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::aedat1};
//!
//! let bytes = [
//!     0x1b, 0xe4, 0x00, 0x00, 0x03, 0xe8, // OFF at (114, 27)
//!     0x80, 0x05, 0x00, 0x00, 0x03, 0xe9, // an external event
//! ];
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! let mut decoder = aedat1::Decoder::new();
//! decoder.push(&bytes, &mut out);
//! assert_eq!(out.filled().get(0), Some(Event { t: 1000, x: 114, y: 27, p: false }));
//! assert_eq!(decoder.counts().special_events, 1);
//! # Ok::<(), spikelet_events::Error>(())
//! ```

use super::aedat2::{Layout, State, check_step};
use super::plain::{EncodeUnits, differing, largest};
use super::records::{BLOCK, Records};
use crate::codec::Pieces;
use crate::{Columns, Encode, Error, Event, SensorSize};

/// The sensor of the DVS128.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 128,
    height: 128,
};

const NAME: &str = "aedat1";

/// Records to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::aedat1};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = aedat1::Decoder::new();
/// decoder.push(&[0x1b, 0xe4, 0, 0, 0x03, 0xe8, 0x1b], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (1, 1), "a record and a byte too many");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub type Decoder = Records<State, 6>;

impl Decoder {
    /// A decoder at the start of a recording.
    pub const fn new() -> Self {
        Self::begin(State::new(Layout::Dvs128))
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

/// Events to records.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::aedat1};
///
/// let mut encoder = aedat1::Encoder::new(SensorSize { width: 128, height: 128 })?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[1000], &[114], &[27], &[false])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes, [0x1b, 0xe4, 0, 0, 0x03, 0xe8]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    size: SensorSize,
    offset: i64,
    previous: Option<i64>,
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
            offset: 0,
            previous: None,
            events: 0,
        })
    }
}

impl EncodeUnits<6> for Encoder {
    /// Times of one half of the range differ by no more than a record can tell.
    #[inline]
    fn is_plain(&self, t: &[i64; BLOCK], x: &[u16; BLOCK], y: &[u16; BLOCK]) -> bool {
        let previous = self.previous.unwrap_or(!t[0]);
        self.size.contains(largest(x), largest(y)) && differing(t, previous) >> 31 == 0
    }

    #[inline]
    fn unit(&self, event: Event) -> [u8; 6] {
        let [a, b] = (Layout::Dvs128.address(event) as u16).to_be_bytes();
        let [c, d, e, f] = (event.t as u32).to_be_bytes();
        [a, b, c, d, e, f]
    }

    fn passed(&mut self, t: i64) {
        self.previous = Some(t);
        self.events += BLOCK as u64;
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        let (t, index) = (event.t, self.events);
        super::check_pixel(self.size, event, index)?;
        match self.previous {
            Some(previous) => check_step(NAME, previous, t, index)?,
            None => self.offset = t.wrapping_sub(t as i32 as i64),
        }
        out.put(self.unit(event));
        self.previous = Some(t);
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
        self.offset
    }
}
