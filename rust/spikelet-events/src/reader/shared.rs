//! Reading by several threads.

use std::io::Read;
use std::sync::Mutex;
use std::thread;
use std::{vec, vec::Vec};

use super::Reader;
use super::front::{Blocks, Front};
use super::lanes::{self, Lane};
use super::turn::{Decoded, Desk, Turn};
use crate::columns::Places;
use crate::team::{BREAK, LOOKS, held, left};
use crate::{ColumnsMut, Error, Team};

/// Pieces decoded from the front after a guess that was wrong, for the next would most likely be, too.
const PATIENCE: usize = 16;

impl<R: Read + Send> Reader<R> {
    /// [`read`](Self::read) by the threads of `team`; what comes out does not depend on how many they are.
    ///
    /// AEDAT 3.1, and formats whose times hang together, are decoded by one, and so is what another thread
    /// [reads ahead](Reader::read_ahead).
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
        if team.size() < 2 || !self.is_shareable() || self.forward.is_some() {
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
        let start = self.input.offset;
        let blocks = Blocks::new(self.apart.as_ref(), start, &self.decoder);
        let (threads, most) = lanes::most(team.size());
        let front = Front::new(&mut self.source, &self.decoder, &blocks);
        let turn = Turn {
            decoder: &mut self.decoder,
            audit: &mut self.audit,
            triggers: &mut self.triggers,
            blame: &mut self.blame,
            offset: start,
            filled: 0,
            is_stuck: false,
        };
        let work = Work {
            desk: Mutex::new(Desk::new(turn, out.places(), (self.lanes.take(), most))),
            front: Mutex::new(front),
            blocks,
        };
        team.each(&mut vec![(); threads], |()| work.off());
        let (front, desk) = (left(work.front), left(work.desk));
        let (filled, offset) = (desk.turn.filled, desk.turn.offset);
        self.patience = if desk.turn.is_stuck { PATIENCE } else { 0 };
        let lanes = desk.idle.into_iter().chain(front.empty);
        let (is_any, taken, rest) = (front.has_cut, front.taken, front.rest);
        let error = front.error;
        out.advance(filled);
        self.put_back(lanes, rest, offset);
        if let Some(apart) = &self.apart {
            apart.go_on_at(start + taken)?;
        }
        error.map_or(Ok(is_any), Err)
    }

    /// Lets what was cut off and not taken over be decoded next.
    fn put_back(&mut self, lanes: impl IntoIterator<Item = Lane>, rest: Vec<u8>, offset: u64) {
        let input = &mut self.input;
        input.bytes.clear();
        self.lanes.put_back(lanes, &mut input.bytes);
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

/// What the threads share; each is held for a short time, and nobody waits for a certain piece of another.
///
/// The system may take any thread off its processor for milliseconds: the others then go on with other pieces.
struct Work<'a, 'p, R> {
    blocks: Blocks<'a>,
    front: Mutex<Front<'a, R>>,
    desk: Mutex<Desk<'a, 'p>>,
}

enum Job {
    Read(Lane),
    Decode(Lane),
}

impl<'p, R: Read> Work<'_, 'p, R> {
    /// Reads and decodes by one thread, until nothing is left or events have found too few places.
    fn off(&self) {
        while let Some(job) = self.job() {
            match job {
                Job::Read(mut lane) => {
                    let read = self.blocks.read(&mut lane);
                    held(&self.front).arrive(lane, read);
                }
                Job::Decode(lane) => self.bring(self.decoded(lane)),
            }
        }
    }

    fn job(&self) -> Option<Job> {
        loop {
            let mut front = held(&self.front);
            if let Some(lane) = front.pieces.pop_front() {
                return Some(Job::Decode(lane));
            }
            let is_over = front.is_over;
            drop(front);
            let mut desk = held(&self.desk);
            if is_over || desk.is_over() {
                return None;
            }
            if let Some(lane) = desk.lane() {
                return Some(Job::Read(lane));
            }
            drop(desk);
            thread::sleep(BREAK);
        }
    }

    fn decoded(&self, mut lane: Lane) -> Decoded<'p> {
        let told = lane.told();
        let places = told.and_then(|events| self.seat(lane.number, events));
        let places = lane.decode(told, places);
        Decoded { lane, places }
    }

    /// Places for so many events of piece `number`, if its turn comes soon: else it is decoded aside.
    fn seat(&self, number: u64, events: usize) -> Option<Places<'p>> {
        let mut looks = (0..LOOKS).map(|look| {
            if look > 0 {
                thread::yield_now();
            }
            held(&self.desk).seat(number, events)
        });
        looks.find_map(|places| places)
    }

    /// Brings back what was decoded, and fills places of pieces whose turn it is.
    fn bring(&self, decoded: Decoded<'p>) {
        let over = held(&self.desk).take_over(decoded);
        for (mut lane, places) in over {
            lane.hand_out(places);
            held(&self.desk).idle.push(lane);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;
    use crate::format::{AnyDecoder, AnyEncoder, Format};
    use crate::reader::Blame;
    use crate::{Audit, Columns, Encode, OwnedColumns, SensorSize};

    /// More than five blocks of records.
    const EVENTS: usize = 6 << 16;

    fn events() -> OwnedColumns {
        OwnedColumns {
            t: (0..EVENTS as i64).map(|index| index / 100).collect(),
            x: (0..EVENTS).map(|index| (index % 31) as u16).collect(),
            y: (0..EVENTS).map(|index| (index % 29) as u16).collect(),
            p: (0..EVENTS).map(|index| index % 3 == 0).collect(),
        }
    }

    fn encoded(events: Columns<'_>) -> Vec<u8> {
        let size = SensorSize {
            width: 34,
            height: 34,
        };
        let mut bytes = Vec::new();
        let mut encoder = AnyEncoder::new(Format::Bin40, size, None).unwrap();
        let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
        encoder.push(events, &mut sink).unwrap();
        bytes
    }

    /// Reads `bytes` by one thread that takes `late` jobs first and finishes them, the last one first, when nothing else
    /// is left to do.
    fn read_by_a_late_thread(bytes: &[u8], late: usize) -> (OwnedColumns, u64) {
        let mut decoder = AnyDecoder::new(Format::Bin40, None).unwrap();
        let (mut source, mut columns) = (bytes, OwnedColumns::zeroed(EVENTS + 1));
        let mut out = columns.all_mut();
        let blocks = Blocks::new(None, 0, &decoder);
        let front = Front::new(&mut source, &decoder, &blocks);
        let turn = Turn {
            decoder: &mut decoder,
            audit: &mut Audit::new(None),
            triggers: &mut Vec::new(),
            blame: &mut Blame::default(),
            offset: 0,
            filled: 0,
            is_stuck: false,
        };
        let work = Work {
            desk: Mutex::new(Desk::new(turn, out.places(), (Vec::new(), 20))),
            front: Mutex::new(front),
            blocks,
        };
        let mut jobs = Vec::new();
        while jobs.len() < late {
            match work.job().unwrap() {
                Job::Read(lane) => held(&work.front).arrive(lane, None),
                Job::Decode(lane) => jobs.push(lane),
            }
        }
        work.off();
        assert_eq!(held(&work.desk).turn.filled, 0);
        while let Some(lane) = jobs.pop() {
            work.bring(work.decoded(lane));
        }
        let desk = left(work.desk);
        let (filled, offset) = (desk.turn.filled, desk.turn.offset);
        columns.truncate(filled);
        (columns, offset)
    }

    #[test]
    fn pieces_behind_one_that_is_late_are_decoded_meanwhile_and_placed_behind_it() {
        let events = events();
        let bytes = encoded(events.all());
        for late in [1, 2, 4] {
            let (columns, offset) = read_by_a_late_thread(&bytes, late);
            assert!(columns == events, "{late} late");
            assert_eq!(offset, bytes.len() as u64);
        }
    }
}
