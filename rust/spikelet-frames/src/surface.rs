//! Time surfaces: the last event of each pixel, as a time or as how much of it is left.

use std::ops::Range;

use spikelet_program::math;

use crate::places::each_block;
use crate::stamps::{Signed, Stamp, base_of};
use crate::{Cut, Error, Fading, Polarity};

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
/// `frames` is `[slices, channels, height, width]`, overwritten. Times are exact to 2^53 microseconds, and must
/// not go backwards; where they do, the surface means nothing.
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
    match base_of(cut.events(), &[], u32::BITS) {
        (base, true) => last_times::<u32>(&cut, (surface, base), frames),
        (base, false) => last_times::<i64>(&cut, (surface, base), frames),
    }
}

fn last_times<S: Stamp>(
    cut: &Cut<'_>,
    (surface, base): (Surface, i64),
    frames: &mut [f64],
) -> Result<(), Error> {
    each_surface(cut, (surface, base), frames, |_| {
        move |last: S| {
            let time = last.time(base) as f64;
            if last == S::NEVER {
                f64::NEG_INFINITY
            } else {
                time
            }
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
    let of = (surface, fading, references);
    let is_signed = surface.polarity == Polarity::Signed;
    let bits = u32::BITS - u32::from(is_signed);
    let (base, is_short) = base_of(cut.events(), references, bits);
    match (is_short, is_signed) {
        (true, false) => faded::<u32>(&cut, of, base, frames),
        (true, true) => faded::<Signed<u32>>(&cut, of, base, frames),
        (false, false) => faded::<i64>(&cut, of, base, frames),
        (false, true) => faded::<Signed<(i64, bool)>>(&cut, of, base, frames),
    }
}

fn faded<S: Stamp>(
    cut: &Cut<'_>,
    (surface, fading, references): (Surface, Fading, &[i64]),
    base: i64,
    frames: &mut [f32],
) -> Result<(), Error> {
    // One loop for each fading: a choice inside it would leave no vector code.
    if let Some(tau_us) = fading.tau_us() {
        let left = |age: f32| math::exp(-(age / tau_us));
        return faded_by::<S>(cut, (surface, base), (references, left), frames);
    }
    let left = |age: f32| fading.after(age);
    faded_by::<S>(cut, (surface, base), (references, left), frames)
}

fn faded_by<S: Stamp>(
    cut: &Cut<'_>,
    (surface, base): (Surface, i64),
    (references, left): (&[i64], impl Fn(f32) -> f32 + Copy + Sync),
    frames: &mut [f32],
) -> Result<(), Error> {
    each_surface(cut, (surface, base), frames, |frame| {
        let reference = references.get(frame).copied().unwrap_or(base);
        move |last: S| {
            // Computed for empty cells too: a choice at the end, and no branch.
            let left = last.sign() * left(last.age(reference, base));
            if last == S::NEVER { 0.0 } else { left }
        }
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

/// Calls `value(frame)(stamp of the last event)` for each cell of each frame.
fn each_surface<S: Stamp, C: Send, V: Fn(S) -> C + Sync>(
    cut: &Cut<'_>,
    (surface, base): (Surface, i64),
    frames: &mut [C],
    value: impl Fn(usize) -> V,
) -> Result<(), Error> {
    let cells = surface.polarity.channels() * cut.pixels();
    cut.require_cells(cells, frames.len())?;
    if frames.is_empty() {
        return Ok(());
    }
    let mut seen = Seen::<S>::new(cells, surface.polarity, base);
    let mut history = History::new(surface.has_memory);
    let width = cut.size().width as usize;
    for (index, frame) in frames.chunks_exact_mut(cells).enumerate() {
        let news = history.news(&cut.range(index));
        if news.is_afresh {
            seen.last.fill(S::NEVER);
        }
        seen.take(cut, &news.range)?;
        let value = value(index);
        cut.each(
            (frame, width),
            |row, cells| {
                seen.write(row * width..(row + 1) * width, &value, cells);
                Ok(())
            },
            |(), ()| (),
        )?;
    }
    Ok(())
}

/// The last event of each cell.
struct Seen<S> {
    polarity: Polarity,
    base: i64,
    last: Vec<S>,
}

impl<S: Stamp> Seen<S> {
    fn new(cells: usize, polarity: Polarity, base: i64) -> Self {
        Self {
            polarity,
            base,
            last: vec![S::NEVER; cells],
        }
    }

    /// Writes the value of each cell of a row.
    fn write<C>(&self, row: Range<usize>, value: impl Fn(S) -> C, cells: &mut [C]) {
        let last = self.last.get(row).unwrap_or_default();
        for (cell, &last) in cells.iter_mut().zip(last) {
            *cell = value(last);
        }
    }

    fn take(&mut self, cut: &Cut<'_>, range: &Range<usize>) -> Result<(), Error> {
        let (base, last) = (self.base, &mut self.last);
        each_block(cut, self.polarity, range, |places, block| {
            for ((&place, &t), &p) in places.iter().zip(block.t()).zip(block.p()) {
                if let Some(last) = last.get_mut(place as usize) {
                    *last = S::of(t, p, base);
                }
            }
        })
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
