//! Reading by several threads.

use std::io::Read;
use std::vec::Vec;

use super::Reader;
use super::front::{Blocks, Front};
use super::lanes::Lane;
use super::team::Team;
use super::turn::{Turn, Turns};
use crate::columns::Places;
use crate::{ColumnsMut, Error};

/// Pieces decoded from the front after a guess that was wrong, for the next would most likely be, too.
const PATIENCE: usize = 16;

impl<R: Read + Send> Reader<R> {
    /// [`read`](Self::read) by the threads of `team`; what comes out does not depend on how many they are.
    ///
    /// AEDAT 3.1, and formats whose times hang together, are decoded by one.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    ///
    /// ```
    /// use spikelet_events::{OwnedColumns, ReadOptions, Reader, Team};
    /// # struct OneByOne;
    /// # impl Team for OneByOne {
    /// #     fn size(&self) -> usize { 2 }
    /// #     fn each<T: Send>(&self, tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
    /// #         tasks.iter_mut().for_each(work);
    /// #     }
    /// # }
    ///
    /// let raw: &[u8] = b"% evt 3.0\n% geometry 1280x720\n% end\n\x01\x80\x10\x60\x64\x00\x05\x28";
    /// let mut reader = Reader::new(raw, None, &ReadOptions::default())?;
    /// let mut events = OwnedColumns::zeroed(100);
    /// assert_eq!(reader.read_with(&mut events.all_mut(), &OneByOne)?, 1);
    /// # Ok::<(), spikelet_events::Error>(())
    /// ```
    pub fn read_with(
        &mut self,
        out: &mut ColumnsMut<'_>,
        team: &impl Team,
    ) -> Result<usize, Error> {
        if team.size() < 2 || !self.is_shareable() {
            return self.read(out);
        }
        let before = out.len();
        while out.free() > 0 {
            self.take_spill(out);
            self.lanes.hand_out(out);
            if out.free() == 0 {
                break;
            }
            let is_behind = self.input.start == self.input.end && self.end.is_none();
            if is_behind && self.patience == 0 && self.decode_lanes(out, team)? {
                continue;
            }
            if !self.decode_some(out)? {
                break;
            }
        }
        Ok(out.len() - before)
    }

    /// Decodes pieces side by side until the file ends, `out` is full or one of them needs those before it; false
    /// where there was none.
    fn decode_lanes(&mut self, out: &mut ColumnsMut<'_>, team: &impl Team) -> Result<bool, Error> {
        let lanes = self
            .lanes
            .cleared(team.size(), (&self.decoder, &self.audit));
        let start = self.input.offset;
        let blocks = Blocks::new(self.apart.as_ref(), start, &self.decoder);
        let work = Work {
            front: Turns::new(Front::new(&mut self.source, &self.decoder, &blocks)),
            seats: Turns::new(out.places()),
            turns: Turns::new(Turn {
                decoder: &mut self.decoder,
                audit: &mut self.audit,
                triggers: &mut self.triggers,
                blame: &mut self.blame,
                offset: start,
                filled: 0,
                is_stuck: false,
            }),
            blocks,
        };
        team.each(lanes, |lane| work.off(lane));
        let (front, turn) = (work.front.into_inner(), work.turns.into_inner());
        let (filled, is_stuck, offset) = (turn.filled, turn.is_stuck, turn.offset);
        let (is_any, taken, rest) = (front.has_cut, front.taken, front.rest);
        let error = front.error;
        out.advance(filled);
        self.patience = if is_stuck { PATIENCE } else { 0 };
        self.put_back(rest, offset);
        if let Some(apart) = &self.apart {
            apart.go_on_at(start + taken)?;
        }
        error.map_or(Ok(is_any), Err)
    }

    /// Lets what was cut off and not decoded be decoded next.
    fn put_back(&mut self, rest: Vec<u8>, offset: u64) {
        let input = &mut self.input;
        input.bytes.clear();
        self.lanes.give_back(&mut input.bytes);
        input.bytes.extend(rest);
        (input.start, input.end, input.offset) = (0, input.bytes.len(), offset);
    }
}

impl<R> Reader<R> {
    /// Whether more than one thread can decode this format.
    pub fn is_shareable(&self) -> bool {
        self.decoder.is_shareable()
    }
}

/// What the lanes share. What goes from hand to hand stays short in each: to cut a piece, to give out places, to compare
/// where a piece began with where the one before ended.
struct Work<'a, 'p, R> {
    blocks: Blocks<'a>,
    front: Turns<Front<'a, R>>,
    /// Places that are still free.
    seats: Turns<Places<'p>>,
    turns: Turns<Turn<'a>>,
}

impl<'p, R: Read> Work<'_, 'p, R> {
    /// Decodes piece after piece by one lane, until none is left or its events have found too few places.
    fn off(&self, lane: &mut Lane) {
        while lane.waiting.is_empty() && !self.is_over() {
            let (read, door) = self.blocks.take(lane);
            let number = lane.number;
            let is_cut = self.front.take(number, |front| front.cut(lane, read));
            drop(door);
            if !is_cut {
                break;
            }
            let told = lane.told();
            let places = told.map(|events| self.seat(number, events));
            let left = lane.decode(told, places);
            let places = self.turns.take(number, |turn| {
                let places = left.unwrap_or_else(|| self.seat(number, lane.waiting.len()));
                lane.placed += places.t.len();
                turn.take_over(lane);
                places
            });
            lane.hand_out(places);
        }
    }

    fn is_over(&self) -> bool {
        let is_full = |free: &Places<'_>| free.t.is_empty();
        self.turns.look(|turn| turn.is_stuck) || self.seats.look(is_full)
    }

    /// Places for so many events of piece `number`, or those that are left.
    fn seat(&self, number: u64, events: usize) -> Places<'p> {
        self.seats.take(number, |free| {
            let (mine, rest) = core::mem::take(free).split_at(events);
            *free = rest;
            mine
        })
    }
}
