//! 40-bit records.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::{AnyDecoder, bin40};

fuzz_target!(|bytes: &[u8]| {
    spikelet_fuzz::decode(&AnyDecoder::Bin40(bin40::Decoder::new()), bytes);
});
