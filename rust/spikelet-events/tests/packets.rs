//! Packets of AEDAT 3.1 and 4 that are out of the ordinary, cut or damaged.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{Decoded, decode_in_pieces, decoder, events, hex, open, read_all};
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use spikelet_events::format::aedat4::{self, Compression, Streams};
use spikelet_events::format::{AnyDecoder, Format, aedat3};
use spikelet_events::{Event, OwnedColumns, ReadOptions, Reader, SensorSize};
use std::io::Write;
use twox_hash::XxHash32;

/// Whole, byte by byte and by small columns, which must agree.
fn decode_with(decoder: &AnyDecoder, bytes: &[u8]) -> Decoded {
    let whole = decode_in_pieces(decoder.clone(), bytes, &[bytes.len()], &[4096]);
    for (piece, capacity) in [(1, 1), (7, 3), (64, 1)] {
        let split = decode_in_pieces(decoder.clone(), bytes, &[piece], &[capacity]);
        assert_eq!(split, whole, "pieces of {piece} into {capacity} places");
    }
    whole
}

fn decode(format: Format, bytes: &[u8]) -> Decoded {
    decode_with(&decoder(format), bytes)
}

fn words(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// Events (t, x, y, p) at (t, 1, 2, ON) for each time.
fn at(times: &[i64]) -> Vec<Event> {
    events(&times.iter().map(|&t| (t, 1, 2, 1)).collect::<Vec<_>>())
}

/// A packet of AEDAT 3.1 of these times, with room for `room` more events.
fn packet3(source: u16, times: &[i64], room: u32) -> Vec<u8> {
    let number = times.len() as u32;
    let head = [1, source].into_iter().flat_map(u16::to_le_bytes).collect();
    let sizes = words(&[8, 4, 0, number + room, number, number]);
    let event = |&t: &i64| words(&[1 << 17 | 2 << 2 | 3, t as u32]);
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
        assert_eq!(decode(Format::Aedat3, &without).events, expected);
        let with = [first.clone(), vec![0xff; 8 * room as usize], second].concat();
        let decoded = decode(Format::Aedat3, &with);
        assert_eq!(decoded.events, expected, "room for {room}");
        assert_eq!(decoded.counts.bad_packets, 0);
        let at_the_end = [first, vec![0; 8 * room as usize]].concat();
        let decoded = decode(Format::Aedat3, &at_the_end);
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
        words(&[0x0001_0000, 8, 4, 0, 1, 1, 1]),
        words(&[1 << 1 | 1, 3]),
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
    let decoded = decode(Format::Aedat3, &bytes);
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
        let decoded = decode(Format::Aedat3, &bytes);
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
        let decoded = decode(Format::Aedat3, &bytes[..whole - cut]);
        assert_eq!(decoded.events.len(), kept, "{cut} bytes missing");
        assert_eq!(decoded.counts.tail_bytes, (52 - cut) as u64);
    }
    assert_eq!(decode(Format::Aedat3, &bytes).counts.tail_bytes, 0);
}

/// The plain body of a packet of AEDAT 4.
fn body4(times: &[i64]) -> Vec<u8> {
    let size = 28 + 16 * times.len() as u32;
    let head = hex("10000000 45565453 0000 0600 0800 0400 06000000 04000000");
    let event = |&t: &i64| {
        [
            words(&[t as u32, (t >> 32) as u32]),
            hex("0100 0200 01000000"),
        ]
        .concat()
    };
    let records: Vec<u8> = times.iter().flat_map(event).collect();
    [words(&[size]), head, words(&[times.len() as u32]), records].concat()
}

fn packet4(stream: u32, body: &[u8]) -> Vec<u8> {
    [words(&[stream, body.len() as u32]), body.to_vec()].concat()
}

fn lz4(body: &[u8]) -> Vec<u8> {
    let mut encoder = FrameEncoder::new(Vec::new());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zstd(body: &[u8]) -> Vec<u8> {
    compress_to_vec(body, CompressionLevel::Fastest)
}

#[test]
fn aedat4_reads_any_compression_packet_by_packet() {
    let times: Vec<i64> = (0..3000).map(|index| 40 * index).collect();
    let body = body4(&times);
    let bytes = [
        packet4(0, &lz4(&body)),
        packet4(0, &zstd(&body)),
        packet4(0, &body),
        packet4(0, &lz4(&body)),
    ];
    let decoded = decode(Format::Aedat4, &bytes.concat());
    assert_eq!(decoded.events, at(&times.repeat(4)));
    assert_eq!(decoded.counts.bad_packets, 0);
}

#[test]
fn aedat4_reads_one_stream_of_events() {
    let bytes = [
        packet4(5, &body4(&[1])),
        packet4(2, &body4(&[2])),
        packet4(5, &body4(&[3])),
    ]
    .concat();
    let first = decode(Format::Aedat4, &bytes);
    assert_eq!((first.events, first.counts.other_streams), (at(&[1, 3]), 1));
    let streams = Streams {
        events: Some(2),
        ..Streams::default()
    };
    let second = AnyDecoder::Aedat4(aedat4::Decoder::new().with_streams(streams));
    assert_eq!(decode_with(&second, &bytes).events, at(&[2]));
}

#[test]
fn aedat4_passes_over_packets_that_are_damaged() {
    let good = || packet4(0, &body4(&[7]));
    let mut long = body4(&[1]);
    long[0] += 1;
    let mut many = body4(&[1]);
    many[28] = 2;
    let mut far = body4(&[1]);
    far[4..8].copy_from_slice(&[0xfc, 0xff, 0xff, 0xff]);
    let mut slots = body4(&[1]);
    slots[20..24].copy_from_slice(&[0xfc, 0xff, 0xff, 0x7f]);
    let mut broken = lz4(&body4(&[1; 100]));
    let middle = broken.len() / 2;
    broken.truncate(middle);
    let broken_zstd = zstd(&body4(&[1; 100]))[..20].to_vec();
    for body in [
        vec![],
        vec![0],
        vec![0; 12],
        long,
        many,
        far,
        slots,
        broken,
        broken_zstd,
    ] {
        let bad = packet4(0, &body);
        let bytes = [good(), bad.clone(), good(), bad, good()].concat();
        let decoded = decode(Format::Aedat4, &bytes);
        assert_eq!(decoded.events, at(&[7, 7, 7]), "{body:02x?}");
        let counts = decoded.counts;
        assert_eq!((counts.bad_packets, counts.first_bad_byte), (2, Some(56)));
    }
}

#[test]
fn aedat4_keeps_the_events_of_a_body_that_is_longer_than_it_says() {
    let body = [body4(&[1, 2]), vec![0; 9]].concat();
    for body in [body.clone(), lz4(&body), zstd(&body)] {
        let decoded = decode(
            Format::Aedat4,
            &[packet4(0, &body), packet4(0, &body4(&[3]))].concat(),
        );
        assert_eq!(decoded.events, at(&[1, 2, 3]));
        assert_eq!(decoded.counts.bad_packets, 1);
    }
}

#[test]
fn aedat4_skips_other_kinds_and_the_table_at_the_end() {
    let mut boxes = body4(&[1]);
    boxes[8..12].copy_from_slice(b"BBOX");
    let mut table = body4(&[1; 10]);
    table[8..12].copy_from_slice(b"FTAB");
    let packets = [packet4(0, &body4(&[1])), packet4(9, &boxes)].concat();
    for table in [table.clone(), lz4(&table), zstd(&table)] {
        let decoded = decode(Format::Aedat4, &[packets.clone(), table].concat());
        assert_eq!(decoded.events, at(&[1]));
        let counts = decoded.counts;
        assert_eq!(
            (
                counts.skipped_packets,
                counts.bad_packets,
                counts.tail_bytes
            ),
            (1, 0, 0)
        );
    }
}

#[test]
fn aedat4_drops_a_packet_that_is_cut() {
    let bytes = [packet4(0, &body4(&[1])), packet4(0, &body4(&[2]))].concat();
    for cut in [1, 40, 48, 49, 55] {
        let decoded = decode(Format::Aedat4, &bytes[..bytes.len() - cut]);
        assert_eq!(decoded.events, at(&[1]));
        assert_eq!(decoded.counts.tail_bytes, (56 - cut) as u64);
    }
    let beyond = [
        packet4(0, &body4(&[1])),
        words(&[0, u32::MAX]),
        vec![0; 100],
    ]
    .concat();
    let decoded = decode(Format::Aedat4, &beyond);
    assert_eq!((decoded.events.len(), decoded.counts.tail_bytes), (1, 108));
}

#[test]
fn aedat4_reads_frames_of_zstd_whose_window_is_larger_than_the_packet() {
    let body = body4(&[1, 2]);
    // A window of 2 MiB, and one raw block that is the last.
    let block = (body.len() as u32) << 3 | 1;
    let frame = [
        hex("28b52ffd 00 58"),
        block.to_le_bytes()[..3].to_vec(),
        body,
    ]
    .concat();
    let decoded = decode(Format::Aedat4, &packet4(0, &frame));
    assert_eq!(decoded.events, at(&[1, 2]));
    // One of 1 GiB is nothing that a packet of a few bytes may ask for.
    let mut vast = frame;
    vast[5] = 0xa0;
    let decoded = decode(Format::Aedat4, &packet4(0, &vast));
    assert_eq!((decoded.events.len(), decoded.counts.bad_packets), (0, 1));
}

/// A frame of LZ4 by hand: flags, one block, whatever follows.
fn lz4_by_hand(flags: u8, block: &[u8], end: &[u8]) -> Vec<u8> {
    let sum = (XxHash32::oneshot(0, &[flags, 0x40]) >> 8) as u8;
    let head = [
        hex("04224d18"),
        vec![flags, 0x40, sum],
        words(&[1 << 31 | block.len() as u32]),
    ];
    [head.concat(), block.to_vec(), end.to_vec()].concat()
}

#[test]
fn aedat4_looks_at_every_checksum_of_lz4() {
    let body = body4(&[1, 2]);
    let sum = words(&[XxHash32::oneshot(0, &body)]);
    let wrong = words(&[XxHash32::oneshot(0, &body) ^ 1]);
    let end = words(&[0]);
    let cases = [
        (0x60, end.clone(), true),
        (0x64, [end.clone(), sum.clone()].concat(), true),
        (0x64, [end.clone(), wrong.clone()].concat(), false),
        (0x70, [sum, end.clone()].concat(), true),
        (0x70, [wrong, end.clone()].concat(), false),
        // No end mark; bytes behind it; a dictionary; another version.
        (0x60, vec![], false),
        (0x60, [end.clone(), vec![0]].concat(), false),
        (0x61, end.clone(), false),
        (0xa0, end, false),
    ];
    for (flags, end, is_good) in cases {
        let mut packet = packet4(0, &lz4_by_hand(flags, &body, &end));
        let good = at(&[1, 2]);
        let expected = if is_good { good } else { vec![] };
        assert_eq!(
            decode(Format::Aedat4, &packet).events,
            expected,
            "{flags:#x} {end:?}"
        );
        // The sum of the descriptor stands behind it.
        packet[14] ^= 1;
        assert_eq!(decode(Format::Aedat4, &packet).counts.bad_packets, 1);
    }
}

#[test]
fn aedat4_reads_blocks_of_lz4_that_look_back_into_those_before() {
    // Noise of half a block, again and again.
    let noise = |index: i64| (index % 2000).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64);
    let times: Vec<i64> = (0..10_000).map(noise).collect();
    let body = body4(&times);
    let packed = |mode| {
        let blocks = FrameInfo::new()
            .block_mode(mode)
            .block_size(BlockSize::Max64KB);
        let mut encoder = FrameEncoder::with_frame_info(blocks.content_checksum(true), Vec::new());
        encoder.write_all(&body).unwrap();
        encoder.finish().unwrap()
    };
    let linked = packed(BlockMode::Linked);
    let apart = packed(BlockMode::Independent);
    assert!(linked.len() + 10_000 < apart.len(), "blocks look back");
    let decoded = decode_in_pieces(
        decoder(Format::Aedat4),
        &packet4(0, &linked),
        &[999],
        &[5000],
    );
    assert_eq!(decoded.events, at(&times));
}

/// A zstd frame of blocks of 128 KiB that each repeat one byte.
fn repeated(byte: u8, blocks: usize) -> Vec<u8> {
    let mut frame = hex("28b52ffd 00 38");
    for index in 1..=blocks {
        let header = (1u32 << 17) << 3 | 1 << 1 | (index == blocks) as u32;
        frame.extend(&header.to_le_bytes()[..3]);
        frame.push(byte);
    }
    frame
}

#[test]
fn aedat4_refuses_bodies_that_swell() {
    // A body of nothing but 1 says that it is 16 MB long, and 4 bytes a block stand for 131072.
    let bomb = repeated(1, 129);
    // An LZ4 body says that it is 4 GB long.
    let vast = lz4(&vec![0xff; 1 << 20]);
    for bomb in [bomb, vast] {
        let bytes = [packet4(0, &bomb), packet4(0, &body4(&[3]))].concat();
        let decoded = decode_in_pieces(decoder(Format::Aedat4), &bytes, &[bytes.len()], &[100]);
        assert_eq!((decoded.events, decoded.counts.bad_packets), (at(&[3]), 1));
    }
}

#[test]
fn readers_take_the_lowest_stream_that_the_header_lists_and_its_size() {
    let size = SensorSize {
        width: 346,
        height: 260,
    };
    let header = aedat4::header(size, Compression::None).unwrap();
    let bytes = [
        header.clone(),
        packet4(4, &body4(&[1])),
        packet4(0, &body4(&[2])),
    ]
    .concat();
    let mut reader = open(&bytes, "aedat4").unwrap();
    assert_eq!(reader.sensor_size(), Some(size));
    assert_eq!(reader.header().get("compression"), Some("NONE"));
    assert_eq!(
        reader.header().get("outInfo/0/typeIdentifier"),
        Some("EVTS")
    );
    assert_eq!(read_all(&mut reader, 10), at(&[2]));
    let options = ReadOptions {
        stream: Some(4),
        ..Default::default()
    };
    let refused = Reader::new(&*bytes, None, &options).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`stream` must be one of events (0), got 4; leave it out to take the lowest"
    );
}

/// A header of AEDAT 4 around any XML.
fn header4(xml: &str) -> Vec<u8> {
    let start =
        hex("18000000 494f4845 000000000000 0a00 1400 0400 0c00 0800 0a000000 00000000 0c000000");
    let mut flat = [start, hex("ffffffffffffffff"), words(&[xml.len() as u32])].concat();
    flat.extend(xml.as_bytes());
    flat.resize((flat.len() + 1).next_multiple_of(4), 0);
    [
        b"#!AER-DAT4.0\r\n".to_vec(),
        words(&[flat.len() as u32]),
        flat,
    ]
    .concat()
}

#[test]
fn readers_choose_among_streams_and_keep_to_the_camera_of_the_one_chosen() {
    let stream = |id: u32, kind: &str, camera: &str, width: u32| {
        format!(
            "<node name=\"{id}\"><attr key=\"typeIdentifier\">{kind}</attr><node name=\"info\">\
             <attr key=\"source\">{camera}</attr><attr key=\"sizeX\">{width}</attr>\
             <attr key=\"sizeY\">8</attr></node></node>"
        )
    };
    let streams = [
        stream(0, "TRIG", "left", 8),
        stream(1, "EVTS", "left", 8),
        stream(2, "TRIG", "right", 9),
        stream(3, "EVTS", "right", 9),
    ];
    let xml = format!(
        "<dv><node name=\"outInfo\">{}</node></dv>",
        streams.concat()
    );
    let mut edges = body4(&[]);
    edges[8..12].copy_from_slice(b"TRIG");
    let packets = [(3, 30), (1, 10)].map(|(id, t)| packet4(id, &body4(&[t])));
    let triggers = [0, 2, 2].map(|id| packet4(id, &edges));
    let bytes = [header4(&xml), packets.concat(), triggers.concat()].concat();
    for (stream, time, width, others) in [(None, 10, 8, 3), (Some(3), 30, 9, 2)] {
        let options = ReadOptions {
            stream,
            ..Default::default()
        };
        let mut reader = Reader::new(&*bytes, None, &options).unwrap();
        assert_eq!(reader.sensor_size().map(|size| size.width), Some(width));
        assert_eq!(read_all(&mut reader, 10), at(&[time]));
        let counts = reader.counts();
        assert_eq!((counts.other_streams, counts.bad_packets), (others, 0));
    }
}

#[test]
fn readers_name_the_packet_of_the_first_event_that_is_wrong() {
    let size = SensorSize {
        width: 2,
        height: 3,
    };
    let header = aedat4::header(size, Compression::None).unwrap();
    let mut outside = body4(&[5, 6]);
    outside[56] = 2;
    let packets = [body4(&[1, 2]), outside, body4(&[3])].map(|body| packet4(0, &body));
    let bytes = [header.clone(), packets.concat()].concat();
    let mut reader = open(&bytes, "aedat4").unwrap();
    assert_eq!(read_all(&mut reader, 3).len(), 5);
    let audit = reader.audit();
    assert_eq!(
        (audit.first_out_of_bounds, audit.first_backward),
        (Some(3), Some(4))
    );
    let blame = reader.blame();
    let second = (header.len() + packets[0].len()) as u64;
    assert_eq!(blame.out_of_bounds_byte, Some(second));
    assert_eq!(blame.backward_byte, Some(second + packets[1].len() as u64));
    assert_eq!(blame.bad_packet_byte, None);
}

#[test]
fn a_header_of_aedat4_that_is_cut_or_too_long_is_refused() {
    let size = SensorSize {
        width: 2,
        height: 3,
    };
    let header = aedat4::header(size, Compression::Lz4).unwrap();
    let message = |bytes: &[u8]| open(bytes, "aedat4").unwrap_err().to_string();
    let cut = message(&header[..header.len() - 1]);
    let (length, got) = (header.len(), header.len() - 1);
    assert_eq!(
        cut,
        format!("header must be {length} bytes long as it says, got {got}; the file is cut")
    );
    let mut long = header.clone();
    long[14..18].copy_from_slice(&[0xff; 4]);
    assert!(message(&long).contains("must be at most 1048576 bytes long"));
    let mut damaged = header;
    damaged[18..22].copy_from_slice(&[0xff; 4]);
    assert!(message(&damaged).starts_with("header key `IOHE` must read as a FlatBuffer"));
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

proptest! {
    /// Bodies with any bytes changed: what is handed out fits into the bytes, and the next packet is found.
    #[test]
    fn aedat4_finds_the_next_packet_behind_any_body(
        times in prop::collection::vec(any::<i64>(), 0..20),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        compression in 0..3,
    ) {
        let mut body = body4(&times);
        for (place, byte) in &changes {
            let place = place.index(body.len());
            body[place] = *byte;
        }
        let packed = match compression {
            0 => body,
            1 => lz4(&body),
            _ => zstd(&body),
        };
        let bytes = [packet4(0, &packed), packet4(0, &body4(&[77]))].concat();
        let whole = decode_in_pieces(decoder(Format::Aedat4), &bytes, &[bytes.len()], &[64]);
        let split = decode_in_pieces(decoder(Format::Aedat4), &bytes, &[3, 11], &[2]);
        prop_assert_eq!(&split, &whole);
        prop_assert!(whole.events.len() <= times.len() + 2);
        if !packed.starts_with(b"FTAB") {
            let seventy_seven = at(&[77]);
            prop_assert_eq!(whole.events.last(), seventy_seven.last());
        }
    }
}

#[test]
fn columns_without_a_place_wait_for_one() {
    let bytes = packet4(0, &body4(&[1, 2, 3]));
    let mut decoder = decoder(Format::Aedat4);
    let mut columns = OwnedColumns::zeroed(2);
    let used = decoder.push(&bytes, &mut columns.all_mut());
    assert_eq!(used, bytes.len() - 1, "the last byte waits");
    assert_eq!(
        decoder.push(&bytes[used..], &mut columns.window_mut(0, 0)),
        0
    );
    let mut out = columns.all_mut();
    assert_eq!(decoder.push(&bytes[used..], &mut out), 1);
    assert_eq!(out.filled().t(), [3]);
}
