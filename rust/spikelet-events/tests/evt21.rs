//! EVT 2.1: words written down by hand, both byte orders, headers, and words that cameras rarely send.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{Decoded, decode, decode_in_pieces, encode, events, hex, message, open, read_all};
use spikelet_events::format::evt21::{self, ByteOrder};
use spikelet_events::format::{AnyDecoder, Format};
use spikelet_events::{Encode, Event, OwnedColumns, ReadOptions, Reader, SensorSize, Trigger};

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

#[test]
fn a_raw_header_may_have_a_version_of_its_own() {
    for keys in [
        "% evt 2.1\n",
        "% system_ID 48\n",
        "% plugin_name a\n% evt 3.0\n",
    ] {
        let bytes = [keys.as_bytes(), b"% Version 2\n% end\n"].concat();
        assert_ne!(open(&bytes, "raw").unwrap().format(), Format::Dat, "{keys}");
    }
}

#[test]
fn a_reader_expects_room_for_vectors() {
    let bytes = [b"% evt 2.1\n% end\n".to_vec(), vec![0; 80]].concat();
    let path = std::env::temp_dir().join(format!("spikelet-room-{}.raw", std::process::id()));
    std::fs::write(&path, &bytes).unwrap();
    let reader = Reader::open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(
        (reader.units_left(), reader.events_left()),
        (Some(10), Some(80))
    );
    std::fs::remove_file(&path).unwrap();
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
