//! Text, in the layout that it shows and in those that are written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::AnyDecoder;
use spikelet_events::format::csv::{Clues, Decoder, Sniffed};

fuzz_target!(|bytes: &[u8]| {
    let found = Sniffed::of(
        bytes,
        Clues {
            is_whole: true,
            ..Clues::default()
        },
    );
    for sniffed in [Sniffed::METAVISION, Sniffed::RPG].iter().chain(&found) {
        spikelet_fuzz::decode(&AnyDecoder::Csv(Decoder::new(sniffed)), bytes);
    }
});
