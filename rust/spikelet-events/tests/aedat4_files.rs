//! Files of AEDAT 4: headers, the streams that they list, and the places of trouble.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{at, body4, hex, open, packet4, read_all, words32};
use spikelet_events::format::aedat4::{self, Compression};
use spikelet_events::{ReadOptions, Reader, SensorSize};

#[test]
fn readers_take_the_lowest_stream_that_the_header_lists_and_its_size() {
    let size = SensorSize {
        width: 346,
        height: 260,
    };
    let header = aedat4::header(size, Compression::None).unwrap();
    let bytes = [
        header.clone(),
        packet4(4, &body4(&[1])),
        packet4(0, &body4(&[2])),
    ]
    .concat();
    let mut reader = open(&bytes, "aedat4").unwrap();
    assert_eq!(reader.sensor_size(), Some(size));
    assert_eq!(reader.header().get("compression"), Some("NONE"));
    assert_eq!(
        reader.header().get("outInfo/0/typeIdentifier"),
        Some("EVTS")
    );
    assert_eq!(read_all(&mut reader, 10), at(&[2]));
    let options = ReadOptions {
        stream: Some(4),
        ..Default::default()
    };
    let refused = Reader::new(&*bytes, None, &options).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`stream` must be one of events (0), got 4; leave it out to let the file choose"
    );
}

/// A header of AEDAT 4 around any XML.
fn header4(xml: &str) -> Vec<u8> {
    let start =
        hex("18000000 494f4845 000000000000 0a00 1400 0400 0c00 0800 0a000000 00000000 0c000000");
    let mut flat = [start, hex("ffffffffffffffff"), words32(&[xml.len() as u32])].concat();
    flat.extend(xml.as_bytes());
    flat.resize((flat.len() + 1).next_multiple_of(4), 0);
    [
        b"#!AER-DAT4.0\r\n".to_vec(),
        words32(&[flat.len() as u32]),
        flat,
    ]
    .concat()
}

#[test]
fn readers_choose_among_streams_and_keep_to_the_camera_of_the_one_chosen() {
    let stream = |id: u32, kind: &str, camera: &str, width: u32| {
        format!(
            "<node name=\"{id}\"><attr key=\"typeIdentifier\">{kind}</attr><node name=\"info\">\
             <attr key=\"source\">{camera}</attr><attr key=\"sizeX\">{width}</attr>\
             <attr key=\"sizeY\">8</attr></node></node>"
        )
    };
    let streams = [
        stream(0, "TRIG", "left", 8),
        stream(1, "EVTS", "left", 8),
        stream(2, "TRIG", "right", 9),
        stream(3, "EVTS", "right", 9),
    ];
    let xml = format!(
        "<dv><node name=\"outInfo\">{}</node></dv>",
        streams.concat()
    );
    let mut edges = body4(&[]);
    edges[8..12].copy_from_slice(b"TRIG");
    let packets = [(3, 30), (1, 10)].map(|(id, t)| packet4(id, &body4(&[t])));
    let triggers = [0, 2, 2].map(|id| packet4(id, &edges));
    let bytes = [header4(&xml), packets.concat(), triggers.concat()].concat();
    for (stream, time, width, others) in [(None, 10, 8, 3), (Some(3), 30, 9, 2)] {
        let options = ReadOptions {
            stream,
            ..Default::default()
        };
        let mut reader = Reader::new(&*bytes, None, &options).unwrap();
        assert_eq!(reader.sensor_size().map(|size| size.width), Some(width));
        assert_eq!(read_all(&mut reader, 10), at(&[time]));
        let counts = reader.counts();
        assert_eq!((counts.other_streams, counts.bad_packets), (others, 0));
    }
}

#[test]
fn readers_name_the_packet_of_the_first_event_that_is_wrong() {
    let size = SensorSize {
        width: 2,
        height: 3,
    };
    let header = aedat4::header(size, Compression::None).unwrap();
    let mut outside = body4(&[5, 6]);
    outside[56] = 2;
    let packets = [body4(&[1, 2]), outside, body4(&[3])].map(|body| packet4(0, &body));
    let bytes = [header.clone(), packets.concat()].concat();
    let mut reader = open(&bytes, "aedat4").unwrap();
    assert_eq!(read_all(&mut reader, 3).len(), 5);
    let audit = reader.audit();
    assert_eq!(
        (audit.first_out_of_bounds, audit.first_backward),
        (Some(3), Some(4))
    );
    let blame = reader.blame();
    let second = (header.len() + packets[0].len()) as u64;
    assert_eq!(blame.out_of_bounds_byte, Some(second));
    assert_eq!(blame.backward_byte, Some(second + packets[1].len() as u64));
    assert_eq!(blame.bad_packet_byte, None);
}

#[test]
fn a_header_of_aedat4_that_is_cut_or_too_long_is_refused() {
    let size = SensorSize {
        width: 2,
        height: 3,
    };
    let header = aedat4::header(size, Compression::Lz4).unwrap();
    let message = |bytes: &[u8]| open(bytes, "aedat4").unwrap_err().to_string();
    let cut = message(&header[..header.len() - 1]);
    let (length, got) = (header.len(), header.len() - 1);
    assert_eq!(
        cut,
        format!("header must be {length} bytes long as it says, got {got}; the file is cut")
    );
    let mut long = header.clone();
    long[14..18].copy_from_slice(&[0xff; 4]);
    assert!(message(&long).contains("must be at most 1048576 bytes long"));
    let mut damaged = header;
    damaged[18..22].copy_from_slice(&[0xff; 4]);
    assert!(message(&damaged).starts_with("header key `IOHE` must read as a FlatBuffer"));
}
