//! Damaged files of every format: no panic, no more output and no more memory than the bytes can mean, whole or in
//! pieces the same.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../common/mod.rs"]
mod common;
mod damage;
mod memory;

use common::{decode_in_pieces, decoder, size_of, start};
use damage::{Dice, damage};
use memory::held_at_most;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use spikelet_events::format::aedat2::Chip;
use spikelet_events::format::aedat4::{self, Compression};
use spikelet_events::format::{AnyEncoder, Format, ecf};
use spikelet_events::header::print;
use spikelet_events::{Encode, Event, OwnedColumns, ReadOptions, Reader, blosc};

const CASES: usize = 2000;
/// What a reader may hold however small the file is: its buffers, and the window of 8 MiB that zstd may ask for.
const HELD: usize = 12 << 20;
/// What it may hold for each byte of a packed file, see [`aedat4`]: a body a thousand times larger, while it grows.
const HELD_PER_PACKED_BYTE: usize = 3000;
const LONGEST_BLOSC: usize = 1 << 16;

fn draw(count: usize, (width, height): (usize, usize), dice: &mut Dice) -> Vec<Event> {
    let mut t = 0;
    let event = |_| {
        t += dice.roll(300) as i64;
        Event {
            t,
            x: dice.roll(width) as u16,
            y: dice.roll(height) as u16,
            p: dice.roll(2) == 1,
        }
    };
    (0..count).map(event).collect()
}

/// Files of a format in each of its ways of packing.
fn recordings(format: Format, dice: &mut Dice) -> Vec<Vec<u8>> {
    let size = size_of(format);
    let columns = common::columns(&draw(
        300,
        (size.width as usize, size.height as usize),
        dice,
    ));
    let file = |header: Vec<u8>, mut encoder: AnyEncoder| {
        let mut bytes = [header, start(format)].concat();
        let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
        encoder.push(columns.all(), &mut sink).unwrap();
        bytes
    };
    match AnyEncoder::new(format, size, None).unwrap() {
        AnyEncoder::Aedat4(encoder) => [Compression::None, Compression::Lz4]
            .map(|compression| {
                let encoder = encoder.clone().with_compression(compression);
                let header = aedat4::header(size, compression).unwrap();
                file(header, AnyEncoder::Aedat4(encoder))
            })
            .into_iter()
            .chain([zstd_recording()])
            .collect(),
        encoder => {
            let header = print(format, size, Chip::of_size(size), &[]).unwrap();
            vec![file(header.into_bytes(), encoder)]
        }
    }
}

/// A file whose packets are packed by zstd, which is read but not written here.
fn zstd_recording() -> Vec<u8> {
    let header = aedat4::header(size_of(Format::Aedat4), Compression::None).unwrap();
    let body = common::body4(&(0..200).collect::<Vec<_>>());
    let packed = compress_to_vec(&*body, CompressionLevel::Fastest);
    let packet = common::packet4(0, &packed);
    [header, packet.clone(), packet].concat()
}

/// Events that a reader gives for a file, none where it refuses it.
fn read(bytes: &[u8], format: Format, columns: &mut OwnedColumns) -> Option<usize> {
    let extension = format.extensions()[0].trim_start_matches('.');
    let mut reader = Reader::new(bytes, Some(extension), &ReadOptions::default()).ok()?;
    let mut events = 0;
    loop {
        match reader.read(&mut columns.all_mut()).unwrap() {
            0 => break,
            read => events += read,
        }
    }
    assert_eq!(reader.counts().events, events as u64);
    assert_eq!(reader.bytes_read(), bytes.len() as u64);
    Some(events)
}

#[test]
fn damaged_files_neither_panic_nor_swell() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for format in Format::ALL {
        let files = recordings(format, &mut dice);
        let is_packed = files.len() > 1;
        // A plain byte gives at most a unit of events, a packed one at most a thousand bytes of them.
        let events_per_byte = if is_packed {
            1000
        } else {
            decoder(format).max_events_per_unit()
        };
        let mut readable = 0;
        for case in 0..CASES {
            let other = &files[dice.roll(files.len())];
            let bytes = damage(files[case % files.len()].clone(), other, &mut dice);
            let mut columns = OwnedColumns::zeroed(1 + dice.roll(400));
            let (events, held) = held_at_most(|| read(&bytes, format, &mut columns));
            let events = events.inspect(|_| readable += 1).unwrap_or(0);
            assert!(events <= bytes.len() * events_per_byte);
            let packed_bytes = if is_packed { bytes.len() } else { 0 };
            let most = HELD + packed_bytes * HELD_PER_PACKED_BYTE;
            assert!(held <= most, "{format:?}: {held} bytes were held");
        }
        assert!(
            readable > CASES / 4,
            "{format:?}: {readable} files were read"
        );
    }
}

#[test]
fn damaged_data_are_the_same_whole_and_in_pieces() {
    let mut dice = Dice(0x1656_67b1_9e37_79f9);
    for format in Format::ALL {
        let files = recordings(format, &mut dice);
        for case in 0..CASES / 4 {
            let other = &files[dice.roll(files.len())];
            // The header is data here like everything else.
            let bytes = damage(files[case % files.len()].clone(), other, &mut dice);
            let whole = decode_in_pieces(decoder(format), &bytes, &[bytes.len()], &[4096]);
            let pieces = [1 + dice.roll(9), 1 + dice.roll(500)];
            let places = [1 + dice.roll(40), 1 + dice.roll(400)];
            let split = decode_in_pieces(decoder(format), &bytes, &pieces, &places);
            assert_eq!(split, whole, "{format:?} in {pieces:?} into {places:?}");
        }
    }
}

#[test]
fn damaged_chunks_are_decoded_or_refused() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut decoded = 0;
    // Rows that repeat, rows that do not, columns that follow each other: all layouts of pixels.
    let chunks = [(1280, 4), (1280, 720), (9, 2)].map(|sensor| {
        let mut events = draw(300, sensor, &mut dice);
        for event in &mut events {
            event.t /= 1000;
        }
        let mut whole = Vec::new();
        let mut sink = |piece: &[u8]| whole.extend_from_slice(piece);
        ecf::encode(common::columns(&events).all(), &mut sink).unwrap();
        whole
    });
    for whole in &chunks {
        for _ in 0..CASES {
            let other = &chunks[dice.roll(chunks.len())];
            let chunk = damage(whole.clone(), other, &mut dice);
            let mut columns = OwnedColumns::zeroed(ecf::MAX_EVENTS);
            let mut out = columns.all_mut();
            if let Ok(found) = ecf::decode(&chunk, &mut out) {
                decoded += 1;
                assert!(found <= 3 * chunk.len() && found == out.len());
            }
        }
    }
    assert!(decoded > CASES / 4, "{decoded} chunks were decoded");
}

/// A chunk of C-Blosc of one block, packed as number `compressor` says.
fn blosc_chunk(plain: &[u8], packed: &[u8], compressor: u8) -> Vec<u8> {
    let length = plain.len() as u32;
    let words = [
        length,
        length,
        24 + packed.len() as u32,
        20,
        packed.len() as u32,
    ];
    let head = [2, 1, 1 | 16 | compressor << 5, 4];
    [&head[..], &common::words32(&words), packed].concat()
}

#[test]
fn damaged_blosc_chunks_are_unpacked_within_their_bounds() {
    let mut dice = Dice(0x27d4_eb2f_1656_67c5);
    let plain: Vec<u8> = (0..4000u32).flat_map(|i| (i / 9).to_le_bytes()).collect();
    let lz4 = lz4_flex::block::compress(&plain);
    let zstd = compress_to_vec(&*plain, CompressionLevel::Fastest);
    let chunks = [blosc_chunk(&plain, &lz4, 1), blosc_chunk(&plain, &zstd, 4)];
    for chunk in &chunks {
        assert_eq!(
            blosc::unpack(chunk, LONGEST_BLOSC).unwrap().len(),
            plain.len()
        );
    }
    let mut unpacked = 0;
    for case in 0..CASES {
        let other = &chunks[dice.roll(2)];
        let chunk = damage(chunks[case % 2].clone(), other, &mut dice);
        let (plain, held) = held_at_most(|| blosc::unpack(&chunk, LONGEST_BLOSC));
        unpacked += plain.is_ok() as usize;
        assert!(plain.is_err() || plain.unwrap().len() <= LONGEST_BLOSC);
        assert!(held <= HELD, "{held} bytes were held");
    }
    assert!(unpacked > 20, "{unpacked} chunks were unpacked");
}

/// A frame of zstd with four plain bytes that asks for a window of 64 MiB.
const WIDE: [u8; 13] = [
    0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x80, 0x21, 0x00, 0x00, 1, 2, 3, 4,
];

#[test]
fn a_declared_window_is_not_set_aside() {
    let chunk = blosc_chunk(&[0; 400], &WIDE, 4);
    let (refused, held) = held_at_most(|| blosc::unpack(&chunk, LONGEST_BLOSC));
    assert!(refused.is_err() && held <= HELD, "{held} bytes were held");

    // The tables of the first frames are there already when the window is asked for.
    let file = [zstd_recording(), common::packet4(0, &WIDE)].concat();
    let mut columns = OwnedColumns::zeroed(500);
    let (events, held) = held_at_most(|| read(&file, Format::Aedat4, &mut columns));
    assert!(
        events == Some(400) && held <= HELD,
        "{held} bytes were held"
    );
}
