//! Event Streams of every kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::AnyDecoder;
use spikelet_events::format::es::{Decoder, Head, Kind};

fuzz_target!(|bytes: &[u8]| {
    let _ = Head::parse(bytes);
    for kind in [Kind::Generic, Kind::Dvs, Kind::Atis, Kind::Color] {
        spikelet_fuzz::decode(&AnyDecoder::Es(Decoder::new(kind)), bytes);
    }
});
