//! Prophesee DAT: records of 8 bytes, time and pixel.
//!
//! A record is two little-endian 32-bit numbers: microseconds, then
//!
//! | layout | x | y | polarity |
//! |---|---|---|---|
//! | [`Layout::V2`] | bits 13–0 | bits 27–14 | bit 28 |
//! | [`Layout::V1`] | bits 8–0 | bits 16–9 | bit 17 |
//!
//! The time begins anew every 2³² µs: a drop by more than half of that is a wrap, a smaller one a step back.
//! Before the records stand two bytes, the event type and its size, which [`Layout::of`] reads.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::dat};
//!
//! let bytes = [0xe8, 0x03, 0x00, 0x00, 0x40, 0x01, 0x3c, 0x10];
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! dat::Decoder::new(dat::Layout::V2).push(&bytes, &mut out);
//! assert_eq!(out.filled().get(0), Some(Event { t: 1000, x: 320, y: 240, p: true }));
//! # Ok::<(), spikelet_events::Error>(())
//! ```

use super::plain::{EncodeUnits, differing, largest};
use super::records::{BLOCK, Plain, Records, Units, each};
use crate::codec::Pieces;
use crate::filler::Filler;
use crate::{Columns, ColumnsMut, Counts, Encode, Error, Event, SensorSize};

/// Largest sensor: x and y have 14 bits in the second layout, the one that is written.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 1 << 14,
    height: 1 << 14,
};

/// Event type and size, as they are written between header and records.
pub const EVENT_CD: [u8; 2] = [TYPE_CD, RECORD_BYTES];

const NAME: &str = "dat";
const RECORD_BYTES: u8 = 8;
const TYPE_2D: u8 = 0x00;
const TYPE_CD: u8 = 0x0c;
const TYPE_TRIGGER: u8 = 0x0e;
const PERIOD: i64 = 1 << 32;
/// A drop of the time by more than this is a wrap.
const HALF: u32 = 1 << 31;

/// Where the pixel stands in a record.
///
/// ```
/// use spikelet_events::format::dat::Layout;
///
/// assert_eq!(Layout::of([0x00, 8], Some("1"))?, Layout::V1);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// The first version: ATIS cameras through kAER, 304×240 pixels (`NavGesture`).
    V1,
    /// The second version: everything else.
    V2,
}

impl Layout {
    /// The layout of records of this event type and size behind a header of this version.
    ///
    /// ```
    /// use spikelet_events::format::dat::Layout;
    ///
    /// assert_eq!(Layout::of([0x0c, 8], Some("2"))?, Layout::V2);
    /// assert_eq!(Layout::of([0x00, 8], Some("1"))?, Layout::V1);
    /// assert!(Layout::of([0x00, 5], None).is_err());
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Unreadable`]: the events are triggers; [`Error::RecordType`]: type or size are not known.
    pub fn of([kind, size]: [u8; 2], version: Option<&str>) -> Result<Self, Error> {
        match (kind, size, version.map(str::trim)) {
            (TYPE_2D, RECORD_BYTES, Some("1")) => Ok(Self::V1),
            (TYPE_2D | TYPE_CD, RECORD_BYTES, _) => Ok(Self::V2),
            (TYPE_TRIGGER, RECORD_BYTES, _) => Err(Error::Unreadable {
                found: "Prophesee DAT of external triggers (event type 0x0e)",
                readable: super::Format::NAMES,
            }),
            _ => Err(Error::RecordType { kind, size }),
        }
    }

    /// The size of the only sensor that wrote it, if there is one.
    pub const fn size(self) -> Option<SensorSize> {
        match self {
            Self::V1 => Some(SensorSize {
                width: 304,
                height: 240,
            }),
            Self::V2 => None,
        }
    }

    #[inline]
    fn event(self, base: i64, time: u32, data: u32) -> Event {
        let t = base | time as i64;
        match self {
            Self::V1 => Event {
                t,
                x: (data & 0x1ff) as u16,
                y: (data >> 9 & 0xff) as u16,
                p: data >> 17 & 1 != 0,
            },
            Self::V2 => Event {
                t,
                x: (data & 0x3fff) as u16,
                y: (data >> 14 & 0x3fff) as u16,
                p: data >> 28 & 1 != 0,
            },
        }
    }
}

/// Time and data.
#[inline]
fn halves([a, b, c, d, e, f, g, h]: [u8; 8]) -> (u32, u32) {
    (
        u32::from_le_bytes([a, b, c, d]),
        u32::from_le_bytes([e, f, g, h]),
    )
}

/// Records to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::dat};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = dat::Decoder::new(dat::Layout::V2);
/// decoder.push(&[0xe8, 0x03, 0, 0, 0x40, 0x01, 0x3c, 0x10, 0xe8], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (1, 1), "a record and a byte too many");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub type Decoder = Records<State, 8>;

/// Where the pixel stands, and how often the time began anew.
///
/// ```
/// use spikelet_events::format::{Records, dat};
///
/// let decoder: Records<dat::State, 8> = dat::Decoder::new(dat::Layout::V2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    layout: Layout,
    /// Wraps so far, in microseconds.
    base: i64,
    /// The time of the last record as stored.
    previous: u32,
}

impl Decoder {
    /// A decoder at the first record, behind event type and size.
    pub const fn new(layout: Layout) -> Self {
        Self::begin(State {
            layout,
            base: 0,
            previous: 0,
        })
    }
}

impl Units<8> for State {
    fn take(
        &mut self,
        records: &[[u8; 8]],
        out: &mut ColumnsMut<'_>,
        counts: &mut Counts,
    ) -> usize {
        self.take_plain(records, out, counts)
    }

    fn events_in(&self, records: &[[u8; 8]]) -> Option<usize> {
        Some(records.len())
    }
}

impl Plain<8> for State {
    fn is_second(&self) -> bool {
        self.layout == Layout::V2
    }

    /// The counter cannot begin anew where all times lie in one half of its range.
    #[inline(always)]
    fn block<const SECOND: bool>(
        &mut self,
        records: &[[u8; 8]; BLOCK],
        places: &mut Filler<'_>,
    ) -> bool {
        let base = self.base;
        // The lower half of wraps is 0, which the compiler cannot know: it would take the polarities of the second layout
        // out of whole records, one by one.
        let nothing = if SECOND { base as u32 } else { 0 };
        // Turned once for all columns, several at a time.
        let times = each(records, |record| halves(record).0);
        let data = each(records, |record| halves(record).1 | nothing);
        let differ = times
            .iter()
            .fold(0, |differ, time| differ | (time ^ self.previous));
        if differ >= HALF {
            return false;
        }
        let layout = if SECOND { Layout::V2 } else { Layout::V1 };
        places.fill_apart(&times, &data, |t, data| layout.event(base, t, data));
        [.., self.previous] = times;
        true
    }

    #[inline(always)]
    fn one(&mut self, record: [u8; 8], places: &mut Filler<'_>, counts: &mut Counts) -> bool {
        if !places.has_room(1) {
            return false;
        }
        let (time, data) = halves(record);
        if self.previous > time && self.previous - time > HALF {
            self.base += PERIOD;
            counts.time_wraps += 1;
        }
        self.previous = time;
        places.push(self.layout.event(self.base, time, data))
    }
}

/// Events to records of the second layout; [`EVENT_CD`] stands before them.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::dat};
///
/// let mut encoder = dat::Encoder::new(SensorSize { width: 640, height: 480 })?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[1000], &[320], &[240], &[true])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes, [0xe8, 0x03, 0, 0, 0x40, 0x01, 0x3c, 0x10]);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    size: SensorSize,
    /// Multiple of the period below the first event.
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

    /// The encoder behind these events, if it refuses none of them.
    #[cfg(feature = "std")]
    pub(super) fn behind(&self, events: Columns<'_>) -> Self {
        let first = events.t().first().map(|t| t & !(PERIOD - 1));
        Self {
            size: self.size,
            offset: first
                .filter(|_| self.previous.is_none())
                .unwrap_or(self.offset),
            previous: events.t().last().copied().or(self.previous),
            events: self.events + events.len() as u64,
        }
    }
}

/// Refuses a step after which a decoder would count other periods than passed.
fn check_step(previous: i64, t: i64, index: u64) -> Result<(), Error> {
    let passed = (t >> 32) - (previous >> 32);
    let shows_wrap = (previous as u32).saturating_sub(t as u32) > HALF;
    if passed == shows_wrap as i64 {
        return Ok(());
    }
    let format = NAME;
    Err(if t < previous {
        Error::Backward {
            format,
            index,
            previous,
            t,
        }
    } else {
        Error::Gap {
            format,
            index,
            previous,
            t,
            longest: HALF as i64 - 1,
        }
    })
}

impl EncodeUnits<8> for Encoder {
    /// Times in the half of the counter's range that the event before lies in need no check.
    #[inline]
    fn is_plain(&self, t: &[i64; BLOCK], x: &[u16; BLOCK], y: &[u16; BLOCK]) -> bool {
        let previous = self.previous.unwrap_or(!t[0]);
        self.size.contains(largest(x), largest(y)) && differing(t, previous) >> 31 == 0
    }

    #[inline]
    fn unit(&self, event: Event) -> [u8; 8] {
        let Event { t, x, y, p } = event;
        let data = (p as u64) << 28 | (y as u64) << 14 | x as u64;
        (data << 32 | (t as u32) as u64).to_le_bytes()
    }

    fn passed(&mut self, t: i64) {
        self.previous = Some(t);
        self.events += BLOCK as u64;
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        let t = event.t;
        super::check_pixel(self.size, event, self.events)?;
        match self.previous {
            Some(previous) => check_step(previous, t, self.events)?,
            None => self.offset = t & !(PERIOD - 1),
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
