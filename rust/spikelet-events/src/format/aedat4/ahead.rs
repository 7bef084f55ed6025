//! Decoding from a packet in the middle on: heads say where the next ones begin.

use std::vec::Vec;

use super::room::Room;
use super::unpack::{MAX_BODY, Unpacker, is_compressed};
use super::{Decoder, HEAD_BYTES, Place};
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
            let [_, _, _, _, s0, s1, s2, s3] = head;
            let size = u32::from_le_bytes([s0, s1, s2, s3]) as usize;
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
