//! Reading by several threads.

use std::io::Read;

use super::blame::locate;
use super::lanes::{LANE_BYTES, MOST_LANES};
use super::team::Team;
use super::{Input, PUSH_BYTES, READ_BYTES, Reader};
use crate::{ColumnsMut, Error};

impl<R: Read> Reader<R> {
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
        let before = out.len();
        let lanes = if self.is_shareable() { team.size() } else { 1 };
        let wanted = if lanes > 1 {
            lanes.min(MOST_LANES) * LANE_BYTES
        } else {
            READ_BYTES
        };
        while out.free() > 0 {
            self.take_spill(out);
            self.lanes.hand_out(out, team);
            if out.free() == 0 || !self.fill_input(wanted)? {
                break;
            }
            if self.decode_lanes(team) {
                continue;
            }
            if out.free() >= self.decoder.max_events_per_unit() {
                self.decode(out, PUSH_BYTES);
            } else {
                self.decode_to_spill(out);
            }
        }
        Ok(out.len() - before)
    }

    /// Whether more than one thread can decode this format.
    pub fn is_shareable(&self) -> bool {
        self.decoder.is_shareable()
    }

    /// Decodes the waiting bytes piece by piece side by side; false where nothing came of it.
    fn decode_lanes(&mut self, team: &impl Team) -> bool {
        let Input {
            bytes, start, end, ..
        } = &self.input;
        let input = bytes.get(*start..*end).unwrap_or_default();
        let known = (&self.decoder, &self.audit);
        if !self.lanes.decode(input, known, team) {
            return false;
        }
        let (mut right, mut used) = (0, 0);
        for lane in self.lanes.iter() {
            if !self.decoder.take_over(&lane.guess, &lane.decoder) {
                break;
            }
            let earlier = self.audit.events;
            self.audit.append(&lane.audit);
            self.triggers.extend_from_slice(&lane.triggers);
            let piece = input.get(lane.piece.clone()).unwrap_or_default();
            let offset = self.input.offset + lane.piece.start as u64;
            self.blame.find(&self.audit, |index| {
                let within = index.checked_sub(earlier)?;
                locate(lane.guess.clone(), piece, offset, within)
            });
            (right, used) = (right + 1, lane.piece.end);
        }
        self.lanes.accept(right);
        self.input.start += used;
        self.input.offset += used as u64;
        right > 0
    }
}
