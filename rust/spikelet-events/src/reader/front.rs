//! The source, cut into pieces for those who decode them.

use std::{io::Read, vec::Vec};

use super::lanes::{LANE_EVENTS, Lane};
use crate::columns::Places;
use crate::format::AnyDecoder;
use crate::{Error, OwnedColumns};

/// Bytes of a piece at least.
const LEAST_BYTES: usize = 1 << 16;
/// Bytes at the end of a piece among which it is cut: a line of text, some words.
const SLACK_BYTES: usize = 1 << 12;
/// Events for which there is room while a state is guessed.
const ROOM: usize = 1 << 12;

/// What is not given to anybody yet.
pub(super) struct Front<'a, 'p, R> {
    source: &'a mut R,
    /// Places for pieces whose events are counted before they are decoded; none where they are not.
    places: Option<Places<'p>>,
    /// Bytes behind the last cut.
    pub(super) rest: Vec<u8>,
    /// The state at the cut, as far as the piece before tells.
    cutter: AnyDecoder,
    room: OwnedColumns,
    number: u64,
    /// Why reading stopped before the end of the file.
    pub(super) error: Option<Error>,
    is_over: bool,
}

impl<'a, 'p, R: Read> Front<'a, 'p, R> {
    /// The source from where `decoder` stands.
    pub(super) fn new(source: &'a mut R, decoder: &AnyDecoder, places: Option<Places<'p>>) -> Self {
        Self {
            source,
            places,
            rest: Vec::new(),
            cutter: decoder.uncounted(),
            room: OwnedColumns::zeroed(ROOM),
            number: 0,
            error: None,
            is_over: false,
        }
    }

    /// Whether there was any piece.
    pub(super) fn has_cut(&self) -> bool {
        self.number > 0
    }

    /// Gives the next piece to `lane`, and the places of its events where they are counted; false where there is none.
    pub(super) fn cut(&mut self, lane: &mut Lane, places: &mut Option<Places<'p>>) -> bool {
        if self.places.as_ref().is_some_and(|free| free.t.is_empty()) {
            return false;
        }
        lane.piece.clear();
        lane.piece.append(&mut self.rest);
        if !self.is_over {
            self.fill(&mut lane.piece);
        }
        if lane.piece.is_empty() {
            return false;
        }
        if !self.is_over {
            let near = lane.piece.len().saturating_sub(SLACK_BYTES);
            let found = self.cutter.boundary(&lane.piece, near);
            let end = found.filter(|&end| 0 < end && end <= lane.piece.len());
            self.rest = lane.piece.split_off(end.unwrap_or(lane.piece.len()));
        }
        (lane.number, self.number) = (self.number, self.number + 1);
        lane.guess = self.cutter.clone();
        lane.expected = lane.guess.events_in(&lane.piece);
        *places = self.places.take().map(|free| {
            let (mine, rest) = free.split_at(lane.expected.unwrap_or_default());
            self.places = Some(rest);
            mine
        });
        self.cutter = self.cutter.guess(&lane.piece, &mut self.room);
        true
    }

    /// Reads on until the piece is long enough or the source ends.
    fn fill(&mut self, piece: &mut Vec<u8>) {
        let density = self.cutter.max_events_per_unit().div_ceil(4);
        let wanted = LEAST_BYTES.max(LANE_EVENTS * self.cutter.unit_bytes() / density);
        let missing = wanted.saturating_sub(piece.len()) as u64;
        // Reads into memory that was never cleared.
        if let Err(error) = self.source.by_ref().take(missing).read_to_end(piece) {
            self.error = Some(error.into());
        }
        self.is_over = piece.len() < wanted;
    }
}
