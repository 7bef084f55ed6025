//! Events encoded together give what they give one by one, and are refused where one is.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{columns, recordings, size_of};
use proptest::prelude::*;
use spikelet_events::format::{AnyEncoder, Format};
use spikelet_events::{Encode, Error, Event};

/// The formats whose events become one unit each.
const FORMATS: [Format; 5] = [
    Format::Bin40,
    Format::Evt2,
    Format::Dat,
    Format::Aedat1,
    Format::Aedat2,
];

/// Everything that an encoder of these events says, which get so many at a time.
fn encoded(
    format: Format,
    events: &[Event],
    at_a_time: usize,
) -> (Vec<u8>, u64, i64, Option<Error>) {
    let mut encoder = AnyEncoder::new(format, size_of(format), None).unwrap();
    let (mut bytes, mut error) = (Vec::new(), None);
    for part in events.chunks(at_a_time) {
        let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
        if let Err(refused) = encoder.push(columns(part).all(), &mut sink) {
            error = Some(refused);
            break;
        }
    }
    (bytes, encoder.events(), encoder.time_offset(), error)
}

fn assert_same_however_many_at_a_time(
    format: Format,
    events: &[Event],
) -> Result<(), TestCaseError> {
    let (bytes, count, offset, error) = encoded(format, events, 1);
    for at_a_time in [7, 64, events.len().max(1)] {
        let together = encoded(format, events, at_a_time);
        prop_assert_eq!(&together.0, &bytes, "{}", format.name());
        prop_assert_eq!((together.1, together.2), (count, offset));
        let said = |error: &Option<Error>| error.as_ref().map(ToString::to_string);
        prop_assert_eq!(said(&together.3), said(&error));
    }
    Ok(())
}

proptest! {
    #[test]
    fn dense_recordings_are_encoded_together_as_one_by_one(
        index in 0..FORMATS.len(),
        // Around the first time that 16, 23 and 32 bits do not hold, and anywhere.
        start in prop_oneof![Just(65_500i64), Just((1 << 23) - 40), Just((1 << 31) - 40), Just((1 << 32) - 40), 0..1i64 << 33],
        steps in prop_oneof![Just(2i64), Just(9), Just(3000)],
        seed in recordings(Format::Aedat1, 0..1i64, 0..1i64),
        gaps in prop::collection::vec(0..3000i64, 400),
    ) {
        let format = FORMATS[index];
        let mut t = start;
        let dense = seed.iter().cycle().zip(&gaps).map(|(event, gap)| {
            t += gap % steps;
            Event { t, ..*event }
        });
        let dense: Vec<Event> = dense.collect();
        assert_same_however_many_at_a_time(format, &dense)?;
    }

    #[test]
    fn what_is_refused_is_refused_in_the_middle_of_a_block(
        index in 0..FORMATS.len(),
        place in 0usize..200,
        fault in 0..4,
    ) {
        let format = FORMATS[index];
        let mut events: Vec<Event> = (0..200)
            .map(|i| Event { t: 5000 + i / 4, x: i as u16 % 100, y: 7, p: i % 3 == 0 })
            .collect();
        let size = size_of(format);
        match fault {
            0 => events[place].x = size.width as u16,
            1 => events[place].y = size.height as u16,
            2 => events[place].t -= 1 << 40,
            _ => events[place].t += 1 << 60,
        }
        let (.., error) = encoded(format, &events, events.len());
        // Nothing came before the first that it could step back from.
        prop_assert!(error.is_some() || place == 0, "{} {}", format.name(), fault);
        assert_same_however_many_at_a_time(format, &events)?;
    }
}
