//! Event Stream: bytes written down by hand, damaged ones, and what comes back.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{columns, decode_in_pieces, events, hex, open, read_all, recordings, size_of};
use proptest::prelude::*;
use spikelet_events::format::{AnyDecoder, Format, es};
use spikelet_events::{
    Color, ColumnsMut, Counts, Decode, Encode, Error, Event, Exposure, Kept, OwnedColumns,
    SensorSize,
};

const KINDS: [es::Kind; 4] = [
    es::Kind::Generic,
    es::Kind::Dvs,
    es::Kind::Atis,
    es::Kind::Color,
];

/// Everything that a decoder hands out for pieces of the given lengths, taken in turn.
fn decode(kind: es::Kind, bytes: &[u8], pieces: &[usize]) -> (Vec<Event>, Kept, Counts) {
    let (mut decoder, mut kept) = (es::Decoder::new(kind), Kept::default());
    let mut events = Vec::new();
    let mut lengths = pieces.iter().cycle();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (mut piece, after) = rest.split_at((*lengths.next().unwrap()).clamp(1, rest.len()));
        while !piece.is_empty() {
            let mut columns = OwnedColumns::zeroed(3);
            let mut out: ColumnsMut<'_> = columns.all_mut().with_beside(&mut kept);
            let used = decoder.push(piece, &mut out);
            assert!(used == piece.len() || out.free() == 0);
            events.extend(out.filled().iter());
            piece = &piece[used..];
        }
        rest = after;
    }
    decoder.finish();
    (events, kept, *decoder.counts())
}

#[test]
fn dvs_steps_and_pauses_add_up_and_resets_are_skipped() {
    let bytes = hex("15 4001 f000 ff ff 06 0500 0600 fe fe fe fe fe 01 0700 0800");
    let (found, _, counts) = decode(es::Kind::Dvs, &bytes, &[bytes.len()]);
    assert_eq!(
        found,
        events(&[(10, 320, 240, 1), (267, 5, 6, 0), (267, 7, 8, 1)])
    );
    assert_eq!(
        (counts.events, counts.skipped_words, counts.tail_bytes),
        (3, 5, 0)
    );
}

#[test]
fn atis_exposures_stand_beside_the_events_with_their_place_among_them() {
    let bytes = hex("2a 0500 0600 fe 0d 0700 0800 fc fb 0900 0a00");
    let (found, kept, counts) = decode(es::Kind::Atis, &bytes, &[bytes.len()]);
    assert_eq!(found, events(&[(10, 5, 6, 1)]));
    let exposure = |t, x, y, is_second, index| Exposure {
        t,
        x,
        y,
        is_second,
        index,
    };
    assert_eq!(
        kept.exposures,
        [exposure(139, 7, 8, false, 1), exposure(201, 9, 10, true, 2)]
    );
    assert_eq!((counts.exposure_events, counts.skipped_words), (2, 1));
}

#[test]
fn colours_stand_beside_their_events() {
    let bytes = hex("0a 0500 0600 ff8000 ff fd 0700 0800 010203");
    let (found, kept, _) = decode(es::Kind::Color, &bytes, &[bytes.len()]);
    assert_eq!(found, events(&[(10, 5, 6, 0), (517, 7, 8, 0)]));
    let [first, second] = kept.colors[..] else {
        panic!("{:?}", kept.colors)
    };
    assert_eq!(
        first,
        Color {
            r: 255,
            g: 128,
            b: 0
        }
    );
    assert_eq!(second, Color { r: 1, g: 2, b: 3 });
}

#[test]
fn generic_payloads_have_lengths_of_seven_bits_a_byte() {
    let long: Vec<u8> = (0..128).collect();
    let bytes = [hex("05 06 616263 ff 01 01 02"), long.clone(), hex("00 00")].concat();
    let (found, kept, counts) = decode(es::Kind::Generic, &bytes, &[bytes.len()]);
    assert!(found.is_empty());
    assert_eq!(kept.payloads.t, [5, 260, 260]);
    assert_eq!(kept.payloads.ends, [3, 131, 131]);
    assert_eq!(kept.payloads.bytes, [b"abc".to_vec(), long].concat());
    assert_eq!((counts.payloads, counts.tail_bytes), (3, 0));
}

#[test]
fn a_length_without_end_loses_the_rest_of_the_stream_and_no_more() {
    for lost in [
        "05 ff ff ff ff ff ff 00",
        "05 01 01 01 01 11 00",
        "05 03 01 01 10 00",
    ] {
        let bytes = hex(&format!("00 02 61 {lost} 0006616263"));
        let (_, kept, counts) = decode(es::Kind::Generic, &bytes, &[bytes.len()]);
        assert_eq!(
            (kept.payloads.t, kept.payloads.bytes),
            (vec![0], b"a".to_vec())
        );
        assert_eq!(counts.tail_bytes, bytes.len() as u64 - 3, "{lost}");
    }
    // 2²⁴ is the last length that is believed; its bytes never come.
    let (_, kept, counts) = decode(es::Kind::Generic, &hex("05 01 01 01 10 61"), &[6]);
    assert_eq!((kept.payloads.ends.len(), counts.tail_bytes), (0, 6));
    assert_eq!(es::MAX_PAYLOAD, 1 << 24);
}

#[test]
fn a_cut_item_is_left_over() {
    for kind in KINDS {
        let (found, kept, counts) = decode(kind, &hex("0a 05"), &[1]);
        assert_eq!((found.len(), kept.payloads.t.len()), (0, 0));
        assert_eq!(counts.tail_bytes, 2, "{kind:?}");
    }
}

#[test]
fn headers_name_version_kind_and_size() {
    let head = |tail: &[u8]| es::Head::parse(&[b"Event Stream", tail].concat());
    let atis = head(&[2, 1, 3, 2, 0x30, 1, 0xf0, 0]).unwrap();
    assert_eq!(
        (atis.kind, atis.version, atis.bytes),
        (es::Kind::Atis, [2, 1, 3], 20)
    );
    assert_eq!(
        atis.size,
        Some(SensorSize {
            width: 304,
            height: 240
        })
    );
    let generic = head(&[2, 0, 0, 0]).unwrap();
    assert_eq!(
        (generic.kind, generic.size, generic.bytes),
        (es::Kind::Generic, None, 16)
    );
    assert_eq!(head(&[2, 0, 0, 1, 0, 0, 1, 0]).unwrap().size, None);
    for (tail, message) in [
        (
            &[1, 0, 0, 1, 0, 1, 0, 1][..],
            "Event Stream version must be 2, got 1; convert the file to version 2",
        ),
        (
            &[2, 0, 0, 3, 0, 1, 0, 1],
            "Event Stream type must be 0 (generic), 1 (DVS), 2 (ATIS) or 4 (colour), got 3 (display); \
             convert the file",
        ),
        (
            &[2, 0, 0, 77, 0, 1, 0, 1],
            "Event Stream type must be 0 (generic), 1 (DVS), 2 (ATIS) or 4 (colour), got 77; convert the file",
        ),
        (
            &[2, 0, 0],
            "header must be 16 bytes long as it says, got 15; the file is cut",
        ),
        (
            &[2, 0, 0, 1, 9],
            "header must be 20 bytes long as it says, got 17; the file is cut",
        ),
    ] {
        assert_eq!(head(tail).unwrap_err().to_string(), message);
        let bytes = [b"Event Stream", tail].concat();
        assert_eq!(open(&bytes, "es").unwrap_err().to_string(), message);
    }
}

#[test]
fn readers_take_size_and_kind_from_the_header() {
    let bytes = [
        &b"Event Stream\x02\0\0\x01\x40\x01\xf1\0"[..],
        &hex("15 3f01 f000 ff 01 4001 0000 01"),
    ]
    .concat();
    let mut reader = open(&bytes, "anything").unwrap();
    assert_eq!(reader.format(), Format::Es);
    assert_eq!(
        reader.sensor_size(),
        Some(SensorSize {
            width: 320,
            height: 241
        })
    );
    assert_eq!(read_all(&mut reader, 7).len(), 2);
    let header = reader.header();
    assert_eq!(
        (header.get("version"), header.get("type")),
        (Some("2.0.0"), Some("dvs"))
    );
    assert_eq!(
        (
            reader.audit().out_of_bounds,
            reader.blame().out_of_bounds_byte
        ),
        (1, Some(26))
    );
    assert_eq!((reader.counts().tail_bytes, reader.bytes_read()), (1, 32));
}

#[test]
fn what_a_stream_cannot_hold_is_refused_by_its_index() {
    let size = SensorSize {
        width: 304,
        height: 240,
    };
    let refused = |rows: &[(i64, u16, u16, u8)]| {
        let mut encoder = es::Encoder::atis(size).unwrap();
        let error = encoder.push(columns(&events(rows)).all(), &mut |_| ());
        error.unwrap_err().to_string()
    };
    assert_eq!(
        refused(&[(0, 304, 0, 1)]),
        "event 0: `x` must be below 304, got 304; drop it or give the right sensor size"
    );
    assert_eq!(
        refused(&[(-1, 0, 0, 1)]),
        "event 0: `t` must be at least 0 in es, got -1; shift all times first"
    );
    assert!(refused(&[(9, 0, 0, 1), (8, 0, 0, 1)]).contains("got 8 after 9; sort"));
    assert!(refused(&[(1 << 34, 0, 0, 1)]).contains("must follow within 8589934592 microseconds"));
    let huge = SensorSize {
        width: 65_536,
        height: 1,
    };
    assert!(matches!(es::Encoder::dvs(huge), Err(Error::Size { .. })));
    let mut dvs = es::Encoder::dvs(size).unwrap();
    let flat = columns(&events(&[(0, 0, 0, 1)]));
    let refused = dvs.push_flat(flat.all(), &[true], &mut |_| ()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`exposures` must be left out of a stream of DVS events in es; change that or choose another format"
    );
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![2 => any::<u8>(), 1 => 0..8u8, 1 => 0xf8..=255u8];
    prop::collection::vec(byte, 0..2000)
}

proptest! {
    #[test]
    fn dvs_returns_every_recording_from_zero_on(
        recording in recordings(Format::Es, 0..1_000_000i64, prop_oneof![0..100_000i64, 0..130i64]),
    ) {
        let (bytes, offset) = common::encode(Format::Es, &recording).unwrap();
        prop_assert_eq!(offset, 0);
        prop_assert_eq!(decode(es::Kind::Dvs, &bytes, &[bytes.len()]).0, recording);
    }

    #[test]
    fn atis_returns_events_and_exposures_in_one_order(
        recording in recordings(Format::Es, 0..1_000i64, 0..1_000i64),
        flags in prop::collection::vec(any::<bool>(), 1..50),
    ) {
        let flags: Vec<bool> = flags.iter().copied().cycle().take(recording.len()).collect();
        let mut encoder = es::Encoder::atis(size_of(Format::Es)).unwrap();
        let mut bytes = Vec::new();
        encoder
            .push_flat(columns(&recording).all(), &flags, &mut |piece| bytes.extend_from_slice(piece))
            .unwrap();
        let (mut changes, kept, _) = decode(es::Kind::Atis, &bytes, &[bytes.len()]);
        for exposure in kept.exposures {
            let Exposure { t, x, y, is_second: p, index } = exposure;
            prop_assert!(flags[index as usize]);
            changes.insert(index as usize, Event { t, x, y, p });
        }
        prop_assert_eq!(changes, recording);
    }

    #[test]
    fn any_split_of_any_bytes_gives_the_same(
        bytes in any_bytes(),
        kind in prop::sample::select(KINDS.to_vec()),
        pieces in prop::collection::vec(1..30usize, 1..10),
    ) {
        let whole = decode(kind, &bytes, &[bytes.len()]);
        prop_assert_eq!(decode(kind, &bytes, &pieces), whole);
    }

    /// Many free places are served by the tight loop, a few by the plain one.
    #[test]
    fn the_tight_loop_means_the_same(bytes in any_bytes()) {
        let any = || AnyDecoder::Es(es::Decoder::new(es::Kind::Dvs));
        let fast = decode_in_pieces(any(), &bytes, &[bytes.len().max(1)], &[4096]);
        let slow = decode_in_pieces(any(), &bytes, &[1, 2], &[1]);
        prop_assert_eq!(fast, slow);
    }
}
