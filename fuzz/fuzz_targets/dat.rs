//! Records of DAT in both layouts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::AnyDecoder;
use spikelet_events::format::dat::{Decoder, Layout};

fuzz_target!(|bytes: &[u8]| {
    for layout in [Layout::V1, Layout::V2] {
        spikelet_fuzz::decode(&AnyDecoder::Dat(Decoder::new(layout)), bytes);
    }
});
