//! What is known up to some piece of a file, and the pieces that wait for one before them.

use std::vec::Vec;

use super::blame::{Blame, locate};
use super::lanes::Lane;
use crate::columns::Places;
use crate::format::AnyDecoder;
use crate::{Audit, Trigger};

/// The state of a reader behind the pieces that were taken over.
pub(super) struct Turn<'a> {
    pub(super) decoder: &'a mut AnyDecoder,
    pub(super) audit: &'a mut Audit,
    pub(super) triggers: &'a mut Vec<Trigger>,
    pub(super) blame: &'a mut Blame,
    /// Where the next piece begins in the file.
    pub(super) offset: u64,
    pub(super) filled: usize,
    /// Whether a guess was wrong: what comes behind it is decoded from the front.
    pub(super) is_stuck: bool,
}

impl Turn<'_> {
    /// Takes over what `lane` decoded and placed, unless that must be decoded anew.
    fn take_over(&mut self, lane: &mut Lane) {
        if self.is_stuck || !lane.is_as_told || !self.decoder.take_over(&lane.guess, &lane.decoder)
        {
            self.is_stuck = true;
            lane.waiting = 0..0;
            return;
        }
        let earlier = self.audit.events;
        self.audit.append(&lane.audit);
        self.triggers.extend_from_slice(&lane.triggers);
        self.blame.find(self.audit, |index| {
            let within = index.checked_sub(earlier)?;
            locate(lane.guess.clone(), lane.piece.bytes(), self.offset, within)
        });
        self.offset += lane.piece.bytes().len() as u64;
        self.filled += lane.placed;
        lane.piece.clear();
    }
}

/// A piece that is decoded, and places that its events have: none yet, or too few for all.
pub(super) struct Decoded<'p> {
    pub(super) lane: Lane,
    pub(super) places: Option<Places<'p>>,
}

/// Where lanes and places are fetched and brought back.
pub(super) struct Desk<'a, 'p> {
    pub(super) turn: Turn<'a>,
    /// Places that are still free.
    free: Places<'p>,
    /// Pieces whose events have places, and those that were taken over.
    seated: u64,
    passed: u64,
    /// Pieces decoded before their turn.
    early: Vec<Decoded<'p>>,
    pub(super) idle: Vec<Lane>,
    /// How many more lanes may be made.
    unmade: usize,
}

impl<'a, 'p> Desk<'a, 'p> {
    /// With these lanes, and others up to `most`.
    pub(super) fn new(turn: Turn<'a>, free: Places<'p>, (idle, most): (Vec<Lane>, usize)) -> Self {
        Self {
            turn,
            free,
            seated: 0,
            passed: 0,
            early: Vec::new(),
            unmade: most.saturating_sub(idle.len()),
            idle,
        }
    }

    /// Whether nothing more can be decoded or placed.
    pub(super) fn is_over(&self) -> bool {
        self.turn.is_stuck || self.free.t.is_empty()
    }

    /// A lane of which nobody makes use; none while all are with others, or wait for a piece that is late.
    pub(super) fn lane(&mut self) -> Option<Lane> {
        if self.idle.is_empty() && self.unmade > 0 {
            self.unmade -= 1;
            let turn = &self.turn;
            return Some(Lane::new(turn.decoder.clone(), turn.audit.unseen()));
        }
        self.idle.pop()
    }

    /// Places for so many events of piece `number`, or those that are left; none before its turn.
    pub(super) fn seat(&mut self, number: u64, events: usize) -> Option<Places<'p>> {
        if self.seated != number {
            return None;
        }
        self.seated += 1;
        let (mine, rest) = core::mem::take(&mut self.free).split_at(events);
        self.free = rest;
        Some(mine)
    }

    /// Takes over, in their turn, the pieces that are decoded; they come back with the places that are to be filled.
    pub(super) fn take_over(&mut self, decoded: Decoded<'p>) -> Vec<(Lane, Places<'p>)> {
        self.early.push(decoded);
        let mut over = Vec::new();
        let is_next = |decoded: &Decoded<'_>, passed| decoded.lane.number == passed;
        while let Some(at) = self
            .early
            .iter()
            .position(|early| is_next(early, self.passed))
        {
            let Decoded { mut lane, places } = self.early.swap_remove(at);
            let places = places.or_else(|| self.seat(lane.number, lane.waiting.len()));
            let places = places.unwrap_or_default();
            lane.placed += places.t.len();
            self.passed += 1;
            self.turn.take_over(&mut lane);
            over.push((lane, places));
        }
        over
    }
}
