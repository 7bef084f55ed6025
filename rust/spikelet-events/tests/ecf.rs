//! ECF chunks: bytes written down by hand, what is encoded comes back, and damage is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{columns, events, hex, recordings};
use proptest::prelude::*;
use spikelet_events::format::{Format, ecf};
use spikelet_events::{Error, Event, OwnedColumns};

const MASKED: &str = "14000000 e803000000000000 0331fcf2f101 a400c100 54018002e000 8302";
const XP: &str = "15000000 e803000000000000 0331fcf2f101 a400c100 57011b012800 e00000000000";
const YXP: &str =
    "16000000 e803000000000000 0331fcf2f101 171550001b50500028500000 000e60000000000000000000";

fn golden() -> Vec<Event> {
    events(&[
        (1000, 10, 5, 1),
        (1000, 11, 5, 1),
        (1000, 13, 5, 1),
        (1003, 20, 5, 0),
        (1303, 7, 6, 0),
    ])
}

fn decode(chunk: &[u8]) -> Result<Vec<Event>, Error> {
    let mut columns = OwnedColumns::zeroed(ecf::MAX_EVENTS);
    let mut out = columns.all_mut();
    let n = ecf::decode(chunk, &mut out)?;
    assert_eq!(n, out.len());
    Ok(out.filled().iter().collect())
}

fn encode(events: &[Event]) -> Result<Vec<u8>, Error> {
    let mut chunk = Vec::new();
    ecf::encode(columns(events).all(), &mut |piece| {
        chunk.extend_from_slice(piece);
    })?;
    Ok(chunk)
}

#[test]
fn three_layouts_of_pixels_give_the_same_events() {
    for chunk in [MASKED, XP, YXP] {
        assert_eq!(decode(&hex(chunk)).unwrap(), golden());
    }
}

#[test]
fn the_encoder_writes_the_bytes_written_down() {
    // Three of four rows repeat and two of five columns follow each other: masked, as the vendor chooses.
    assert_eq!(encode(&golden()).unwrap(), hex(MASKED));
    // Columns that never follow each other: packed.
    let scattered = events(&[(7, 10, 5, 1), (7, 9, 5, 1), (7, 8, 5, 0), (7, 7, 5, 0)]);
    assert_eq!(encode(&scattered).unwrap()[0], 4 << 2 | 1);
    // Rows that never repeat: packed with them.
    let rows = events(&[(7, 10, 5, 1), (7, 10, 6, 1), (7, 10, 7, 0)]);
    assert_eq!(encode(&rows).unwrap()[0], 3 << 2 | 2);
}

#[test]
fn a_run_of_twenty_takes_its_length_from_the_next_word() {
    let run: Vec<Event> = (0..20)
        .map(|_| Event {
            t: 5,
            x: 1,
            y: 1,
            p: true,
        })
        .collect();
    let chunk = encode(&run).unwrap();
    assert_eq!(chunk[12..15], [0x0f, 20, 0]);
    assert_eq!(decode(&chunk).unwrap(), run);
}

#[test]
fn runs_at_the_limits_of_their_words_come_back() {
    for n in [14, 15, 16, 30, 31, 32, 126, 127, 128, 5000, 65_535] {
        let run: Vec<Event> = (0..n)
            .map(|_| Event {
                t: -3,
                x: 2047,
                y: 2047,
                p: false,
            })
            .collect();
        assert_eq!(decode(&encode(&run).unwrap()).unwrap(), run);
    }
}

#[test]
fn an_empty_chunk_holds_no_event() {
    let chunk = encode(&[]).unwrap();
    assert_eq!(chunk.len(), 12);
    assert_eq!(decode(&chunk).unwrap(), []);
}

#[test]
fn bits_beyond_the_last_event_mean_nothing() {
    // The last masked word has a bit more than there are events.
    let chunk = hex("14000000 e803000000000000 0331fcf2f101 a400c100 54018002e100 8302");
    assert_eq!(decode(&chunk).unwrap(), golden());
    let chunk = hex("15000000 e803000000000000 0331fcf2f101 a400c100 57011b012800 e000ffffffff");
    let found = decode(&chunk).unwrap();
    assert_eq!(found[..4], golden()[..4]);
}

#[test]
fn what_breaks_a_rule_is_refused_with_its_place() {
    let cases = [
        (
            "140000",
            "byte 0 of the chunk must not be the end; the chunk is damaged",
        ),
        (
            "00000400 0000000000000000",
            "byte 4 of the chunk must say no more events than its bytes can hold",
        ),
        // A run of nothing, and one of a word that says nothing.
        (
            "04000000 0000000000000000 00",
            "byte 13 of the chunk must end a run of 1 event to all that are left",
        ),
        (
            "04000000 0000000000000000 0f0000",
            "byte 15 of the chunk must end a run of 1 event to all",
        ),
        // A run beyond the last event.
        (
            "04000000 0000000000000000 02",
            "byte 13 of the chunk must end a run of 1 event to all",
        ),
        (
            "04000000 0000000000000000 01 2100 2000 81 00",
            "byte 18 of the chunk must be the last",
        ),
        (
            "04000000 0000000000000000 01 2100 2000",
            "byte 17 of the chunk must not be the end",
        ),
    ];
    for (chunk, message) in cases {
        let refused = decode(&hex(chunk)).unwrap_err().to_string();
        assert!(refused.starts_with(message), "{refused}");
    }
    let long = format!(
        "04000000 0000000000000000 {} 01 2100 2000 81",
        "f1".repeat(17)
    );
    let refused = decode(&hex(&long)).unwrap_err().to_string();
    assert!(
        refused.contains("must end a step of at most 16 nibbles"),
        "{refused}"
    );
}

#[test]
fn a_chunk_that_does_not_fit_is_refused_and_fills_nothing() {
    let mut columns = OwnedColumns::zeroed(4);
    let mut out = columns.all_mut();
    let refused = ecf::decode(&hex(MASKED), &mut out).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("hold no more events than there are places")
    );
    assert_eq!(out.len(), 0);
}

#[test]
fn what_a_chunk_cannot_hold_is_refused_by_its_index() {
    let refused = |rows: &[_]| encode(&events(rows)).unwrap_err().to_string();
    assert_eq!(
        refused(&[(5, 1, 1, 1), (4, 1, 1, 1)]),
        "event 1: `t` must not step back in ecf, got 4 after 5; sort the events by `t` first"
    );
    assert_eq!(
        refused(&[(5, 2048, 1, 1)]),
        "event 0: `x` must be below 2048, got 2048; drop it or give the right sensor size"
    );
    let many: Vec<Event> = vec![Event::default(); 65_536];
    assert_eq!(
        encode(&many).unwrap_err().to_string(),
        "a chunk of ecf must hold at most 65535 events, got 65536; encode them in pieces"
    );
}

fn comes_back(recording: &[Event]) -> Result<(), TestCaseError> {
    let chunk = encode(recording).unwrap();
    prop_assert_eq!(ecf::events_in(&chunk).unwrap(), recording.len());
    prop_assert_eq!(decode(&chunk).unwrap(), recording);
    Ok(())
}

proptest! {
    #[test]
    fn every_recording_in_order_comes_back(
        recording in recordings(Format::Evt3, any::<i64>().prop_map(|t| t >> 2), 0..1i64 << 40),
    ) {
        comes_back(&recording)?;
    }

    #[test]
    fn dense_recordings_come_back(recording in recordings(Format::Evt3, 0..1i64 << 20, 0..20i64)) {
        comes_back(&recording)?;
    }

    #[test]
    fn scattered_recordings_come_back(
        rows in prop::collection::vec((0..40i64, 0..2048u16, 0..2048u16, any::<bool>()), 0..300),
    ) {
        let mut now = 0;
        let recording: Vec<Event> = rows
            .into_iter()
            .map(|(step, x, y, p)| {
                now += step;
                Event { t: now, x, y, p }
            })
            .collect();
        comes_back(&recording)?;
    }

    /// Whatever the bytes are, the answer is events or a refusal.
    #[test]
    fn damaged_chunks_neither_panic_nor_swell(
        recording in recordings(Format::Evt3, 0..1i64 << 20, 0..20i64),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut chunk = encode(&recording).unwrap();
        for (at, byte) in changes {
            let at = at.index(chunk.len());
            chunk[at] = byte;
        }
        if is_cut {
            chunk.truncate(cut.index(chunk.len()));
        }
        if let Ok(found) = decode(&chunk) {
            prop_assert!(found.len() <= 3 * chunk.len());
        }
    }

    #[test]
    fn any_bytes_are_events_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(found) = decode(&bytes) {
            prop_assert!(found.len() <= 3 * bytes.len());
        }
    }
}
