//! Words of EVT 2.1 in both byte orders.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::AnyDecoder;
use spikelet_events::format::evt21::{ByteOrder, Decoder};

fuzz_target!(|bytes: &[u8]| {
    let _ = ByteOrder::detect(bytes);
    for order in [ByteOrder::Little, ByteOrder::Legacy] {
        spikelet_fuzz::decode(&AnyDecoder::Evt21(Decoder::new(order)), bytes);
    }
});
