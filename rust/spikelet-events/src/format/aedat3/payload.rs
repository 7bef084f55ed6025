//! Events of packets, by kind.

use super::frame::FrameBytes;
use super::packet::{Head, Kind};
use crate::codec::Partial;
use crate::filler::Filler;
use crate::{Beside, ColumnsMut, Counts, Event, Imu, Special, Trigger};

/// Events looked at together.
const BLOCK: usize = 16;
const VALID: u32 = 1;

/// The state of a decoder inside a packet.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    base: i64,
    event_bytes: u64,
    time_at: usize,
    eight: Partial<8>,
    imu6: Partial<36>,
    imu9: Partial<48>,
    pub(super) frame: FrameBytes,
    /// Bytes of the current frame taken.
    frame_len: u64,
    /// Where the packet begins, counted from the first data byte.
    pub(super) packet_start: u64,
    pub(super) keeps_invalid: bool,
    pub(super) counts: Counts,
}

impl Payload {
    pub(super) const fn new() -> Self {
        Self {
            base: 0,
            event_bytes: 1,
            time_at: 0,
            eight: Partial::new(),
            imu6: Partial::new(),
            imu9: Partial::new(),
            frame: FrameBytes::new(),
            frame_len: 0,
            packet_start: 0,
            keeps_invalid: false,
            counts: Counts::ZERO,
        }
    }

    pub(super) fn bad(&mut self) {
        self.counts.bad_packets += 1;
        self.counts.first_bad_byte.get_or_insert(self.packet_start);
    }

    pub(super) fn begin(&mut self, head: &Head) {
        self.base = head.base;
        self.event_bytes = head.event_bytes;
        self.time_at = head.time_at();
        self.frame_len = 0;
        self.frame.clear();
    }

    /// Takes bytes of one packet and returns how many; fewer than given when `out` is full.
    pub(super) fn take(&mut self, kind: Kind, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        match kind {
            Kind::Polarity => {
                let mut eight = self.eight;
                let used = eight.feed(input, |events| self.polarity(events, out));
                self.eight = eight;
                used
            }
            Kind::Special => {
                let mut eight = self.eight;
                let used = eight.feed(input, |events| self.specials(events, out));
                self.eight = eight;
                used
            }
            Kind::Imu6 => {
                let mut imu6 = self.imu6;
                let used = imu6.feed(input, |samples| self.inertial(samples, out));
                self.imu6 = imu6;
                used
            }
            Kind::Imu9 => {
                let mut imu9 = self.imu9;
                let used = imu9.feed(input, |samples| self.inertial(samples, out));
                self.imu9 = imu9;
                used
            }
            Kind::Frame => self.frames(input, out),
            Kind::Skipped | Kind::Bad | Kind::Room => input.len(),
        }
    }

    fn polarity(&mut self, events: &[[u8; 8]], out: &mut ColumnsMut<'_>) -> usize {
        let base = self.base;
        let mut places = Filler::new(out.places());
        let mut taken = 0;
        while let Some(rest) = events.get(taken..) {
            let before = places.n;
            for block in rest.as_chunks::<BLOCK>().0 {
                let valid = block
                    .iter()
                    .fold(VALID, |all, &[byte, ..]| all & byte as u32);
                if valid == 0 || !places.has_room(BLOCK) {
                    break;
                }
                places.fill(block, |bytes| event(base, bytes));
            }
            let in_blocks = places.n - before;
            let mut singles = 0;
            for &bytes in rest.iter().skip(in_blocks).take(BLOCK) {
                if !places.has_room(1) {
                    break;
                }
                let is_valid = word(bytes) & VALID != 0;
                self.counts.invalid_events += !is_valid as u64;
                if is_valid || self.keeps_invalid {
                    places.write(event(base, bytes));
                    places.n += 1;
                }
                singles += 1;
            }
            taken += in_blocks + singles;
            if singles < BLOCK {
                break;
            }
        }
        let filled = places.n;
        self.counts.events += filled as u64;
        out.advance(filled);
        taken
    }

    fn specials(&mut self, events: &[[u8; 8]], out: &mut ColumnsMut<'_>) -> usize {
        for (taken, &bytes) in events.iter().enumerate() {
            let (data, t) = (word(bytes), time(self.base, bytes));
            let kind = (data >> 1 & 0x7f) as u8;
            if data & VALID == 0 {
                self.counts.invalid_events += 1;
            } else if matches!(kind, 2..=4) {
                // A pulse has no edges of its own; it begins by a rising one.
                let p = kind != 3;
                if !out.push_trigger(Trigger { t, id: 0, p }) {
                    return taken;
                }
                self.counts.triggers += 1;
            } else {
                self.counts.special_events += 1;
                self.counts.time_resets += (kind == 1) as u64;
                if let Some(beside) = out.beside() {
                    let data = data >> 8;
                    beside.special(Special { t, kind, data });
                }
            }
        }
        events.len()
    }

    fn inertial<const N: usize>(&mut self, samples: &[[u8; N]], out: &mut ColumnsMut<'_>) -> usize {
        for bytes in samples {
            let (words, _) = bytes.as_chunks::<4>();
            let &[info, time, ref values @ ..] = words else {
                break;
            };
            if u32::from_le_bytes(info) & VALID == 0 {
                self.counts.invalid_events += 1;
                continue;
            }
            self.counts.imu_samples += 1;
            if let (Some(beside), Some(imu)) = (out.beside(), imu(values)) {
                let t = self.base | i32::from_le_bytes(time) as i64;
                beside.imu(Imu { t, ..imu });
            }
        }
        samples.len()
    }

    fn frames(&mut self, input: &[u8], out: &mut ColumnsMut<'_>) -> usize {
        let mut rest = input;
        while !rest.is_empty() {
            let missing = (self.event_bytes - self.frame_len) as usize;
            let (piece, after) = rest.split_at(missing.min(rest.len()));
            rest = after;
            self.frame_len += piece.len() as u64;
            self.frame.extend(piece);
            if self.frame_len == self.event_bytes {
                self.end_frame(out.beside());
            }
        }
        input.len()
    }

    fn end_frame(&mut self, beside: Option<&mut dyn Beside>) {
        self.frame_len = 0;
        match self.frame.hand_out(self.base, self.time_at, beside) {
            Some(true) => self.counts.frames += 1,
            Some(false) => self.counts.invalid_events += 1,
            None => self.bad(),
        }
        self.frame.clear();
    }
}

#[inline]
fn word([d0, d1, d2, d3, ..]: [u8; 8]) -> u32 {
    u32::from_le_bytes([d0, d1, d2, d3])
}

#[inline]
fn time(base: i64, [.., t0, t1, t2, t3]: [u8; 8]) -> i64 {
    base | i32::from_le_bytes([t0, t1, t2, t3]) as i64
}

#[inline]
fn event(base: i64, bytes: [u8; 8]) -> Event {
    let data = word(bytes);
    Event {
        t: time(base, bytes),
        x: (data >> 17) as u16,
        y: (data >> 2 & 0x7fff) as u16,
        p: data & 2 != 0,
    }
}

/// A sample from its values: accelerometer, gyroscope, temperature and, of nine axes, magnetometer.
fn imu(values: &[[u8; 4]]) -> Option<Imu> {
    let value = |index: usize| values.get(index).copied().map(f32::from_le_bytes);
    let axes = |first: usize| Some([value(first)?, value(first + 1)?, value(first + 2)?]);
    let without = Imu::default();
    Some(Imu {
        t: 0,
        accelerometer: axes(0)?,
        gyroscope: axes(3)?,
        temperature: value(6)?,
        magnetometer: axes(7).unwrap_or(without.magnetometer),
    })
}
