//! Packets of AEDAT 3.1 that are out of the ordinary, cut or damaged.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{Decoded, at, decode_with, decoder, open, read_all, words32};
use spikelet_events::SensorSize;
use spikelet_events::format::{AnyDecoder, Format, aedat3};

fn decode(bytes: &[u8]) -> Decoded {
    decode_with(&decoder(Format::Aedat3), bytes)
}

/// A packet of AEDAT 3.1 of these times, with room for `room` more events.
fn packet3(source: u16, times: &[i64], room: u32) -> Vec<u8> {
    let number = times.len() as u32;
    let head = [1, source].into_iter().flat_map(u16::to_le_bytes).collect();
    let sizes = words32(&[8, 4, 0, number + room, number, number]);
    let event = |&t: &i64| words32(&[1 << 17 | 2 << 2 | 3, t as u32]);
    let records: Vec<u8> = times.iter().flat_map(event).collect();
    [head, sizes, records].concat()
}

#[test]
fn aedat3_takes_room_that_was_left_and_room_that_was_not() {
    for room in [1, 2, 3, 4, 9, 100] {
        let first = packet3(1, &[5, 6], room);
        let second = packet3(1, &[7], 0);
        let expected = at(&[5, 6, 7]);
        let without = [first.clone(), second.clone()].concat();
        assert_eq!(decode(&without).events, expected);
        let with = [first.clone(), vec![0xff; 8 * room as usize], second].concat();
        let decoded = decode(&with);
        assert_eq!(decoded.events, expected, "room for {room}");
        assert_eq!(decoded.counts.bad_packets, 0);
        let at_the_end = [first, vec![0; 8 * room as usize]].concat();
        let decoded = decode(&at_the_end);
        assert_eq!((decoded.events.len(), decoded.counts.tail_bytes), (2, 0));
    }
}

#[test]
fn aedat3_passes_over_packets_of_other_kinds_and_sources() {
    let mut ear = packet3(1, &[1, 2, 3], 0);
    ear[0] = 6;
    let empty = packet3(1, &[], 0);
    let other = packet3(9, &[5], 0);
    let special = [
        words32(&[0x0001_0000, 8, 4, 0, 1, 1, 1]),
        words32(&[1 << 1 | 1, 3]),
    ]
    .concat();
    let bytes = [
        ear,
        empty,
        packet3(1, &[4], 0),
        other,
        special,
        packet3(1, &[6], 0),
    ]
    .concat();
    let decoded = decode(&bytes);
    assert_eq!(decoded.events, at(&[4, 6]));
    let counts = decoded.counts;
    assert_eq!((counts.skipped_packets, counts.other_streams), (1, 1));
    assert_eq!((counts.special_events, counts.time_resets), (1, 1));
    let chosen = AnyDecoder::Aedat3(aedat3::Decoder::new().with_source(9));
    assert_eq!(decode_with(&chosen, &bytes).events, at(&[5]));
}

#[test]
fn aedat3_stops_where_no_packet_can_begin() {
    let good = packet3(1, &[4, 5], 0);
    let damages: [(usize, u32); 5] = [
        // Of no kind; events of no size, too large, more than there is room for; a negative overflow.
        (0, 50),
        (4, 0),
        (4, 1 << 25),
        (20, 3),
        (12, 1 << 31),
    ];
    for (place, value) in damages {
        let mut bad = good.clone();
        bad[place..place + 4].copy_from_slice(&value.to_le_bytes());
        let bytes = [good.clone(), bad.clone(), good.clone()].concat();
        let decoded = decode(&bytes);
        assert_eq!(decoded.events, at(&[4, 5]), "{value} at {place}");
        let counts = decoded.counts;
        assert_eq!((counts.bad_packets, counts.first_bad_byte), (1, Some(44)));
        assert_eq!(counts.tail_bytes, 88);
    }
}

#[test]
fn aedat3_counts_a_cut_packet_and_keeps_its_whole_events() {
    let bytes = [packet3(1, &[4], 0), packet3(1, &[5, 6, 7], 0)].concat();
    let whole = bytes.len();
    for (cut, kept) in [(1, 3), (8, 3), (9, 2), (24, 1), (25, 1), (51, 1)] {
        let decoded = decode(&bytes[..whole - cut]);
        assert_eq!(decoded.events.len(), kept, "{cut} bytes missing");
        assert_eq!(decoded.counts.tail_bytes, (52 - cut) as u64);
    }
    assert_eq!(decode(&bytes).counts.tail_bytes, 0);
}

#[test]
fn readers_take_the_size_of_aedat3_from_the_camera_or_from_a_line_of_its_own() {
    let cases = [
        ("#Source 1: DAVIS240C", Some((240, 180))),
        (
            "#Source 1: spikelet\r\n#Sensor-Size: 1280x720",
            Some((1280, 720)),
        ),
        ("#Source 1: Dragonfly", None),
    ];
    for (lines, size) in cases {
        let header = format!("#!AER-DAT3.1\r\n#Format: RAW\r\n{lines}\r\n#!END-HEADER\r\n");
        let bytes = [header.into_bytes(), packet3(1, &[9], 0)].concat();
        let mut reader = open(&bytes, "aedat").unwrap();
        let size = size.map(|(width, height)| SensorSize { width, height });
        assert_eq!(reader.sensor_size(), size, "{lines}");
        assert_eq!(read_all(&mut reader, 10), at(&[9]));
    }
}
