//! Packets of AEDAT 3.1.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::{AnyDecoder, aedat3};

fuzz_target!(|bytes: &[u8]| {
    spikelet_fuzz::decode(&AnyDecoder::Aedat3(aedat3::Decoder::new()), bytes);
});
