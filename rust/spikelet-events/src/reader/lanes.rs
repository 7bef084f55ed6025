//! Pieces of a file that are decoded side by side, each into columns of its own, and handed out in order.

use std::{ops::Range, vec::Vec};

use super::team::Team;
use super::{PUSH_BYTES, TRIGGERS};
use crate::columns::{OwnedColumns, Places};
use crate::format::{AnyDecoder, LEAD_BYTES};
use crate::{Audit, Columns, ColumnsMut, Trigger};

/// Bytes of one piece: enough work for a thread to be worth waking, and events that stay in the cache.
pub(super) const LANE_BYTES: usize = 1 << 18;
/// Fewer are decoded sooner than shared out.
const LEAST_BYTES: usize = 4 * LEAD_BYTES;
/// More would take more memory than their speed is worth: each may hold a megabyte of events.
pub(super) const MOST_LANES: usize = 16;
/// Pieces decoded from the front after a guess that was wrong, for the next would most likely be, too.
const PATIENCE: usize = 16;

/// The pieces, and those of their events that are not handed out yet.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    all: Vec<Lane>,
    /// Lanes whose events are to be handed out.
    ready: Range<usize>,
    patience: usize,
}

/// One piece of the input, decoded apart from the others.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) guess: AnyDecoder,
    pub(super) decoder: AnyDecoder,
    pub(super) piece: Range<usize>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) audit: Audit,
    columns: OwnedColumns,
    /// Events not handed out yet.
    waiting: Range<usize>,
}

impl Lanes {
    /// Cuts `input` into pieces and decodes them side by side; false where that is not worth it.
    pub(super) fn decode(
        &mut self,
        input: &[u8],
        (decoder, audit): (&AnyDecoder, &Audit),
        team: &impl Team,
    ) -> bool {
        if self.patience > 0 {
            self.patience -= 1;
            return false;
        }
        let size = team.size().min(MOST_LANES).min(input.len() / LEAST_BYTES);
        if size < 2 {
            return false;
        }
        let share = LANE_BYTES.min(input.len() / size);
        let inner = (1..size).map(|lane| decoder.boundary(input, lane * share));
        let Some(mut ends) = inner.collect::<Option<Vec<_>>>() else {
            return false;
        };
        ends.push(input.len());
        self.all
            .resize_with(size, || Lane::new(decoder.clone(), audit.unseen()));
        let mut start = 0;
        for (lane, end) in self.all.iter_mut().zip(ends) {
            lane.piece = start..end;
            lane.guess = decoder.uncounted();
            start = end;
        }
        team.each(&mut self.all, |lane| lane.decode(input));
        self.ready = 0..0;
        true
    }

    /// The pieces in order, those first whose guess may be checked.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Lane> {
        self.all.iter()
    }

    /// Lets the events of the first `right` pieces be handed out and forgets the others.
    pub(super) fn accept(&mut self, right: usize) {
        self.ready = 0..right;
        if right < self.all.len() {
            self.patience = PATIENCE;
        }
    }

    /// Moves as many events to `out` as find a place there.
    pub(super) fn hand_out(&mut self, out: &mut ColumnsMut<'_>, team: &impl Team) {
        let mut places = out.places();
        let (mut copies, mut filled) = (Vec::new(), 0);
        let ready = self.all.get_mut(self.ready.clone());
        for lane in ready.unwrap_or_default() {
            let now = lane.waiting.len().min(places.t.len());
            let events = lane.columns.all().split_at(lane.waiting.start).1;
            let (mine, rest) = places.split_at(now);
            copies.push((events.split_at(now).0, mine));
            places = rest;
            filled += now;
            lane.waiting.start += now;
            // A piece behind it may be empty, which does not make this one so.
            if !lane.waiting.is_empty() {
                break;
            }
            self.ready.start += 1;
        }
        team.each(&mut copies, |(events, places)| places.copy_from(*events));
        out.advance(filled);
    }
}

impl Lane {
    fn new(decoder: AnyDecoder, audit: Audit) -> Self {
        Self {
            guess: decoder.clone(),
            decoder,
            piece: 0..0,
            triggers: Vec::new(),
            audit,
            columns: OwnedColumns::default(),
            waiting: 0..0,
        }
    }

    /// Decodes the piece, and first a few bytes before it to learn the state there.
    fn decode(&mut self, input: &[u8]) {
        let units = self.piece.len() / self.guess.unit_bytes();
        let events = (units + LEAD_BYTES) * self.guess.max_events_per_unit().div_ceil(4);
        if self.columns.len() < events {
            self.columns = OwnedColumns::zeroed(events);
        }
        let start = self.piece.start;
        if start > 0 {
            let before = input.get(..start).unwrap_or_default();
            self.guess = self.guess.guess(before, &mut self.columns);
        }
        self.decoder = self.guess.clone();
        self.triggers.clear();
        self.audit = self.audit.unseen();
        self.waiting = 0..0;
        let piece = input.get(self.piece.clone()).unwrap_or_default();
        piece.chunks(PUSH_BYTES).for_each(|part| self.push(part));
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
}

impl<'a> Places<'a> {
    /// The first places, and the rest; `middle` must be no further than their end.
    fn split_at(self, middle: usize) -> (Self, Self) {
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
    fn copy_from(&mut self, events: Columns<'a>) {
        self.t.copy_from_slice(events.t());
        self.x.copy_from_slice(events.x());
        self.y.copy_from_slice(events.y());
        self.p.copy_from_slice(events.p());
    }
}
