//! AEDAT 3.1 of cAER: packets of events of one kind, little endian.
//!
//! A packet is a header of 28 bytes (i16 type, i16 source, then i32 event size, time offset, time overflow,
//! capacity, number, valid) and `number` events of `event size` bytes. Some writers leave room for `capacity` events
//! instead; what follows tells. A time is `overflow << 31 | i32`, in microseconds. y counts from the top row.
//!
//! | type | event |
//! |---|---|
//! | 0 special | bit 0 valid, 7–1 kind, 31–8 data: kinds 2, 3, 4 are edges on a trigger input, the others marks |
//! | 1 polarity | bit 0 valid, 1 polarity, 16–2 y, 31–17 x |
//! | 2 frame; 3, 4 inertial sample | handed out [beside](crate::Beside) the events |
//! | others | skipped and counted |
//!
//! Events marked invalid are left out and counted. Where a header cannot be one, decoding stops: the rest is
//! counted as tail.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::aedat3};
//!
//! let bytes = [
//!     1, 0, 1, 0, 8, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, // header
//!     0x93, 0x01, 0x1a, 0x00, 0xf4, 0x01, 0x00, 0x00, // ON at (13, 100)
//! ];
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! aedat3::Decoder::new().push(&bytes, &mut out);
//! assert_eq!(out.filled().get(0), Some(Event { t: 2_147_484_148, x: 13, y: 100, p: true }));
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod beside;
mod encode;
mod frame;
mod packet;
mod payload;
#[cfg(feature = "std")]
mod sources;

pub(super) use beside::HOLDS;
pub use encode::Encoder;
#[cfg(feature = "alloc")]
pub(crate) use encode::SOURCE;
#[cfg(feature = "std")]
pub(crate) use sources::check_source;

use self::packet::{HEAD_BYTES, Head, Kind};
use self::payload::Payload;
use crate::{ColumnsMut, Counts, Decode, SensorSize};

/// Largest sensor: 15 bits for each coordinate.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 1 << 15,
    height: 1 << 15,
};

const NAME: &str = "aedat3";

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A header, or room that a writer left before it.
    Head,
    /// Events of this kind, and how many bytes of them are to come.
    Payload { kind: Kind, left: u64 },
    /// Bytes of which nothing is known.
    Lost,
}

/// Packets to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::aedat3};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = aedat3::Decoder::new();
/// decoder.push(&[1, 0, 1, 0, 8], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (0, 5), "a header that is cut");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    place: Place,
    head: [u8; HEAD_BYTES],
    head_len: usize,
    /// Room for events that the last packet declared but may not have kept.
    gap: u64,
    payload: Payload,
    source: Option<i32>,
    /// Bytes taken.
    taken: u64,
}

impl Decoder {
    /// A decoder at the start of a recording.
    pub const fn new() -> Self {
        Self {
            place: Place::Head,
            head: [0; HEAD_BYTES],
            head_len: 0,
            gap: 0,
            payload: Payload::new(),
            source: None,
            taken: 0,
        }
    }

    /// The same decoder for the events of this source; otherwise that of the first polarity packet is chosen.
    #[must_use]
    pub fn with_source(mut self, source: i32) -> Self {
        self.source = Some(source);
        self
    }

    /// The same decoder, handing out events marked invalid too; they are counted all the same.
    #[must_use]
    pub fn keeping_invalid(mut self) -> Self {
        self.payload.keeps_invalid = true;
        self
    }

    /// A copy without the part of a frame, for one that looks only at events.
    #[cfg(feature = "std")]
    pub(crate) fn without_frame(&mut self) -> Self {
        let frame = core::mem::take(&mut self.payload.frame);
        let copy = self.clone();
        self.payload.frame = frame;
        copy
    }

    /// Takes bytes that belong together and returns how many; 0 when `out` is full.
    fn step(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        match self.place {
            Place::Head => self.take_head(input),
            Place::Payload { kind, left } => {
                let end = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
                let piece = input.get(..end).unwrap_or_default();
                let used = self.payload.take(kind, piece, out);
                self.enter(kind, left - used as u64);
                used
            }
            Place::Lost => {
                self.payload.counts.tail_bytes += input.len() as u64;
                input.len()
            }
        }
    }

    fn take_head(&mut self, input: &[u8]) -> usize {
        if self.head_len == 0 {
            self.payload.packet_start = self.taken;
        }
        let free = self.head.get_mut(self.head_len..).unwrap_or_default();
        let used = free.len().min(input.len());
        for (place, &byte) in free.iter_mut().zip(input) {
            *place = byte;
        }
        self.head_len += used;
        if self.head_len == HEAD_BYTES {
            match Head::parse(&self.head) {
                Some(head) => self.begin(&head),
                None => self.skip_gap(),
            }
        }
        used
    }

    fn begin(&mut self, head: &Head) {
        self.head_len = 0;
        self.gap = head.room();
        let mut kind = head.kind();
        if kind == Kind::Polarity && self.source.is_none() {
            self.source = Some(head.source as i32);
        }
        if self
            .source
            .is_some_and(|source| source != head.source as i32)
        {
            self.payload.counts.other_streams += 1;
            kind = Kind::Skipped;
        } else if kind == Kind::Skipped {
            self.payload.counts.skipped_packets += 1;
        } else if kind == Kind::Bad {
            self.payload.bad();
        }
        self.payload.begin(head);
        self.enter(kind, head.payload());
    }

    fn enter(&mut self, kind: Kind, left: u64) {
        self.place = if left > 0 {
            Place::Payload { kind, left }
        } else {
            Place::Head
        };
    }

    /// The bytes in `head` are no header: they lie in the room that the packet before left, or the file is damaged.
    fn skip_gap(&mut self) {
        if self.gap >= HEAD_BYTES as u64 {
            self.head_len = 0;
            self.enter(Kind::Room, self.gap - HEAD_BYTES as u64);
        } else if self.gap > 0 {
            let gap = self.gap as usize;
            self.head.copy_within(gap.., 0);
            self.head_len = HEAD_BYTES - gap;
            self.payload.packet_start += self.gap;
        } else {
            self.payload.bad();
            self.payload.counts.tail_bytes = HEAD_BYTES as u64;
            self.place = Place::Lost;
        }
        self.gap = 0;
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decode for Decoder {
    const UNIT_BYTES: usize = 8;
    const MAX_EVENTS_PER_UNIT: usize = 1;

    fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let mut used = 0;
        while let Some(rest @ [_, ..]) = input.get(used..) {
            let step = self.step(rest, out);
            if step == 0 {
                break;
            }
            used += step;
            self.taken += step as u64;
        }
        used
    }

    fn finish(&mut self) {
        let is_whole = match self.place {
            Place::Head => self.head_len as u64 <= self.gap,
            Place::Payload { kind, .. } => kind == Kind::Room,
            Place::Lost => true,
        };
        if !is_whole {
            self.payload.counts.tail_bytes = self.taken - self.payload.packet_start;
        }
    }

    fn counts(&self) -> &Counts {
        &self.payload.counts
    }
}
