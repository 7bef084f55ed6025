//! Headers of text in every style, whole and in pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::header::{Header, HeaderParser, HeaderStyle, RawFacts};
use spikelet_fuzz::Dice;

/// None where the header is refused.
fn parsed(style: HeaderStyle, mut rest: &[u8], next: &mut dyn FnMut() -> usize) -> Option<Header> {
    let mut parser = HeaderParser::new(style);
    let mut is_done = false;
    while !is_done && !rest.is_empty() {
        let (piece, after) = rest.split_at(next().min(rest.len()));
        is_done = parser.push(piece).ok()?;
        rest = after;
    }
    if !is_done {
        parser.finish().ok()?;
    }
    Some(parser.into_parts().0)
}

fuzz_target!(|bytes: &[u8]| {
    let mut dice = Dice::of(bytes);
    for style in [
        HeaderStyle::Percent,
        HeaderStyle::Hash,
        HeaderStyle::HashEnd,
    ] {
        let whole = parsed(style, bytes, &mut || usize::MAX);
        assert_eq!(parsed(style, bytes, &mut || 1 + dice.roll(20)), whole);
        if let Some(header) = whole {
            assert!(header.bytes <= bytes.len());
            let _ = RawFacts::of(&header);
            let _ = RawFacts::size_of(&header);
        }
    }
});
