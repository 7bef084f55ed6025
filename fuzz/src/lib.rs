//! What must hold for any bytes, whatever they are.
//!
//! Nothing panics; pieces give what the whole gives; no byte stands for more events than its format allows; counts
//! tell what was handed out. What memory may be used is the fuzzer's to watch, by `-malloc_limit_mb`.
#![forbid(unsafe_code)]

mod dice;
mod reading;

pub use dice::Dice;
pub use reading::read;

use spikelet_events::format::AnyDecoder;
use spikelet_events::{Counts, Event, OwnedColumns, Trigger};

/// Most events that a byte of a packed body may stand for: a thousand bytes, 16 of which make an event.
pub const EVENTS_PER_PACKED_BYTE: usize = 63;

/// Everything that a decoder says about some bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    pub events: Vec<Event>,
    pub triggers: Vec<Trigger>,
    pub counts: Counts,
}

/// Decodes the whole, then pieces into few places, and compares.
pub fn decode(decoder: &AnyDecoder, bytes: &[u8]) {
    let whole = pushed(decoder.clone(), bytes, &mut || (usize::MAX, 4096));
    let mut dice = Dice::of(bytes);
    let longest = 1 + dice.roll(64);
    let split = pushed(decoder.clone(), bytes, &mut || {
        (1 + dice.roll(longest), 1 + dice.roll(100))
    });
    assert_eq!(split, whole);
    assert!(whole.events.len() <= bytes.len() * events_per_byte(decoder));
}

/// Most events that one byte may stand for.
fn events_per_byte(decoder: &AnyDecoder) -> usize {
    match decoder {
        AnyDecoder::Aedat4(_) => EVENTS_PER_PACKED_BYTE,
        other => other.max_events_per_unit(),
    }
}

/// Pushes pieces into columns, the length of the one and the places of the other as `next` says.
fn pushed(
    mut decoder: AnyDecoder,
    bytes: &[u8],
    next: &mut dyn FnMut() -> (usize, usize),
) -> Decoded {
    let mut decoded = Decoded::default();
    let least = decoder.max_events_per_unit();
    let mut columns = OwnedColumns::zeroed(4096);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (length, places) = next();
        let (piece, _) = rest.split_at(length.min(rest.len()));
        let mut triggers = [Trigger::default(); 3];
        let mut out = columns
            .window_mut(0, places.max(least))
            .with_triggers(&mut triggers);
        let used = decoder.push(piece, &mut out);
        let is_full = out.free() < least || !out.has_trigger_place();
        assert!(
            used == piece.len() || is_full,
            "{used} of {} bytes taken with places free",
            piece.len()
        );
        decoded.events.extend(out.filled().iter());
        decoded.triggers.extend_from_slice(out.triggers());
        rest = &rest[used..];
    }
    decoder.finish();
    decoded.counts = *decoder.counts();
    assert_eq!(decoded.counts.events, decoded.events.len() as u64);
    assert_eq!(decoded.counts.triggers, decoded.triggers.len() as u64);
    assert!(decoded.counts.tail_bytes <= bytes.len() as u64);
    decoded
}
