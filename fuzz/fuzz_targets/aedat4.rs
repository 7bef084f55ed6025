//! Packets of AEDAT 4, packed and plain.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::{AnyDecoder, aedat4};

fuzz_target!(|bytes: &[u8]| {
    spikelet_fuzz::decode(&AnyDecoder::Aedat4(aedat4::Decoder::new()), bytes);
});
