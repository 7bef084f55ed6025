//! What stands beside the events, written and read back.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod aedat;
#[path = "../common/mod.rs"]
mod common;
mod recording;
mod refusals;

use common::{columns, events, hex, words};
use proptest::prelude::*;
use recording::{HD, Recording, read, sample, written};
use spikelet_events::format::evt21::ByteOrder;
use spikelet_events::format::{Format, aedat4::Compression, es, evt2, evt3, evt21};
use spikelet_events::{
    Alongside, BesideKind, Color, Encode, Event, Exposure, Frame, Imu, Kept, OwnedFrame, Special,
    Trigger, WriteOptions,
};

const EDGED: [Format; 5] = [
    Format::Evt2,
    Format::Evt21,
    Format::Evt3,
    Format::Aedat3,
    Format::Aedat4,
];

fn encoded(mut encoder: impl Encode, events: &[Event], beside: Alongside<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encoder
        .push_with(columns(events).all(), beside, &mut |piece| {
            bytes.extend_from_slice(piece);
        })
        .unwrap();
    bytes
}

fn of(triggers: &[Trigger]) -> Alongside<'_> {
    Alongside {
        triggers,
        ..Alongside::default()
    }
}

#[test]
fn triggers_become_the_words_of_the_formats_pages() {
    let edge = |t, id| [Trigger { t, id, p: true }];
    let on = events(&[(720_600_005, 640, 360, 1)]);
    assert_eq!(
        encoded(
            evt2::Encoder::new(HD).unwrap(),
            &on,
            of(&edge(720_600_007, 1))
        ),
        hex("efcdab80 68015411 0101c0a1")
    );
    let off = events(&[(4128, 7, 200, 0)]);
    assert_eq!(
        encoded(evt3::Encoder::new(HD).unwrap(), &off, of(&edge(4128, 1))),
        words("8001 6020 00c8 2007 a101")
    );
    let row = events(&[(1029, 64, 100, 1)]);
    for (order, wanted) in [
        (
            ByteOrder::Little,
            "0000000010000080 0100000064004211 00000000010240a2",
        ),
        (
            ByteOrder::Legacy,
            "1000008000000000 6400421101000000 010240a200000000",
        ),
    ] {
        let encoder = evt21::Encoder::new(HD, order).unwrap();
        assert_eq!(encoded(encoder, &row, of(&edge(1033, 2))), hex(wanted));
    }
}

#[test]
fn exposures_and_colours_become_the_bytes_of_the_formats_page() {
    let exposures = [(139, 7, 8, false, 1), (201, 9, 10, true, 2)];
    let exposures = exposures.map(|(t, x, y, is_second, index)| Exposure {
        t,
        x,
        y,
        is_second,
        index,
    });
    let beside = Alongside {
        exposures: &exposures,
        ..Alongside::default()
    };
    let change = events(&[(10, 5, 6, 1)]);
    assert_eq!(
        encoded(es::Encoder::atis(HD).unwrap(), &change, beside),
        // Pauses as short as they go: fe for the two bytes that the page has for the same time.
        hex("2a05000600 fe0d07000800 fb09000a00")
    );
    let colors = [
        Color {
            r: 255,
            g: 128,
            b: 0,
        },
        Color { r: 1, g: 2, b: 3 },
    ];
    let beside = Alongside {
        colors: &colors,
        ..Alongside::default()
    };
    let rows = events(&[(10, 5, 6, 0), (517, 7, 8, 0)]);
    assert_eq!(
        encoded(es::Encoder::color(HD).unwrap(), &rows, beside),
        hex("0a05000600ff8000 fffd07000800010203")
    );
}

#[test]
fn aedat4_returns_frames_samples_and_marks() {
    let frame = |t, channels, sample_bytes: u8| {
        let facts = Frame {
            t,
            start: t - 3,
            end: t + 4,
            exposure_start: t - 2,
            exposure_end: t + 1,
            x: 2,
            y: 1,
            width: 3,
            height: 2,
            channels,
            sample_bytes,
            pixels: &[],
        };
        let pixels = (0..6 * channels * sample_bytes).collect();
        OwnedFrame { facts, pixels }
    };
    let kept = Kept {
        frames: vec![frame(5, 1, 1), frame(700, 3, 1), frame(900, 1, 2)],
        imu: vec![sample(6), sample(1 << 50)],
        specials: vec![Special {
            t: 8,
            kind: 9,
            data: 0,
        }],
        ..Kept::default()
    };
    let recording = Recording {
        events: events(&[(5, 1, 2, 1), (700, 3, 4, 0)]),
        triggers: vec![Trigger {
            t: 7,
            id: 0,
            p: false,
        }],
        kept,
    };
    for compression in [Compression::None, Compression::Lz4] {
        let options = WriteOptions {
            compression,
            beside: Format::Aedat4.holds().to_vec(),
            ..WriteOptions::default()
        };
        let path = written(&recording, 1, (Format::Aedat4, &options), "frames.aedat4").unwrap();
        assert_eq!(read(&path, Format::Aedat4), recording);
    }
}

#[test]
fn aedat3_returns_samples_of_six_and_of_nine_axes() {
    let recording = Recording {
        events: events(&[(5, 1, 2, 1), (1 << 32, 3, 4, 0)]),
        triggers: vec![Trigger {
            t: 1 << 33,
            id: 0,
            p: true,
        }],
        kept: Kept {
            imu: vec![sample(3), sample(1 << 31), sample((1 << 31) + 1)],
            specials: vec![Special {
                t: 8,
                kind: 5,
                data: 77,
            }],
            ..Kept::default()
        },
    };
    let target = (Format::Aedat3, &WriteOptions::default());
    assert_eq!(
        read(
            &written(&recording, 9, target, "nine.aedat").unwrap(),
            Format::Aedat3
        ),
        recording
    );

    let mut six = sample(3);
    six.magnetometer = [f32::NAN; 3];
    let recording = Recording {
        kept: Kept {
            imu: vec![six],
            ..Kept::default()
        },
        ..Recording::default()
    };
    let found = read(
        &written(&recording, 9, target, "six.aedat").unwrap(),
        Format::Aedat3,
    );
    let bits = |imu: &Imu| {
        (
            imu.accelerometer.map(f32::to_bits),
            imu.temperature.to_bits(),
        )
    };
    assert_eq!(bits(&found.kept.imu[0]), bits(&six));
    assert!(
        found.kept.imu[0]
            .magnetometer
            .iter()
            .all(|axis| axis.is_nan())
    );
}

#[test]
fn an_event_stream_takes_exposures_part_by_part() {
    let exposures = [(0, 0), (30, 2), (30, 3), (90, 6)];
    let exposures = exposures.map(|(t, index)| Exposure {
        t,
        x: 9,
        y: 8,
        is_second: t > 0,
        index,
    });
    let recording = Recording {
        events: events(&[(10, 5, 6, 1), (40, 5, 6, 0), (90, 7, 6, 0)]),
        kept: Kept {
            exposures: exposures.to_vec(),
            ..Kept::default()
        },
        ..Recording::default()
    };
    let options = WriteOptions {
        beside: vec![BesideKind::Exposures],
        ..WriteOptions::default()
    };
    for part in [1, 2, 3] {
        let path = written(&recording, part, (Format::Es, &options), "parts.es").unwrap();
        assert_eq!(read(&path, Format::Es), recording, "in parts of {part}");
    }
}

#[test]
fn the_older_order_of_words_is_in_the_header_and_in_the_words() {
    let recording = Recording {
        events: events(&[(5, 1, 2, 1), (700, 3, 4, 0)]),
        ..Recording::default()
    };
    let options = WriteOptions {
        byte_order: ByteOrder::Legacy,
        ..WriteOptions::default()
    };
    let path = written(&recording, 9, (Format::Evt21, &options), "legacy.raw").unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        text.contains("% format EVT21;endianness=legacy;height=720;width=1280\n"),
        "{text}"
    );
    assert_eq!(bytes[bytes.len() - 8 * 4..][..8], hex("0000008000000000"));
    assert_eq!(read(&path, Format::Evt21).events, recording.events);

    let refused = written(&recording, 9, (Format::Evt3, &options), "legacy3.raw").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`byte_order` must be little in evt3; change that or choose another format"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn triggers_come_back_from_every_format_that_holds_them(
        format in prop::sample::select(EDGED.to_vec()),
        steps in prop::collection::vec((0..3_000_000i64, any::<bool>(), any::<u8>()), 0..200),
        part in 1..50usize,
    ) {
        let mut recording = Recording::default();
        let mut t = 0;
        for (index, (step, is_edge, byte)) in (0u16..).zip(steps) {
            t += step;
            if is_edge {
                let id = byte % format.trigger_inputs();
                recording.triggers.push(Trigger { t, id, p: byte > 99 });
            } else {
                recording.events.push(Event { t, x: index, y: 7, p: byte > 99 });
            }
        }
        let name = format!("edges-{}", format.name());
        let options = WriteOptions { beside: format.holds().to_vec(), ..WriteOptions::default() };
        let path = written(&recording, part, (format, &options), &name).unwrap();
        prop_assert_eq!(read(&path, format), recording);
    }
}
