//! Words of EVT 2.0.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::{AnyDecoder, evt2};

fuzz_target!(|bytes: &[u8]| {
    spikelet_fuzz::decode(&AnyDecoder::Evt2(evt2::Decoder::new()), bytes);
});
