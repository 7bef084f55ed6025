//! Pieces of a file that are decoded side by side, each into columns of its own, and handed out in order.

use std::{ops::Range, vec::Vec};

use super::{PUSH_BYTES, TRIGGERS};
use crate::columns::{OwnedColumns, Places};
use crate::format::AnyDecoder;
use crate::{Audit, Columns, ColumnsMut, Trigger};

/// More would take more memory than their speed is worth: each may hold a megabyte of events.
const MOST_LANES: usize = 16;
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
    pub(super) piece: Vec<u8>,
    /// The state before the piece, as far as could be told.
    pub(super) guess: AnyDecoder,
    pub(super) decoder: AnyDecoder,
    pub(super) triggers: Vec<Trigger>,
    pub(super) audit: Audit,
    columns: OwnedColumns,
    /// Events not handed out yet.
    pub(super) waiting: Range<usize>,
}

impl Lanes {
    /// One lane for each of `size` threads, none of which holds anything.
    pub(super) fn cleared(&mut self, size: usize, known: (&AnyDecoder, &Audit)) -> &mut [Lane] {
        let (decoder, audit) = known;
        let new = || Lane::new(decoder.clone(), audit.unseen());
        self.all.resize_with(size.min(MOST_LANES), new);
        for lane in &mut self.all {
            lane.piece.clear();
        }
        &mut self.all
    }

    /// Gives the pieces that were not taken over back to `input`.
    pub(super) fn give_back(&mut self, input: &mut Vec<u8>) {
        self.all.sort_by_key(|lane| lane.number);
        for lane in &mut self.all {
            input.append(&mut lane.piece);
        }
    }

    /// Moves as many events to `out` as find a place there.
    pub(super) fn hand_out(&mut self, out: &mut ColumnsMut<'_>) {
        for lane in &mut self.all {
            let (mine, _) = out.places().split_at(lane.waiting.len());
            let filled = mine.t.len();
            lane.hand_out(mine);
            out.advance(filled);
        }
    }
}

impl Lane {
    fn new(decoder: AnyDecoder, audit: Audit) -> Self {
        Self {
            number: 0,
            piece: Vec::new(),
            guess: decoder.clone(),
            decoder,
            triggers: Vec::new(),
            audit,
            columns: OwnedColumns::default(),
            waiting: 0..0,
        }
    }

    /// Decodes the piece from the state guessed.
    pub(super) fn decode(&mut self) {
        self.decoder = self.guess.clone();
        self.triggers.clear();
        self.audit = self.audit.unseen();
        self.waiting = 0..0;
        if self.columns.is_empty() {
            self.columns = OwnedColumns::zeroed(LANE_EVENTS);
        }
        let piece = core::mem::take(&mut self.piece);
        piece.chunks(PUSH_BYTES).for_each(|part| self.push(part));
        self.piece = piece;
    }

    fn push(&mut self, part: &[u8]) {
        let mut rest = part;
        while !rest.is_empty() {
            if self.columns.len() - self.waiting.end < self.decoder.max_events_per_unit() {
                let more = OwnedColumns::zeroed(self.columns.len());
                self.columns.extend(more.all());
            }
            let mut triggers = [Trigger::default(); TRIGGERS];
            let out = self.columns.window_mut(self.waiting.end, usize::MAX);
            let mut out = out.with_triggers(&mut triggers);
            let used = self.decoder.push(rest, &mut out);
            rest = rest.get(used..).unwrap_or_default();
            self.triggers.extend_from_slice(out.triggers());
            self.audit.add(out.filled());
            self.waiting.end += out.len();
        }
    }

    /// Moves the first waiting events to `places`, which are at most as many.
    pub(super) fn hand_out(&mut self, mut places: Places<'_>) {
        let waiting = self.columns.all().split_at(self.waiting.start).1;
        let (now, _) = waiting.split_at(places.t.len());
        places.copy_from(now);
        self.waiting.start += now.len();
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
