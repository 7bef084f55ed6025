//! What stands beside the events: frames, inertial samples, grey-level samples, marks.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{hex, open};
use spikelet_events::format::aedat2::Layout;
use spikelet_events::format::{aedat1, aedat2, aedat3, aedat4};
use spikelet_events::{Decode, Frame, Imu, Kept, OwnedColumns, Sample, Special, Trigger};

/// Everything beside the events, and the triggers, by pushes of `piece` bytes.
fn kept(mut decoder: impl Decode, bytes: &[u8], piece: usize) -> (Kept, Vec<Trigger>) {
    let mut kept = Kept::default();
    let mut triggers = Vec::new();
    for mut rest in bytes.chunks(piece) {
        while !rest.is_empty() {
            let mut columns = OwnedColumns::zeroed(64);
            let mut places = [Trigger::default(); 2];
            let mut out = columns
                .all_mut()
                .with_triggers(&mut places)
                .with_beside(&mut kept);
            let used = decoder.push(rest, &mut out);
            triggers.extend_from_slice(out.triggers());
            rest = &rest[used..];
        }
    }
    (kept, triggers)
}

/// In one piece and byte by byte, which must agree.
fn both<D: Decode + Clone>(decoder: &D, bytes: &[u8]) -> (Kept, Vec<Trigger>) {
    let whole = kept(decoder.clone(), bytes, bytes.len());
    // What nobody measured is NaN, which equals nothing.
    let byte_by_byte = kept(decoder.clone(), bytes, 1);
    assert_eq!(format!("{byte_by_byte:?}"), format!("{whole:?}"));
    whole
}

#[test]
fn seven_records_of_aedat2_make_one_inertial_sample() {
    // Channel n holds n - 3; then a cycle that lacks a channel, then a whole one again.
    let record = |channel: u32, value: i16| {
        let address = 1 << 31 | channel << 28 | (value as u16 as u32) << 12 | 3 << 10;
        [address.to_be_bytes(), 100u32.to_be_bytes()].concat()
    };
    let cycle = |first: i16, channels: &[u32]| -> Vec<u8> {
        let records = channels.iter();
        records
            .flat_map(|&channel| record(channel, first + channel as i16))
            .collect()
    };
    let bytes = [
        cycle(-3, &[0, 1, 2, 3, 4, 5, 6]),
        cycle(10, &[0, 1, 2, 4, 5, 6]),
        cycle(10, &[0, 1]),
        cycle(20, &[0, 1, 2, 3, 4, 5, 6]),
    ]
    .concat();
    let (kept, _) = both(&aedat2::Decoder::new(Layout::Davis), &bytes);
    let sample = |first: f32| {
        (
            [first, first + 1.0, first + 2.0],
            first + 3.0,
            [first + 4.0, first + 5.0, first + 6.0],
        )
    };
    let found: Vec<_> = kept
        .imu
        .iter()
        .map(|imu| (imu.accelerometer, imu.temperature, imu.gyroscope))
        .collect();
    assert_eq!(found, [sample(-3.0), sample(20.0)]);
    assert!(kept.imu[0].magnetometer[0].is_nan());
}

#[test]
fn grey_level_samples_and_external_events_of_aedat2_are_handed_out() {
    let bytes = hex("8281444d1194fcf6 000004001194fcf7");
    let (kept, _) = both(&aedat2::Decoder::new(Layout::Davis), &bytes);
    let sample = Sample {
        t: 294_976_758,
        x: 20,
        y: 10,
        read: 1,
        value: 77,
    };
    assert_eq!(kept.samples, [sample]);
    let special = Special {
        t: 294_976_759,
        kind: 0,
        data: 0x400,
    };
    assert_eq!(kept.specials, [special]);
    let (kept, _) = both(&aedat1::Decoder::new(), &hex("8005000003e9"));
    let special = Special {
        t: 1001,
        kind: 0,
        data: 0x8005,
    };
    assert_eq!(kept.specials, [special]);
}

/// A packet of AEDAT 3.1 with room for as many events as it has.
fn packet3(kind: i16, time_at: i32, overflow: i32, events: &[Vec<u8>]) -> Vec<u8> {
    let number = events.len() as i32;
    let words = [
        events[0].len() as i32,
        time_at,
        overflow,
        number,
        number,
        number,
    ];
    let words = words.into_iter().flat_map(i32::to_le_bytes);
    let head = [kind, 1]
        .into_iter()
        .flat_map(i16::to_le_bytes)
        .chain(words);
    head.chain(events.concat()).collect()
}

fn words(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

#[test]
fn special_events_of_aedat3_are_edges_or_marks() {
    let special = |kind: u32, data: u32, t: u32| words(&[data << 8 | kind << 1 | 1, t]);
    let events = [
        special(2, 0, 5),
        special(3, 0, 6),
        special(4, 0, 7),
        special(1, 9, 8),
        special(5, 77, 9),
        words(&[2 << 1, 10]),
    ];
    let bytes = packet3(0, 4, 1, &events);
    let (kept, triggers) = both(&aedat3::Decoder::new(), &bytes);
    let base = 1i64 << 31;
    let edge = |t, p| Trigger {
        t: base + t,
        id: 0,
        p,
    };
    assert_eq!(triggers, [edge(5, true), edge(6, false), edge(7, true)]);
    let mark = |t, kind, data| Special {
        t: base + t,
        kind,
        data,
    };
    assert_eq!(kept.specials, [mark(8, 1, 9), mark(9, 5, 77)]);
}

#[test]
fn inertial_samples_of_aedat3_have_six_or_nine_axes() {
    let sample = |axes: u32| {
        let values = (1..=axes + 1).map(|value| (value as f32).to_bits());
        words(&[1, 50].into_iter().chain(values).collect::<Vec<u32>>())
    };
    let bytes = [
        packet3(3, 4, 0, &[sample(6), sample(6)]),
        packet3(4, 4, 2, &[sample(9)]),
    ]
    .concat();
    let (kept, _) = both(&aedat3::Decoder::new(), &bytes);
    let nine = Imu {
        t: (2i64 << 31) + 50,
        accelerometer: [1.0, 2.0, 3.0],
        gyroscope: [4.0, 5.0, 6.0],
        temperature: 7.0,
        magnetometer: [8.0, 9.0, 10.0],
    };
    assert_eq!(kept.imu.len(), 3);
    assert_eq!(kept.imu[2], nine);
    assert_eq!(kept.imu[0].temperature.to_bits(), 7f32.to_bits());
    assert!(kept.imu[0].magnetometer[2].is_nan());
}

#[test]
fn frames_of_aedat3_come_with_their_times_and_place() {
    let frame = |valid: u32| {
        let head = words(&[1 << 1 | valid, 10, 20, 12, 18, 3, 2, 7, 8]);
        [head, (1..=6u16).flat_map(u16::to_le_bytes).collect()].concat()
    };
    let bytes = packet3(2, 12, 1, &[frame(1), frame(0)]);
    let (kept, _) = both(&aedat3::Decoder::new(), &bytes);
    assert_eq!(kept.frames.len(), 1);
    let base = 1i64 << 31;
    let facts = Frame {
        t: base + 12,
        start: base + 10,
        end: base + 20,
        exposure_start: base + 12,
        exposure_end: base + 18,
        x: 7,
        y: 8,
        width: 3,
        height: 2,
        channels: 1,
        sample_bytes: 2,
        pixels: &[],
    };
    assert_eq!(kept.frames[0].facts, facts);
    assert_eq!(kept.frames[0].pixels, hex("010002000300040005000600"));
}

#[test]
fn a_frame_whose_pixels_are_missing_is_counted_and_not_handed_out() {
    let mut decoder = aedat3::Decoder::new();
    let bytes = packet3(
        2,
        12,
        0,
        &[words(&[3, 10, 20, 12, 18, 1 << 20, 1 << 20, 0, 0, 77])],
    );
    let mut kept = Kept::default();
    let mut columns = OwnedColumns::zeroed(1);
    decoder.push(&bytes, &mut columns.all_mut().with_beside(&mut kept));
    assert_eq!((kept.frames.len(), decoder.counts().frames), (0, 0));
    assert_eq!(decoder.counts().bad_packets, 1);
}

/// A packet of AEDAT 4 around a `FlatBuffer`.
fn packet4(stream: u32, flat: &[u8]) -> Vec<u8> {
    let size = flat.len() as u32;
    [words(&[stream, size + 4, size]), flat.to_vec()].concat()
}

#[test]
fn triggers_of_aedat4_are_edges_or_marks() {
    // A vector of two tables {i64, i8} that share their slots.
    let table = |t: u32, source: u32, back: u32| words(&[back, t, 0, source]);
    let head = hex("10000000 54524947 0000 0600 0800 0400");
    let flat = [
        head,
        // 16: the table, with its slots 6 bytes before it; its field at 20 points to the vector at 24.
        words(&[6, 4]),
        // 24: two tables, at 28 + 20 and 32 + 32.
        words(&[2, 20, 32]),
        // 36: slots of 8 bytes for tables of 16: a time at 4 and a source at 12.
        hex("0800 1000 0400 0c00"),
        words(&[0]),
        table(5, 2, 12),
        table(9, 8, 28),
    ]
    .concat();
    let (kept, triggers) = both(&aedat4::Decoder::new(), &packet4(3, &flat));
    assert_eq!(
        triggers,
        [Trigger {
            t: 5,
            id: 0,
            p: false
        }]
    );
    assert_eq!(
        kept.specials,
        [Special {
            t: 9,
            kind: 8,
            data: 0
        }]
    );
}

#[test]
fn inertial_samples_of_aedat4_leave_out_what_is_zero() {
    let head = hex("10000000 494d5553 0000 0600 0800 0400");
    let flat = [
        head,
        words(&[6, 4]),
        // 24: one table at 28 + 16.
        words(&[1, 16]),
        // 32: slots of 12 bytes: a time at 4, no temperature, then x and y of the accelerometer.
        hex("0c00 1400 0400 0000 0c00 1000"),
        // 44: the table, with its slots 12 bytes before it.
        words(&[12, 77, 0, 1.5f32.to_bits(), (-2.0f32).to_bits()]),
    ]
    .concat();
    let (kept, _) = both(&aedat4::Decoder::new(), &packet4(2, &flat));
    let expected = Imu {
        t: 77,
        accelerometer: [1.5, -2.0, 0.0],
        gyroscope: [0.0; 3],
        magnetometer: [0.0; 3],
        temperature: 0.0,
    };
    assert_eq!(kept.imu, [expected]);
}

/// A frame of AEDAT 4 of 3x2 pixels.
fn frame4(code: u8) -> Vec<u8> {
    [
        // 0: the table stands at 36.
        hex("24000000 46524d45"),
        // 8: slots of 26 bytes for eleven fields.
        hex("1a00 3c00 0400 0c00 0000 1400 1c00 2400 2600 2800 2a00 2c00 3000"),
        hex("0000"),
        // 36: the table, its slots 28 bytes before it; times 5, 6, 7, 8.
        words(&[28, 5, 0, 6, 0, 7, 0, 8, 0]),
        // 72: the code, 3 columns, 2 rows, first column 10, first row 20, then the offset of the pixels at 84.
        [&[code, 0][..], &hex("0300 0200 0a00 1400 0000")].concat(),
        words(&[4, 6]),
        hex("010203040506 0000"),
    ]
    .concat()
}

#[test]
fn frames_of_aedat4_come_with_their_times_and_place() {
    let (kept, _) = both(&aedat4::Decoder::new(), &packet4(1, &frame4(0)));
    let facts = Frame {
        t: 5,
        start: 6,
        end: 0,
        exposure_start: 7,
        exposure_end: 8,
        x: 10,
        y: 20,
        width: 3,
        height: 2,
        channels: 1,
        sample_bytes: 1,
        pixels: &[],
    };
    assert_eq!(kept.frames[0].facts, facts);
    assert_eq!(kept.frames[0].pixels, [1, 2, 3, 4, 5, 6]);

    // Colour needs three times the bytes that are there; numbers with a point are not read.
    for (code, bad, skipped) in [(16, 1, 0), (5, 0, 1)] {
        let mut decoder = aedat4::Decoder::new();
        let bytes = packet4(1, &frame4(code));
        let mut columns = OwnedColumns::zeroed(1);
        assert_eq!(decoder.push(&bytes, &mut columns.all_mut()), bytes.len());
        let counts = decoder.counts();
        assert_eq!(
            (counts.frames, counts.bad_packets, counts.skipped_packets),
            (0, bad, skipped)
        );
    }
}

#[test]
fn a_reader_hands_out_what_stands_beside_and_counts_it_alone_where_nobody_takes_it() {
    let header = "#!AER-DAT2.0\r\n# AEChip: DAVIS240C\r\n";
    let records = hex("8281444d1194fcf6 0909c0001194fcf7");
    let file = [header.as_bytes(), &records].concat();
    let mut kept = Kept::default();
    for takes in [true, false] {
        let mut reader = open(&file, "aedat").unwrap();
        let mut columns = OwnedColumns::zeroed(5);
        let mut out = columns.all_mut();
        if takes {
            out = out.with_beside(&mut kept);
        }
        assert_eq!(reader.read(&mut out).unwrap(), 1);
        assert_eq!(reader.counts().aps_samples, 1);
    }
    assert_eq!(kept.samples.len(), 1);
}
