//! The source, cut into pieces for those who decode them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{io::Read, vec::Vec};

use super::apart::Apart;
use super::lanes::{LANE_EVENTS, Lane};
use crate::format::AnyDecoder;
use crate::{Error, OwnedColumns};

/// Bytes of a block at least.
const LEAST_BYTES: usize = 1 << 16;
/// Bytes at the end of a piece among which it is cut: a line of text, some words.
const SLACK_BYTES: usize = 1 << 12;
/// Events for which there is room while a state is guessed.
const ROOM: usize = 1 << 12;

/// Blocks of a file in the order in which they are given out; each thread reads its own, where the source lets it.
pub(super) struct Blocks<'a> {
    apart: Option<&'a Apart>,
    /// Where the first one begins in the file.
    offset: u64,
    bytes: usize,
    next: AtomicU64,
}

impl<'a> Blocks<'a> {
    /// Blocks of about as many events as a lane has room for at first.
    pub(super) fn new(apart: Option<&'a Apart>, offset: u64, decoder: &AnyDecoder) -> Self {
        let density = decoder.max_events_per_unit().div_ceil(4);
        Self {
            apart,
            offset,
            bytes: LEAST_BYTES.max(LANE_EVENTS * decoder.unit_bytes() / density),
            next: AtomicU64::new(0),
        }
    }

    /// Reads the next block into `lane`, where it can be read apart from those before.
    pub(super) fn read(&self, lane: &mut Lane) -> Option<Result<(), Error>> {
        let apart = self.apart?;
        lane.number = self.next.fetch_add(1, Ordering::Relaxed);
        let start = self.offset + lane.number * self.bytes as u64;
        let read = |buffer: &mut [u8], at| apart.read(buffer, start + at as u64);
        Some(lane.piece.fill(self.bytes, read))
    }
}

/// What is known at the last cut.
pub(super) struct Front<'a, R> {
    source: &'a mut R,
    block_bytes: usize,
    /// Bytes of the blocks so far.
    pub(super) taken: u64,
    /// Bytes behind the last cut.
    pub(super) rest: Vec<u8>,
    /// The state at the cut, as far as the piece before tells.
    cutter: AnyDecoder,
    room: OwnedColumns,
    /// Why reading stopped before the end of the file.
    pub(super) error: Option<Error>,
    pub(super) is_over: bool,
    /// Whether there was any piece.
    pub(super) has_cut: bool,
    /// The number of the piece behind the last cut.
    next: u64,
    /// Blocks that wait for one before them, and what came of reading them.
    read: Vec<(Lane, Option<Result<(), Error>>)>,
    /// Pieces that nobody decodes yet.
    pub(super) pieces: VecDeque<Lane>,
    /// Lanes for which nothing was left.
    pub(super) empty: Vec<Lane>,
}

impl<'a, R: Read> Front<'a, R> {
    /// The source from where `decoder` stands.
    pub(super) fn new(source: &'a mut R, decoder: &AnyDecoder, blocks: &Blocks<'_>) -> Self {
        Self {
            source,
            block_bytes: blocks.bytes,
            taken: 0,
            rest: Vec::new(),
            cutter: decoder.uncounted(),
            room: OwnedColumns::zeroed(ROOM),
            error: None,
            is_over: false,
            has_cut: false,
            next: 0,
            read: Vec::new(),
            pieces: VecDeque::new(),
            empty: Vec::new(),
        }
    }

    /// Makes pieces of the block of `lane`, read here unless it was `read`, and of those that waited for it.
    pub(super) fn arrive(&mut self, mut lane: Lane, read: Option<Result<(), Error>>) {
        if read.is_none() {
            lane.number = self.next;
        }
        self.read.push((lane, read));
        while let Some(at) = self
            .read
            .iter()
            .position(|(lane, _)| lane.number == self.next)
        {
            let (mut lane, read) = self.read.swap_remove(at);
            self.next += 1;
            if self.cut(&mut lane, read) {
                self.pieces.push_back(lane);
            } else {
                self.empty.push(lane);
            }
        }
    }

    /// Makes a piece of the next block; false where nothing is left.
    fn cut(&mut self, lane: &mut Lane, read: Option<Result<(), Error>>) -> bool {
        let piece = &mut lane.piece;
        if self.is_over {
            piece.clear();
        } else {
            let in_turn = |buffer: &mut [u8], _| self.source.read(buffer);
            let read = read.unwrap_or_else(|| piece.fill(self.block_bytes, in_turn));
            self.error = read.err();
            self.is_over = piece.bytes().len() < self.block_bytes;
            self.taken += piece.bytes().len() as u64;
        }
        piece.prepend(&self.rest);
        self.rest.clear();
        let bytes = piece.bytes().len();
        if bytes == 0 {
            return false;
        }
        if !self.is_over {
            let near = bytes.saturating_sub(SLACK_BYTES);
            let end = self.cutter.boundary(piece.bytes(), near);
            let end = end.filter(|end| (1..=bytes).contains(end));
            piece.cut(end.unwrap_or(bytes), &mut self.rest);
        }
        self.has_cut = true;
        lane.guess = self.cutter.clone();
        self.cutter = self.cutter.guess(piece.bytes(), &mut self.room);
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use std::vec;

    use super::*;
    use crate::Audit;
    use crate::format::Format;

    #[test]
    fn blocks_that_were_read_out_of_turn_are_cut_in_turn() {
        let decoder = AnyDecoder::new(Format::Evt2, None).unwrap();
        let blocks = Blocks::new(None, 0, &decoder);
        let file: Vec<u8> = (0..2 * blocks.bytes + 40).map(|byte| byte as u8).collect();
        let mut source: &[u8] = &[];
        let mut front = Front::new(&mut source, &decoder, &blocks);
        for number in [2, 3, 1, 0] {
            let mut lane = Lane::new(decoder.clone(), Audit::new(None));
            lane.number = number;
            let start = file.len().min(number as usize * blocks.bytes);
            let mut block = file.get(start..).unwrap();
            let read = lane.piece.fill(blocks.bytes, |to, _| block.read(to));
            assert!(front.pieces.is_empty());
            front.arrive(lane, Some(read));
        }
        let numbers: Vec<u64> = front.pieces.iter().map(|lane| lane.number).collect();
        let pieces: Vec<&[u8]> = front.pieces.iter().map(|lane| lane.piece.bytes()).collect();
        assert_eq!((numbers, front.empty.len()), (vec![0, 1, 2], 1));
        assert!(pieces.concat() == file);
        assert_eq!((front.taken, front.is_over), (file.len() as u64, true));
    }
}
