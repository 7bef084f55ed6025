//! Events to packets.

use std::io::Write;
use std::vec::Vec;

use lz4_flex::frame::FrameEncoder;

use super::{MAX_SIZE, NAME};
use crate::{Alongside, Columns, Encode, Error, Event, SensorSize};

/// Events of one packet at most, as the camera's own software writes them.
const PACKET_EVENTS: usize = 4096;
const STREAM: i32 = 0;
/// A buffer of a vector of structs, from its first offset to the one of the vector.
const START: &[u8; 24] = b"\x10\0\0\0EVTS\0\0\x06\0\x08\0\x04\0\x06\0\0\0\x04\0\0\0";
/// Bytes of a body that the size in front of it counts beside the events.
const BODY_BYTES: usize = START.len() + 4;

/// How packets are compressed when they are written; all kinds are read.
///
/// ```
/// use spikelet_events::format::aedat4::Compression;
///
/// assert_eq!(Compression::named("lz4"), Some(Compression::Lz4));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// One LZ4 frame per packet.
    Lz4,
}

impl Compression {
    /// The compression of this name: `"none"` or `"lz4"`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "lz4" => Some(Self::Lz4),
            _ => None,
        }
    }

    /// As headers spell it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Lz4 => "LZ4",
        }
    }

    /// As headers number it.
    pub(super) fn code(self) -> i32 {
        match self {
            Self::None => 0,
            Self::Lz4 => 1,
        }
    }
}

/// Events to packets.
///
/// ```
/// use spikelet_events::{Columns, Encode, SensorSize, format::aedat4};
///
/// let mut encoder = aedat4::Encoder::new(SensorSize { width: 346, height: 260 })?;
/// let mut bytes = Vec::new();
/// let events = Columns::new(&[9], &[215], &[164], &[true])?;
/// encoder.push(events, &mut |piece| bytes.extend_from_slice(piece))?;
/// assert_eq!(encoder.events(), 1);
/// assert_eq!(bytes[..4], [0; 4], "a packet of stream 0");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    size: SensorSize,
    compression: Compression,
    events: u64,
    body: Vec<u8>,
}

impl Encoder {
    /// An encoder behind the header of a recording, which compresses nothing.
    ///
    /// # Errors
    /// [`Error::Size`]: the sensor is larger than [`MAX_SIZE`](super::MAX_SIZE).
    pub fn new(size: SensorSize) -> Result<Self, Error> {
        crate::format::check_size(NAME, size, MAX_SIZE)?;
        Ok(Self {
            size,
            compression: Compression::None,
            events: 0,
            body: Vec::new(),
        })
    }

    /// The same encoder with another compression.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Puts the first events of `events` into the body, and says how many and what is wrong with the next.
    fn fill(&mut self, events: Columns<'_>) -> (usize, Result<(), Error>) {
        let is_inside = |event: &Event| self.size.contains(event.x, event.y);
        let filled = events.iter().take_while(is_inside).count();
        let result = match events.get(filled) {
            Some(event) => {
                crate::format::check_pixel(self.size, event, self.events + filled as u64)
            }
            None => Ok(()),
        };
        // Packets are as long as the one before: nothing is cleared or moved.
        let size = BODY_BYTES + 16 * filled;
        self.body.resize(4 + size, 0);
        let head = (size as u32).to_le_bytes().into_iter();
        let head = head.chain(*START).chain((filled as u32).to_le_bytes());
        let (places, records) = self.body.split_at_mut(4 + BODY_BYTES);
        for (place, byte) in places.iter_mut().zip(head) {
            *place = byte;
        }
        for (place, event) in records.as_chunks_mut().0.iter_mut().zip(events.iter()) {
            *place = record(event);
        }
        self.events += filled as u64;
        (filled, result)
    }
}

impl Compression {
    /// Hands a body on as a packet.
    fn put(self, stream: i32, body: &[u8], sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        match self {
            Self::None => packet(stream, body, sink),
            Self::Lz4 => {
                let mut encoder = FrameEncoder::new(Vec::new());
                encoder.write_all(body)?;
                let packed = encoder.finish().map_err(std::io::Error::other)?;
                packet(stream, &packed, sink);
            }
        }
        Ok(())
    }
}

fn packet(stream: i32, body: &[u8], sink: &mut dyn FnMut(&[u8])) {
    sink(&stream.to_le_bytes());
    sink(&(body.len() as u32).to_le_bytes());
    sink(body);
}

fn record(Event { t, x, y, p }: Event) -> [u8; 16] {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = t.to_le_bytes();
    let ([x0, x1], [y0, y1]) = (x.to_le_bytes(), y.to_le_bytes());
    [
        t0, t1, t2, t3, t4, t5, t6, t7, x0, x1, y0, y1, p as u8, 0, 0, 0,
    ]
}

impl Encode for Encoder {
    fn push_with(
        &mut self,
        events: Columns<'_>,
        beside: Alongside<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        beside.with_packets(events, PACKET_EVENTS, |events, beside| {
            super::beside::bodies(beside, |stream, body| {
                self.compression.put(stream, body, sink)
            })?;
            self.push(events, sink)
        })
    }

    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let mut rest = events;
        let mut result = Ok(());
        while !rest.is_empty() && result.is_ok() {
            let (packet, after) = rest.split_at(PACKET_EVENTS);
            let (filled, checked) = self.fill(packet);
            if filled > 0 {
                self.compression.put(STREAM, &self.body, sink)?;
            }
            (rest, result) = (after, checked);
        }
        result
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn time_offset(&self) -> i64 {
        0
    }
}
