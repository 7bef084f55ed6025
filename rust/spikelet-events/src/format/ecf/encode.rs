//! Chunks as the vendor's encoder writes them.

use super::{MAX_EVENTS, XP, YXP};
use crate::codec::Pieces;
use crate::{Columns, Error, SensorSize};

/// Largest sensor: x and y have 11 bits.
pub const MAX_SIZE: SensorSize = SensorSize {
    width: 2048,
    height: 2048,
};

const NAME: &str = "ecf";

/// Encodes events into one chunk and hands its bytes to `sink`, piece by piece.
///
/// ```
/// use spikelet_events::{Columns, format::ecf};
///
/// let mut chunk = Vec::new();
/// let events = Columns::new(&[1000, 1003], &[10, 20], &[5, 5], &[true, false])?;
/// ecf::encode(events, &mut |piece| chunk.extend_from_slice(piece))?;
/// assert_eq!(ecf::events_in(&chunk)?, 2);
/// # Ok::<(), spikelet_events::Error>(())
/// ```
///
/// # Errors
/// [`Error::ChunkLong`]: there are more than [`MAX_EVENTS`]; [`Error::OutOfBounds`], [`Error::Unsorted`]: the first
/// event that a chunk cannot hold, by its index. Nothing was handed out then.
pub fn encode(events: Columns<'_>, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
    check(events)?;
    let layout = Layout::of(events);
    let flags = match layout {
        Layout::Pixels => YXP,
        Layout::Columns => XP,
        Layout::Masked => 0,
    };
    let first = events.t().first().copied().unwrap_or_default();
    let mut out = Pieces::new(sink);
    out.put(((events.len() as u32) << 2 | flags).to_le_bytes());
    out.put((first as u64).to_le_bytes());
    times(events.t(), &mut out);
    if let Layout::Pixels = layout {
        packed_pixels(events, &mut out);
    } else {
        runs(events.y(), |y, run| put_row(y, run, &mut out));
        if let Layout::Columns = layout {
            packed_columns(events, &mut out);
        } else {
            masked_columns(events.x(), &mut out);
            runs(events.p(), |p, run| put_polarity(p, run, &mut out));
        }
    }
    out.flush();
    Ok(())
}

fn check(events: Columns<'_>) -> Result<(), Error> {
    if events.len() > MAX_EVENTS {
        return Err(Error::ChunkLong {
            format: NAME,
            limit: MAX_EVENTS,
            events: events.len(),
        });
    }
    let mut previous = i64::MIN;
    for (index, event) in (0..).zip(events.iter()) {
        crate::format::check_pixel(MAX_SIZE, event, index)?;
        let t = event.t;
        if t < previous {
            return Err(Error::Unsorted {
                format: NAME,
                index,
                previous,
                t,
            });
        }
        previous = t;
    }
    Ok(())
}

/// How pixels are laid out.
enum Layout {
    Pixels,
    Columns,
    Masked,
}

impl Layout {
    /// The vendor's choice, by the first quarter of the events.
    fn of(events: Columns<'_>) -> Self {
        let n = events.len();
        let sample = if n < 16 { n } else { (n + 2) / 4 };
        let (x, y) = (events.x().iter().take(sample), events.y());
        let next_rows = y.get(1..sample).unwrap_or_default();
        let repeated = y.iter().zip(next_rows).filter(|(y, next)| y == next);
        if repeated.count() <= (2 * sample + 5) / 10 {
            return Self::Pixels;
        }
        let mut group = None;
        let grouped = x.filter(|x| {
            let grown = group.and_then(|group: Group| group.with(**x));
            group = Some(grown.unwrap_or(Group::of(**x)));
            grown.is_some()
        });
        if grouped.count() <= (8 * sample + 50) / 100 {
            Self::Columns
        } else {
            Self::Masked
        }
    }
}

/// Columns that share a masked word: the first, the last, and bit 5 − j for each first + j.
#[derive(Clone, Copy)]
struct Group {
    first: u16,
    last: u16,
    mask: u16,
}

impl Group {
    fn of(x: u16) -> Self {
        Self {
            first: x,
            last: x,
            mask: 0,
        }
    }

    fn with(self, x: u16) -> Option<Self> {
        let step = x.checked_sub(self.first)?;
        (x > self.last && step <= 5).then(|| Self {
            last: x,
            mask: self.mask | 1 << (5 - step),
            ..self
        })
    }
}

fn masked_columns(columns: &[u16], out: &mut Pieces<'_>) {
    let mut group: Option<Group> = None;
    let mut put = |group: Option<Group>| {
        if let Some(group) = group {
            out.put((group.first << 5 | group.mask).to_le_bytes());
        }
    };
    for &x in columns {
        let grown = group.and_then(|group| group.with(x));
        if grown.is_none() {
            put(group);
        }
        group = grown.or(Some(Group::of(x)));
    }
    put(group);
}

/// Calls `put` with each value and how often it stands in a row.
fn runs<T: Copy + PartialEq>(column: &[T], mut put: impl FnMut(T, u16)) {
    for run in column.chunk_by(|a, b| a == b) {
        if let Some(&value) = run.first() {
            put(value, run.len() as u16);
        }
    }
}

fn times(times: &[i64], out: &mut Pieces<'_>) {
    let mut now = times.first().copied().unwrap_or_default();
    runs(times, |t, run| {
        let mut step = t.wrapping_sub(now) as u64;
        if step >= 15 {
            while step > 0 {
                out.put([0xf0 | (step & 15) as u8]);
                step >>= 4;
            }
        }
        let step = (step as u8) << 4;
        if run < 15 {
            out.put([step | run as u8]);
        } else {
            out.put([step | 15]);
            out.put(run.to_le_bytes());
        }
        now = t;
    });
}

fn put_row(y: u16, run: u16, out: &mut Pieces<'_>) {
    if run < 31 {
        out.put((y << 5 | run).to_le_bytes());
    } else {
        out.put((y << 5 | 31).to_le_bytes());
        out.put(run.to_le_bytes());
    }
}

fn put_polarity(p: bool, run: u16, out: &mut Pieces<'_>) {
    let bit = (p as u8) << 7;
    if run < 127 {
        out.put([bit | run as u8]);
    } else {
        out.put([bit | 127]);
        out.put(run.to_le_bytes());
    }
}

/// Four events at a time, the last group filled up with zeros.
fn groups_of_four(values: impl Iterator<Item = u32>, mut put: impl FnMut([u32; 4])) {
    let mut values = values.peekable();
    while values.peek().is_some() {
        put([(); 4].map(|()| values.next().unwrap_or_default()));
    }
}

fn packed_pixels(events: Columns<'_>, out: &mut Pieces<'_>) {
    let values = events
        .iter()
        .map(|event| (event.y as u32) << 12 | (event.x as u32) << 1 | event.p as u32);
    groups_of_four(values, |[a, b, c, d]| {
        out.put((a << 8 | (b & 0xff)).to_le_bytes());
        out.put(((b >> 8) << 16 | (c & 0xffff)).to_le_bytes());
        out.put(((c >> 16) << 24 | d).to_le_bytes());
    });
}

fn packed_columns(events: Columns<'_>, out: &mut Pieces<'_>) {
    let values = events
        .iter()
        .map(|event| (event.x as u32) << 1 | event.p as u32);
    groups_of_four(values, |[a, b, c, d]| {
        let words = [
            a << 4 | (b & 0xf),
            (b >> 4) << 8 | (c & 0xff),
            (c >> 8) << 12 | d,
        ];
        for word in words {
            out.put((word as u16).to_le_bytes());
        }
    });
}
