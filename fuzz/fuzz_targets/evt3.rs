//! Words of EVT 3.0.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::{AnyDecoder, evt3};

fuzz_target!(|bytes: &[u8]| {
    spikelet_fuzz::decode(&AnyDecoder::Evt3(evt3::Decoder::new()), bytes);
});
