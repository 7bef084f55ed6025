//! Prophesee's EVT 2.1 and DAT: bytes written down by hand, headers, and words that cameras rarely send.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{Decoded, decode, decode_in_pieces, encode, events, hex, message, open, read_all};
use spikelet_events::format::evt21::{self, ByteOrder};
use spikelet_events::format::{AnyDecoder, Format, dat};
use spikelet_events::header::print;
use spikelet_events::{
    Encode, Error, Event, OwnedColumns, ReadOptions, Reader, RecognisedBy, SensorSize, Trigger,
};

const LITTLE: &str = "0000000010000080 0500008064004211 0100000065008301 00000000010240a2";
const LEGACY: &str = "1000008000000000 6400421105000080 6500830101000000 010240a200000000";

fn vectors() -> Vec<Event> {
    events(&[
        (1029, 64, 100, 1),
        (1029, 66, 100, 1),
        (1029, 95, 100, 1),
        (1030, 96, 101, 0),
    ])
}

fn evt21(order: ByteOrder, bytes: &[u8]) -> Decoded {
    let decoder = AnyDecoder::Evt21(evt21::Decoder::new(order));
    decode_in_pieces(decoder, bytes, &[bytes.len()], &[4096])
}

fn dat_v1(bytes: &[u8]) -> Decoded {
    let decoder = AnyDecoder::Dat(dat::Decoder::new(dat::Layout::V1));
    decode_in_pieces(decoder, bytes, &[3], &[1])
}

#[test]
fn evt21_gives_vectors_from_bit_0_up_in_both_byte_orders() {
    for (order, text) in [(ByteOrder::Little, LITTLE), (ByteOrder::Legacy, LEGACY)] {
        let decoded = evt21(order, &hex(text));
        assert_eq!(decoded.events, vectors());
        let trigger = Trigger {
            t: 1033,
            id: 2,
            p: true,
        };
        assert_eq!(decoded.triggers, [trigger]);
    }
}

#[test]
fn evt21_is_written_as_written_down_in_both_byte_orders() {
    let size = SensorSize {
        width: 1280,
        height: 720,
    };
    let columns = common::columns(&vectors());
    for (order, text) in [(ByteOrder::Little, LITTLE), (ByteOrder::Legacy, LEGACY)] {
        let mut bytes = Vec::new();
        let mut encoder = evt21::Encoder::new(size, order).unwrap();
        encoder
            .push(columns.all(), &mut |piece| bytes.extend_from_slice(piece))
            .unwrap();
        // The golden words end with a trigger.
        assert_eq!(bytes, hex(text)[..24]);
    }
}

#[test]
fn evt21_words_join_events_only_where_their_order_stays() {
    // Rising columns of one block join; falling, repeated, of another block, row, time or polarity do not.
    let groups: [&[(i64, u16, u16, u8)]; 6] = [
        &[(64, 32, 1, 1), (64, 63, 1, 1)],
        &[(64, 40, 1, 1)],
        &[(64, 40, 1, 1), (64, 41, 1, 1)],
        &[(64, 64, 1, 1)],
        &[(64, 65, 2, 1)],
        &[(64, 66, 2, 0)],
    ];
    let rows = groups.concat();
    let (bytes, _) = encode(Format::Evt21, &events(&rows)).unwrap();
    assert_eq!(bytes.len(), 8 * (1 + groups.len()));
    assert_eq!(decode(Format::Evt21, &bytes).events, events(&rows));
}

#[test]
fn evt21_words_without_a_bit_are_no_events_and_columns_may_pass_the_sensor() {
    let decoded = evt21(
        ByteOrder::Little,
        &hex("0000000010000080 0000000064004211 ffffffff0000ff03"),
    );
    let columns: Vec<u16> = decoded.events.iter().map(|event| event.x).collect();
    assert_eq!(columns, (2016..2048).collect::<Vec<u16>>());
    let decoded = evt21(ByteOrder::Little, &hex("0000000010000080 0100008000f83f00"));
    let columns: Vec<u16> = decoded.events.iter().map(|event| event.x).collect();
    assert_eq!(columns, [2047, 2078], "any first column is legal");
}

#[test]
fn evt21_wraps_at_34_bits() {
    let bytes = hex("00000000ffffff8f 010000000000c00f 0000000000000080 0100000000000010");
    let decoded = evt21(ByteOrder::Little, &bytes);
    assert_eq!(
        decoded.events,
        events(&[((1 << 34) - 1, 0, 0, 0), (1 << 34, 0, 0, 1)])
    );
    assert_eq!(decoded.counts.time_wraps, 1);
}

#[test]
fn evt21_counts_words_that_are_no_events() {
    // Three events and a trigger without time, vendor words, reserved words, then one event.
    let bytes = hex(
        "0700000000000000 00000000010000a0 ffffffff000000e0 ffffffff000000f0 ffffffff00000020 \
         ffffffff000000d0 0000000000000080 0100000001080010",
    );
    let decoded = evt21(ByteOrder::Little, &bytes);
    assert_eq!(decoded.events, events(&[(0, 1, 1, 1)]));
    let counts = decoded.counts;
    assert_eq!(
        (
            counts.dropped_before_time,
            counts.skipped_words,
            counts.reserved_words
        ),
        (4, 2, 2)
    );
}

/// A header, and the golden words in this order.
fn evt21_file(header: &str, text: &str) -> Vec<u8> {
    [
        header.as_bytes(),
        b"% geometry 1280x720\n% end\n",
        &hex(text),
    ]
    .concat()
}

#[test]
fn evt21_takes_its_byte_order_from_the_header() {
    for (header, text) in [
        (
            "% format EVT21;endianness=little;height=720;width=1280\n",
            LITTLE,
        ),
        (
            "% format EVT21;height=720;width=1280;endianness=legacy\n",
            LEGACY,
        ),
        ("% evt 2.1\n% endianness legacy\n", LEGACY),
        ("% evt 2.1\n% endianness little\n", LITTLE),
    ] {
        let bytes = evt21_file(header, text);
        let mut reader = open(&bytes, "raw").unwrap();
        assert_eq!(reader.format(), Format::Evt21);
        assert_eq!(read_all(&mut reader, 3), vectors(), "{header}");
        assert!(reader.notes().is_empty());
        assert_eq!(reader.triggers().len(), 1);
    }
    let none = ReadOptions::default();
    assert_eq!(
        message(b"% evt 2.1\n% endianness big\n% end\n", "raw", &none),
        "header key `endianness` must read little or legacy, got `big`; \
         correct the header or pass the value yourself"
    );
}

#[test]
fn evt21_shows_its_byte_order_where_the_header_does_not_say_it() {
    for (text, order) in [(LITTLE, "little"), (LEGACY, "legacy")] {
        let bytes = evt21_file("% evt 2.1\n", text);
        let mut reader = open(&bytes, "raw").unwrap();
        assert_eq!(read_all(&mut reader, 100), vectors());
        let note =
            format!("byte order of evt21 not in the header: {order}, as the first words show");
        assert_eq!(reader.notes(), [note]);
    }
    let bytes = evt21_file("% evt 2.1\n", "");
    let reader = open(&bytes, "raw").unwrap();
    assert_eq!(
        reader.notes(),
        ["byte order of evt21 not in the header: little, as nothing shows another"]
    );
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

#[test]
fn the_first_event_out_of_bounds_is_found_inside_a_vector() {
    let bytes = evt21_file(
        "% format EVT21;endianness=little\n",
        "0000000010000080 0100000000000000 ffffffff00000f00",
    );
    let narrow = ReadOptions {
        sensor_size: Some(SensorSize {
            width: 500,
            height: 720,
        }),
        ..Default::default()
    };
    let mut reader = Reader::new(&*bytes, None, &narrow).unwrap();
    let mut columns = OwnedColumns::zeroed(40);
    reader.read(&mut columns.all_mut()).unwrap();
    // Columns 480 to 511, of which 20 lie on the sensor.
    assert_eq!(reader.audit().first_out_of_bounds, Some(21));
    assert_eq!(
        reader.blame().out_of_bounds_byte,
        Some(bytes.len() as u64 - 8)
    );
}
