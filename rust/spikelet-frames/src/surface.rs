//! Time surfaces: the last event of each pixel, as a time or as how much of it is left.

use std::ops::Range;

use crate::cut::pixels;
use crate::{Cut, Error, Fading, Polarity};

/// The time of a pixel where no event fell yet. No recording reaches back so far.
const NEVER: i64 = i64::MIN;

/// Which events a surface remembers.
///
/// ```
/// use spikelet_frames::{Polarity, Surface};
///
/// let surface = Surface { polarity: Polarity::TwoChannel, has_memory: true };
/// assert_eq!(surface.polarity.channels(), 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Surface {
    /// What becomes of the polarity. Signed surfaces have the sign of the pixel's last event.
    pub polarity: Polarity,
    /// Whether events of the recording before a slice are remembered in it.
    pub has_memory: bool,
}

/// The surface of active events (SAE): the time of the last event of each pixel, minus infinity where none fell.
///
/// `frames` is `[slices, channels, height, width]`, overwritten. Times are exact to 2^53 microseconds.
///
/// # Errors
/// [`Error::Cells`] when `frames` has another size, [`Error::Outside`] when an event of a slice lies outside
/// the sensor, [`Error::Unsigned`] for [`Polarity::Signed`]: a time has no sign to spare.
///
/// ```
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::{Cut, Polarity, Surface, last_times_into};
///
/// let surface = Surface { polarity: Polarity::TwoChannel, has_memory: true };
/// let events = Columns::new(&[3, 9], &[0, 0], &[0, 0], &[true, true])?;
/// let slices = [0..2];
/// let cut = Cut::new(events, &slices, SensorSize { width: 1, height: 1 })?;
/// let mut frame = [0.0; 2];
/// last_times_into(cut, surface, &mut frame)?;
/// assert_eq!(frame, [f64::NEG_INFINITY, 9.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn last_times_into(cut: Cut<'_>, surface: Surface, frames: &mut [f64]) -> Result<(), Error> {
    if surface.polarity == Polarity::Signed {
        return Err(Error::Unsigned);
    }
    each_surface(&cut, surface, frames, |_, last, _| {
        if last == NEVER {
            f64::NEG_INFINITY
        } else {
            last as f64
        }
    })
}

/// Time surfaces: what is left of the last event of each pixel at a reference time, 0 where none fell.
///
/// `frames` is `[slices, channels, height, width]`, overwritten. `references` holds a time for each slice;
/// [`last_event_times`] is the usual choice.
///
/// # Errors
/// [`Error::Cells`] when `frames` has another size, [`Error::References`] when `references` is not as long
/// as the slices are many, [`Error::Reference`] when one lies before the last event of its slice,
/// [`Error::Outside`] when an event of a slice lies outside the sensor.
///
/// ```
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::{Cut, Fading, Polarity, Surface, time_surface_into};
///
/// let surface = Surface { polarity: Polarity::Signed, has_memory: true };
/// let events = Columns::new(&[3, 9], &[0, 1], &[0, 0], &[true, false])?;
/// let slices = [0..2];
/// let cut = Cut::new(events, &slices, SensorSize { width: 3, height: 1 })?;
/// let mut frame = [0.0; 3];
/// time_surface_into(cut, (surface, Fading::linear(12.0)?), &[12], &mut frame)?;
/// assert_eq!(frame, [0.25, -0.75, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn time_surface_into(
    cut: Cut<'_>,
    (surface, fading): (Surface, Fading),
    references: &[i64],
    frames: &mut [f32],
) -> Result<(), Error> {
    require_references(&cut, references)?;
    each_surface(&cut, surface, frames, |frame, last, sign| {
        if last == NEVER {
            return 0.0;
        }
        let reference = references.get(frame).copied().unwrap_or(last);
        sign * fading.of(reference.wrapping_sub(last) as u64)
    })
}

/// For each slice, the time of the last event before its end; 0 where there is none.
///
/// ```
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::{Cut, last_event_times};
///
/// let events = Columns::new(&[3, 9], &[0, 0], &[0, 0], &[true, true])?;
/// let slices = [0..0, 0..1, 1..2, 2..2];
/// let cut = Cut::new(events, &slices, SensorSize { width: 1, height: 1 })?;
/// assert_eq!(last_event_times(cut), [0, 3, 9, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn last_event_times(cut: Cut<'_>) -> Vec<i64> {
    let before = |frame| cut.part(&(0..cut.range(frame).end)).t().last().copied();
    (0..cut.frames())
        .map(|frame| before(frame).unwrap_or_default())
        .collect()
}

/// Refuses times that are not one for each slice, at its last event or later.
pub(crate) fn require_references(cut: &Cut<'_>, references: &[i64]) -> Result<(), Error> {
    if references.len() != cut.frames() {
        return Err(Error::References {
            frames: cut.frames(),
            found: references.len(),
        });
    }
    for (frame, &reference) in references.iter().enumerate() {
        let before = cut.part(&(0..cut.range(frame).end));
        if let Some(&last) = before.t().last().filter(|&&last| last > reference) {
            return Err(Error::Reference {
                frame,
                reference,
                last,
            });
        }
    }
    Ok(())
}

/// Calls `value(frame, last time, sign of the last event)` for each cell of each frame.
fn each_surface<C: Send>(
    cut: &Cut<'_>,
    surface: Surface,
    frames: &mut [C],
    value: impl Fn(usize, i64, f32) -> C + Sync,
) -> Result<(), Error> {
    let cells = surface.polarity.channels() * cut.pixels();
    cut.require_cells(cells, frames.len())?;
    let width = cut.size().width as usize;
    let mut seen = Seen::new(cells, surface.polarity == Polarity::Signed);
    let mut history = History::new(surface.has_memory);
    for (index, frame) in frames.chunks_exact_mut(cells).enumerate() {
        let news = history.news(&cut.range(index));
        if news.is_afresh {
            seen.forget();
        }
        seen.take(cut, surface.polarity, &news.range)?;
        cut.each(
            (frame, width),
            |row, cells| {
                let start = row * width;
                for (offset, cell) in cells.iter_mut().enumerate() {
                    let (last, sign) = seen.at(start + offset);
                    *cell = value(index, last, sign);
                }
                Ok(())
            },
            |(), ()| (),
        )?;
    }
    Ok(())
}

/// Last time of each cell, and, where it is asked for, the sign of that event.
struct Seen {
    last: Vec<i64>,
    sign: Vec<f32>,
}

impl Seen {
    fn new(cells: usize, has_sign: bool) -> Self {
        Self {
            last: vec![NEVER; cells],
            sign: vec![0.0; if has_sign { cells } else { 0 }],
        }
    }

    fn forget(&mut self) {
        self.last.fill(NEVER);
    }

    fn at(&self, index: usize) -> (i64, f32) {
        let last = self.last.get(index).copied().unwrap_or(NEVER);
        (last, self.sign.get(index).copied().unwrap_or(1.0))
    }

    fn take(
        &mut self,
        cut: &Cut<'_>,
        polarity: Polarity,
        range: &Range<usize>,
    ) -> Result<(), Error> {
        let part = cut.part(range);
        cut.require_part_inside(range)?;
        let (width, height) = (cut.size().width as usize, cut.size().height as usize);
        for (&t, (x, y, p)) in part.t().iter().zip(pixels(part)) {
            let row = polarity.channel(p) * height + y as usize;
            let index = row * width + x as usize;
            if let Some(last) = self.last.get_mut(index) {
                *last = t;
            }
            if let Some(sign) = self.sign.get_mut(index) {
                *sign = polarity.sign(p);
            }
        }
        Ok(())
    }
}

/// The events that a slice adds to what is known.
pub(crate) struct News {
    /// Whether what was known is to be forgotten first.
    pub(crate) is_afresh: bool,
    /// Where they lie in the recording.
    pub(crate) range: Range<usize>,
}

/// How far a recording has been taken in.
pub(crate) struct History {
    has_memory: bool,
    taken: usize,
}

impl History {
    pub(crate) fn new(has_memory: bool) -> Self {
        Self {
            has_memory,
            taken: 0,
        }
    }

    pub(crate) fn news(&mut self, slice: &Range<usize>) -> News {
        if !self.has_memory {
            return News {
                is_afresh: true,
                range: slice.clone(),
            };
        }
        // Slices of one's own may go back in time; then everything is taken in again.
        let is_afresh = slice.end < self.taken;
        let start = if is_afresh { 0 } else { self.taken };
        self.taken = slice.end;
        News {
            is_afresh,
            range: start..slice.end,
        }
    }
}
