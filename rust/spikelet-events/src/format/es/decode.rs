//! Bytes to items.

use super::Kind;
use super::payload::Payloads;
use crate::filler::Filler;
use crate::{Color, ColumnsMut, Counts, Decode, Event, Exposure};

/// The longest item with a pixel.
const LONGEST: usize = 8;

/// What the first byte of an item says.
enum First {
    /// Only time passes.
    Pause(i64),
    Reset,
    /// An item, this many microseconds later.
    Item(i64),
}

/// Bytes after the header to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::es};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = es::Decoder::new(es::Kind::Dvs);
/// decoder.push(&[0x15, 0x40, 0x01, 0xf0, 0x00, 0x15], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (1, 1), "an item and a byte too many");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    kind: Kind,
    t: i64,
    /// The first bytes of an item that the input did not complete.
    pending: [u8; LONGEST],
    pending_len: usize,
    payloads: Payloads,
    counts: Counts,
}

impl Decoder {
    /// A decoder at the first byte after the header.
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            t: 0,
            pending: [0; LONGEST],
            pending_len: 0,
            payloads: Payloads::new(),
            counts: Counts::ZERO,
        }
    }

    #[inline]
    fn first(&self, byte: u8) -> First {
        match (self.kind, byte) {
            (Kind::Dvs, 0xff) => First::Pause(127),
            (Kind::Generic | Kind::Color, 0xff) => First::Pause(254),
            (Kind::Atis, 0xfc) | (Kind::Dvs | Kind::Generic | Kind::Color, 0xfe) => First::Reset,
            (Kind::Atis, 0xfd..) => First::Pause(63 * (byte & 3) as i64),
            (Kind::Dvs, _) => First::Item((byte >> 1) as i64),
            (Kind::Atis, _) => First::Item((byte >> 2) as i64),
            (Kind::Generic | Kind::Color, _) => First::Item(byte as i64),
        }
    }

    /// Completes the item begun before; None when there is no place for it.
    fn complete(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> Option<usize> {
        let needed = self.kind.item_bytes();
        let missing = needed - self.pending_len;
        let head = input.get(..missing.min(input.len())).unwrap_or_default();
        let mut item = self.pending;
        for (place, &byte) in item.iter_mut().skip(self.pending_len).zip(head) {
            *place = byte;
        }
        if head.len() < missing {
            self.pending = item;
            self.pending_len += head.len();
        } else {
            if !self.item(item, out) {
                return None;
            }
            self.pending_len = 0;
        }
        Some(head.len())
    }

    /// Items and pauses, until the input ends or `out` is full; returns the number of bytes taken.
    fn items(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let needed = self.kind.item_bytes();
        let mut used = 0;
        loop {
            if self.kind == Kind::Dvs {
                used += self.run(input.get(used..).unwrap_or_default(), out);
            }
            let rest = input.get(used..).unwrap_or_default();
            let Some(&first) = rest.first() else {
                return used;
            };
            match self.first(first) {
                First::Pause(us) => self.t += us,
                First::Reset => self.counts.skipped_words += 1,
                First::Item(_) => {
                    let mut item = [0; LONGEST];
                    let whole = rest.get(..needed);
                    let bytes = whole.unwrap_or(rest);
                    for (place, &byte) in item.iter_mut().zip(bytes) {
                        *place = byte;
                    }
                    if whole.is_none() {
                        (self.pending, self.pending_len) = (item, rest.len());
                        return input.len();
                    }
                    if !self.item(item, out) {
                        return used;
                    }
                    used += needed;
                    continue;
                }
            }
            used += 1;
        }
    }

    /// DVS items in a tight loop, until one is not whole or `out` is full; returns the number of bytes taken.
    fn run(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let mut places = Filler::new(out.places());
        let (mut t, mut resets) = (self.t, 0);
        let mut rest = input;
        while let [first, tail @ ..] = rest {
            if *first >= 0xfe {
                let is_pause = *first == 0xff;
                t += is_pause as i64 * 127;
                resets += !is_pause as u64;
                rest = tail;
                continue;
            }
            let [x_low, x_high, y_low, y_high, after @ ..] = tail else {
                break;
            };
            if !places.has_room(1) {
                break;
            }
            t += (first >> 1) as i64;
            places.write(Event {
                t,
                x: u16::from_le_bytes([*x_low, *x_high]),
                y: u16::from_le_bytes([*y_low, *y_high]),
                p: first & 1 != 0,
            });
            places.n += 1;
            rest = after;
        }
        let filled = places.n;
        self.t = t;
        self.counts.skipped_words += resets;
        self.counts.events += filled as u64;
        out.advance(filled);
        input.len() - rest.len()
    }

    /// One whole item; false when `out` is full and it must wait.
    fn item(&mut self, item: [u8; LONGEST], out: &mut ColumnsMut<'_>) -> bool {
        let [first, x_low, x_high, y_low, y_high, r, g, b] = item;
        let First::Item(step) = self.first(first) else {
            return true;
        };
        let event = Event {
            t: self.t + step,
            x: u16::from_le_bytes([x_low, x_high]),
            y: u16::from_le_bytes([y_low, y_high]),
            p: match self.kind {
                Kind::Dvs => first & 1 != 0,
                Kind::Atis => first & 2 != 0,
                Kind::Color | Kind::Generic => false,
            },
        };
        if self.kind == Kind::Atis && first & 1 != 0 {
            self.exposure(event, out);
        } else {
            if !out.push(event) {
                return false;
            }
            self.counts.events += 1;
            if self.kind == Kind::Color
                && let Some(beside) = out.beside()
            {
                beside.color(Color { r, g, b });
            }
        }
        self.t = event.t;
        true
    }

    fn exposure(&mut self, event: Event, out: &mut ColumnsMut<'_>) {
        let Event { t, x, y, p } = event;
        let index = self.counts.events + self.counts.exposure_events;
        let exposure = Exposure {
            t,
            x,
            y,
            is_second: p,
            index,
        };
        self.counts.exposure_events += 1;
        if let Some(beside) = out.beside() {
            beside.exposure(exposure);
        }
    }
}

impl Decode for Decoder {
    /// The length of an item with a pixel and no colour.
    const UNIT_BYTES: usize = 5;
    const MAX_EVENTS_PER_UNIT: usize = 1;

    fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        if self.kind == Kind::Generic {
            self.payloads.push(input, out);
            self.counts.payloads = self.payloads.whole;
            self.counts.skipped_words = self.payloads.resets;
            return input.len();
        }
        let mut used = 0;
        if self.pending_len > 0 {
            match self.complete(input, out) {
                Some(taken) => used = taken,
                None => return 0,
            }
        }
        used + self.items(input.get(used..).unwrap_or_default(), out)
    }

    fn finish(&mut self) {
        self.counts.tail_bytes = self.pending_len as u64 + self.payloads.tail_bytes();
    }

    fn counts(&self) -> &Counts {
        &self.counts
    }

    fn last_unit_bytes(&self) -> usize {
        self.kind.item_bytes()
    }
}
