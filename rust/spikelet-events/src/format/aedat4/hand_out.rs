//! What an open body holds, handed out as far as there are places.

use super::body::{Body, Kind, Signal, event};
use super::{Decoder, Place, head_of};
use crate::ColumnsMut;
use crate::filler::Filler;
use crate::wide::widely;

/// Events looked at together: enough that each column is a loop of its own, which needs fewer steps than one straight
/// run of instructions for all of them.
const BLOCK: usize = 64;

impl Decoder {
    /// Hands out a body of events that is not compressed, straight from where it stands; false for others, and where
    /// there are too few places.
    pub(super) fn hand_out_at_once(&mut self, body: &[u8], out: &mut ColumnsMut<'_>) -> bool {
        let body = Body::parse(body).filter(|body| body.kind == Kind::Events && body.is_exact);
        let events = body.and_then(|body| Some((body, body.events()?.len())));
        let Some((body, events)) = events.filter(|&(_, events)| events <= out.free()) else {
            return false;
        };
        if !self.streams.takes(Kind::Events, head_of(self.head).0) {
            return false;
        }
        self.starts.push((self.counts.events, self.packet_start));
        let handed_out = self.events(body, 0, out);
        debug_assert_eq!(handed_out, Some(true), "{events} events had places");
        true
    }

    /// Hands out what the open body still holds, from record `next` on; false when `out` is full before.
    pub(super) fn hand_out(&mut self, next: usize, out: &mut ColumnsMut<'_>) -> bool {
        let body = core::mem::take(&mut self.body);
        let done = match Body::parse(body.bytes()) {
            // Emptied: nothing of it is wanted.
            None => Some(true),
            Some(found) => match found.kind {
                Kind::Events => self.events(found, next, out),
                Kind::Frame => self.frame(found, out),
                Kind::Inertial => self.inertial(found, out),
                Kind::Triggers => self.triggers(found, next, out),
                Kind::Other => Some(true),
            },
        };
        self.body = body;
        if done.is_none() {
            self.bad();
        }
        done.unwrap_or(true)
    }

    fn events(&mut self, body: Body<'_>, next: usize, out: &mut ColumnsMut<'_>) -> Option<bool> {
        let records = body.events()?.get(next..)?;
        let mut places = Filler::new(out.places());
        widely(
            #[inline(always)]
            || {
                for block in records.as_chunks::<BLOCK>().0 {
                    if !places.has_room(BLOCK) {
                        break;
                    }
                    places.fill(block, event);
                }
            },
        );
        for &record in records.get(places.n..)? {
            if !places.has_room(1) {
                break;
            }
            places.write(event(record));
            places.n += 1;
        }
        let filled = places.n;
        out.advance(filled);
        self.counts.events += filled as u64;
        let next = next + filled;
        self.place = Place::Open { next };
        Some(filled == records.len())
    }

    fn triggers(&mut self, body: Body<'_>, next: usize, out: &mut ColumnsMut<'_>) -> Option<bool> {
        let tables = body.tables()?;
        for index in next..tables.1 {
            self.place = Place::Open { next: index };
            match body.trigger(tables, index)? {
                Signal::Edge(trigger) => {
                    if !out.push_trigger(trigger) {
                        return Some(false);
                    }
                    self.counts.triggers += 1;
                }
                Signal::Mark(special) => {
                    self.counts.special_events += 1;
                    self.counts.time_resets += (special.kind == 0) as u64;
                    if let Some(beside) = out.beside() {
                        beside.special(special);
                    }
                }
            }
        }
        Some(true)
    }

    fn inertial(&mut self, body: Body<'_>, out: &mut ColumnsMut<'_>) -> Option<bool> {
        let tables = body.tables()?;
        for index in 0..tables.1 {
            let imu = body.imu(tables, index)?;
            self.counts.imu_samples += 1;
            if let Some(beside) = out.beside() {
                beside.imu(imu);
            }
        }
        Some(true)
    }

    fn frame(&mut self, body: Body<'_>, out: &mut ColumnsMut<'_>) -> Option<bool> {
        let is_read = body.frame(out.beside())?;
        self.counts.frames += is_read as u64;
        self.counts.skipped_packets += !is_read as u64;
        Some(true)
    }
}
