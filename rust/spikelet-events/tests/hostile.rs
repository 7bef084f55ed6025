//! Damaged files: no panic, no more output than the bytes can hold, the same answer every time.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{decoder, encode, size_of, start};
use spikelet_events::format::aedat2::Chip;
use spikelet_events::format::aedat4::{self, Compression};
use spikelet_events::format::{Format, ecf};
use spikelet_events::header::print;
use spikelet_events::{Event, OwnedColumns, ReadOptions, Reader};

/// Marsaglia's xorshift: the same damage on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

fn recording(format: Format, dice: &mut Dice) -> Vec<u8> {
    let size = size_of(format);
    let mut t = 0;
    let mut event = || {
        t += dice.roll(300) as i64;
        let (x, y) = (
            dice.roll(size.width as usize),
            dice.roll(size.height as usize),
        );
        Event {
            t,
            x: x as u16,
            y: y as u16,
            p: dice.roll(2) == 1,
        }
    };
    let events: Vec<Event> = (0..300).map(|_| event()).collect();
    let header = match format {
        Format::Aedat4 => aedat4::header(size, Compression::None).unwrap(),
        _ => print(format, size, Chip::of_size(size), &[])
            .unwrap()
            .into_bytes(),
    };
    [header, start(format), encode(format, &events).unwrap().0].concat()
}

fn damage(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len());
        match dice.roll(4) {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << dice.roll(8),
            2 => bytes[at] = dice.roll(256) as u8,
            _ => {
                let from = dice.roll(bytes.len());
                let piece = bytes[from..bytes.len().min(from + dice.roll(200))].to_vec();
                bytes.splice(at..at, piece);
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

#[test]
fn damaged_chunks_are_decoded_or_refused() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut decoded = 0;
    // Rows that repeat, rows that do not, columns that follow each other: all layouts of pixels.
    for (rows, columns) in [(4, 1280), (720, 1280), (2, 9)] {
        let events: Vec<Event> = (0..300)
            .map(|index| Event {
                t: index / 7,
                x: dice.roll(columns) as u16,
                y: dice.roll(rows) as u16,
                p: dice.roll(2) == 1,
            })
            .collect();
        let mut whole = Vec::new();
        ecf::encode(common::columns(&events).all(), &mut |piece| {
            whole.extend_from_slice(piece);
        })
        .unwrap();
        for _ in 0..2000 {
            let chunk = damage(whole.clone(), &mut dice);
            let mut columns = OwnedColumns::zeroed(ecf::MAX_EVENTS);
            let mut out = columns.all_mut();
            if let Ok(found) = ecf::decode(&chunk, &mut out) {
                decoded += 1;
                assert!(found <= 3 * chunk.len() && found == out.len());
            }
        }
    }
    assert!(decoded > 500, "{decoded} chunks were decoded");
}

#[test]
fn damaged_files_neither_panic_nor_swell() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for format in Format::ALL {
        let whole = recording(format, &mut dice);
        let unit = decoder(format).max_events_per_unit();
        let extension = format.extensions()[0].trim_start_matches('.');
        let mut readable = 0;
        for _ in 0..2000 {
            let bytes = damage(whole.clone(), &mut dice);
            let Ok(mut reader) = Reader::new(&*bytes, Some(extension), &ReadOptions::default())
            else {
                continue;
            };
            readable += 1;
            let mut columns = OwnedColumns::zeroed(1 + dice.roll(400));
            let mut events = 0;
            loop {
                match reader.read(&mut columns.all_mut()).unwrap() {
                    0 => break,
                    read => events += read,
                }
            }
            assert!(events <= bytes.len() * unit);
            assert_eq!(reader.counts().events, events as u64);
            assert_eq!(reader.bytes_read(), bytes.len() as u64);
        }
        assert!(readable > 500, "{format:?}: {readable} files were read");
    }
}
