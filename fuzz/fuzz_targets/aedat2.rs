//! AEDAT 2 of both kinds of chips.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::AnyDecoder;
use spikelet_events::format::aedat2::{Decoder, Layout};

fuzz_target!(|bytes: &[u8]| {
    for layout in [Layout::Dvs128, Layout::Davis] {
        spikelet_fuzz::decode(&AnyDecoder::Aedat2(Decoder::new(layout)), bytes);
    }
});
