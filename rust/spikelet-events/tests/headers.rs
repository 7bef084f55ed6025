//! What headers say, and how they are refused.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{events, evt3_file, message, open, read_all};
use spikelet_events::format::Format;
use spikelet_events::format::aedat2::Chip;
use spikelet_events::header::{Field, HeaderParser, HeaderStyle, MAX_HEADER, RawFacts, print};
use spikelet_events::{ReadOptions, SensorSize};

#[test]
fn sizes_follow_their_order_of_precedence() {
    let size = |header: &str| {
        let bytes = evt3_file(header, "8000");
        open(&bytes, "raw")
            .unwrap()
            .sensor_size()
            .map(|size| (size.width, size.height))
    };
    let system = "% evt 3.0\n% system_ID 40\n";
    let sides = format!("{system}% width 10\n% height 20\n");
    let format = format!("{sides}% format EVT3;height=30;width=40\n");
    let geometry = format!("{format}% geometry 50x60\n% end\n");
    assert_eq!(size("% evt 3.0\n"), None);
    assert_eq!(size(system), Some((640, 480)));
    assert_eq!(size(&sides), Some((10, 20)));
    assert_eq!(size(&format), Some((40, 30)));
    assert_eq!(size(&geometry), Some((50, 60)));
}

#[test]
fn old_cameras_are_known_by_their_number() {
    let facts = |system: &str| {
        let mut parser = HeaderParser::new(HeaderStyle::Percent);
        parser
            .push(format!("% system_ID {system}\n\0\0").as_bytes())
            .unwrap();
        RawFacts::of(&parser.into_parts().0).map(|facts| (facts.format, facts.size.unwrap().width))
    };
    for (systems, expected) in [
        (vec!["21", "23", "25", "28", "41"], (Format::Evt2, 640)),
        (vec!["26", "31", "39"], (Format::Evt2, 1280)),
        (vec!["30", "48", "49", "50"], (Format::Evt3, 1280)),
        (vec!["40"], (Format::Evt3, 640)),
    ] {
        for system in systems {
            assert_eq!(facts(system).unwrap(), expected, "system_ID {system}");
        }
    }
    assert!(facts("99").is_err());
}

#[test]
fn a_header_may_lack_its_last_line_and_end_its_lines_with_two_bytes() {
    let bytes = evt3_file(
        "% evt 3.0\r\n% geometry 1280x720\r\n",
        "8001 6010 0064 2805",
    );
    let mut reader = open(&bytes, "raw").unwrap();
    assert_eq!(reader.header().get("geometry"), Some("1280x720"));
    assert_eq!(read_all(&mut reader, 10), events(&[(4112, 5, 100, 1)]));
}

#[test]
fn damaged_headers_are_refused_with_the_place() {
    let none = ReadOptions::default();
    assert_eq!(
        message(b"% evt 3.0\n% geom\x01try 1280x720\n", "raw", &none),
        "header byte 16 must be printable text, got 0x01; the file is damaged or of another format"
    );
    assert_eq!(
        message(b"% evt 3.0\n% geome", "raw", &none),
        "header line at byte 10 must end with a line feed, got the end of the file; the file is cut"
    );
    let rule = "a width and a height of 1 to 65536 pixels";
    let advice = "correct the header or pass the value yourself";
    assert_eq!(
        message(b"% evt 3.0\n% geometry 0x720\n\0\0", "raw", &none),
        format!("header key `geometry` must read {rule}, got `0x720`; {advice}")
    );
    let long = [b"% evt 3.0\n% ".to_vec(), vec![b'a'; 1 << 17]].concat();
    assert_eq!(
        message(&long, "raw", &none),
        "header line at byte 10 must be at most 65536 bytes long; the file is damaged or of another format"
    );
    let endless = [
        b"% evt 3.0\n".to_vec(),
        b"% key value\n".repeat(MAX_HEADER / 12 + 1),
    ]
    .concat();
    assert_eq!(
        message(&endless, "raw", &none),
        "header at byte 0 must be at most 1048576 bytes long; the file is damaged or of another format"
    );
}

#[test]
fn lines_that_repeat_are_written_as_often() {
    // jAER keeps its preferences as XML in the header.
    let lines = ["Start of Preferences", "  <map/>", "  <map/>", "  <map/>"];
    let fields: Vec<Field> = lines
        .iter()
        .map(|line| Field {
            key: (*line).into(),
            value: String::new(),
        })
        .collect();
    let size = SensorSize {
        width: 128,
        height: 128,
    };
    let text = print(Format::Aedat2, size, Chip::named("DVS128"), &fields).unwrap();
    let mut parser = HeaderParser::new(HeaderStyle::Hash);
    assert!(parser.push(text.as_bytes()).unwrap());
    let (header, bytes) = parser.into_parts();
    assert_eq!(header.bytes, bytes.len());
    assert!(header.fields.ends_with(&fields));
    assert_eq!(
        header.get("AEChip"),
        Some("ch.unizh.ini.jaer.chip.retina.DVS128")
    );
}
