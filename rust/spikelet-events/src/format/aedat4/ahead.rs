//! Decoding from a packet in the middle on: heads say where the next ones begin.

use std::vec::Vec;

use super::body::{Body, Kind};
use super::room::Room;
use super::unpack::{MAX_BODY, Unpacker, beginning, is_compressed};
use super::{Decoder, HEAD_BYTES, Place, head_of};
use crate::format::ahead::Ahead;
use crate::{Counts, OwnedColumns};

impl Decoder {
    /// The same state with other counts, and nothing that the last packet left behind.
    fn with_counts(&self, counts: Counts) -> Self {
        Self {
            place: self.place,
            head: self.head,
            head_len: self.head_len,
            packed: Vec::new(),
            body: Room::default(),
            unpacker: Unpacker::default(),
            streams: self.streams,
            event_bytes: self.event_bytes,
            taken: self.taken,
            packet_start: self.packet_start,
            starts: Vec::new(),
            counts,
        }
        .with_bytes_of(self)
    }

    fn with_bytes_of(mut self, other: &Self) -> Self {
        match self.place {
            Place::Body { .. } => self.packed.clone_from(&other.packed),
            Place::Open { .. } => self.body.clone_from(&other.body),
            Place::Head | Place::Skipped { .. } | Place::Table => {}
        }
        self
    }

    fn is_at(&self, other: &Self) -> bool {
        let has_bytes = match self.place {
            Place::Body { .. } => self.packed == other.packed,
            Place::Open { .. } => self.body.bytes() == other.body.bytes(),
            Place::Head | Place::Skipped { .. } | Place::Table => true,
        };
        has_bytes
            && self.place == other.place
            && self.streams == other.streams
            && self.head.get(..self.head_len) == other.head.get(..other.head_len)
    }

    /// Bytes of the packet that is not handed out yet.
    fn missing(&self) -> Option<usize> {
        match self.place {
            Place::Head => Some(0),
            Place::Body { left } => Some(left),
            Place::Open { .. } => Some(1),
            Place::Skipped { .. } | Place::Table => None,
        }
    }
}

impl Ahead for Decoder {
    /// The first packet behind `near`, or the last one before it where that one is not reached.
    fn boundary(&self, input: &[u8], near: usize) -> Option<usize> {
        let (mut head, mut known) = (self.head, self.head_len);
        let mut at = self.missing()?;
        let mut last = None;
        while at <= input.len() {
            if known == 0 {
                last = Some(at);
            }
            if known == 0 && at >= near {
                break;
            }
            let end = at + HEAD_BYTES - known;
            let Some(bytes) = input.get(at..end) else {
                break;
            };
            head.get_mut(known..)?.copy_from_slice(bytes);
            known = 0;
            let size = head_of(head).1 as usize;
            if is_compressed(&head) || size == 0 || size > MAX_BODY {
                break;
            }
            at = end + size;
        }
        last
    }

    fn uncounted(&self) -> Self {
        self.with_counts(Counts::ZERO)
    }

    fn guess(&self, _before: &[u8], _room: &mut OwnedColumns) -> Self {
        Self {
            event_bytes: self.event_bytes,
            ..Self::new().with_streams(self.streams)
        }
    }

    /// From a packet on, as far as the first bytes of bodies say it: of sound packets none less and none more.
    fn events_in(&self, piece: &[u8]) -> Option<usize> {
        if self.place != Place::Head || self.head_len > 0 {
            return None;
        }
        let (mut streams, mut rest, mut told) = (self.streams, piece, 0_usize);
        while let Some((&head, after)) = rest.split_first_chunk() {
            let (stream, size) = head_of(head);
            // Behind the table nothing is read, and what is cut gives nothing.
            let Some((body, next)) = after.split_at_checked(size as usize) else {
                break;
            };
            if is_compressed(&head) || body.starts_with(b"FTAB") {
                break;
            }
            let (kind, events) = Body::announced(beginning(body)?)?;
            if kind == Kind::Events && streams.takes(kind, stream) {
                told = told.checked_add(events)?;
            }
            rest = next;
        }
        Some(told)
    }

    fn take_over(&mut self, guess: &Self, end: &Self) -> bool {
        let counts = self.counts.followed_by(&end.counts);
        let Some(counts) = counts.filter(|_| self.is_at(guess)) else {
            return false;
        };
        // Where a packet begun before goes on, it begins before the guess.
        let moved = |byte: u64| byte.wrapping_sub(guess.taken).wrapping_add(self.taken);
        *self = Self {
            taken: moved(end.taken),
            packet_start: moved(end.packet_start),
            ..end.with_counts(counts)
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::super::{Compression, Decoder, Encoder, Streams};
    use super::Ahead;
    use crate::{Columns, Decode, Encode, OwnedColumns, SensorSize};

    /// A packet of two events of stream 0.
    fn packet(compression: Compression) -> Vec<u8> {
        let size = SensorSize {
            width: 8,
            height: 8,
        };
        let mut bytes = Vec::new();
        let encoder = Encoder::new(size).unwrap_or_else(|error| panic!("{error}"));
        let mut encoder = encoder.with_compression(compression);
        let events = Columns::new(&[5, 6], &[1, 2], &[3, 4], &[true, false]);
        let events = events.unwrap_or_else(|error| panic!("{error}"));
        let pushed = encoder.push(events, &mut |piece| bytes.extend_from_slice(piece));
        assert!(pushed.is_ok());
        bytes
    }

    fn changed(at: usize, value: u8) -> Vec<u8> {
        let mut packet = packet(Compression::None);
        if let Some(byte) = packet.get_mut(at) {
            *byte = value;
        }
        packet
    }

    #[test]
    fn events_of_packets_are_told_as_decoding_gives_them() {
        let plain = packet(Compression::None);
        let streams = Streams {
            events: Some(0),
            ..Streams::default()
        };
        // Of another stream, of another kind, longer than it says, packed, the table.
        let others = [
            changed(0, 1),
            changed(16, b'X'),
            [changed(4, 65), [0].to_vec()].concat(),
            packet(Compression::Lz4),
            b"\x09\0\0\0\x04\0\0\0FTAB".to_vec(),
        ];
        for other in others {
            let cut = plain.get(..plain.len() - 1).unwrap_or_default();
            let piece = [&plain, &other, &plain, &plain, cut].concat();
            for streams in [streams, Streams::default()] {
                let mut decoder = Decoder::new().with_streams(streams);
                let told = decoder.events_in(&piece);
                decoder.push(&piece, &mut OwnedColumns::zeroed(16).all_mut());
                assert_eq!(told, Some(decoder.counts().events as usize), "{other:?}");
            }
        }
    }

    #[test]
    fn events_of_packets_that_must_be_unpacked_and_of_begun_ones_are_not_told() {
        let mut decoder = Decoder::new();
        assert_eq!(
            decoder.events_in(b"\0\0\0\0\x05\0\0\0\x28\xb5\x2f\xfd\0"),
            None
        );
        assert_eq!(decoder.events_in(&changed(12, 0xff)), None);
        decoder.push(&[0, 0, 0], &mut OwnedColumns::zeroed(1).all_mut());
        assert_eq!(decoder.events_in(&packet(Compression::None)), None);
    }
}
