//! Packets of AEDAT 4 that are out of the ordinary, cut or damaged.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{Decoded, at, body4, decode_in_pieces, decode_with, decoder, hex, packet4, words32};
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use spikelet_events::format::aedat4::{self, Compression, Streams};
use spikelet_events::format::{AnyDecoder, Format};
use spikelet_events::{Encode, OwnedColumns, ReadOptions, Reader, SensorSize};
use std::io::Write;
use twox_hash::XxHash32;

fn decode(bytes: &[u8]) -> Decoded {
    decode_with(&decoder(Format::Aedat4), bytes)
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
    let decoded = decode(&bytes.concat());
    assert_eq!(decoded.events, at(&times.repeat(4)));
    assert_eq!(decoded.counts.bad_packets, 0);
}

/// The bytes of a recording of events that wander about.
fn recording(compression: Compression, events: u32) -> Vec<u8> {
    let size = SensorSize {
        width: 640,
        height: 480,
    };
    let mut bytes = aedat4::header(size, compression).unwrap();
    let mixed = |index: u32| index.wrapping_mul(0x9e37_79b9) >> 16;
    let columns = OwnedColumns {
        t: (0..events).map(|index| 7 * index as i64).collect(),
        x: (0..events)
            .map(|index| (mixed(index) % 640) as u16)
            .collect(),
        y: (0..events).map(|index| (index / 50 % 480) as u16).collect(),
        p: (0..events).map(|index| mixed(index) % 3 == 0).collect(),
    };
    let mut encoder = aedat4::Encoder::new(size)
        .unwrap()
        .with_compression(compression);
    let all = columns.all();
    encoder
        .push(all, &mut |piece| bytes.extend_from_slice(piece))
        .unwrap();
    bytes
}

#[test]
fn aedat4_tells_about_how_many_events_compressed_packets_hold() {
    for compression in [Compression::None, Compression::Lz4] {
        let path = std::env::temp_dir().join(format!("spikelet-left-{}", std::process::id()));
        std::fs::write(&path, recording(compression, 30_000)).unwrap();
        let left = Reader::open(&path, &ReadOptions::default())
            .unwrap()
            .events_left();
        std::fs::remove_file(&path).unwrap();
        assert!(
            left.is_some_and(|left| (20_000..60_000).contains(&left)),
            "{left:?}"
        );
    }
}

#[test]
fn aedat4_reads_one_stream_of_events() {
    let bytes = [
        packet4(5, &body4(&[1])),
        packet4(2, &body4(&[2])),
        packet4(5, &body4(&[3])),
    ]
    .concat();
    let first = decode(&bytes);
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
        let decoded = decode(&bytes);
        assert_eq!(decoded.events, at(&[7, 7, 7]), "{body:02x?}");
        let counts = decoded.counts;
        assert_eq!((counts.bad_packets, counts.first_bad_byte), (2, Some(56)));
    }
}

#[test]
fn aedat4_keeps_the_events_of_a_body_that_is_longer_than_it_says() {
    let body = [body4(&[1, 2]), vec![0; 9]].concat();
    for body in [body.clone(), lz4(&body), zstd(&body)] {
        let decoded = decode(&[packet4(0, &body), packet4(0, &body4(&[3]))].concat());
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
        let decoded = decode(&[packets.clone(), table].concat());
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
        let decoded = decode(&bytes[..bytes.len() - cut]);
        assert_eq!(decoded.events, at(&[1]));
        assert_eq!(decoded.counts.tail_bytes, (56 - cut) as u64);
    }
    let beyond = [
        packet4(0, &body4(&[1])),
        words32(&[0, u32::MAX]),
        vec![0; 100],
    ]
    .concat();
    let decoded = decode(&beyond);
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
    let decoded = decode(&packet4(0, &frame));
    assert_eq!(decoded.events, at(&[1, 2]));
    // One of 1 GiB is nothing that a packet of a few bytes may ask for.
    let mut vast = frame;
    vast[5] = 0xa0;
    let decoded = decode(&packet4(0, &vast));
    assert_eq!((decoded.events.len(), decoded.counts.bad_packets), (0, 1));
}

/// A frame of LZ4 by hand: flags, one block, whatever follows.
fn lz4_by_hand(flags: u8, block: &[u8], end: &[u8]) -> Vec<u8> {
    let sum = (XxHash32::oneshot(0, &[flags, 0x40]) >> 8) as u8;
    let head = [
        hex("04224d18"),
        vec![flags, 0x40, sum],
        words32(&[1 << 31 | block.len() as u32]),
    ];
    [head.concat(), block.to_vec(), end.to_vec()].concat()
}

#[test]
fn aedat4_looks_at_every_checksum_of_lz4() {
    let body = body4(&[1, 2]);
    let sum = words32(&[XxHash32::oneshot(0, &body)]);
    let wrong = words32(&[XxHash32::oneshot(0, &body) ^ 1]);
    let end = words32(&[0]);
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
        assert_eq!(decode(&packet).events, expected, "{flags:#x} {end:?}");
        // The sum of the descriptor stands behind it.
        packet[14] ^= 1;
        assert_eq!(decode(&packet).counts.bad_packets, 1);
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
