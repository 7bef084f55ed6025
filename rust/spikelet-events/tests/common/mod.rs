//! What the tests of all formats share: decode, encode, and events to do it with.
#![allow(
    dead_code,
    reason = "every test file compiles this one and uses its own part"
)]

use proptest::prelude::*;
use spikelet_events::format::aedat2::Chip;
use spikelet_events::format::{AnyDecoder, AnyEncoder, Format};
use spikelet_events::{
    Counts, Encode, Error, Event, OwnedColumns, ReadOptions, Reader, SensorSize, Trigger,
};

/// Everything that a decoder says about some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) events: Vec<Event>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) counts: Counts,
}

/// A sensor that the format holds, with an AEDAT 2 chip of that size.
pub(crate) fn size_of(format: Format) -> SensorSize {
    match format {
        Format::Bin40 => SensorSize {
            width: 256,
            height: 240,
        },
        Format::Aedat2 => SensorSize {
            width: 346,
            height: 260,
        },
        Format::Aedat1 => SensorSize {
            width: 128,
            height: 128,
        },
        _ => SensorSize {
            width: 1280,
            height: 720,
        },
    }
}

pub(crate) fn decoder(format: Format) -> AnyDecoder {
    AnyDecoder::new(format, Chip::of_size(size_of(format))).unwrap()
}

pub(crate) fn decode(format: Format, bytes: &[u8]) -> Decoded {
    decode_in_pieces(decoder(format), bytes, &[bytes.len()], &[4096])
}

/// Pushes pieces of the given lengths into columns of the given capacities, both taken in turn.
pub(crate) fn decode_in_pieces(
    mut decoder: AnyDecoder,
    bytes: &[u8],
    pieces: &[usize],
    capacities: &[usize],
) -> Decoded {
    let (mut events, mut triggers) = (Vec::new(), Vec::new());
    let mut capacities = capacities.iter().cycle();
    let mut pieces = pieces.iter().cycle();
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = (*pieces.next().unwrap()).clamp(1, rest.len());
        let (mut piece, after) = rest.split_at(length);
        while !piece.is_empty() {
            let capacity = (*capacities.next().unwrap()).max(decoder.max_events_per_unit());
            let mut columns = OwnedColumns::zeroed(capacity);
            let mut places = [Trigger::default(); 3];
            let mut out = columns.all_mut().with_triggers(&mut places);
            let used = decoder.push(piece, &mut out);
            let is_full = out.free() < decoder.max_events_per_unit() || !out.has_trigger_place();
            assert!(
                used == piece.len() || is_full,
                "{used} of {} bytes taken",
                piece.len()
            );
            events.extend(out.filled().iter());
            triggers.extend_from_slice(out.triggers());
            piece = &piece[used..];
        }
        rest = after;
    }
    decoder.finish();
    assert_eq!(decoder.counts().events, events.len() as u64);
    assert_eq!(decoder.counts().triggers, triggers.len() as u64);
    Decoded {
        events,
        triggers,
        counts: *decoder.counts(),
    }
}

pub(crate) fn columns(events: &[Event]) -> OwnedColumns {
    OwnedColumns {
        t: events.iter().map(|event| event.t).collect(),
        x: events.iter().map(|event| event.x).collect(),
        y: events.iter().map(|event| event.y).collect(),
        p: events.iter().map(|event| event.p).collect(),
    }
}

/// What stands before the first event, beside a header of text lines.
pub(crate) fn start(format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = AnyEncoder::new(format, size_of(format), None).unwrap();
    encoder.start(&mut |piece| bytes.extend_from_slice(piece));
    bytes
}

/// The bytes, and the time lost.
pub(crate) fn encode(format: Format, events: &[Event]) -> Result<(Vec<u8>, i64), Error> {
    let mut encoder = AnyEncoder::new(format, size_of(format), None)?;
    let mut bytes = Vec::new();
    encoder.push(columns(events).all(), &mut |piece| {
        bytes.extend_from_slice(piece);
    })?;
    assert_eq!(encoder.events(), events.len() as u64);
    Ok((bytes, encoder.time_offset()))
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// EVT3 words in reading order, as bytes on disk.
pub(crate) fn words(text: &str) -> Vec<u8> {
    let word = |word: &str| u16::from_str_radix(word, 16).unwrap().to_le_bytes();
    text.split_whitespace().flat_map(word).collect()
}

pub(crate) fn events(rows: &[(i64, u16, u16, u8)]) -> Vec<Event> {
    rows.iter()
        .map(|&(t, x, y, p)| Event { t, x, y, p: p != 0 })
        .collect()
}

/// Recordings of rows, runs and noise; steps of time from `steps`, starting anywhere in `start`.
pub(crate) fn recordings(
    format: Format,
    start: impl Strategy<Value = i64>,
    steps: impl Strategy<Value = i64>,
) -> impl Strategy<Value = Vec<Event>> {
    let SensorSize { width, height } = size_of(format);
    let row = (
        steps,
        0..width,
        0..height,
        any::<bool>(),
        prop::collection::vec(0..4u32, 1..40),
    );
    let rows = prop::collection::vec(row, 0..30);
    (start, rows).prop_map(move |(mut t, rows)| {
        let mut events = Vec::new();
        for (step, mut x, y, p, gaps) in rows {
            t += step;
            for gap in gaps {
                x = (x + gap) % width;
                events.push(Event {
                    t,
                    x: x as u16,
                    y: y as u16,
                    p,
                });
            }
        }
        events
    })
}

pub(crate) fn open<'a>(bytes: &'a [u8], extension: &str) -> Result<Reader<&'a [u8]>, Error> {
    Reader::new(bytes, Some(extension), &ReadOptions::default())
}

pub(crate) fn message(bytes: &[u8], extension: &str, options: &ReadOptions) -> String {
    Reader::new(bytes, Some(extension), options)
        .unwrap_err()
        .to_string()
}

/// All events, read `capacity` at a time; every read but the last must fill its columns.
pub(crate) fn read_all(reader: &mut Reader<&[u8]>, capacity: usize) -> Vec<Event> {
    let mut all = Vec::new();
    let mut columns = OwnedColumns::zeroed(capacity);
    loop {
        let mut out = columns.all_mut();
        let read = reader.read(&mut out).unwrap();
        assert_eq!(read, out.len());
        all.extend(out.filled().iter());
        if read < capacity {
            return all;
        }
    }
}

pub(crate) fn evt3_file(header: &str, text: &str) -> Vec<u8> {
    [header.as_bytes(), &words(text)].concat()
}

/// Whole, byte by byte and by small columns, which must agree.
pub(crate) fn decode_with(decoder: &AnyDecoder, bytes: &[u8]) -> Decoded {
    let whole = decode_in_pieces(decoder.clone(), bytes, &[bytes.len()], &[4096]);
    for (piece, capacity) in [(1, 1), (7, 3), (64, 1)] {
        let split = decode_in_pieces(decoder.clone(), bytes, &[piece], &[capacity]);
        assert_eq!(split, whole, "pieces of {piece} into {capacity} places");
    }
    whole
}

/// Bytes of words, the lower ones first.
pub(crate) fn words32(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// Events (t, x, y, p) at (t, 1, 2, ON) for each time.
pub(crate) fn at(times: &[i64]) -> Vec<Event> {
    events(&times.iter().map(|&t| (t, 1, 2, 1)).collect::<Vec<_>>())
}

/// The plain body of a packet of AEDAT 4.
pub(crate) fn body4(times: &[i64]) -> Vec<u8> {
    let size = 28 + 16 * times.len() as u32;
    let head = hex("10000000 45565453 0000 0600 0800 0400 06000000 04000000");
    let event = |&t: &i64| {
        [
            words32(&[t as u32, (t >> 32) as u32]),
            hex("0100 0200 01000000"),
        ]
        .concat()
    };
    let records: Vec<u8> = times.iter().flat_map(event).collect();
    [
        words32(&[size]),
        head,
        words32(&[times.len() as u32]),
        records,
    ]
    .concat()
}

pub(crate) fn packet4(stream: u32, body: &[u8]) -> Vec<u8> {
    [words32(&[stream, body.len() as u32]), body.to_vec()].concat()
}
