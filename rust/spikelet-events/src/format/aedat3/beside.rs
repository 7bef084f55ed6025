//! What stands beside the events, to packets.

use super::NAME;
use super::encode::{LATEST, PACKET_EVENTS, SOURCE, TIME_BITS};
use super::packet::{Head, MAX_EVENT_BYTES, Written};
use crate::codec::Pieces;
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
const SPECIAL: Written = Written {
    kind: 0,
    event_bytes: 8,
    time_at: 4,
};
const IMU6: Written = Written {
    kind: 3,
    event_bytes: 36,
    time_at: 4,
};
const IMU9: Written = Written {
    kind: 4,
    event_bytes: 48,
    time_at: 4,
};
/// What stands before the pixels of a frame.
const FRAME_HEAD_BYTES: usize = 36;

/// Puts packets of each kind; refuses all of them where one item does not fit.
pub(super) fn put(beside: Alongside<'_>, out: &mut Pieces<'_>) -> Result<(), Error> {
    beside.refuse_all_but(&HOLDS, NAME)?;
    beside.triggers.iter().try_for_each(check_trigger)?;
    beside
        .imu
        .iter()
        .try_for_each(|imu| check_time("imu", imu.t))?;
    beside.specials.iter().try_for_each(check_special)?;
    beside.frames.iter().try_for_each(check_frame)?;
    packets(SPECIAL, beside.triggers, |trigger| trigger.t, out, edge);
    packets(SPECIAL, beside.specials, |special| special.t, out, mark);
    // A packet has one kind of sample: with a magnetometer or without.
    for run in beside
        .imu
        .chunk_by(|a, b| has_magnetometer(a) == has_magnetometer(b))
    {
        let written = if run.first().is_some_and(has_magnetometer) {
            IMU9
        } else {
            IMU6
        };
        packets(written, run, |imu| imu.t, out, inertial);
    }
    beside.frames.iter().for_each(|frame| picture(frame, out));
    Ok(())
}

/// Packets of items, a new one whenever the upper bits of the time change.
fn packets<T>(
    written: Written,
    items: &[T],
    time: impl Fn(&T) -> i64,
    out: &mut Pieces<'_>,
    put: impl Fn(&T, &mut Pieces<'_>),
) {
    let upper = |item: &T| time(item) >> TIME_BITS;
    for run in items.chunk_by(|a, b| upper(a) == upper(b)) {
        for packet in run.chunks(PACKET_EVENTS) {
            let overflow = packet.first().map_or(0, upper) as i32;
            out.put(Head::of(written, SOURCE, (overflow, packet.len() as i32)));
            for item in packet {
                put(item, out);
            }
        }
    }
}

fn edge(trigger: &Trigger, out: &mut Pieces<'_>) {
    let kind = if trigger.p { 2 } else { 3 };
    mark(
        &Special {
            t: trigger.t,
            kind,
            data: 0,
        },
        out,
    );
}

fn mark(special: &Special, out: &mut Pieces<'_>) {
    let data = special.data << 8 | (special.kind as u32) << 1 | 1;
    out.put(data.to_le_bytes());
    out.put(lower(special.t));
}

fn inertial(imu: &Imu, out: &mut Pieces<'_>) {
    out.put(1u32.to_le_bytes());
    out.put(lower(imu.t));
    let values = imu.accelerometer.into_iter().chain(imu.gyroscope);
    values
        .chain([imu.temperature])
        .for_each(|value| out.put(value.to_le_bytes()));
    if has_magnetometer(imu) {
        imu.magnetometer
            .iter()
            .for_each(|value| out.put(value.to_le_bytes()));
    }
}

/// A packet of one frame; those of other sizes could not stand in it.
fn picture(frame: &Frame<'_>, out: &mut Pieces<'_>) {
    let written = Written {
        kind: 2,
        event_bytes: (FRAME_HEAD_BYTES + frame.pixels.len()) as i32,
        time_at: time_at(frame).unwrap_or_default(),
    };
    out.put(Head::of(
        written,
        SOURCE,
        ((frame.t >> TIME_BITS) as i32, 1),
    ));
    out.put(((frame.channels as u32) << 1 | 1).to_le_bytes());
    for t in times(frame) {
        out.put(lower(t));
    }
    out.put(frame.width.to_le_bytes());
    out.put(frame.height.to_le_bytes());
    out.put(frame.x.to_le_bytes());
    out.put(frame.y.to_le_bytes());
    out.put_all(frame.pixels);
}

/// The times of a frame in the order in which they are stored.
fn times(frame: &Frame<'_>) -> [i64; 4] {
    let Frame {
        start,
        end,
        exposure_start,
        exposure_end,
        ..
    } = *frame;
    [start, end, exposure_start, exposure_end]
}

/// Where the time stands that counts for all of a frame, if it is one of those stored.
fn time_at(frame: &Frame<'_>) -> Option<i32> {
    let offsets = (4..).step_by(4);
    let mut pairs = times(frame).into_iter().zip(offsets);
    pairs.find_map(|(t, offset)| (t == frame.t).then_some(offset))
}

fn has_magnetometer(imu: &Imu) -> bool {
    imu.magnetometer.iter().any(|value| !value.is_nan())
}

fn lower(t: i64) -> [u8; 4] {
    (t as u32 & 0x7fff_ffff).to_le_bytes()
}

fn check_time(what: &'static str, t: i64) -> Result<(), Error> {
    RULES.require(
        (0..=LATEST).contains(&t),
        what,
        "have times from 0 to 2^62 - 1",
    )
}

fn check_trigger(trigger: &Trigger) -> Result<(), Error> {
    RULES.require(
        trigger.id == 0,
        "triggers",
        "be of input 0, for inputs have no number",
    )?;
    check_time("triggers", trigger.t)
}

fn check_special(special: &Special) -> Result<(), Error> {
    let is_mark = matches!(special.kind, 0 | 1 | 5..=127);
    RULES.require(is_mark, "specials", "be of kind 0, 1 or 5 to 127")?;
    RULES.require(special.data < 1 << 24, "specials", "have 24 bits of data")?;
    check_time("specials", special.t)
}

fn check_frame(frame: &Frame<'_>) -> Result<(), Error> {
    let bytes = frame.pixels.len() + FRAME_HEAD_BYTES;
    let is_whole =
        frame.pixel_bytes() == Some(frame.pixels.len()) && bytes <= MAX_EVENT_BYTES as usize;
    let has_sides = [frame.width, frame.height]
        .into_iter()
        .all(|side| i32::try_from(side).is_ok());
    let what = "frames";
    RULES.require(frame.sample_bytes == 2, what, "have pixels of 16 bits")?;
    RULES.require(
        is_whole && has_sides && matches!(frame.channels, 1..=4),
        what,
        "have 1 to 4 channels and whole pixels of less than 16 MiB",
    )?;
    RULES.require(
        time_at(frame).is_some(),
        what,
        "have for `t` one of their other times",
    )?;
    check_time(what, frame.t)?;
    let is_near = |t: &i64| t >> TIME_BITS == frame.t >> TIME_BITS;
    RULES.require(
        times(frame).iter().all(is_near),
        what,
        "have all times between the same multiples of 2^31 us",
    )
}
