//! Files of any kind, under every name that a format has.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::format::Format;
use spikelet_events::{RECOGNISE_BYTES, recognise};

fuzz_target!(|bytes: &[u8]| {
    let _ = recognise(bytes.get(..RECOGNISE_BYTES).unwrap_or(bytes));
    spikelet_fuzz::read(bytes, None);
    for format in Format::ALL {
        let extension = format.extensions()[0].trim_start_matches('.');
        spikelet_fuzz::read(bytes, Some(extension));
    }
});
