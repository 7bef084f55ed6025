//! Prophesee EVT 2.0: 32-bit little-endian words.
//!
//! | bits 31–28 | word | rest |
//! |---|---|---|
//! | 0x0, 0x1 | event OFF, ON | 27–22 lower time, 21–11 x, 10–0 y |
//! | 0x8 | `TIME_HIGH` | 27–0 upper time |
//! | 0xA | `EXT_TRIGGER` | 27–22 lower time, 12–8 channel, 0 edge |
//! | 0xD, 0xE, 0xF | inertial sensor, `OTHERS`, `CONTINUED` | vendor data, skipped and counted |
//! | others | reserved | counted |
//!
//! t = wraps·2³⁴ + (upper << 6 | lower); a wrap is a drop of the upper part by more than half its range.
//! Events before the first `TIME_HIGH` have no time: dropped and counted.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, Trigger, format::evt2};
//!
//! let bytes = [
//!     0xef, 0xcd, 0xab, 0x80, // TIME_HIGH 0x0abcdef
//!     0x68, 0x01, 0x54, 0x11, // ON at (640, 360), lower time 5
//!     0x01, 0x01, 0xc0, 0xa1, // trigger 1 rises, lower time 7
//! ];
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut triggers = [Trigger::default(); 1];
//! let out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! let mut out = out.with_triggers(&mut triggers);
//! evt2::Decoder::new().push(&bytes, &mut out);
//! assert_eq!(out.filled().get(0), Some(Event { t: 720_600_005, x: 640, y: 360, p: true }));
//! assert_eq!(out.triggers(), [Trigger { t: 720_600_007, id: 1, p: true }]);
//! # Ok::<(), spikelet_events::Error>(())
//! ```

use super::in_order::EncodeTriggers;
use super::plain::{EncodeUnits, differing, largest};
use super::records::{BLOCK, Plain, Records, Units, each};
use super::wraps::Counter;
use crate::codec::Pieces;
use crate::filler::Filler;
use crate::{Alongside, Columns, ColumnsMut, Counts, Encode, Error, Event, SensorSize, Trigger};

/// Largest sensor: x and y have 11 bits.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 2048,
    height: 2048,
};

const NAME: &str = "evt2";
pub(super) const COUNTER: Counter = Counter {
    format: NAME,
    low_bits: 6,
    high_bits: 28,
    wrap_drop: HALF as i64 + 1,
};
const PERIOD: i64 = 1 << 34;
pub(super) const HIGH_MASK: u32 = (1 << 28) - 1;
/// A drop of `TIME_HIGH` by more than this is a wrap.
const HALF: u32 = 1 << 27;
const COORDINATE: u32 = (1 << 11) - 1;
/// The number of an input has 5 bits.
pub(super) const INPUTS: (u8, &str) = (31, "be numbered 0 to 31");

/// Words to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::evt2};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = evt2::Decoder::new();
/// decoder.push(&[0xef, 0xcd, 0xab, 0x80, 0x68, 0x01, 0x54, 0x11, 0x68], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (1, 1), "two words and a byte too many");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub type Decoder = Records<State, 4>;

/// The time as far as the words before tell it.
///
/// ```
/// use spikelet_events::format::{Records, evt2};
///
/// let decoder: Records<evt2::State, 4> = evt2::Decoder::new();
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Wraps and upper time together.
    base: i64,
    has_time: bool,
}

impl Decoder {
    /// A decoder at the start of a recording.
    pub const fn new() -> Self {
        Self::begin(State {
            base: 0,
            has_time: false,
        })
    }
}

impl State {
    /// Takes a `TIME_HIGH` word; true when the counter began anew.
    fn time_high(&mut self, high: u32) -> bool {
        let (base, is_wrap) = lifted(self.base, high);
        // The first is no drop, whatever it says.
        let is_wrap = is_wrap && self.has_time;
        self.base = base;
        self.has_time = true;
        is_wrap
    }
}

impl Units<4> for State {
    fn take(&mut self, words: &[[u8; 4]], out: &mut ColumnsMut<'_>, counts: &mut Counts) -> usize {
        self.take_plain(words, out, counts)
    }

    /// The upper time may be far back where it is written only when it changes.
    fn look_back(&mut self, words: &[[u8; 4]]) {
        let mut words = words.iter().rev();
        if let Some(word) = words.find(|word| matches!(word, [.., 0x80..=0x8f])) {
            self.time_high(u32::from_le_bytes(*word) & HIGH_MASK);
        }
    }

    fn events_in(&self, words: &[[u8; 4]]) -> Option<usize> {
        let is_event = |word: &&[u8; 4]| u32::from_le_bytes(**word) >> 29 == 0;
        self.has_time.then(|| words.iter().filter(is_event).count())
    }
}

impl Plain<4> for State {
    #[inline(always)]
    fn block<const SECOND: bool>(
        &mut self,
        words: &[[u8; 4]; BLOCK],
        places: &mut Filler<'_>,
    ) -> bool {
        let words = each(words, u32::from_le_bytes);
        let kinds = words.iter().fold(0, |kinds, word| kinds | word);
        let is_plain = kinds >> 29 == 0 && self.has_time;
        if is_plain {
            places.fill(&words, |word| event(self.base, word));
        }
        is_plain
    }

    #[inline(always)]
    fn one(&mut self, word: [u8; 4], places: &mut Filler<'_>, counts: &mut Counts) -> bool {
        let word = u32::from_le_bytes(word);
        if word >> 29 == 0 && self.has_time {
            return places.push(event(self.base, word));
        }
        let is_time = word >> 28 == 0x8;
        if is_time {
            counts.time_wraps += self.time_high(word & HIGH_MASK) as u64;
        }
        is_time
    }

    fn other(&mut self, word: [u8; 4], out: &mut ColumnsMut<'_>, counts: &mut Counts) -> bool {
        let word = u32::from_le_bytes(word);
        match word >> 28 {
            0x0 | 0x1 | 0xa if !self.has_time => counts.dropped_before_time += 1,
            0x0 | 0x1 | 0x8 => return false,
            0xa => {
                let is_placed = out.push_trigger(trigger(self.base, word));
                counts.triggers += is_placed as u64;
                return is_placed;
            }
            0xd..=0xf => counts.skipped_words += 1,
            _ => counts.reserved_words += 1,
        }
        true
    }
}

/// The base of the time after an upper part, and whether the counter began anew.
#[inline]
pub(super) fn lifted(base: i64, high: u32) -> (i64, bool) {
    let previous = (base >> 6) as u32 & HIGH_MASK;
    let is_wrap = previous > high && previous - high > HALF;
    let wraps = (base & !(PERIOD - 1)) + (is_wrap as i64) * PERIOD;
    (wraps | (high as i64) << 6, is_wrap)
}

/// The trigger of a word of type 0xA.
#[inline]
pub(super) fn trigger(base: i64, word: u32) -> Trigger {
    Trigger {
        t: event(base, word).t,
        id: ((word >> 8) & 0x1f) as u8,
        p: word & 1 != 0,
    }
}

/// The event of a word of type 0 or 1.
#[inline]
pub(super) fn event(base: i64, word: u32) -> Event {
    Event {
        t: base | ((word >> 22) & 0x3f) as i64,
        x: ((word >> 11) & COORDINATE) as u16,
        y: (word & COORDINATE) as u16,
        p: word >> 28 != 0,
    }
}

/// Events to words.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::evt2};
///
/// let mut encoder = evt2::Encoder::new(SensorSize { width: 1280, height: 720 })?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[720_600_005], &[640], &[360], &[true])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(bytes, [0xef, 0xcd, 0xab, 0x80, 0x68, 0x01, 0x54, 0x11]);
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

    /// Leads the counter to `t` and returns the bits that its own word carries.
    fn time(&mut self, t: i64, out: &mut Pieces<'_>) -> Result<u32, Error> {
        match self.previous {
            Some(previous) => COUNTER.check(previous, t, self.events)?,
            None => self.offset = COUNTER.floor(t),
        }
        COUNTER.highs(self.previous, t, |high| {
            out.put((0x8000_0000 | high).to_le_bytes());
        });
        self.previous = Some(t);
        Ok((t & 0x3f) as u32)
    }
}

/// The word that [`trigger`] takes apart.
pub(super) fn trigger_word(trigger: Trigger, low: u32) -> u32 {
    0xa << 28 | low << 22 | (trigger.id as u32) << 8 | trigger.p as u32
}

impl EncodeTriggers for Encoder {
    const FORMAT: &'static str = NAME;
    const INPUTS: (u8, &'static str) = INPUTS;

    fn trigger(&mut self, trigger: Trigger, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let mut out = Pieces::new(sink);
        let low = self.time(trigger.t, &mut out)?;
        out.put(trigger_word(trigger, low).to_le_bytes());
        out.flush();
        Ok(())
    }
}

impl EncodeUnits<4> for Encoder {
    /// Times that share their upper part with the event before need no word for it.
    #[inline]
    fn is_plain(&self, t: &[i64; BLOCK], x: &[u16; BLOCK], y: &[u16; BLOCK]) -> bool {
        let previous = self.previous.unwrap_or(!t[0]);
        self.size.contains(largest(x), largest(y))
            && differing(t, previous) >> COUNTER.low_bits == 0
    }

    #[inline]
    fn unit(&self, event: Event) -> [u8; 4] {
        let Event { t, x, y, p } = event;
        let low = (t & 0x3f) as u32;
        let word = (p as u32) << 28 | low << 22 | (x as u32) << 11 | y as u32;
        word.to_le_bytes()
    }

    fn passed(&mut self, t: i64) {
        self.previous = Some(t);
        self.events += BLOCK as u64;
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        super::check_pixel(self.size, event, self.events)?;
        self.time(event.t, out)?;
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
        self.push_in_order(events, beside, sink)
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
