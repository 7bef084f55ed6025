//! AEDAT 2 and 3.1: what stands beside the events comes back from records and packets.

use proptest::prelude::*;
use spikelet_events::format::{Format, aedat2, aedat3};
use spikelet_events::{
    Alongside, Decode, Encode, Frame, Imu, Kept, OwnedColumns, OwnedFrame, Sample, Special,
    WriteOptions,
};

use crate::common::{columns, events, hex};
use crate::recording::{HD, Recording, read, written};

/// The bytes of everything that is kept, with the events around it.
fn encoded(mut encoder: impl Encode, recording: &Recording) -> Result<Vec<u8>, String> {
    let Kept {
        imu,
        samples,
        specials,
        ..
    } = &recording.kept;
    let frames = recording.kept.frames.iter().map(|frame| Frame {
        pixels: &frame.pixels,
        ..frame.facts
    });
    let frames: Vec<Frame<'_>> = frames.collect();
    let beside = Alongside {
        imu,
        frames: &frames,
        samples,
        specials,
        ..Alongside::default()
    };
    let mut bytes = Vec::new();
    let events = columns(&recording.events);
    let pushed = encoder.push_with(events.all(), beside, &mut |piece| {
        bytes.extend_from_slice(piece);
    });
    pushed.map(|()| bytes).map_err(|error| error.to_string())
}

fn decoded(mut decoder: impl Decode, bytes: &[u8]) -> Recording {
    let mut found = Recording::default();
    let mut places = OwnedColumns::zeroed(1000);
    let mut out = places.all_mut().with_beside(&mut found.kept);
    decoder.push(bytes, &mut out);
    let filled = out.filled().iter().collect();
    decoder.finish();
    assert_eq!(decoder.counts().tail_bytes, 0);
    found.events = filled;
    found
}

fn davis() -> aedat2::Encoder {
    aedat2::Encoder::new(aedat2::Chip::named("davis240").unwrap())
}

/// Values of a chip; a magnetometer it has none.
fn counts(t: i64, values: [i16; 7]) -> Imu {
    let [ax, ay, az, temperature, gx, gy, gz] = values.map(f32::from);
    Imu {
        t,
        accelerometer: [ax, ay, az],
        gyroscope: [gx, gy, gz],
        temperature,
        ..Imu::default()
    }
}

/// Everything but what is unknown, which equals nothing.
fn known(imu: &Imu) -> (i64, [f32; 3], [f32; 3], f32) {
    assert!(imu.magnetometer.iter().all(|axis| axis.is_nan()));
    (imu.t, imu.accelerometer, imu.gyroscope, imu.temperature)
}

#[test]
fn samples_and_marks_become_the_records_of_the_page_of_aedat2() {
    let sample = Sample {
        t: 0x1194_fcf6,
        x: 20,
        y: 10,
        read: 1,
        value: 77,
    };
    let recording = Recording {
        events: events(&[(294_976_755, 156, 36, 0), (294_976_756, 233, 40, 1)]),
        kept: Kept {
            samples: vec![sample],
            specials: vec![Special {
                t: 0x1194_fcf7,
                kind: 0,
                data: 0x400,
            }],
            ..Kept::default()
        },
        ..Recording::default()
    };
    assert_eq!(
        encoded(davis(), &recording).unwrap(),
        hex("0909c0001194fcf3 0a0e98001194fcf4 8281444d1194fcf6 000004001194fcf7")
    );
}

#[test]
fn records_stand_in_the_order_of_time() {
    let recording = Recording {
        events: events(&[(1, 1, 2, 1), (7, 3, 4, 0)]),
        kept: Kept {
            imu: vec![counts(4, [1, -2, 3, -4, 5, -6, 7])],
            ..Kept::default()
        },
        ..Recording::default()
    };
    let bytes = encoded(davis(), &recording).unwrap();
    let times: Vec<u8> = bytes.chunks_exact(8).map(|record| record[7]).collect();
    assert_eq!(times, [1, 4, 4, 4, 4, 4, 4, 4, 7]);
    // Channel 1, -2.
    assert_eq!(bytes[16..20], hex("9fffec00"));
}

#[test]
fn what_does_not_come_back_is_refused_by_aedat2() {
    let of = |kept: Kept| Recording {
        kept,
        ..Recording::default()
    };
    let imu = |imu: Imu| {
        of(Kept {
            imu: vec![imu],
            ..Kept::default()
        })
    };
    let whole = counts(5, [1; 7]);
    let half = Imu {
        temperature: 0.5,
        ..whole
    };
    let magnetic = Imu {
        magnetometer: [1.0; 3],
        ..whole
    };
    let sample = of(Kept {
        samples: vec![Sample {
            x: 1024,
            ..Sample::default()
        }],
        ..Kept::default()
    });
    let mark = |data, t| {
        of(Kept {
            specials: vec![Special { t, kind: 0, data }],
            ..Kept::default()
        })
    };
    let mut far = mark(0x400, 1 << 31);
    far.events = events(&[(0, 1, 1, 1)]);
    for (recording, said) in [
        (imu(half), "`imu` must be plain counts of the chip"),
        (imu(magnetic), "without a magnetometer in aedat2"),
        (sample, "`samples` must have x and `value` below 1024"),
        (mark(0, 5), "with the address of an external event"),
        (
            far,
            "`specials` must be less than 2^31 us from what is before",
        ),
    ] {
        let error = encoded(davis(), &recording).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
    let old = aedat2::Encoder::new(aedat2::Chip::named("dvs128").unwrap());
    let error = encoded(old, &imu(whole)).unwrap_err();
    assert!(
        error.contains("`imu` must be left out of a recording of a DVS128"),
        "{error}"
    );
}

/// A frame whose time is that of its start.
fn frame(t: i64) -> OwnedFrame {
    let facts = Frame {
        t,
        start: t,
        end: t + 9,
        exposure_start: t + 1,
        exposure_end: t + 8,
        x: 2,
        y: -1,
        width: 3,
        height: 2,
        channels: 1,
        sample_bytes: 2,
        pixels: &[],
    };
    OwnedFrame {
        facts,
        pixels: (0..12).collect(),
    }
}

#[test]
fn a_frame_becomes_a_packet_of_aedat3() {
    let mut exposed = frame((1 << 31) + 5);
    exposed.facts.t = exposed.facts.exposure_end;
    let recording = Recording {
        kept: Kept {
            frames: vec![exposed],
            ..Kept::default()
        },
        ..Recording::default()
    };
    let bytes = encoded(aedat3::Encoder::new(HD).unwrap(), &recording).unwrap();
    let head = "0200 0100 30000000 10000000 01000000 01000000 01000000 01000000";
    let facts = "03000000 05000000 0e000000 06000000 0d000000 03000000 02000000 02000000 ffffffff";
    assert_eq!(
        bytes,
        hex(&format!("{head} {facts} 000102030405060708090a0b"))
    );
    assert_eq!(decoded(aedat3::Decoder::new(), &bytes), recording);
}

#[test]
fn frames_that_do_not_come_back_are_refused_by_aedat3() {
    let changed = |change: fn(&mut OwnedFrame)| {
        let mut frame = frame(5);
        change(&mut frame);
        Recording {
            kept: Kept {
                frames: vec![frame],
                ..Kept::default()
            },
            ..Recording::default()
        }
    };
    let cases: [(Recording, &str); 6] = [
        (changed(|it| it.facts.sample_bytes = 1), "pixels of 16 bits"),
        (
            changed(|it| it.facts.t = 7),
            "for `t` one of their other times",
        ),
        (changed(|it| it.facts.width = 4), "whole pixels"),
        (changed(|it| it.facts.channels = 0), "1 to 4 channels"),
        (
            changed(|it| it.facts.end = 1 << 31),
            "between the same multiples of 2^31 us",
        ),
        (
            changed(|it| (it.facts.t, it.facts.start) = (-1, -1)),
            "times from 0 to 2^62 - 1",
        ),
    ];
    for (recording, said) in cases {
        let encoder = aedat3::Encoder::new(HD).unwrap();
        let error = encoded(encoder, &recording).unwrap_err();
        assert!(error.starts_with("`frames` must have"), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn aedat2_returns_whatever_stands_beside_its_events(
        start in i32::MIN..=1 << 30,
        items in prop::collection::vec((0..1i64 << 30, 0..4, any::<[i16; 7]>(), 0..1u16 << 10), 0..100),
    ) {
        let mut recording = Recording::default();
        let mut t = start as i64;
        for (step, kind, values, number) in items {
            t += step;
            let kept = &mut recording.kept;
            match kind {
                0 => recording.events.extend(events(&[(t, number % 240, number % 180, 1)])),
                1 => kept.imu.push(counts(t, values)),
                2 => kept.samples.push(Sample {
                    t, x: number, y: number / 2, read: (number % 3) as u8, value: 1023 - number,
                }),
                _ => kept.specials.push(Special { t, kind: 0, data: (number as u32) << 12 | 0x400 }),
            }
        }
        let bytes = encoded(davis(), &recording).unwrap();
        let mut found = decoded(aedat2::Decoder::new(aedat2::Layout::Davis), &bytes);
        let samples = |kept: &mut Kept| -> Vec<_> { kept.imu.drain(..).map(|imu| known(&imu)).collect() };
        prop_assert_eq!(samples(&mut found.kept), samples(&mut recording.kept));
        prop_assert_eq!(found, recording);
    }

    #[test]
    fn aedat3_returns_frames_part_by_part(
        steps in prop::collection::vec((10..1i64 << 29, any::<bool>(), 0..4usize), 0..40),
        part in 1..9usize,
    ) {
        let mut recording = Recording::default();
        let mut t = 0i64;
        for (step, is_frame, which) in steps {
            t += step;
            if !is_frame {
                recording.events.extend(events(&[(t, 7, 8, 0)]));
            } else if t >> 31 == (t + 9) >> 31 {
                let mut frame = frame(t);
                let Frame { start, end, exposure_start, exposure_end, .. } = frame.facts;
                frame.facts.t = [start, end, exposure_start, exposure_end][which];
                recording.kept.frames.push(frame);
                t += 9;
            }
        }
        let target = (Format::Aedat3, &WriteOptions::default());
        let path = written(&recording, part, target, "pictures.aedat").unwrap();
        prop_assert_eq!(read(&path, Format::Aedat3), recording);
    }
}
