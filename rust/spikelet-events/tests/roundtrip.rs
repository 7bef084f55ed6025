//! What is encoded comes back, up to the period of the format's time counter; what would not, is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{decode, encode, events, recordings};
use proptest::prelude::*;
use spikelet_events::format::Format;
use spikelet_events::format::aedat4::{self, Compression};
use spikelet_events::{Encode, Error, Event};

fn comes_back(format: Format, recording: &[Event]) -> Result<(), TestCaseError> {
    let (bytes, offset) = encode(format, recording).unwrap();
    let shifted: Vec<Event> = recording
        .iter()
        .map(|event| Event {
            t: event.t - offset,
            ..*event
        })
        .collect();
    let decoded = decode(format, &bytes);
    prop_assert_eq!(decoded.events, shifted);
    prop_assert_eq!(decoded.counts.tail_bytes, 0);
    prop_assert_eq!(decoded.counts.reserved_words, 0);
    prop_assert_eq!(decoded.counts.dropped_before_time, 0);
    Ok(())
}

proptest! {
    #[test]
    fn bin40_returns_every_recording_from_zero_on(
        recording in recordings(Format::Bin40, 0..100_000_000i64, 0..20_000_000i64),
    ) {
        comes_back(Format::Bin40, &recording)?;
    }

    #[test]
    fn evt2_returns_every_recording_in_order(
        recording in recordings(Format::Evt2, -(1i64 << 40)..1 << 40, 0..1i64 << 36),
    ) {
        comes_back(Format::Evt2, &recording)?;
    }

    #[test]
    fn evt3_returns_every_recording_in_order(
        recording in recordings(Format::Evt3, -(1i64 << 30)..1 << 30, 0..1i64 << 27),
    ) {
        comes_back(Format::Evt3, &recording)?;
    }

    #[test]
    fn evt3_returns_dense_recordings(
        recording in recordings(Format::Evt3, 0..1i64 << 24, 0..20i64),
    ) {
        comes_back(Format::Evt3, &recording)?;
    }

    #[test]
    fn evt21_returns_every_recording_in_order(
        recording in recordings(Format::Evt21, -(1i64 << 40)..1 << 40, 0..1i64 << 36),
    ) {
        comes_back(Format::Evt21, &recording)?;
    }

    #[test]
    fn evt21_returns_dense_recordings(
        recording in recordings(Format::Evt21, 0..1i64 << 24, 0..20i64),
    ) {
        comes_back(Format::Evt21, &recording)?;
    }

    #[test]
    fn dat_returns_every_recording_without_long_pauses(
        recording in recordings(Format::Dat, -(1i64 << 40)..1 << 40, 0..1i64 << 31),
    ) {
        comes_back(Format::Dat, &recording)?;
    }

    #[test]
    fn aedat2_returns_every_recording_without_long_pauses(
        recording in recordings(Format::Aedat2, -(1i64 << 40)..1 << 40, -(1i64 << 31)..1 << 31),
    ) {
        comes_back(Format::Aedat2, &recording)?;
    }

    #[test]
    fn aedat1_returns_every_recording_without_long_pauses(
        recording in recordings(Format::Aedat1, -(1i64 << 40)..1 << 40, -(1i64 << 31)..1 << 31),
    ) {
        comes_back(Format::Aedat1, &recording)?;
    }

    #[test]
    fn aedat3_returns_every_recording_from_zero_on(
        recording in recordings(Format::Aedat3, 0..1i64 << 61, -(1i64 << 33)..1 << 33),
    ) {
        let recording: Vec<Event> = recording.into_iter().filter(|event| event.t >= 0).collect();
        comes_back(Format::Aedat3, &recording)?;
    }

    #[test]
    fn aedat4_returns_every_recording(
        recording in recordings(Format::Aedat4, any::<i32>().prop_map(|t| (t as i64) << 31), any::<i32>().prop_map(i64::from)),
        compression in prop::sample::select(vec![Compression::None, Compression::Lz4, Compression::Zstd]),
    ) {
        let encoder = aedat4::Encoder::new(common::size_of(Format::Aedat4)).unwrap();
        let mut encoder = encoder.with_compression(compression);
        let mut bytes = Vec::new();
        encoder.push(common::columns(&recording).all(), &mut |piece| bytes.extend_from_slice(piece)).unwrap();
        let decoded = decode(Format::Aedat4, &bytes);
        prop_assert_eq!(&decoded.events, &recording);
        prop_assert_eq!((decoded.counts.bad_packets, decoded.counts.tail_bytes), (0, 0));
        comes_back(Format::Aedat4, &recording)?;
    }

    /// A step back is either returned or refused, never changed.
    #[test]
    fn steps_back_are_returned_or_refused(
        recording in recordings(Format::Aedat1, 0..1i64 << 25, -(1i64 << 23)..1 << 24),
        format in prop::sample::select(Format::ALL.to_vec()),
    ) {
        match encode(format, &recording) {
            Ok(_) => comes_back(format, &recording)?,
            Err(Error::Backward { index, .. } | Error::Early { index, .. }) => {
                // What was accepted before it stands.
                comes_back(format, &recording[..index as usize])?;
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        }
    }

    #[test]
    fn encoding_in_pieces_means_the_same(
        recording in recordings(Format::Evt3, 0..1i64 << 30, 0..1i64 << 26),
        format in prop::sample::select(vec![Format::Evt2, Format::Evt3, Format::Aedat3, Format::Aedat4]),
        at in any::<prop::sample::Index>(),
    ) {
        use spikelet_events::format::AnyEncoder;
        let columns = common::columns(&recording);
        let (head, tail) = columns.all().split_at(at.index(recording.len() + 1));
        let mut encoder = AnyEncoder::new(format, common::size_of(format), None).unwrap();
        let mut bytes = Vec::new();
        for piece in [head, tail] {
            encoder.push(piece, &mut |bytes_of_piece| bytes.extend_from_slice(bytes_of_piece)).unwrap();
        }
        let whole = encode(format, &recording).unwrap().0;
        prop_assert_eq!(decode(format, &bytes).events, decode(format, &whole).events);
    }
}

#[test]
fn pixels_outside_the_sensor_are_refused_by_their_index() {
    let recording = events(&[(0, 1, 1, 1), (1, 2000, 1, 1)]);
    for format in Format::ALL {
        let refused = encode(format, &recording).unwrap_err();
        assert!(
            matches!(
                refused,
                Error::OutOfBounds {
                    axis: "x",
                    value: 2000,
                    index: 1,
                    ..
                }
            ),
            "{refused}"
        );
    }
    let refused = encode(Format::Bin40, &events(&[(0, 0, 240, 1)])).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "event 0: `y` must be below 240, got 240; drop it or give the right sensor size"
    );
}

#[test]
fn times_that_bin40_cannot_store_are_refused() {
    let refused = encode(Format::Bin40, &events(&[(-1, 0, 0, 1)])).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "event 0: `t` must be at least 0 in bin40, got -1; shift all times first"
    );
    let refused = encode(Format::Bin40, &events(&[(i64::MAX, 0, 0, 1)])).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Gap {
                format: "bin40",
                index: 0,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn times_that_aedat3_cannot_store_are_refused() {
    let refused = encode(Format::Aedat3, &events(&[(-1, 0, 0, 1)])).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "event 0: `t` must be at least 0 in aedat3, got -1; shift all times first"
    );
    let last = (1i64 << 62) - 1;
    let refused = encode(
        Format::Aedat3,
        &events(&[(last, 0, 0, 1), (last + 1, 0, 0, 1)]),
    )
    .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "event 1: `t` must be at most 4611686018427387903 in aedat3, got 4611686018427387904; \
         shift all times first"
    );
}

#[test]
fn steps_back_across_a_wrap_are_refused() {
    for (format, period) in [(Format::Evt3, 1 << 24), (Format::Evt2, 1i64 << 34)] {
        let refused =
            encode(format, &events(&[(period, 0, 0, 1), (period - 1, 0, 0, 1)])).unwrap_err();
        assert!(
            matches!(refused, Error::Backward { index: 1, .. }),
            "{refused}"
        );
        // Half a period back would be taken for a wrap.
        let refused = encode(format, &events(&[(period - 1, 0, 0, 1), (0, 0, 0, 1)])).unwrap_err();
        assert!(
            matches!(refused, Error::Backward { index: 1, .. }),
            "{refused}"
        );
    }
    let refused = encode(
        Format::Aedat2,
        &events(&[(0, 0, 0, 1), (-(1 << 31) - 1, 0, 0, 1)]),
    )
    .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "event 1: `t` must not step back across a wrap of the aedat2 time counter, got -2147483649 after 0; \
         sort the events by `t` first"
    );
}

#[test]
fn pauses_that_would_fill_a_file_are_refused() {
    // Packets hold any time, and so does a text, at the same cost.
    let is_free = |format: &Format| {
        matches!(
            format,
            Format::Csv | Format::Rpg | Format::Aedat3 | Format::Aedat4
        )
    };
    for format in Format::ALL.into_iter().filter(|format| !is_free(format)) {
        let refused = encode(format, &events(&[(0, 0, 0, 1), (i64::MAX, 0, 0, 1)])).unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Gap {
                    index: 1,
                    previous: 0,
                    t: i64::MAX,
                    ..
                }
            ),
            "{refused}"
        );
    }
}
