//! Prophesee EVT 3.0: 16-bit little-endian words that change a state.
//!
//! | bits 15–12 | word | bits 11–0 and effect |
//! |---|---|---|
//! | 0x0 | `ADDR_Y` | 10–0: row |
//! | 0x2 | `ADDR_X` | 11 polarity, 10–0 column: one event |
//! | 0x3 | `VECT_BASE_X` | 11 polarity, 10–0 base column |
//! | 0x4, 0x5 | `VECT_12`, `VECT_8` | mask: an event at base + i for every set bit i; base moves on by 12 or 8 |
//! | 0x6 | `TIME_LOW` | lower 12 bits of the time; never a wrap |
//! | 0x8 | `TIME_HIGH` | upper 12 bits; a change clears the lower ones, a drop by 2048 or more is a wrap |
//! | 0xA | `EXT_TRIGGER` | 11–8 channel, 0 edge |
//! | 0x7, 0xE, 0xF | `CONTINUED`, `OTHERS` | vendor data, skipped and counted |
//! | 0x1 | reserved | `ADDR_X` and vectors are skipped until the next `ADDR_Y` |
//! | others | reserved | counted |
//!
//! t = wraps·2²⁴ + (high << 12 | low). Events before the first `TIME_HIGH` have no time: dropped and counted.
//! A recording may end after any word; what is there is decoded.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Trigger, format::evt3};
//!
//! // Time 4112, row 100, the column 5 alone, then 20, 31 | 32, 33 | 44, 51 as vectors from 20.
//! let words: [u16; 8] = [0x8001, 0x6010, 0x0064, 0x2805, 0x3814, 0x4801, 0x4003, 0x5081];
//! let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
//! let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
//! let mut triggers = [Trigger::default(); 1];
//! let out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! let mut out = out.with_triggers(&mut triggers);
//! evt3::Decoder::new().push(&bytes, &mut out);
//! assert_eq!(out.filled().x(), [5, 20, 31, 32, 33, 44, 51]);
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod encode;
mod places;

pub use encode::Encoder;
pub(super) use encode::INPUTS;

use super::records::{Records, Units};
use super::wraps::Counter;
use crate::filler::Filler;
use crate::{ColumnsMut, Counts, Event, SensorSize, Trigger};

/// Largest sensor: x and y have 11 bits.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 2048,
    height: 2048,
};

const NAME: &str = "evt3";
const LOW_BITS: u32 = 12;
const COUNTER: Counter = Counter {
    format: NAME,
    low_bits: LOW_BITS,
    high_bits: 12,
    wrap_drop: 2048,
};
const PERIOD: i64 = 1 << 24;
/// A vector base stays below this, far outside every sensor, so that it cannot come round to column 0.
const BASE_LIMIT: u16 = 0xf000;

/// Words to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::evt3};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = evt3::Decoder::new();
/// decoder.push(&[0x01, 0x80, 0x10, 0x60, 0x64, 0x00, 0x05, 0x28, 0x05], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (1, 1), "four words and a byte too many");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub type Decoder = Records<State, 2>;

/// What the words before have set.
///
/// ```
/// use spikelet_events::format::{Records, evt3};
///
/// let decoder: Records<evt3::State, 2> = evt3::Decoder::new();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct State {
    /// Wraps and all 24 bits together.
    t: i64,
    y: u16,
    base: u16,
    p: bool,
    has_time: bool,
    /// Between a reserved 0x1 word and the next row.
    suppressed: bool,
}

impl State {
    fn is_live(&self) -> bool {
        self.has_time && !self.suppressed
    }

    /// Takes a `TIME_HIGH` word; true when the counter began anew.
    fn time_high(&mut self, value: u16) -> bool {
        let previous = ((self.t >> LOW_BITS) & 0xfff) as u16;
        let is_wrap = self.has_time && previous >= value + 2048;
        if !self.has_time || value != previous {
            let wraps = (self.t & !(PERIOD - 1)) + (is_wrap as i64) * PERIOD;
            self.t = wraps | (value as i64) << LOW_BITS;
        }
        self.has_time = true;
        is_wrap
    }

    fn time_low(&mut self, value: u16) {
        self.t = (self.t & !0xfff) | value as i64;
    }

    fn move_base(&mut self, columns: u16) {
        self.base = (self.base + columns).min(BASE_LIMIT);
    }
}

impl Decoder {
    /// A decoder at the start of a recording.
    pub const fn new() -> Self {
        Self::begin(State {
            t: 0,
            y: 0,
            base: 0,
            p: false,
            has_time: false,
            suppressed: false,
        })
    }
}

impl Units<2> for State {
    const MAX_EVENTS: usize = 12;

    fn take(&mut self, words: &[[u8; 2]], out: &mut ColumnsMut<'_>, counts: &mut Counts) -> usize {
        let mut used = 0;
        while let Some(rest) = words.get(used..) {
            if self.is_live() && out.free() >= places::AT_ONCE {
                used += self.run(rest, out, counts);
            }
            let Some(&word) = words.get(used) else { break };
            if !self.word(u16::from_le_bytes(word), out, counts) {
                break;
            }
            used += 1;
        }
        used
    }

    /// The upper time may be far back where it is written only when it changes.
    fn look_back(&mut self, words: &[[u8; 2]]) {
        let mut words = words.iter().rev();
        if let Some(&[low, high]) = words.find(|word| matches!(word, [_, 0x80..=0x8f])) {
            self.time_high(u16::from_le_bytes([low, high & 0xf]));
        }
    }
}

impl State {
    /// One word of any kind, plainly; false when `out` is full and the word must wait.
    fn word(&mut self, word: u16, out: &mut ColumnsMut<'_>, counts: &mut Counts) -> bool {
        let value = word & 0xfff;
        if out.free() < Self::MAX_EVENTS {
            return false;
        }
        match word >> 12 {
            0x0 => {
                self.y = word & 0x7ff;
                self.suppressed = false;
            }
            0x2 => self.columns((1, word & 0x7ff, value >> 11 != 0), out, counts),
            0x3 => {
                self.base = word & 0x7ff;
                self.p = value >> 11 != 0;
            }
            0x4 | 0x5 => {
                let (mask, columns) = vector(word);
                self.columns((mask, self.base, self.p), out, counts);
                self.move_base(columns);
            }
            0x6 => self.time_low(value),
            0x8 => counts.time_wraps += self.time_high(value) as u64,
            0xa => return self.trigger(value, out, counts),
            0x7 | 0xe | 0xf => counts.skipped_words += 1,
            kind => {
                counts.reserved_words += 1;
                self.suppressed |= kind == 0x1;
            }
        }
        true
    }

    /// An event at `base + i` for every bit `i` of `mask`, at the time and row of the state.
    fn columns(
        &self,
        (mask, base, p): (u16, u16, bool),
        out: &mut ColumnsMut<'_>,
        counts: &mut Counts,
    ) {
        let State { t, y, .. } = *self;
        if !self.has_time {
            counts.dropped_before_time += mask.count_ones() as u64;
        } else if self.suppressed {
            counts.skipped_words += 1;
        } else {
            let mut mask = mask;
            while mask != 0 {
                let x = base + mask.trailing_zeros() as u16;
                out.push(Event { t, x, y, p });
                mask &= mask - 1;
            }
        }
    }

    fn trigger(&self, value: u16, out: &mut ColumnsMut<'_>, counts: &mut Counts) -> bool {
        if !self.has_time {
            counts.dropped_before_time += 1;
            return true;
        }
        let trigger = Trigger {
            t: self.t,
            id: (value >> 8) as u8,
            p: value & 1 != 0,
        };
        let is_placed = out.push_trigger(trigger);
        counts.triggers += is_placed as u64;
        is_placed
    }

    /// The same as [`word`](Self::word) for the kinds that fill recordings, until another kind comes or
    /// fewer than [`places::AT_ONCE`] places are free; returns the number of words taken.
    ///
    /// Rows, columns and lower times follow one another without a pattern, so nothing branches on which of
    /// them a word is; a group of vectors is taken in one step.
    fn run(&mut self, words: &[[u8; 2]], out: &mut ColumnsMut<'_>, counts: &mut Counts) -> usize {
        let mut state = *self;
        let mut places = Filler::new(out.places());
        let mut rest = words;
        while let [word, after @ ..] = rest
            && places.has_room(places::AT_ONCE)
        {
            let word = u16::from_le_bytes(*word);
            let value = word & 0xfff;
            let kind = word >> 12;
            rest = if (1 << kind) & 0b0100_0101 != 0 {
                places.row_column_or_time(&mut state, word);
                after
            } else if kind == 0x3 {
                places.vectors(&mut state, word, after)
            } else if kind == 0x4 || kind == 0x5 {
                let (mask, columns) = vector(word);
                places.put_16(&state, mask);
                state.move_base(columns);
                after
            } else if kind == 0x8 {
                counts.time_wraps += state.time_high(value) as u64;
                after
            } else if matches!(kind, 0x7 | 0xe | 0xf) {
                counts.skipped_words += 1;
                after
            } else {
                break;
            };
        }
        *self = state;
        let filled = places.n;
        out.advance(filled);
        words.len() - rest.len()
    }
}

/// The mask of a `VECT_12` or `VECT_8` word, and how many columns it covers.
#[inline]
fn vector(word: u16) -> (u16, u16) {
    if word >> 12 == 0x4 {
        (word & 0xfff, 12)
    } else {
        (word & 0xff, 8)
    }
}
