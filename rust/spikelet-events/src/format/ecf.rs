//! ECF: the codec of event chunks in Prophesee's HDF5 files (filter 36559).
//!
//! A chunk holds up to 65,535 events: a count with two flags, the first time, then columns by themselves, all
//! little endian.
//!
//! | part | layout |
//! |---|---|
//! | info | u32: count << 2, bit 1 `yxp`, bit 0 `xp`; u64 first time |
//! | times | byte: step << 4, run; run 15: the next u16 instead; step 15: a nibble of a long step, lowest first |
//! | `yxp` | four events in 12 bytes, of 24 bits each: y << 12, x << 1, p; nothing else follows |
//! | rows | u16: y << 5, run; run 31: the next u16 instead |
//! | `xp` | four events in 6 bytes, of 12 bits each: x << 1, p; nothing else follows |
//! | columns | u16: x << 5, mask: x, and x + j where bit 5 − j is set |
//! | polarities | byte: p << 7, run; run 127: the next u16 instead |
//!
//! ```
//! use spikelet_events::{ColumnsMut, format::ecf};
//!
//! let chunk = [
//!     0x14, 0, 0, 0, 0xe8, 0x03, 0, 0, 0, 0, 0, 0, // 5 events from 1000 µs on
//!     0x03, 0x31, 0xfc, 0xf2, 0xf1, 0x01, // 3 at once, 1 after 3 µs, 1 after 300 µs
//!     0xa4, 0x00, 0xc1, 0x00, // 4 in row 5, 1 in row 6
//!     0x54, 0x01, 0x80, 0x02, 0xe0, 0x00, // columns 10, 11, 13; 20; 7
//!     0x83, 0x02, // 3 ON, 2 OFF
//! ];
//! let (mut t, mut x, mut y, mut p) = ([0; 8], [0; 8], [0; 8], [false; 8]);
//! let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
//! assert_eq!(ecf::events_in(&chunk)?, 5);
//! assert_eq!(ecf::decode(&chunk, &mut out)?, 5);
//! assert_eq!(out.filled().t(), [1000, 1000, 1000, 1003, 1303]);
//! assert_eq!(out.filled().x(), [10, 11, 13, 20, 7]);
//! # Ok::<(), spikelet_events::Error>(())
//! ```

mod encode;

pub use encode::{MAX_SIZE, encode};

use core::array::from_fn;

use crate::columns::Places;
use crate::{ColumnsMut, Error};

/// Most events in a chunk.
pub const MAX_EVENTS: usize = 65_535;

/// A masked word of two bytes holds six columns; every other part of a long chunk costs extra.
const EVENTS_PER_BYTE: usize = 3;
const YXP: u32 = 2;
const XP: u32 = 1;

/// Number of events that a chunk says it holds, at most [`MAX_EVENTS`] and three per byte.
///
/// ```
/// use spikelet_events::format::ecf;
///
/// assert_eq!(ecf::events_in(&[0x14, 0, 0, 0, 0xe8, 0x03])?, 5);
/// assert!(ecf::events_in(&[0xff; 12]).is_err(), "no 12 bytes hold so many");
/// # Ok::<(), spikelet_events::Error>(())
/// ```
///
/// # Errors
/// [`Error::Chunk`]: it is too short for a number, or the number is larger than it can be.
pub fn events_in(chunk: &[u8]) -> Result<usize, Error> {
    let mut input = Input::new(chunk);
    let n = (input.u32()? >> 2) as usize;
    let most = MAX_EVENTS.min(chunk.len() * EVENTS_PER_BYTE);
    input.check(n <= most, "say no more events than its bytes can hold")?;
    Ok(n)
}

/// Decodes a chunk into the free places of `out`; returns the number of events.
///
/// Nothing counts as filled in after an error.
///
/// ```
/// use spikelet_events::{ColumnsMut, Columns, format::ecf};
///
/// let mut chunk = Vec::new();
/// ecf::encode(Columns::new(&[9], &[10], &[11], &[true])?, &mut |piece| chunk.extend_from_slice(piece))?;
/// let (mut t, mut x, mut y, mut p) = ([0], [0], [0], [false]);
/// let mut out = ColumnsMut::new(&mut t, &mut x, &mut y, &mut p)?;
/// assert_eq!(ecf::decode(&chunk, &mut out)?, 1);
/// assert_eq!((t, x, y, p), ([9], [10], [11], [true]));
/// # Ok::<(), spikelet_events::Error>(())
/// ```
///
/// # Errors
/// [`Error::Chunk`]: the chunk breaks a rule, or holds more events than places are free.
pub fn decode(chunk: &[u8], out: &mut ColumnsMut<'_>) -> Result<usize, Error> {
    let n = events_in(chunk)?;
    let mut input = Input::new(chunk);
    let flags = input.u32()?;
    let first = u64::from_le_bytes(input.take()?) as i64;
    let free = out.free();
    input.check(n <= free, "hold no more events than there are places")?;
    let Places { t, x, y, p } = out.places();
    let (t, x, y, p) = (&mut t[..n], &mut x[..n], &mut y[..n], &mut p[..n]);
    times(&mut input, first, t)?;
    if flags & YXP != 0 {
        packed_pixels(&mut input, x, y, p)?;
    } else {
        rows(&mut input, y)?;
        if flags & XP != 0 {
            packed_columns(&mut input, x, p)?;
        } else {
            masked_columns(&mut input, x)?;
            polarities(&mut input, p)?;
        }
    }
    input.check(
        input.at == chunk.len(),
        "be the last, behind the last event",
    )?;
    out.advance(n);
    Ok(n)
}

/// A chunk, and how far it was read.
struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(&bytes) = rest.first_chunk() else {
            return Err(self.error("not be the end"));
        };
        self.at += N;
        Ok(bytes)
    }

    #[inline]
    fn u8(&mut self) -> Result<u8, Error> {
        self.take().map(|[byte]| byte)
    }

    #[inline]
    fn u16(&mut self) -> Result<u16, Error> {
        self.take().map(u16::from_le_bytes)
    }

    #[inline]
    fn u32(&mut self) -> Result<u32, Error> {
        self.take().map(u32::from_le_bytes)
    }

    /// The length of a run, of which `short` says all unless it is `long`.
    #[inline]
    fn run(&mut self, short: usize, long: usize, left: usize) -> Result<usize, Error> {
        let run = if short == long {
            self.u16()? as usize
        } else {
            short
        };
        // A run of nothing would never end.
        self.check(
            run > 0 && run <= left,
            "end a run of 1 event to all that are left",
        )?;
        Ok(run)
    }

    #[inline]
    fn check(&self, holds: bool, rule: &'static str) -> Result<(), Error> {
        if holds { Ok(()) } else { Err(self.error(rule)) }
    }

    #[cold]
    fn error(&self, rule: &'static str) -> Error {
        Error::Chunk {
            offset: self.at,
            rule,
        }
    }
}

fn times(input: &mut Input<'_>, first: i64, t: &mut [i64]) -> Result<(), Error> {
    let mut now = first;
    let mut n = 0;
    while n < t.len() {
        let mut byte = input.u8()?;
        let mut shift = 0;
        while byte >> 4 == 15 {
            input.check(shift < 64, "end a step of at most 16 nibbles")?;
            now = now.wrapping_add_unsigned(((byte & 15) as u64) << shift);
            shift += 4;
            byte = input.u8()?;
        }
        now = now.wrapping_add((byte >> 4) as i64);
        let run = input.run((byte & 15) as usize, 15, t.len() - n)?;
        fill::<_, 16>(t, n, run, now);
        n += run;
    }
    Ok(())
}

fn rows(input: &mut Input<'_>, y: &mut [u16]) -> Result<(), Error> {
    let mut n = 0;
    while n < y.len() {
        let word = input.u16()?;
        let run = input.run((word & 31) as usize, 31, y.len() - n)?;
        fill::<_, 16>(y, n, run, word >> 5);
        n += run;
    }
    Ok(())
}

fn polarities(input: &mut Input<'_>, p: &mut [bool]) -> Result<(), Error> {
    let mut n = 0;
    while n < p.len() {
        let byte = input.u8()?;
        let run = input.run((byte & 127) as usize, 127, p.len() - n)?;
        fill::<_, 16>(p, n, run, byte >> 7 != 0);
        n += run;
    }
    Ok(())
}

/// Writes `run` equal values from `at` on, which must lie inside.
///
/// Short runs write `N` values wherever these fit, for what is too much is written over: one or two wide stores
/// instead of a loop.
#[inline]
fn fill<T: Copy, const N: usize>(column: &mut [T], at: usize, run: usize, value: T) {
    let rest = &mut column[at..];
    match rest.first_chunk_mut::<N>() {
        Some(block) if run <= N => *block = [value; N],
        _ => rest[..run].fill(value),
    }
}

/// Columns that a masked word adds to its first, and how many there are with it.
static STEPS: [([u16; 8], usize); 32] = steps();

const fn steps() -> [([u16; 8], usize); 32] {
    let mut table = [([0; 8], 1); 32];
    let mut mask = 0;
    while mask < 32 {
        let mut step = 1;
        while step <= 5 {
            if mask >> (5 - step) & 1 != 0 {
                let len = table[mask].1;
                table[mask].0[len] = step as u16;
                table[mask].1 = len + 1;
            }
            step += 1;
        }
        mask += 1;
    }
    table
}

/// Bits of the last word beyond the last event mean nothing.
fn masked_columns(input: &mut Input<'_>, x: &mut [u16]) -> Result<(), Error> {
    let mut n = 0;
    while n < x.len() {
        let word = input.u16()?;
        let (steps, len) = &STEPS[(word & 31) as usize];
        let rest = &mut x[n..];
        // Of one length as the compiler sees it, all but at the end: one wide addition and one wide store.
        if let Some(places) = rest.first_chunk_mut::<8>() {
            *places = from_fn(|i| steps[i] + (word >> 5));
        } else {
            for (place, step) in rest.iter_mut().zip(steps.iter().take(*len)) {
                *place = step + (word >> 5);
            }
        }
        n += len;
    }
    Ok(())
}

/// Four events at a time; what the last group holds beyond the last event means nothing.
fn packed_pixels(
    input: &mut Input<'_>,
    x: &mut [u16],
    y: &mut [u16],
    p: &mut [bool],
) -> Result<(), Error> {
    let columns = x.chunks_mut(4).zip(y.chunks_mut(4)).zip(p.chunks_mut(4));
    for ((x, y), p) in columns {
        let (a, b, c) = (input.u32()?, input.u32()?, input.u32()?);
        let values = [
            a >> 8,
            (b >> 16) << 8 | (a & 0xff),
            (c >> 24) << 16 | (b & 0xffff),
            c & 0xff_ffff,
        ];
        for (((x, y), p), value) in x.iter_mut().zip(y).zip(p).zip(values) {
            *x = (value >> 1 & 0x7ff) as u16;
            *y = (value >> 12) as u16;
            *p = value & 1 != 0;
        }
    }
    Ok(())
}

/// As [`packed_pixels`], without rows.
fn packed_columns(input: &mut Input<'_>, x: &mut [u16], p: &mut [bool]) -> Result<(), Error> {
    for (x, p) in x.chunks_mut(4).zip(p.chunks_mut(4)) {
        let (a, b, c) = (input.u16()?, input.u16()?, input.u16()?);
        let values = [
            a >> 4,
            (b >> 8) << 4 | (a & 0xf),
            (c >> 12) << 8 | (b & 0xff),
            c & 0xfff,
        ];
        for ((x, p), value) in x.iter_mut().zip(p).zip(values) {
            *x = value >> 1;
            *p = value & 1 != 0;
        }
    }
    Ok(())
}
