//! Words that cameras rarely send, and what must come of them.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{Decoded, decode, decode_in_pieces, decoder, events, hex, words};
use spikelet_events::format::Format;

/// By the fast and by the plain path, which must agree.
fn evt3(text: &str) -> Decoded {
    let bytes = words(text);
    let fast = decode(Format::Evt3, &bytes);
    assert_eq!(
        decode_in_pieces(decoder(Format::Evt3), &bytes, &[1], &[12]),
        fast
    );
    fast
}

#[test]
fn evt3_vectors_may_pass_the_last_column_and_keep_their_polarity() {
    let decoded = evt3("8000 6001 0003 3ffe 4007 4001 5001");
    let expected = [
        (1, 2046, 3, 1),
        (1, 2047, 3, 1),
        (1, 2048, 3, 1),
        (1, 2058, 3, 1),
        (1, 2070, 3, 1),
    ];
    assert_eq!(decoded.events, events(&expected));
    // The same words one by one, not as a group.
    let decoded = evt3("8000 6001 0003 3ffe 4007 6001 4001 6001 5001");
    assert_eq!(decoded.events, events(&expected));
}

#[test]
fn evt3_vectors_without_end_never_come_round_to_the_sensor() {
    let mut text = String::from("8000 6001 0003 3000 ");
    text += &"4800 ".repeat(20_000);
    let decoded = evt3(&text);
    assert_eq!(decoded.events.len(), 20_000);
    let is_rising = decoded.events.windows(2).all(|pair| pair[0].x <= pair[1].x);
    assert!(is_rising, "a column beyond the sensor stays beyond it");
}

#[test]
fn evt3_takes_vectors_of_any_kind_alone() {
    assert_eq!(
        evt3("8000 6001 0003 3010 5081").events,
        events(&[(1, 16, 3, 0), (1, 23, 3, 0)])
    );
    assert_eq!(
        evt3("8000 6001 0003 3010 4801").events,
        events(&[(1, 16, 3, 0), (1, 27, 3, 0)])
    );
    let two = evt3("8000 6001 0003 3010 5001 4001 5001");
    assert_eq!(
        two.events,
        events(&[(1, 16, 3, 0), (1, 24, 3, 0), (1, 36, 3, 0)])
    );
}

#[test]
fn evt3_ends_anywhere_in_a_group() {
    let group = words("8000 6001 0003 3010 4fff 4fff 50ff");
    for (end, expected) in [(8, 0), (10, 12), (12, 24), (14, 32)] {
        let decoded = decode(Format::Evt3, &group[..end]);
        assert_eq!(
            (decoded.events.len(), decoded.counts.tail_bytes),
            (expected, 0)
        );
    }
    let decoded = decode(Format::Evt3, &group[..11]);
    assert_eq!((decoded.events.len(), decoded.counts.tail_bytes), (12, 1));
}

#[test]
fn evt3_remembers_a_lower_time_only_until_the_first_upper_one() {
    let decoded = evt3("6123 0001 2001 8002 2002 6001 2003");
    assert_eq!(decoded.events, events(&[(8192, 2, 1, 0), (8193, 3, 1, 0)]));
    assert_eq!(decoded.counts.dropped_before_time, 1);
}

#[test]
fn evt3_drops_vectors_and_triggers_without_time_by_their_number() {
    let decoded = evt3("0001 3000 4fff 4001 5003 a001 8000 2001");
    assert_eq!(decoded.events.len(), 1);
    assert_eq!(
        (decoded.counts.dropped_before_time, decoded.triggers.len()),
        (16, 0)
    );
}

#[test]
fn evt3_skips_the_row_behind_a_reserved_word() {
    let decoded = evt3("8000 6001 0003 2001 1000 2002 3005 4fff 0004 2003");
    assert_eq!(decoded.events, events(&[(1, 1, 3, 0), (1, 3, 4, 0)]));
    assert_eq!(
        (decoded.counts.reserved_words, decoded.counts.skipped_words),
        (1, 2)
    );
}

#[test]
fn evt3_counts_reserved_words_and_goes_on() {
    let decoded = evt3("8000 9000 b123 c000 dfff 0003 2001");
    assert_eq!(
        (decoded.events.len(), decoded.counts.reserved_words),
        (1, 4)
    );
}

#[test]
fn evt3_takes_only_a_drop_by_half_the_range_for_a_wrap() {
    let decoded = evt3("8fff 0001 2001 8801 2001 8002 2001 8801 2001 8001 2001");
    let times: Vec<i64> = decoded.events.iter().map(|event| event.t >> 12).collect();
    assert_eq!(times, [4095, 2049, 2, 2049, 4097]);
    assert_eq!(decoded.counts.time_wraps, 1);
}

#[test]
fn evt3_ignores_the_camera_bit_of_a_row() {
    assert_eq!(evt3("8000 0803 2001").events, events(&[(0, 1, 3, 0)]));
}

#[test]
fn evt2_counts_words_that_are_no_events() {
    // A trigger and an event without time, vendor words, reserved words, then one event.
    let bytes =
        hex("010000a0 01080000 000000e0 000000f0 000000d0 00000020 000000c0 00000080 01080010");
    let decoded = decode(Format::Evt2, &bytes);
    assert_eq!(decoded.events, events(&[(0, 1, 1, 1)]));
    let counts = decoded.counts;
    assert_eq!(
        (
            counts.dropped_before_time,
            counts.skipped_words,
            counts.reserved_words
        ),
        (2, 3, 2)
    );
}

#[test]
fn evt2_keeps_a_small_step_back() {
    let decoded = decode(Format::Evt2, &hex("05000080 01080000 04000080 01080000"));
    assert_eq!(decoded.events, events(&[(320, 1, 1, 0), (256, 1, 1, 0)]));
    assert_eq!(decoded.counts.time_wraps, 0);
}

#[test]
fn every_format_counts_the_bytes_of_a_last_incomplete_unit() {
    for (format, unit) in [
        (Format::Bin40, 5),
        (Format::Aedat2, 8),
        (Format::Evt2, 4),
        (Format::Evt3, 2),
        (Format::Evt21, 8),
        (Format::Dat, 8),
    ] {
        for tail in 1..unit {
            let decoded = decode(format, &vec![0; 3 * unit + tail]);
            assert_eq!(decoded.counts.tail_bytes, tail as u64, "{format:?}");
        }
    }
}

#[test]
fn a_decoder_waits_for_a_place_for_a_trigger() {
    let text = "8000 0001 a001 a000 a101 a100 a201 a200 a301 2005";
    let decoded = evt3(text);
    assert_eq!(decoded.triggers.len(), 7);
    assert_eq!(decoded.events, events(&[(0, 5, 1, 0)]));
}
