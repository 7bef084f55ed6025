//! Whole files through recognition and the reader.

use std::io::{self, Read};

use spikelet_events::{Counts, Event, OwnedColumns, ReadOptions, Reader, Trigger};

use crate::{Dice, EVENTS_PER_PACKED_BYTE};

/// Most events that a byte of any plain format may stand for.
const EVENTS_PER_BYTE: usize = 16;

/// A source that gives few bytes at a time.
struct Slow<'a> {
    bytes: &'a [u8],
    dice: Dice,
}

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = (1 + self.dice.roll(300)).min(buffer.len());
        (&mut self.bytes).take(length as u64).read(buffer)
    }
}

/// What a reader tells of a file.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    events: Vec<Event>,
    triggers: Vec<Trigger>,
    counts: Counts,
    backward: u64,
    out_of_bounds: u64,
}

/// Reads a file of that extension at once and by the byte, and compares.
pub fn read(bytes: &[u8], extension: Option<&str>) {
    let slow = Slow {
        bytes,
        dice: Dice::of(bytes),
    };
    let places = 1 + Dice::of(bytes).roll(50);
    let whole = told(bytes, extension, 4096, bytes.len());
    assert_eq!(told(slow, extension, places, bytes.len()), whole);
}

/// None where the file is refused.
fn told<R: Read>(source: R, extension: Option<&str>, places: usize, length: usize) -> Option<Told> {
    let mut reader = Reader::new(source, extension, &ReadOptions::default()).ok()?;
    let mut columns = OwnedColumns::zeroed(places);
    let mut events = Vec::new();
    loop {
        let mut out = columns.all_mut();
        // Bytes in memory cannot fail to be read.
        match reader.read(&mut out).expect("the source gives all bytes") {
            0 => break,
            _ => events.extend(out.filled().iter()),
        }
    }
    assert!(events.len() <= length * EVENTS_PER_BYTE.max(EVENTS_PER_PACKED_BYTE));
    assert_eq!(reader.counts().events, events.len() as u64);
    assert_eq!(reader.bytes_read(), length as u64);
    Some(Told {
        events,
        triggers: reader.triggers().to_vec(),
        counts: *reader.counts(),
        backward: reader.audit().backward_steps,
        out_of_bounds: reader.audit().out_of_bounds,
    })
}
