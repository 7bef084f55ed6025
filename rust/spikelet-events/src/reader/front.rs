//! The source, cut into pieces for those who decode them.

use std::sync::{Mutex, MutexGuard, PoisonError};
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
    next: Mutex<u64>,
}

/// The way to the next block, closed until it is read in turn.
pub(super) type Door<'d> = Option<MutexGuard<'d, u64>>;

impl<'a> Blocks<'a> {
    /// Blocks of about as many events as a lane has room for at first.
    pub(super) fn new(apart: Option<&'a Apart>, offset: u64, decoder: &AnyDecoder) -> Self {
        let density = decoder.max_events_per_unit().div_ceil(4);
        Self {
            apart,
            offset,
            bytes: LEAST_BYTES.max(LANE_EVENTS * decoder.unit_bytes() / density),
            next: Mutex::new(0),
        }
    }

    /// Gives the next block to `lane`; what came of reading it, where it could be read apart. Who waits for another to
    /// read in turn has no block yet, and holds nobody up.
    pub(super) fn take(&self, lane: &mut Lane) -> (Option<Result<(), Error>>, Door<'_>) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        lane.number = *next;
        *next += 1;
        let Some(apart) = self.apart else {
            return (None, Some(next));
        };
        drop(next);
        let start = self.offset + lane.number * self.bytes as u64;
        let read = |buffer: &mut [u8], at| apart.read(buffer, start + at as u64);
        (Some(lane.piece.fill(self.bytes, read)), None)
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
    is_over: bool,
    /// Whether there was any piece.
    pub(super) has_cut: bool,
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
        }
    }

    /// Makes a piece of the block of `lane`, read here unless it was `read`; false where nothing is left.
    pub(super) fn cut(&mut self, lane: &mut Lane, read: Option<Result<(), Error>>) -> bool {
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
