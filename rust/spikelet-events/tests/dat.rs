//! DAT: records written down by hand, both layouts, headers, and what cannot be written.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{Decoded, decode, decode_in_pieces, encode, events, hex, message, open, read_all};
use spikelet_events::format::{AnyDecoder, Format, dat};
use spikelet_events::header::print;
use spikelet_events::{Error, ReadOptions, Reader, RecognisedBy, SensorSize};

fn dat_v1(bytes: &[u8]) -> Decoded {
    let decoder = AnyDecoder::Dat(dat::Decoder::new(dat::Layout::V1));
    decode_in_pieces(decoder, bytes, &[3], &[1])
}

/// Everything that a reader finds behind this header.
fn dat_file(header: &str, data: &str) -> Vec<u8> {
    [header.as_bytes(), &hex(data)].concat()
}

const V2: &str = "e8030000 40013c10 ffffffff 01800000 05000000 03000110";
const V1: &str = "e8030000 2fdf0300 ea030000 000e0000";

#[test]
fn dat_of_the_second_layout_wraps_at_32_bits() {
    let decoded = decode(Format::Dat, &hex(V2));
    let expected = [
        (1000, 320, 240, 1),
        (4_294_967_295, 1, 2, 0),
        (4_294_967_301, 3, 4, 1),
    ];
    assert_eq!(decoded.events, events(&expected));
    assert_eq!(decoded.counts.time_wraps, 1);
    let (bytes, offset) = encode(Format::Dat, &decoded.events).unwrap();
    assert_eq!((bytes, offset), (hex(V2), 0));
}

#[test]
fn dat_of_the_first_layout_has_9_and_8_bits() {
    let decoded = dat_v1(&hex(V1));
    assert_eq!(
        decoded.events,
        events(&[(1000, 303, 239, 1), (1002, 0, 7, 0)])
    );
}

#[test]
fn dat_takes_only_a_drop_by_more_than_half_the_range_for_a_wrap() {
    let bytes = hex("00000080 00000000 00000000 00000000 01000080 00000000 00000000 00000000");
    let times: Vec<i64> = decode(Format::Dat, &bytes)
        .events
        .iter()
        .map(|event| event.t)
        .collect();
    assert_eq!(times, [1 << 31, 0, (1 << 31) + 1, 1 << 32]);
}

#[test]
fn dat_takes_its_layout_from_version_and_event_type() {
    let second = events(&[(1000, 320, 240, 1)]);
    let first = events(&[(1000, 303, 239, 1)]);
    let (v2, v1) = ("e803000040013c10", "e80300002fdf0300");
    for (header, data, expected) in [
        (
            "% Data file containing CD events.\n% Version 2\n",
            format!("0c08{v2}"),
            &second,
        ),
        (
            "% Data file containing N9Chronocam7Event2dE events.\n% Version 2\n",
            format!("0008{v2}"),
            &second,
        ),
        (
            "% Data file containing CD events.\n",
            format!("0c08{v2}"),
            &second,
        ),
        (
            "% Data file containing Event2D events.\r\n",
            format!("0008{v2}"),
            &second,
        ),
        ("% Version 1\n", format!("0c08{v2}"), &second),
        (
            "% Version 1\n% Width 304\n% Height 240\n",
            format!("0008{v1}"),
            &first,
        ),
    ] {
        let bytes = dat_file(header, &data);
        let mut reader = open(&bytes, "bin").unwrap();
        assert_eq!(
            (reader.format(), reader.recognised_by()),
            (Format::Dat, RecognisedBy::Content)
        );
        assert_eq!(&read_all(&mut reader, 10), expected, "{header}");
        assert_eq!(reader.bytes_read(), bytes.len() as u64);
    }
}

#[test]
fn dat_without_any_header_is_read_where_it_is_asked_for() {
    let asked = ReadOptions {
        format: Some(Format::Dat),
        ..Default::default()
    };
    let bytes = hex(V2);
    let mut reader = Reader::new(&*bytes, Some("dat"), &asked).unwrap();
    assert_eq!(read_all(&mut reader, 10).len(), 3);
    assert!(matches!(
        open(&bytes, "dat").unwrap_err(),
        Error::Unknown { .. }
    ));
}

#[test]
fn dat_knows_its_size_from_the_header_or_from_the_only_camera() {
    let size = |header: &str, kind: &str| {
        let bytes = dat_file(header, kind);
        open(&bytes, "dat")
            .unwrap()
            .sensor_size()
            .map(|size| (size.width, size.height))
    };
    assert_eq!(
        size("% Version 2\n% Width 640\n% Height 480\n", "0c08"),
        Some((640, 480))
    );
    assert_eq!(size("% Version 2\n", "0c08"), None);
    assert_eq!(size("% Version 1\n", "0008"), Some((304, 240)));
    assert_eq!(
        size("% Version 1\n% Width 128\n% Height 128\n", "0008"),
        Some((128, 128))
    );
}

#[test]
fn dat_of_other_events_is_refused_by_type_and_size() {
    let none = ReadOptions::default();
    let refused = |data: &str| message(&dat_file("% Version 2\n", data), "dat", &none);
    assert_eq!(
        refused("0c10"),
        "the two bytes after the header must be event type 0x00 or 0x0c and event size 8, \
         got type 0x0c and size 16; the file is damaged or holds other events"
    );
    assert!(refused("0708").contains("got type 0x07 and size 8"));
    assert!(refused("0e08").contains("got Prophesee DAT of external triggers (event type 0x0e)"));
}

#[test]
fn dat_that_ends_before_its_event_type_is_an_empty_recording_with_a_note() {
    for (data, missing) in [("", 2), ("0c", 1)] {
        let bytes = dat_file("% Data file containing CD events.\n% Version 2\n", data);
        let mut reader = open(&bytes, "dat").unwrap();
        assert_eq!(read_all(&mut reader, 10), []);
        assert_eq!(reader.missing_bytes(), missing);
        assert_eq!(
            reader.notes(),
            ["the file ends before event type and size: taken for an empty recording"]
        );
    }
}

#[test]
fn dat_is_written_with_its_event_type_behind_the_header() {
    let size = SensorSize {
        width: 640,
        height: 480,
    };
    let header = print(Format::Dat, size, None, &[]).unwrap();
    assert_eq!(
        header,
        "% Data file containing CD events.\n% Version 2\n% Width 640\n% Height 480\n\x0c\x08"
    );
    let (bytes, offset) = encode(Format::Dat, &events(&[((1 << 33) + 1000, 320, 240, 1)])).unwrap();
    assert_eq!((bytes, offset), (hex("e803000040013c10"), 1 << 33));
}

#[test]
fn dat_refuses_pauses_that_hide_a_wrap() {
    let hidden = events(&[(1 << 31, 0, 0, 1), (1 << 32, 0, 0, 1)]);
    let refused = encode(Format::Dat, &hidden).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "event 1: `t` must follow within 2147483647 microseconds in dat, got 4294967296 after 2147483648; \
         shift the times or split the recording"
    );
    let shown = events(&[((1 << 31) + 1, 0, 0, 1), (1 << 32, 0, 0, 1)]);
    let (bytes, _) = encode(Format::Dat, &shown).unwrap();
    assert_eq!(decode(Format::Dat, &bytes).events, shown);
}
