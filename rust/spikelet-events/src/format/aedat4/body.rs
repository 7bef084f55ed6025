//! What a body holds, once it is decompressed.

use super::flat::{Flat, Table};
use crate::{Beside, Event, Frame, Imu, Special, Trigger};

/// The kinds of streams that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Events,
    Frame,
    Inertial,
    Triggers,
    /// Of other kinds, skipped.
    Other,
}

impl Kind {
    pub(super) fn named(identifier: &[u8]) -> Self {
        match identifier {
            b"EVTS" => Self::Events,
            b"FRME" => Self::Frame,
            b"IMUS" => Self::Inertial,
            b"TRIG" => Self::Triggers,
            _ => Self::Other,
        }
    }
}

/// A body whose size is as it says, or longer: that is for the caller to judge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body<'a> {
    flat: Flat<'a>,
    pub(super) kind: Kind,
    /// Whether nothing follows what it says to be long.
    pub(super) is_exact: bool,
}

impl<'a> Body<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (size, rest) = bytes.split_first_chunk()?;
        let size = u32::from_le_bytes(*size) as usize;
        let flat = Flat(rest.get(..size)?);
        Some(Self {
            flat,
            kind: Kind::named(&flat.identifier()?),
            is_exact: size == rest.len(),
        })
    }

    /// What kind a body is of, and how many events it says to hold, by its first bytes; none where they are too few.
    pub(super) fn announced(beginning: &[u8]) -> Option<(Kind, usize)> {
        let flat = Flat(beginning.get(4..)?);
        let kind = Kind::named(&flat.identifier()?);
        let events = match kind {
            Kind::Events => flat.root()?.announced(0)?,
            _ => 0,
        };
        Some((kind, events))
    }

    /// The records of its events.
    pub(super) fn events(self) -> Option<&'a [[u8; 16]]> {
        let (start, number) = self.flat.root()?.vector(0, 16)?;
        let bytes = self.flat.0.get(start..start + 16 * number)?;
        Some(bytes.as_chunks().0)
    }

    /// Where its tables stand, if it holds a vector of them, and how many.
    pub(super) fn tables(self) -> Option<(usize, usize)> {
        self.flat.root()?.vector(0, 4)
    }

    /// A table by its place in the vector.
    fn table(self, (start, number): (usize, usize), index: usize) -> Option<Table<'a>> {
        (index < number).then(|| self.flat.table(start + 4 * index))?
    }

    pub(super) fn trigger(self, tables: (usize, usize), index: usize) -> Option<Signal> {
        let table = self.table(tables, index)?;
        let (t, kind) = (table.i64(0)?, table.u8(1)?);
        Some(match kind {
            // A pulse has no edges of its own; it begins by a rising one.
            1..=3 => Signal::Edge(Trigger {
                t,
                id: 0,
                p: kind != 2,
            }),
            _ => Signal::Mark(Special { t, kind, data: 0 }),
        })
    }

    pub(super) fn imu(self, tables: (usize, usize), index: usize) -> Option<Imu> {
        let table = self.table(tables, index)?;
        let axes = |first| {
            Some([
                table.f32(first)?,
                table.f32(first + 1)?,
                table.f32(first + 2)?,
            ])
        };
        Some(Imu {
            t: table.i64(0)?,
            temperature: table.f32(1)?,
            accelerometer: axes(2)?,
            gyroscope: axes(5)?,
            magnetometer: axes(8)?,
        })
    }

    /// Hands a frame out; false where its samples are of a type that is not read.
    pub(super) fn frame(self, beside: Option<&mut dyn Beside>) -> Option<bool> {
        let table = self.flat.root()?;
        // OpenCV's code: the type in three bits, the channels above it.
        let code = table.u8(5)?;
        let mut frame = Frame {
            t: table.i64(0)?,
            start: table.i64(1)?,
            end: table.i64(2)?,
            exposure_start: table.i64(3)?,
            exposure_end: table.i64(4)?,
            x: table.i16(8)? as i32,
            y: table.i16(9)? as i32,
            width: u32::try_from(table.i16(6)?).ok()?,
            height: u32::try_from(table.i16(7)?).ok()?,
            channels: (code >> 3) + 1,
            sample_bytes: 1 + (code >> 1 & 1),
            pixels: &[],
        };
        if !matches!(code & 7, 0 | 2) {
            return Some(false);
        }
        frame.pixels = table.text(10)?.get(..frame.pixel_bytes()?)?;
        if let Some(beside) = beside {
            beside.frame(frame);
        }
        Some(true)
    }
}

/// What a record of a trigger stream says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    Edge(Trigger),
    Mark(Special),
}

#[inline]
pub(super) fn event(record: [u8; 16]) -> Event {
    let [t0, t1, t2, t3, t4, t5, t6, t7, x0, x1, y0, y1, p, ..] = record;
    Event {
        t: i64::from_le_bytes([t0, t1, t2, t3, t4, t5, t6, t7]),
        x: u16::from_le_bytes([x0, x1]),
        y: u16::from_le_bytes([y0, y1]),
        p: p != 0,
    }
}
