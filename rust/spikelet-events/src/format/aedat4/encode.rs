//! Events to packets.

use std::vec::Vec;

use super::pack::{Compression, Packer};
use super::{MAX_SIZE, NAME};
use crate::codec::Pieces;
use crate::format::check_pixel;
use crate::format::plain::{EncodeUnits, largest};
use crate::format::records::BLOCK;
use crate::{Alongside, Columns, Encode, Error, Event, SensorSize};

/// Events of one packet at most, as the camera's own software writes them.
const PACKET_EVENTS: usize = 4096;
const STREAM: i32 = 0;
/// A buffer of a vector of structs, from its first offset to the one of the vector.
const START: &[u8; 24] = b"\x10\0\0\0EVTS\0\0\x06\0\x08\0\x04\0\x06\0\0\0\x04\0\0\0";
/// Bytes of a body that the size in front of it counts beside the events.
const BODY_BYTES: usize = START.len() + 4;

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
        })
    }

    /// The same encoder with another compression.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// The encoder behind these events, if it refuses none of them.
    pub(in crate::format) fn behind(&self, events: Columns<'_>) -> Self {
        Self {
            events: self.events + events.len() as u64,
            ..*self
        }
    }

    /// How many of the first of `events` lie on the sensor.
    fn inside(&self, events: Columns<'_>) -> usize {
        if self.size.contains(largest(events.x()), largest(events.y())) {
            return events.len();
        }
        let is_inside = |event: &Event| self.size.contains(event.x, event.y);
        events.iter().take_while(is_inside).count()
    }

    /// Hands on a packet of events, up to the first one outside the sensor.
    fn checked_packet(
        &mut self,
        events: Columns<'_>,
        room: (&mut Vec<u8>, &mut Packer),
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        let (inside, outside) = events.split_at(self.inside(events));
        if !inside.is_empty() {
            self.packet(inside, room, sink)?;
        }
        match outside.get(0) {
            Some(event) => check_pixel(self.size, event, self.events),
            None => Ok(()),
        }
    }

    /// Hands on a packet of events that lie on the sensor; what is compressed is collected in `body`.
    fn packet(
        &mut self,
        events: Columns<'_>,
        (body, packer): (&mut Vec<u8>, &mut Packer),
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        let size = (BODY_BYTES + 16 * events.len()) as u32;
        let head = [
            &size.to_le_bytes(),
            &START[..],
            &(events.len() as u32).to_le_bytes(),
        ]
        .concat();
        if self.compression == Compression::None {
            sink(&STREAM.to_le_bytes());
            sink(&(size + 4).to_le_bytes());
            sink(&head);
            return self.push_units(events, sink);
        }
        body.clear();
        body.extend(head);
        self.push_units(events, &mut |records| body.extend_from_slice(records))?;
        packer.put(STREAM, body, sink)
    }
}

impl EncodeUnits<16> for Encoder {
    #[inline]
    fn is_plain(&self, _t: &[i64; BLOCK], x: &[u16; BLOCK], y: &[u16; BLOCK]) -> bool {
        self.size.contains(largest(x), largest(y))
    }

    #[inline]
    fn unit(&self, Event { t, x, y, p }: Event) -> [u8; 16] {
        let pixel = (p as u64) << 32 | (y as u64) << 16 | x as u64;
        ((pixel as u128) << 64 | t as u64 as u128).to_le_bytes()
    }

    fn passed(&mut self, _t: i64) {
        self.events += BLOCK as u64;
    }

    fn event(&mut self, event: Event, out: &mut Pieces<'_>) -> Result<(), Error> {
        check_pixel(self.size, event, self.events)?;
        out.put(self.unit(event));
        self.events += 1;
        Ok(())
    }
}

impl Encode for Encoder {
    fn push_with(
        &mut self,
        events: Columns<'_>,
        beside: Alongside<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Error> {
        let (mut body, mut packer) = (Vec::new(), Packer::new(self.compression));
        beside.with_packets(events, PACKET_EVENTS, |events, beside| {
            super::beside::bodies(beside, |stream, body| packer.put(stream, body, sink))?;
            self.checked_packet(events, (&mut body, &mut packer), sink)
        })
    }

    fn push(&mut self, events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let (mut body, mut packer) = (Vec::new(), Packer::new(self.compression));
        let mut rest = events;
        while !rest.is_empty() {
            let (packet, after) = rest.split_at(PACKET_EVENTS);
            self.checked_packet(packet, (&mut body, &mut packer), sink)?;
            rest = after;
        }
        Ok(())
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn time_offset(&self) -> i64 {
        0
    }
}
