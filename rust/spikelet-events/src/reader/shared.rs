//! Reading by several threads.

use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::vec::Vec;

use super::Reader;
use super::front::Front;
use super::lanes::Lane;
use super::team::Team;
use super::turn::{Turn, Turns};
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
        let known = (&self.decoder, &self.audit);
        let lanes = self.lanes.cleared(team.size(), known);
        // Where events are counted first, each thread decodes its own straight to where they belong.
        let is_counted = self.decoder.events_in(&[]).is_some();
        let (early, late) = if is_counted {
            (Some(out.places()), None)
        } else {
            (None, Some(out.places()))
        };
        let front = Mutex::new(Front::new(&mut self.source, &self.decoder, early));
        let turns = Turns::new(Turn {
            decoder: &mut self.decoder,
            audit: &mut self.audit,
            triggers: &mut self.triggers,
            blame: &mut self.blame,
            offset: self.input.offset,
            places: late,
            filled: 0,
            is_stuck: false,
        });
        team.each(lanes, |lane| work_off(lane, &front, &turns));
        let Turn {
            offset,
            filled,
            is_stuck,
            ..
        } = turns.into_inner();
        let front = front.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (is_any, Front { rest, error, .. }) = (front.has_cut(), front);
        out.advance(filled);
        self.patience = if is_stuck { PATIENCE } else { 0 };
        self.put_back(rest, offset);
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

/// Decodes piece after piece into one lane, until none is left or its events have found too few places.
fn work_off<'p, R: Read>(
    lane: &mut Lane,
    front: &Mutex<Front<'_, 'p, R>>,
    turns: &Turns<Turn<'_, 'p>>,
) {
    while lane.waiting.is_empty() && !turns.look(Turn::is_over) {
        let mut source = front.lock().unwrap_or_else(PoisonError::into_inner);
        let mut places = None;
        let is_cut = source.cut(lane, &mut places);
        drop(source);
        if !is_cut {
            break;
        }
        let left = lane.decode(places);
        let places = turns.take(lane.number, |turn| turn.take_over(lane, left));
        let Some(places) = places else { break };
        lane.hand_out(places);
    }
}
