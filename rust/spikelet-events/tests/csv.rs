//! Text: every layout that people write, and rows that are none.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use std::fmt::Write;

use common::{
    Decoded, decode_in_pieces, encode, events, message, open, read_all, recordings, start,
};
use proptest::prelude::*;
use spikelet_events::format::csv::{Decoder, Encoder, Layout, MAX_LINE, MAX_SIZE, Order, Sniffed};
use spikelet_events::format::{AnyDecoder, Format};
use spikelet_events::{Encode, Error, Event, ReadOptions, Reader, RecognisedBy, SensorSize};

const ROWS: [(i64, u16, u16, u8); 3] = [
    (134_217_690, 82, 84, 0),
    (134_217_919, 362, 37, 1),
    (134_217_926, 85, 231, 1),
];

/// The events of a text, with its notes; no line of it may be bad.
fn read(text: &str, extension: &str) -> (Vec<Event>, Vec<String>) {
    let mut reader = open(text.as_bytes(), extension).unwrap();
    let notes = reader.notes().to_vec();
    let found = read_all(&mut reader, 2);
    assert_eq!(reader.counts().bad_lines, 0, "{text}");
    assert_eq!(reader.bytes_read(), text.len() as u64);
    (found, notes)
}

#[test]
fn separators_line_ends_and_names_do_not_matter() {
    for text in [
        "82,84,0,134217690\n362,37,1,134217919\n85,231,1,134217926\n",
        "82,84,0,134217690\r\n362,37,1,134217919\r\n85,231,1,134217926",
        "\n# a remark\n82;84;0;134217690\n% another\n\n362;37;1;134217919\n85; 231 ;1;134217926\n",
        "134217690 82 84 0\n134217919\t362\t37\t1\n  134217926  85   231 1  \n",
        "134217690 82 84 -1\n134217919 362 37 1\n134217926 85 231 1\n",
        "x,y,polarity,timestamp\n82,84,false,134217690\n362,37,True,134217919\n85,231,1,134217926\n",
        "\"ts\",\"x\",\"y\",\"pol\"\r\n134217690,82,84,0\r\n134217919,362,37,1\r\n134217926,85,231,1\r\n",
        "# t x y p\n134217690 82 84 0\n134217919 362 37 1\n134217926 85 231 1\n",
        ",on,frame,Y,X,T\n0,0,7,84,82,134217690\n1,1,7,37,362,134217919\n2,1,7,231,85,134217926\n",
        "640 480\n134.217690 82 84 0\n134.217919 362 37 1\n134.217926 85 231 1\n",
        "1.3421769000e+02 8.2e1 84.0 0.0\n134.217919 362 37 1.0\n134.2179260000 85 231 1\n",
        "134.2176899999 82 84 0\n134.2179187 362 37 1\n134.2179260 85 231 1\n",
    ] {
        for extension in ["csv", "txt"] {
            assert_eq!(read(text, extension).0, events(&ROWS), "{text}");
        }
    }
}

#[test]
fn a_first_line_of_two_whole_numbers_is_the_size() {
    let reader = open(b"1280 720\n14.224870 354 604 1\n", "txt").unwrap();
    assert_eq!(
        reader.sensor_size(),
        Some(SensorSize {
            width: 1280,
            height: 720
        })
    );
    assert_eq!(
        (reader.format(), reader.recognised_by()),
        (Format::Rpg, RecognisedBy::Content)
    );
    assert!(
        open(b"14.5 720 1 1\n", "txt")
            .unwrap()
            .sensor_size()
            .is_none()
    );
}

#[test]
fn the_order_is_told_by_the_numbers_or_else_by_the_file_name_and_said() {
    let by_numbers = |order| vec![format!("columns taken as {order} by their numbers")];
    assert_eq!(read("82,84,0,134217690\n", "txt").1, by_numbers("x y p t"));
    assert_eq!(read("134217690 82 84 0\n", "csv").1, by_numbers("t x y p"));
    assert_eq!(read("0.000001 82 84 0\n", "csv").1, by_numbers("t x y p"));
    // Small times: only one column can be the polarity.
    assert_eq!(
        read("9,82,84,0\n9,3,84,1\n12,1,2,1\n", "csv").1,
        by_numbers("t x y p")
    );
    assert_eq!(
        read("82,84,0,9\n3,84,1,9\n1,2,1,12\n", "txt").1,
        by_numbers("x y p t")
    );
    let (found, notes) = read("0,0,0,0\n1,1,1,0\n1,1,1,0\n", "csv");
    assert_eq!(
        found[1],
        Event {
            t: 0,
            x: 1,
            y: 1,
            p: true
        }
    );
    assert_eq!(
        notes,
        ["columns taken as x y p t by the file name, for their numbers leave it open"]
    );
    let (found, _) = read("0,0,0,0\n1,1,1,0\n1,1,1,0\n", "txt");
    assert_eq!(
        found[1],
        Event {
            t: 1,
            x: 1,
            y: 1,
            p: false
        }
    );
    let (_, notes) = read("5,6,2,134217690\n", "csv");
    assert_eq!(notes[1..], ["polarities above 1 taken as on"]);
    assert!(
        read("t,x,y,p\n1,2,3,1\n", "csv").1.is_empty(),
        "names leave nothing to conclude"
    );
}

#[test]
fn a_given_order_goes_before_all_signs() {
    let options = ReadOptions {
        order: Order::named("p y x t"),
        ..Default::default()
    };
    let text: &[u8] = b"a,b,c,d\n1,84,82,7\n";
    let mut reader = Reader::new(text, Some("csv"), &options).unwrap();
    assert_eq!(read_all(&mut reader, 5), events(&[(7, 82, 84, 1)]));
    assert_eq!(reader.header().get("order"), Some("p y x t"));
    assert!(reader.notes().is_empty());
    for wrong in ["t x y", "t x y p t", "", "t x y p a b c d e f g h i"] {
        assert_eq!(Order::named(wrong), None, "{wrong}");
    }
}

#[test]
fn every_order_has_its_name() {
    for first in "txyp".chars() {
        for second in "txyp".chars().filter(|&c| c != first) {
            for third in "txyp".chars().filter(|&c| c != first && c != second) {
                let mut rest = "txyp"
                    .chars()
                    .filter(|c| ![first, second, third].contains(c));
                let name = format!("{first} {second} {third} {}", rest.next().unwrap());
                assert_eq!(Order::named(&name).unwrap().name(), name);
            }
        }
    }
}

#[test]
fn texts_that_are_no_events_are_refused_by_their_line() {
    let none = ReadOptions::default();
    let order = "; pass `order`, for example \"t x y p\", if you know the columns";
    for (text, line, rule) in [
        (
            "this is a letter\n",
            1,
            "numbers, or names of columns with t, x, y and p among them",
        ),
        (
            "640 480\nthis is not\n",
            2,
            "numbers, or names of columns with t, x, y and p among them",
        ),
        (
            "1,2,3\n4,5,6\n",
            1,
            "t, x, y and p, or stand under a row of names",
        ),
        (
            "# hello\n1,2,3,4,5\n",
            2,
            "t, x, y and p, or stand under a row of names",
        ),
    ] {
        assert_eq!(
            message(text.as_bytes(), "csv", &none),
            format!("line {line} must hold {rule}{order}")
        );
    }
}

#[test]
fn rows_that_begin_too_late_to_be_looked_at_are_refused() {
    let text = format!("640 480\n{}1 2 3 1\n", "# remark\n".repeat(500));
    let none = ReadOptions::default();
    assert!(
        message(text.as_bytes(), "txt", &none)
            .starts_with("line 456 must hold a row of numbers, for none")
    );
}

#[test]
fn bad_rows_are_counted_from_their_line_and_cost_no_other() {
    let long = "7 ".repeat(MAX_LINE);
    let text = format!(
        "640 480\n# remark\n1.0 2 3 1\n1.5 2 3\n1.5 2 3 1 9\n1.5 2 -3 1\n1.5 65536 3 1\n1.5 2 3 -2\n\
         x 2 3 1\n1.5 2.5 3 1\n{long}\n# {long}\n9999999999999999 2 3 1\n2.0 3 4 0\n3.0 2"
    );
    let mut reader = open(text.as_bytes(), "txt").unwrap();
    let found = read_all(&mut reader, 5);
    assert_eq!(found, events(&[(1_000_000, 2, 3, 1), (2_000_000, 3, 4, 0)]));
    let counts = reader.counts();
    assert_eq!((counts.bad_lines, counts.tail_bytes), (10, 0));
    assert_eq!(counts.first_bad_line, Some(4));
    assert_eq!(counts.events_before_bad_line, Some(1));
    assert_eq!(reader.bytes_read(), text.len() as u64);
}

#[test]
fn the_place_of_a_bad_event_is_that_of_its_line() {
    let text = b"640 480\n10.000000 1 2 1\n9.5 700 3 0\n";
    let mut reader = open(text, "txt").unwrap();
    read_all(&mut reader, 5);
    assert_eq!(reader.blame().backward_byte, Some(24));
    assert_eq!(reader.blame().out_of_bounds_byte, Some(24));
}

#[test]
fn a_text_with_foreign_bytes_is_read_by_its_name() {
    let text = b"# Z\xc3\xbcrich\n1,2,1,134217690\n\xff\n1,2,1,134217691\n";
    let mut reader = open(text, "CSV").unwrap();
    assert_eq!(
        (reader.format(), reader.recognised_by()),
        (Format::Csv, RecognisedBy::Extension)
    );
    assert_eq!(read_all(&mut reader, 5).len(), 2);
    assert_eq!(reader.counts().first_bad_line, Some(3));
    assert!(matches!(open(text, "dat"), Err(Error::Unknown { .. })));
    let mut empty = open(b"", "csv").unwrap();
    assert!(read_all(&mut empty, 5).is_empty());
}

#[test]
fn texts_are_written_as_their_tools_do() {
    let recording = events(&[
        (-5, 1, 2, 1),
        (14_224_870, 1279, 719, 0),
        (i64::MAX, 0, 0, 1),
    ]);
    let text = |format| {
        let bytes = [start(format), encode(format, &recording).unwrap().0].concat();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(
        text(Format::Csv),
        "1,2,1,-5\n1279,719,0,14224870\n0,0,1,9223372036854775807\n"
    );
    assert_eq!(
        text(Format::Rpg),
        "1280 720\n-0.000005 1 2 1\n14.224870 1279 719 0\n9223372036854.775807 0 0 1\n"
    );
}

/// A text closed by a line feed, as a reader closes it.
fn decoded(format: Format, bytes: &[u8], pieces: &[usize], capacities: &[usize]) -> Decoded {
    let sniffed = match format {
        Format::Csv => Sniffed::METAVISION,
        _ => Sniffed::RPG,
    };
    let bytes = [bytes, b"\n"].concat();
    decode_in_pieces(
        AnyDecoder::Csv(Decoder::new(&sniffed)),
        &bytes,
        pieces,
        capacities,
    )
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        8 => (0..2000u32).prop_map(|value| value.to_string()),
        4 => (0..2u32).prop_map(|value| value.to_string()),
        1 => any::<i64>().prop_map(|value| value.to_string()),
        1 => (0.0..100.0f64).prop_map(|value| value.to_string()),
        1 => "[-+.e0-9]{0,20}".prop_map(String::from),
    ];
    let separator = prop::sample::select(vec![",", ",", ",", " ", "\t", ";", ", ", "", "#"]);
    let end = prop::sample::select(vec!["\n", "\n", "\r\n", "\n\n", "\r", ""]);
    let row = (prop::collection::vec((number, separator), 4..5), end);
    let rows = prop::collection::vec(row, 0..60);
    rows.prop_map(|rows| {
        let mut text = String::new();
        for (values, end) in rows {
            for (value, separator) in values {
                text += &(value + separator);
            }
            text = text.trim_end_matches([',', ';']).to_owned() + end;
        }
        text.into_bytes()
    })
}

proptest! {
    #[test]
    fn every_recording_comes_back(
        recording in recordings(Format::Csv, -(1i64 << 40)..1 << 50, -(1i64 << 30)..1 << 40),
        format in prop::sample::select(vec![Format::Csv, Format::Rpg]),
    ) {
        let (bytes, offset) = encode(format, &recording).unwrap();
        prop_assert_eq!(offset, 0);
        let found = decoded(format, &bytes, &[bytes.len() + 1], &[4096]);
        prop_assert_eq!(found.events, recording);
        prop_assert_eq!(found.counts.bad_lines, 0);
    }

    #[test]
    fn any_split_gives_the_same(
        bytes in any_text(),
        format in prop::sample::select(vec![Format::Csv, Format::Rpg]),
        pieces in prop::collection::vec(prop_oneof![3 => 1..12usize, 1 => 12..2000usize], 1..20),
        capacities in prop::collection::vec(1..50usize, 1..20),
    ) {
        let whole = decoded(format, &bytes, &[bytes.len() + 1], &[4096]);
        prop_assert_eq!(decoded(format, &bytes, &pieces, &capacities), whole);
    }

    /// What is written with other separators and blanks means the same.
    #[test]
    fn the_closer_look_reads_what_the_plain_one_reads(
        recording in recordings(Format::Csv, 0..1i64 << 50, 0..1i64 << 40),
    ) {
        let (bytes, _) = encode(Format::Csv, &recording).unwrap();
        let wide = String::from_utf8(bytes.clone()).unwrap().replace(',', " , ").replace('\n', " \r\n");
        let plain = decoded(Format::Csv, &bytes, &[bytes.len() + 1], &[4096]);
        let closer = decoded(Format::Csv, wide.as_bytes(), &[wide.len() + 1], &[4096]);
        prop_assert_eq!(closer.events, plain.events);
    }
}

fn coordinate() -> impl Strategy<Value = u16> {
    prop_oneof![0..=u16::MAX, 0..12_u16, 995..1005_u16, 9990..10_010_u16]
}

fn time() -> impl Strategy<Value = i64> {
    let near = prop_oneof![-20_000..20_000_i64, 999_900..1_000_100_i64];
    prop_oneof![any::<i64>(), near, Just(i64::MIN), Just(i64::MAX)]
}

proptest! {
    #[test]
    fn lines_are_what_the_standard_library_prints(
        rows in prop::collection::vec((time(), coordinate(), coordinate(), any::<bool>()), 0..100)
    ) {
        let events: Vec<Event> = rows.iter().map(|&(t, x, y, p)| Event { t, x, y, p }).collect();
        let (mut metavision, mut rpg) = (String::new(), String::from("65536 65536\n"));
        for Event { t, x, y, p } in &events {
            let (sign, micros) = (if *t < 0 { "-" } else { "" }, t.unsigned_abs());
            let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
            writeln!(metavision, "{x},{y},{},{t}", *p as u8).unwrap();
            writeln!(rpg, "{sign}{seconds}.{rest:06} {x} {y} {}", *p as u8).unwrap();
        }
        for (layout, lines) in [(Layout::Metavision, metavision), (Layout::Rpg, rpg)] {
            let mut bytes = Vec::new();
            let mut encoder = Encoder::new(layout, MAX_SIZE).unwrap();
            let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
            encoder.start(&mut sink);
            encoder.push(common::columns(&events).all(), &mut sink).unwrap();
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), lines);
        }
    }

    #[test]
    fn lines_before_an_event_outside_the_sensor_are_written(
        rows in prop::collection::vec((time(), 0..640_u16, 0..480_u16), 0..200),
        place in any::<prop::sample::Index>(),
        (x, y) in prop_oneof![Just((640, 479)), Just((639, 480)), Just((u16::MAX, 0))],
    ) {
        let mut events: Vec<Event> = rows.iter().map(|&(t, x, y)| Event { t, x, y, p: true }).collect();
        let place = place.index(rows.len() + 1);
        let encoded = |events: &[Event]| {
            let (mut bytes, size) = (Vec::new(), SensorSize { width: 640, height: 480 });
            let mut encoder = Encoder::new(Layout::Metavision, size).unwrap();
            let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
            let result = encoder.push(common::columns(events).all(), &mut sink);
            (result, encoder.events(), bytes)
        };
        let (_, _, before) = encoded(&events[..place]);
        events.insert(place, Event { t: 0, x, y, p: true });
        let (result, written, bytes) = encoded(&events);
        let is_named = matches!(result, Err(Error::OutOfBounds { index, .. }) if index == place as u64);
        prop_assert!(is_named, "{result:?}");
        prop_assert_eq!((written, bytes), (place as u64, before));
    }
}
