//! Chunks of C-Blosc.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::blosc;

/// Bytes of a chunk of the data set.
const LONGEST: usize = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(plain) = blosc::unpack(bytes, LONGEST) {
        assert!(plain.len() <= LONGEST);
    }
});
