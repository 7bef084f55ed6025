//! What stands beside the events, to bodies of packets.

use std::vec::Vec;

use super::NAME;
use crate::format::Rules;
use crate::{Alongside, BesideKind, Error, Frame, Imu, Special, Trigger};

const RULES: Rules = Rules(NAME);
/// What packets are written of.
pub(in crate::format) const HOLDS: [BesideKind; 4] = [
    BesideKind::Triggers,
    BesideKind::Imu,
    BesideKind::Frames,
    BesideKind::Specials,
];
/// The number of the stream of each kind, as the camera's own software gives them.
pub(super) const FRAMES: i32 = 1;
pub(super) const IMU: i32 = 2;
pub(super) const TRIGGERS: i32 = 3;
/// Records of one packet at most.
const PACKET_RECORDS: usize = 1024;
/// The largest body that is read, less what is not pixels.
const MAX_PIXELS: usize = (1 << 28) - 256;

/// Calls `put` with the stream and the body of each packet; refuses all of them where one item does not fit.
pub(super) fn bodies(
    beside: Alongside<'_>,
    mut put: impl FnMut(i32, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    beside.refuse_all_but(&HOLDS, NAME)?;
    beside.triggers.iter().try_for_each(check_trigger)?;
    beside.specials.iter().try_for_each(check_special)?;
    beside.frames.iter().try_for_each(check_frame)?;
    for frame in beside.frames {
        put(FRAMES, &frame_body(frame))?;
    }
    for samples in beside.imu.chunks(PACKET_RECORDS) {
        put(IMU, &body(*b"IMUS", samples, inertial))?;
    }
    for edges in beside.triggers.chunks(PACKET_RECORDS) {
        put(TRIGGERS, &body(*b"TRIG", edges, edge))?;
    }
    for marks in beside.specials.chunks(PACKET_RECORDS) {
        put(
            TRIGGERS,
            &body(*b"TRIG", marks, |mark| signal(mark.t, mark.kind)),
        )?;
    }
    Ok(())
}

/// A table of a `FlatBuffer`: where its fields stand, and its bytes from the first field on.
struct Table<const FIELDS: usize> {
    slots: [u16; FIELDS],
    bytes: Vec<u8>,
}

impl<const FIELDS: usize> Table<FIELDS> {
    /// The sizes in front of the slots, and the slots.
    fn put_slots(&self, out: &mut Vec<u8>) {
        let sizes = [4 + 2 * FIELDS, 4 + self.bytes.len()].map(|size| size as u16);
        let all = sizes.into_iter().chain(self.slots);
        out.extend(all.flat_map(u16::to_le_bytes));
    }
}

fn edge(trigger: &Trigger) -> Table<2> {
    signal(trigger.t, if trigger.p { 1 } else { 2 })
}

/// A time and a source.
fn signal(t: i64, kind: u8) -> Table<2> {
    let mut bytes = Vec::from([kind, 0, 0, 0]);
    bytes.extend(t.to_le_bytes());
    Table {
        slots: [8, 4],
        bytes,
    }
}

fn inertial(imu: &Imu) -> Table<11> {
    let mut bytes = Vec::from(imu.temperature.to_le_bytes());
    bytes.extend(imu.t.to_le_bytes());
    let axes = [imu.accelerometer, imu.gyroscope, imu.magnetometer];
    bytes.extend(axes.into_iter().flatten().flat_map(f32::to_le_bytes));
    let slots = [8, 4, 16, 20, 24, 28, 32, 36, 40, 44, 48];
    Table { slots, bytes }
}

/// A body of a vector of tables, which share their slots.
fn body<T, const FIELDS: usize>(
    identifier: [u8; 4],
    items: &[T],
    table: impl Fn(&T) -> Table<FIELDS>,
) -> Vec<u8> {
    let mut flat = Flat::begun(identifier);
    // The root: a table of one field, the vector behind it.
    flat.put(&[0, 0, 6, 0, 8, 0, 4, 0, 6, 0, 0, 0, 4, 0, 0, 0]);
    flat.put_u32(items.len() as u32);
    let first = flat.bytes.len();
    flat.bytes.resize(first + 4 * items.len(), 0);
    let mut slots = None;
    for (index, item) in items.iter().enumerate() {
        let table = table(item);
        let slots = *slots.get_or_insert_with(|| {
            let here = flat.bytes.len();
            table.put_slots(&mut flat.bytes);
            here
        });
        flat.align();
        let here = flat.bytes.len();
        flat.set(first + 4 * index, here - (first + 4 * index));
        flat.put_u32((here - slots) as u32);
        flat.put(&table.bytes);
    }
    flat.done()
}

fn frame_body(frame: &Frame<'_>) -> Vec<u8> {
    let mut bytes = Vec::from([code(frame), 0, 0, 0]);
    let times = [
        frame.t,
        frame.start,
        frame.end,
        frame.exposure_start,
        frame.exposure_end,
    ];
    bytes.extend(times.into_iter().flat_map(i64::to_le_bytes));
    let sides = [
        frame.width as i16,
        frame.height as i16,
        frame.x as i16,
        frame.y as i16,
    ];
    bytes.extend(sides.into_iter().flat_map(i16::to_le_bytes));
    // The pixels follow.
    bytes.extend(4u32.to_le_bytes());
    let slots = [8, 16, 24, 32, 40, 4, 48, 50, 52, 54, 56];
    let table = Table { slots, bytes };
    let mut flat = Flat::begun(*b"FRME");
    let slots = flat.bytes.len();
    table.put_slots(&mut flat.bytes);
    flat.align();
    let here = flat.bytes.len();
    // The root's offset counts from its own place, behind the size.
    flat.set(4, here - 4);
    flat.put_u32((here - slots) as u32);
    flat.put(&table.bytes);
    flat.put_u32(frame.pixels.len() as u32);
    flat.put(frame.pixels);
    flat.done()
}

/// A `FlatBuffer` behind its size, as it grows.
struct Flat {
    bytes: Vec<u8>,
}

impl Flat {
    /// The size, the offset of a root at 16, and the identifier.
    fn begun(identifier: [u8; 4]) -> Self {
        let mut flat = Self { bytes: Vec::new() };
        flat.put_u32(0);
        flat.put_u32(16);
        flat.put(&identifier);
        flat
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn put_u32(&mut self, value: u32) {
        self.put(&value.to_le_bytes());
    }

    fn set(&mut self, at: usize, value: usize) {
        let bytes = (value as u32).to_le_bytes();
        for (place, byte) in self.bytes.iter_mut().skip(at).zip(bytes) {
            *place = byte;
        }
    }

    /// Numbers of eight bytes stand at multiples of eight.
    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }

    fn done(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self.set(0, self.bytes.len() - 4);
        self.bytes
    }
}

/// The code of `OpenCV`: the type in three bits, the channels above it.
fn code(frame: &Frame<'_>) -> u8 {
    let depth = if frame.sample_bytes == 2 { 2 } else { 0 };
    (frame.channels - 1) << 3 | depth
}

fn check_trigger(trigger: &Trigger) -> Result<(), Error> {
    RULES.require(
        trigger.id == 0,
        "triggers",
        "be of input 0, for inputs have no number",
    )
}

fn check_special(special: &Special) -> Result<(), Error> {
    let is_mark = matches!(special.kind, 0 | 4..=127);
    RULES.require(is_mark, "specials", "be of kind 0 or 4 to 127")?;
    RULES.require(special.data == 0, "specials", "have no data")
}

fn check_frame(frame: &Frame<'_>) -> Result<(), Error> {
    let fits = |value: i64| i16::try_from(value).is_ok();
    let sides = [
        frame.width as i64,
        frame.height as i64,
        frame.x as i64,
        frame.y as i64,
    ];
    let is_whole =
        frame.pixel_bytes() == Some(frame.pixels.len()) && frame.pixels.len() <= MAX_PIXELS;
    let is_met = sides.into_iter().all(fits)
        && is_whole
        && matches!(frame.channels, 1..=4)
        && matches!(frame.sample_bytes, 1 | 2);
    RULES.require(
        is_met,
        "frames",
        "have 1 to 4 channels, whole pixels, and sides and places below 32768",
    )
}
