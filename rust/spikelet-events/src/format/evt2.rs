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
use super::wraps::Counter;
use crate::codec::{Partial, Pieces};
use crate::filler::Filler;
use crate::{
    Alongside, Columns, ColumnsMut, Counts, Decode, Encode, Error, Event, SensorSize, Trigger,
};

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
/// Words looked at together: 1107 Mev/s, against 542 one by one.
const BLOCK: usize = 16;
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
#[derive(Clone, Debug)]
#[cfg_attr(feature = "std", derive(PartialEq))]
pub struct Decoder {
    /// Wraps and upper time together.
    base: i64,
    has_time: bool,
    partial: Partial<4>,
    counts: Counts,
}

impl Decoder {
    /// A decoder at the start of a recording.
    pub const fn new() -> Self {
        Self {
            base: 0,
            has_time: false,
            partial: Partial::new(),
            counts: Counts::ZERO,
        }
    }

    fn words(&mut self, words: &[[u8; 4]], out: &mut ColumnsMut<'_>) -> usize {
        let mut used = 0;
        loop {
            if self.has_time {
                used += self.run(words.get(used..).unwrap_or_default(), out);
            }
            let Some(&word) = words.get(used) else {
                return used;
            };
            if !self.word(u32::from_le_bytes(word), out) {
                return used;
            }
            used += 1;
        }
    }

    /// Events and `TIME_HIGH` words after the first, until another kind comes or `out` is full.
    fn run(&mut self, words: &[[u8; 4]], out: &mut ColumnsMut<'_>) -> usize {
        let mut places = Filler::new(out.places());
        let mut taken = 0;
        while let Some(rest) = words.get(taken..) {
            let in_blocks = self.blocks(rest, &mut places);
            let singles = rest.iter().skip(in_blocks).take(BLOCK);
            let one_by_one = self.singles(singles, &mut places);
            taken += in_blocks + one_by_one;
            if one_by_one < BLOCK {
                break;
            }
        }
        let filled = places.n;
        self.counts.events += filled as u64;
        out.advance(filled);
        taken
    }

    /// Blocks of nothing but events; returns the number of words taken.
    fn blocks(&self, words: &[[u8; 4]], places: &mut Filler<'_>) -> usize {
        let before = places.n;
        for block in words.as_chunks::<BLOCK>().0 {
            let block = block.map(u32::from_le_bytes);
            let kinds = block.iter().fold(0, |kinds, word| kinds | word);
            if kinds >> 29 != 0 || !places.has_room(BLOCK) {
                break;
            }
            places.fill(&block, |word| event(self.base, word));
        }
        places.n - before
    }

    /// Events and `TIME_HIGH` words in any order; returns the number of words taken.
    fn singles<'a>(
        &mut self,
        words: impl Iterator<Item = &'a [u8; 4]>,
        places: &mut Filler<'_>,
    ) -> usize {
        let mut taken = 0;
        for word in words {
            let word = u32::from_le_bytes(*word);
            if word >> 29 == 0 && places.has_room(1) {
                places.write(event(self.base, word));
                places.n += 1;
            } else if word >> 28 == 0x8 {
                self.time_high(word & HIGH_MASK);
            } else {
                break;
            }
            taken += 1;
        }
        taken
    }

    fn time_high(&mut self, high: u32) {
        let (base, is_wrap) = lifted(self.base, high);
        self.base = base;
        self.counts.time_wraps += is_wrap as u64;
    }

    /// One word of any kind; false when `out` is full and the word must wait.
    fn word(&mut self, word: u32, out: &mut ColumnsMut<'_>) -> bool {
        match word >> 28 {
            0x0 | 0x1 | 0xa if !self.has_time => self.counts.dropped_before_time += 1,
            0x0 | 0x1 => {
                let is_placed = out.push(event(self.base, word));
                self.counts.events += is_placed as u64;
                return is_placed;
            }
            0x8 if !self.has_time => {
                self.base = ((word & HIGH_MASK) as i64) << 6;
                self.has_time = true;
            }
            0x8 => self.time_high(word & HIGH_MASK),
            0xa => {
                let is_placed = out.push_trigger(trigger(self.base, word));
                self.counts.triggers += is_placed as u64;
                return is_placed;
            }
            0xd..=0xf => self.counts.skipped_words += 1,
            _ => self.counts.reserved_words += 1,
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

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decode for Decoder {
    const UNIT_BYTES: usize = 4;
    const MAX_EVENTS_PER_UNIT: usize = 1;

    fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let mut partial = self.partial;
        let used = partial.feed(input, |words| self.words(words, out));
        self.partial = partial;
        used
    }

    fn finish(&mut self) {
        self.counts.tail_bytes = self.partial.len() as u64;
    }

    fn counts(&self) -> &Counts {
        &self.counts
    }
}

#[cfg(feature = "std")]
super::ahead::by_units!(Decoder, look_back = Decoder::look_back);

#[cfg(feature = "std")]
impl Decoder {
    /// Takes the upper time from its last word, which may be far back where it is written only when it changes.
    fn look_back(&mut self, before: &[u8]) {
        let mut words = before.rchunks_exact(4);
        if let Some(&[a, b, c, d]) = words.find(|word| matches!(word, [.., 0x80..=0x8f])) {
            self.time_high(u32::from_le_bytes([a, b, c, d]) & HIGH_MASK);
            self.has_time = true;
        }
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

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        let Event { t, x, y, p } = event;
        super::check_pixel(self.size, event, self.events)?;
        let low = self.time(t, out)?;
        let word = (p as u32) << 28 | low << 22 | (x as u32) << 11 | y as u32;
        out.put(word.to_le_bytes());
        self.events += 1;
        Ok(())
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
        let mut out = Pieces::new(sink);
        let result = events
            .iter()
            .try_for_each(|event| self.event(event, &mut out));
        out.flush();
        result
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn time_offset(&self) -> i64 {
        self.offset
    }
}
