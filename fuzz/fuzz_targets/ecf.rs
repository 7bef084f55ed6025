//! Chunks of ECF.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spikelet_events::OwnedColumns;
use spikelet_events::format::ecf;

fuzz_target!(|bytes: &[u8]| {
    let mut columns = OwnedColumns::zeroed(ecf::events_in(bytes).unwrap_or(0));
    let mut out = columns.all_mut();
    let declared = out.free();
    assert!(declared <= 3 * bytes.len());
    if let Ok(found) = ecf::decode(bytes, &mut out) {
        assert_eq!((found, out.len()), (declared, declared));
        let mut again = Vec::new();
        let mut columns = OwnedColumns::zeroed(found);
        if ecf::encode(out.filled(), &mut |piece| again.extend_from_slice(piece)).is_ok() {
            let mut back = columns.all_mut();
            ecf::decode(&again, &mut back).expect("what was encoded is decoded");
            assert!(back.filled().iter().eq(out.filled().iter()));
        }
    } else {
        assert!(out.is_empty());
    }
});
