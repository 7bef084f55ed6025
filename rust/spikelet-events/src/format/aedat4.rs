//! AEDAT 4.0 of iniVation: packets of one stream each, `FlatBuffers` inside, compressed by LZ4, zstd or not at all.
//!
//! A packet is an i32 stream number, a u32 size and so many bytes, all little endian: a body that is compressed as a
//! whole. Once plain, it is a u32 size and a `FlatBuffer`, whose four letters say what it holds: `EVTS` events, `FRME` a
//! frame, `IMUS` inertial samples, `TRIG` triggers; others are skipped. Each kind is read from one stream, the chosen or
//! the first; times are microseconds as stored; y counts from the top row. The table at the end is not needed.
//!
//! A body that is damaged, or would grow beyond 256 MiB or a thousand times its size, is passed over and counted.
//!
//! ```
//! use spikelet_events::{ColumnsMut, Decode, Event, format::aedat4};
//!
//! let words = [0u32, 48, 44, 16]; // stream 0, 48 bytes; a buffer of 44, whose table stands at 16
//! let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
//! bytes.extend(b"EVTS\0\0\x06\0\x08\0\x04\0\x06\0\0\0\x04\0\0\0\x01\0\0\0");
//! bytes.extend([9, 0, 0, 0, 0, 0, 0, 0, 215, 0, 164, 0, 1, 0, 0, 0]);
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! aedat4::Decoder::new().push(&bytes, &mut out);
//! assert_eq!(out.filled().get(0), Some(Event { t: 9, x: 215, y: 164, p: true }));
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod ahead;
mod beside;
mod body;
mod bounded;
mod encode;
mod flat;
mod hand_out;
mod head;
mod lz4;
mod lz4_block;
mod pack;
mod room;
mod unpack;
mod xml;
mod zstd;

use std::vec::Vec;

pub(super) use beside::HOLDS;
pub use encode::Encoder;
pub(crate) use head::header_of;
pub use head::{Streams, header};
pub(crate) use head::{header_length, parse_header};
pub use pack::Compression;

use self::body::{Body, Kind};
use self::room::Room;
use self::unpack::{MAX_BODY, Unpacker, is_compressed, packed_event};
use crate::header::Header;
use crate::{ColumnsMut, Counts, Decode, SensorSize};

/// Largest sensor: coordinates are signed numbers of 16 bits.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 1 << 15,
    height: 1 << 15,
};

const NAME: &str = "aedat4";
const HEAD_BYTES: usize = 8;

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The stream and the size of a packet.
    Head,
    /// A body, and how many bytes of it are to come.
    Body { left: usize },
    /// The last byte of a body that waits to be handed out, record by record.
    Open { next: usize },
    /// A body that is too large, and how many bytes of it are to come.
    Skipped { left: u64 },
    /// The table after the last packet.
    Table,
}

/// Packets to events.
///
/// ```
/// use spikelet_events::{ColumnsMut, Decode, format::aedat4};
///
/// let (mut t, mut x, mut y, mut p) = ([0; 64], [0; 64], [0; 64], [false; 64]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// let mut decoder = aedat4::Decoder::new();
/// decoder.push(&[0, 0, 0, 0, 48], &mut out);
/// decoder.finish();
/// assert_eq!((decoder.counts().events, decoder.counts().tail_bytes), (0, 5), "the head of a packet that is cut");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    place: Place,
    head: [u8; HEAD_BYTES],
    head_len: usize,
    packed: Vec<u8>,
    body: Room,
    unpacker: Unpacker,
    streams: Streams,
    /// About how many bytes of a packet an event takes.
    event_bytes: usize,
    /// Bytes taken, and those before the current packet.
    taken: u64,
    packet_start: u64,
    /// First event and first byte of the packets handed out by the last push.
    starts: Vec<(u64, u64)>,
    counts: Counts,
}

impl Decoder {
    /// A decoder behind the header of a recording; of each kind it takes the stream that it sees first.
    pub fn new() -> Self {
        Self {
            place: Place::Head,
            head: [0; HEAD_BYTES],
            head_len: 0,
            packed: Vec::new(),
            body: Room::default(),
            unpacker: Unpacker::default(),
            streams: Streams::default(),
            event_bytes: <Self as Decode>::UNIT_BYTES,
            taken: 0,
            packet_start: 0,
            starts: Vec::new(),
            counts: Counts::ZERO,
        }
    }

    /// The same decoder for these streams.
    #[must_use]
    pub fn with_streams(mut self, streams: Streams) -> Self {
        self.streams = streams;
        self
    }

    /// The same decoder for packets compressed as `header` says.
    pub(crate) fn compressed_as(mut self, header: &Header) -> Self {
        self.event_bytes = packed_event(header.get("compression"));
        self
    }

    /// About how many bytes of a packet an event takes.
    pub(crate) fn event_bytes(&self) -> usize {
        self.event_bytes
    }

    /// Where the packet begins that gave event `index` in the last push.
    pub(crate) fn packet_of(&self, index: u64) -> Option<u64> {
        let starts = self.starts.iter().rev();
        let mut before = starts.skip_while(|&&(first, _)| first > index);
        before.next().map(|&(_, byte)| byte)
    }

    /// Takes bytes that belong together and returns how many; none when `out` is full.
    fn step(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> Option<usize> {
        match self.place {
            Place::Head => Some(self.take_head(input)),
            Place::Body { left } => Some(self.take_body(left, input, out)),
            Place::Open { next } => self.hand_out(next, out).then(|| {
                self.place = Place::Head;
                1
            }),
            Place::Skipped { left } => {
                let used = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
                let left = left - used as u64;
                self.place = if left > 0 {
                    Place::Skipped { left }
                } else {
                    Place::Head
                };
                Some(used)
            }
            Place::Table => Some(input.len()),
        }
    }

    fn take_head(&mut self, input: &[u8]) -> usize {
        if self.head_len == 0 {
            self.packet_start = self.taken;
        }
        let free = self.head.get_mut(self.head_len..).unwrap_or_default();
        let used = free.len().min(input.len());
        for (place, &byte) in free.iter_mut().zip(input) {
            *place = byte;
        }
        self.head_len += used;
        if self.head_len == HEAD_BYTES {
            self.head_len = 0;
            self.begin();
        }
        used
    }

    fn begin(&mut self) {
        let (_, left) = head_of(self.head);
        self.packed.clear();
        if is_compressed(&self.head) {
            self.place = Place::Table;
        } else if left == 0 {
            self.bad();
        } else if left as usize > MAX_BODY {
            self.bad();
            self.place = Place::Skipped { left: left as u64 };
        } else {
            let left = left as usize;
            self.place = Place::Body { left };
        }
    }

    /// Takes a body, of which a last byte is given back until all records are handed out, so that a full `out` can be
    /// told. One that comes as a whole is not kept first.
    fn take_body(&mut self, left: usize, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let piece = input.get(..left.min(input.len())).unwrap_or_default();
        let mut packed = core::mem::take(&mut self.packed);
        let so_far = if packed.is_empty() && piece.len() == left {
            piece
        } else {
            packed.extend_from_slice(piece);
            &packed
        };
        let mut used = piece.len();
        if so_far.starts_with(b"FTAB") {
            // A table that is not compressed: what looked like a head was the size and the first offset of it.
            self.place = Place::Table;
        } else if used < left {
            let left = left - used;
            self.place = Place::Body { left };
        } else if self.hand_out_at_once(so_far, out) {
            self.place = Place::Head;
        } else {
            self.open(so_far);
            used -= 1;
        }
        self.packed = packed;
        used
    }

    fn open(&mut self, packed: &[u8]) {
        self.place = Place::Open { next: 0 };
        let is_unpacked = self.unpacker.unpack(packed, &mut self.body);
        if is_unpacked.is_none() {
            self.body.truncate(0);
            return self.bad();
        }
        let Some(Body { kind, is_exact, .. }) = Body::parse(self.body.bytes()) else {
            self.body.truncate(0);
            return self.bad();
        };
        if !is_exact {
            self.bad();
        }
        if kind == Kind::Other {
            self.counts.skipped_packets += 1;
            self.body.truncate(0);
        } else if !self.streams.takes(kind, head_of(self.head).0) {
            self.counts.other_streams += 1;
            self.body.truncate(0);
        } else if kind == Kind::Events {
            self.starts.push((self.counts.events, self.packet_start));
        }
    }

    fn bad(&mut self) {
        self.counts.bad_packets += 1;
        self.counts.first_bad_byte.get_or_insert(self.packet_start);
    }
}

/// The stream of a packet, and the size of its body.
fn head_of([n0, n1, n2, n3, s0, s1, s2, s3]: [u8; HEAD_BYTES]) -> (i32, u32) {
    let stream = i32::from_le_bytes([n0, n1, n2, n3]);
    (stream, u32::from_le_bytes([s0, s1, s2, s3]))
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decode for Decoder {
    const UNIT_BYTES: usize = 16;
    const MAX_EVENTS_PER_UNIT: usize = 1;

    fn push(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        // A packet that an earlier push opened may go on.
        let open = self.starts.last().copied();
        self.starts.clear();
        self.starts.extend(open);
        let mut used = 0;
        while let Some(rest @ [_, ..]) = input.get(used..) {
            let Some(step) = self.step(rest, out) else {
                break;
            };
            used += step;
            self.taken += step as u64;
        }
        used
    }

    fn finish(&mut self) {
        let is_whole = match self.place {
            Place::Head => self.head_len == 0,
            Place::Table => true,
            Place::Body { .. } | Place::Open { .. } | Place::Skipped { .. } => false,
        };
        if !is_whole {
            self.counts.tail_bytes = self.taken - self.packet_start;
        }
    }

    fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The whole packet, of which a last byte may wait until all its events are handed out.
    fn last_unit_bytes(&self) -> usize {
        let waits = matches!(self.place, Place::Open { .. }) as u64;
        (self.taken + waits).saturating_sub(self.packet_start) as usize
    }
}
