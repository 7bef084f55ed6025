//! Pieces of a file that are decoded side by side, each into columns of its own, and handed out in order.

use std::{ops::Range, vec::Vec};

use super::TRIGGERS;
use super::piece::Piece;
use crate::columns::{OwnedColumns, Places};
use crate::format::AnyDecoder;
use crate::team::MOST_THREADS;
use crate::{Audit, Columns, ColumnsMut, Trigger};

/// Pieces that may wait for one before them that comes late, where the system has taken its thread off the processor:
/// more would take more memory than that is worth, for each may hold a megabyte of events.
const SPARE_LANES: usize = 12;
/// Events for which a lane has room at first.
pub(super) const LANE_EVENTS: usize = 1 << 16;

/// The pieces, and those of their events that are not handed out yet.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    all: Vec<Lane>,
}

/// One piece of the file, decoded apart from the others.
#[derive(Debug)]
pub(super) struct Lane {
    /// Which piece it is, counted from the first that was decoded side by side.
    pub(super) number: u64,
    pub(super) piece: Piece,
    /// The state before the piece, as far as could be told.
    pub(super) guess: AnyDecoder,
    pub(super) decoder: AnyDecoder,
    pub(super) triggers: Vec<Trigger>,
    pub(super) audit: Audit,
    /// Whether the events told beforehand came, if any were told.
    pub(super) is_as_told: bool,
    /// Events that have places.
    pub(super) placed: usize,
    columns: OwnedColumns,
    /// Events not handed out yet.
    pub(super) waiting: Range<usize>,
}

/// Threads that share lanes, and lanes that they may have.
pub(super) fn most(threads: usize) -> (usize, usize) {
    let threads = threads.min(MOST_THREADS);
    (threads, threads + SPARE_LANES)
}

impl Lanes {
    /// Takes all of them out, none of which holds anything that is not handed out.
    pub(super) fn take(&mut self) -> Vec<Lane> {
        let mut all = core::mem::take(&mut self.all);
        for lane in &mut all {
            lane.piece.clear();
        }
        all
    }

    /// Takes lanes in again, and gives the pieces that were not taken over back to `input`.
    pub(super) fn put_back(&mut self, lanes: impl IntoIterator<Item = Lane>, input: &mut Vec<u8>) {
        self.all.extend(lanes);
        self.all.sort_by_key(|lane| lane.number);
        for lane in &mut self.all {
            input.extend_from_slice(lane.piece.bytes());
            lane.piece.clear();
        }
    }

    /// Moves as many events to `out` as find a place there.
    pub(super) fn hand_out(&mut self, out: &mut ColumnsMut<'_>) {
        for lane in &mut self.all {
            let filled = lane.hand_out(out.places());
            out.advance(filled);
        }
    }
}

impl Lane {
    pub(super) fn new(decoder: AnyDecoder, audit: Audit) -> Self {
        Self {
            number: 0,
            piece: Piece::default(),
            guess: decoder.clone(),
            decoder,
            triggers: Vec::new(),
            audit,
            is_as_told: true,
            placed: 0,
            columns: OwnedColumns::default(),
            waiting: 0..0,
        }
    }

    /// How many events the piece gives, where that is told beforehand.
    pub(super) fn told(&self) -> Option<usize> {
        self.guess.events_in(self.piece.bytes())
    }

    /// Decodes the piece from the state guessed: straight to `places` where these are for all the events that were told;
    /// else they are given back for [`hand_out`](Self::hand_out).
    pub(super) fn decode<'p>(
        &mut self,
        told: Option<usize>,
        places: Option<Places<'p>>,
    ) -> Option<Places<'p>> {
        self.decoder = self.guess.clone();
        self.triggers.clear();
        self.audit = self.audit.unseen();
        (self.placed, self.waiting) = (0, 0..0);
        let piece = core::mem::take(&mut self.piece);
        let left = match places {
            Some(places) if told == Some(places.t.len()) => {
                self.is_as_told = self.decode_straight(piece.bytes(), places);
                Some(Places::default())
            }
            left => {
                self.decode_aside(piece.bytes());
                self.is_as_told = told.is_none_or(|events| events == self.waiting.len());
                left
            }
        };
        self.piece = piece;
        left
    }

    /// Whether the events were as many as the places.
    fn decode_straight(&mut self, piece: &[u8], places: Places<'_>) -> bool {
        let mut free = places;
        for part in piece.chunks(self.decoder.push_bytes()) {
            let mut rest = part;
            while !rest.is_empty() {
                let triggers = self.triggers.len();
                let (used, filled) = self.push(rest, &mut free);
                if used + filled == 0 && self.triggers.len() == triggers {
                    return false;
                }
                rest = rest.get(used..).unwrap_or_default();
                self.placed += filled;
                free = free.split_at(filled).1;
            }
        }
        free.t.is_empty()
    }

    fn decode_aside(&mut self, piece: &[u8]) {
        let mut columns = core::mem::take(&mut self.columns);
        if columns.is_empty() {
            columns = OwnedColumns::zeroed(LANE_EVENTS);
        }
        for part in piece.chunks(self.decoder.push_bytes()) {
            let mut rest = part;
            while !rest.is_empty() {
                if columns.len() - self.waiting.end < self.decoder.max_events_per_unit() {
                    let more = OwnedColumns::zeroed(columns.len());
                    columns.extend(more.all());
                }
                let mut free = columns.window_mut(self.waiting.end, usize::MAX);
                let (used, filled) = self.push(rest, &mut free.places());
                rest = rest.get(used..).unwrap_or_default();
                self.waiting.end += filled;
            }
        }
        self.columns = columns;
    }

    /// Decodes into the first of `places`; returns how many bytes were used, and how many places.
    fn push(&mut self, input: &[u8], places: &mut Places<'_>) -> (usize, usize) {
        let mut triggers = [Trigger::default(); TRIGGERS];
        let Ok(out) = ColumnsMut::new(places.t, places.x, places.y, places.p) else {
            return (0, 0);
        };
        let mut out = out.with_triggers(&mut triggers);
        let used = self.decoder.push(input, &mut out);
        self.triggers.extend_from_slice(out.triggers());
        self.audit.add(out.filled());
        (used, out.len())
    }

    /// Moves the first waiting events to `places`; returns how many.
    pub(super) fn hand_out(&mut self, places: Places<'_>) -> usize {
        let waiting = self.columns.all().split_at(self.waiting.start).1;
        let (mut places, _) = places.split_at(self.waiting.len());
        let (now, _) = waiting.split_at(places.t.len());
        places.copy_from(now);
        self.waiting.start += now.len();
        now.len()
    }
}

impl Places<'_> {
    /// The first places, at most all, and the rest.
    pub(super) fn split_at(self, middle: usize) -> (Self, Self) {
        let middle = middle.min(self.t.len());
        let (t, t_rest) = self.t.split_at_mut(middle);
        let (x, x_rest) = self.x.split_at_mut(middle);
        let (y, y_rest) = self.y.split_at_mut(middle);
        let (p, p_rest) = self.p.split_at_mut(middle);
        let rest = Self {
            t: t_rest,
            x: x_rest,
            y: y_rest,
            p: p_rest,
        };
        (Self { t, x, y, p }, rest)
    }

    /// Fills all places with as many events.
    fn copy_from(&mut self, events: Columns<'_>) {
        self.t.copy_from_slice(events.t());
        self.x.copy_from_slice(events.x());
        self.y.copy_from_slice(events.y());
        self.p.copy_from_slice(events.p());
    }
}
