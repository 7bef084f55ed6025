//! Prophesee EVT 2.1: 64-bit words, up to 32 events of one row in each.
//!
//! The upper half of a word is laid out as a word of [EVT 2.0](super::evt2), the lower half is a mask: bit i set
//! means an event at x + i, from bit 0 up. Words of other types leave the mask alone. Cameras differ in the order
//! of the halves on disk, see [`ByteOrder`].
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::evt21};
//! use spikelet_events::format::evt21::ByteOrder;
//!
//! let bytes = [
//!     0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x80, // TIME_HIGH 16
//!     0x05, 0x00, 0x00, 0x80, 0x64, 0x00, 0x42, 0x11, // ON in row 100 from column 64 on: bits 0, 2 and 31
//! ];
//! let (mut t, mut x, mut y, mut p) = ([0; 32], [0; 32], [0; 32], [false; 32]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! evt21::Decoder::new(ByteOrder::Little).push(&bytes, &mut out);
//! assert_eq!(out.filled().x(), [64, 66, 95]);
//! assert_eq!(out.filled().get(0), Some(Event { t: 1029, x: 64, y: 100, p: true }));
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod encode;

pub use encode::Encoder;

use super::records::{Records, Units};
use super::{evt2, wraps::Counter};
use crate::filler::Filler;
use crate::{ColumnsMut, Counts, Event, SensorSize};

/// Largest sensor: the first x and y have 11 bits.
pub const MAX_SIZE: SensorSize = evt2::MAX_SIZE;

const NAME: &str = "evt21";
const COUNTER: Counter = Counter {
    format: NAME,
    ..evt2::COUNTER
};
/// Columns that one word covers.
const LANES: usize = 32;
/// Places that the fast loop may write to for one word, filled or not.
const SPREAD_ROOM: usize = LANES + 8;

/// Which half of a word stands first in the file; each half is little endian by itself.
///
/// ```
/// use spikelet_events::format::evt21::ByteOrder;
///
/// assert_eq!(ByteOrder::named("legacy"), Some(ByteOrder::Legacy));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// The lower half first: the whole word is little endian (`GenX320`, and where nothing is said).
    #[default]
    Little,
    /// The upper half first (IMX636).
    Legacy,
}

impl ByteOrder {
    /// The order of this name, as headers spell it.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Little, Self::Legacy]
            .into_iter()
            .find(|order| order.name() == name)
    }

    /// `"little"` or `"legacy"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Little => "little",
            Self::Legacy => "legacy",
        }
    }

    /// The order that some words are in, if they show it.
    ///
    /// A `TIME_HIGH` word has an empty lower half and time goes on, so words that are `TIME_HIGH` in one order and
    /// not smaller than the one before speak for it.
    ///
    /// ```
    /// use spikelet_events::format::evt21::ByteOrder;
    ///
    /// let word = [0x10, 0, 0, 0x80, 0, 0, 0, 0];
    /// assert_eq!(ByteOrder::detect(&word), Some(ByteOrder::Legacy));
    /// assert_eq!(ByteOrder::detect(&[0; 8]), None);
    /// ```
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let [little, legacy] = [Self::Little, Self::Legacy].map(|order| order.votes(bytes));
        match little.cmp(&legacy) {
            core::cmp::Ordering::Greater => Some(Self::Little),
            core::cmp::Ordering::Less => Some(Self::Legacy),
            core::cmp::Ordering::Equal => None,
        }
    }

    fn votes(self, bytes: &[u8]) -> usize {
        let mut previous = 0;
        let (words, _) = bytes.as_chunks::<8>();
        let is_plausible = |word: &&[u8; 8]| {
            let (high, mask) = self.halves(**word);
            let time = high & evt2::HIGH_MASK;
            let follows = high >> 28 == 0x8 && mask == 0 && time >= previous;
            previous = if follows { time } else { previous };
            follows
        };
        words.iter().filter(is_plausible).count()
    }

    /// The upper half and the mask.
    #[inline]
    fn halves(self, [a, b, c, d, e, f, g, h]: [u8; 8]) -> (u32, u32) {
        let (first, second) = (
            u32::from_le_bytes([a, b, c, d]),
            u32::from_le_bytes([e, f, g, h]),
        );
        match self {
            Self::Little => (second, first),
            Self::Legacy => (first, second),
        }
    }

    fn word(self, high: u32, mask: u32) -> [u8; 8] {
        let word = match self {
            Self::Little => (high as u64) << 32 | mask as u64,
            Self::Legacy => (mask as u64) << 32 | high as u64,
        };
        word.to_le_bytes()
    }
}

/// Words to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::evt21};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = evt21::Decoder::new(evt21::ByteOrder::Little);
/// decoder.push(&[0, 0, 0, 0, 0x10, 0, 0, 0x80, 5, 0, 0], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (0, 3), "a word and three bytes too many");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
pub type Decoder = Records<State, 8>;

/// The time as far as the words before tell it.
///
/// ```
/// use spikelet_events::format::{Records, evt21};
///
/// let decoder: Records<evt21::State, 8> = evt21::Decoder::new(evt21::ByteOrder::Little);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    order: ByteOrder,
    /// Wraps and upper time together.
    base: i64,
    has_time: bool,
}

impl Decoder {
    /// A decoder at the start of a recording.
    pub const fn new(order: ByteOrder) -> Self {
        Self::begin(State {
            order,
            base: 0,
            has_time: false,
        })
    }
}

impl Units<8> for State {
    const MAX_EVENTS: usize = LANES;

    fn take(&mut self, words: &[[u8; 8]], out: &mut ColumnsMut<'_>, counts: &mut Counts) -> usize {
        let mut rest = words;
        loop {
            if self.has_time {
                // Settled once, so that the loop is compiled for each order.
                rest = match self.order {
                    ByteOrder::Little => self.run(ByteOrder::Little, rest, (out, counts)),
                    ByteOrder::Legacy => self.run(ByteOrder::Legacy, rest, (out, counts)),
                };
            }
            match rest {
                [word, after @ ..] if self.word(*word, out, counts) => rest = after,
                _ => return words.len() - rest.len(),
            }
        }
    }

    /// The upper time may be far back where it is written only when it changes.
    fn look_back(&mut self, words: &[[u8; 8]]) {
        let words = words.iter().rev();
        let mut highs = words.map(|&word| self.order.halves(word).0);
        if let Some(high) = highs.find(|high| high >> 28 == 0x8) {
            self.base = evt2::lifted(self.base, high & evt2::HIGH_MASK).0;
            self.has_time = true;
        }
    }
}

impl State {
    /// Vectors and `TIME_HIGH` words after the first, until another kind comes or `out` is full.
    #[inline]
    fn run<'w>(
        &mut self,
        order: ByteOrder,
        words: &'w [[u8; 8]],
        (out, counts): (&mut ColumnsMut<'_>, &mut Counts),
    ) -> &'w [[u8; 8]] {
        let mut places = Filler::new(out.places());
        let mut rest = words;
        while let [word, after @ ..] = rest {
            let (high, mask) = order.halves(*word);
            if high >> 29 == 0 && places.has_room(SPREAD_ROOM) {
                spread(evt2::event(self.base, high), mask, &mut places);
            } else if high >> 29 == 0 && places.has_room(LANES) {
                one_by_one(evt2::event(self.base, high), mask, &mut places);
            } else if high >> 28 == 0x8 {
                let (base, is_wrap) = evt2::lifted(self.base, high & evt2::HIGH_MASK);
                self.base = base;
                counts.time_wraps += is_wrap as u64;
            } else {
                break;
            }
            rest = after;
        }
        let filled = places.n;
        out.advance(filled);
        rest
    }

    /// One word that [`run`](Self::run) leaves; false when `out` is full and the word must wait.
    fn word(&mut self, word: [u8; 8], out: &mut ColumnsMut<'_>, counts: &mut Counts) -> bool {
        let (high, mask) = self.order.halves(word);
        match high >> 28 {
            0x0 | 0x1 if !self.has_time => {
                counts.dropped_before_time += mask.count_ones() as u64;
            }
            0x0 | 0x1 => return false,
            0x8 => {
                self.base = ((high & evt2::HIGH_MASK) as i64) << 6;
                self.has_time = true;
            }
            0xa if !self.has_time => counts.dropped_before_time += 1,
            0xa => {
                let is_placed = out.push_trigger(evt2::trigger(self.base, high));
                counts.triggers += is_placed as u64;
                return is_placed;
            }
            0xe..=0xf => counts.skipped_words += 1,
            _ => counts.reserved_words += 1,
        }
        true
    }
}

/// The events of a word, eight columns at a time from its first bit on; [`SPREAD_ROOM`] places must be free.
#[inline]
fn spread(first: Event, mask: u32, places: &mut Filler<'_>) {
    let (mut left, mut x) = (mask, first.x);
    while left != 0 {
        let empty = left.trailing_zeros();
        left >>= empty;
        x += empty as u16;
        places.spread(Event { x, ..first }, left as u8);
        left >>= 8;
        x += 8;
    }
}

/// The events of a word; 32 places must be free.
fn one_by_one(first: Event, mask: u32, places: &mut Filler<'_>) {
    let mut mask = mask;
    while mask != 0 {
        places.write(Event {
            x: first.x + mask.trailing_zeros() as u16,
            ..first
        });
        places.n += 1;
        mask &= mask - 1;
    }
}
