//! TORE: the ages of the last few events of each pixel, on a logarithmic scale.

use std::num::NonZeroUsize;
use std::ops::Range;

use crate::cut::pixels;
use crate::fading::positive;
use crate::surface::{History, require_references};
use crate::{Cut, Error, Polarity, Surface};

/// The time of a place where no event was kept yet. No recording reaches back so far.
const NEVER: i64 = i64::MIN;

/// A time-ordered recent event volume: a queue of last events for each pixel.
///
/// ```
/// use std::num::NonZeroUsize;
/// use spikelet_frames::{Polarity, Surface, Tore};
///
/// let surface = Surface { polarity: Polarity::TwoChannel, has_memory: true };
/// let tore = Tore::new(surface, NonZeroUsize::new(3).unwrap(), (150.0, 5e6))?;
/// assert_eq!(tore.planes(), 6);
/// # Ok::<(), spikelet_frames::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tore {
    surface: Surface,
    depth: NonZeroUsize,
    youngest_us: f32,
    oldest_us: f32,
}

impl Tore {
    /// Queues of `depth` events, whose ages are told apart from `youngest_us` to `oldest_us`.
    ///
    /// # Errors
    /// [`Error::Number`] when an age is not finite and above 0, or they are not in order;
    /// [`Error::Unsigned`] for signed surfaces.
    pub fn new(
        surface: Surface,
        depth: NonZeroUsize,
        (youngest_us, oldest_us): (f32, f32),
    ) -> Result<Self, Error> {
        if surface.polarity == Polarity::Signed {
            return Err(Error::Unsigned);
        }
        let youngest_us = positive("youngest_us", youngest_us)?;
        let oldest_us = positive("oldest_us", oldest_us)?;
        if oldest_us <= youngest_us {
            return Err(Error::Number {
                name: "oldest_us",
                rule: "above `youngest_us`",
                value: oldest_us.to_string(),
            });
        }
        Ok(Self {
            surface,
            depth,
            youngest_us,
            oldest_us,
        })
    }

    /// Planes of one frame: channels times depth.
    pub fn planes(&self) -> usize {
        let channels = self.surface.polarity.channels();
        channels.saturating_mul(self.depth.get())
    }

    /// What an age is worth: 0 up to the youngest, the same from the oldest on.
    fn of(&self, age_us: u64) -> f32 {
        let age = (age_us as f32).min(self.oldest_us);
        (age.ln_1p() - self.youngest_us.ln_1p()).max(0.0)
    }

    /// What no event at all is worth.
    fn of_never(&self) -> f32 {
        self.oldest_us.ln_1p() - self.youngest_us.ln_1p()
    }
}

/// The queues of each pixel, seen from the reference time of each slice.
///
/// `frames` is `[slices, channels, depth, height, width]`, newest events first, overwritten.
///
/// # Errors
/// As [`time_surface_into`](crate::time_surface_into).
///
/// ```
/// use std::num::NonZeroUsize;
/// use spikelet_events::{Columns, SensorSize};
/// use spikelet_frames::{Cut, Polarity, Surface, Tore, tore_into};
///
/// let surface = Surface { polarity: Polarity::Merged, has_memory: true };
/// let tore = Tore::new(surface, NonZeroUsize::new(3).unwrap(), (1.0, 1e3))?;
/// let events = Columns::new(&[0, 96], &[0, 0], &[0, 0], &[true, false])?;
/// let slices = [0..2];
/// let cut = Cut::new(events, &slices, SensorSize { width: 1, height: 1 })?;
/// let mut frame = [0.0; 3];
/// tore_into(cut, &tore, &[99], &mut frame)?;
/// assert_eq!(frame.map(f32::exp).map(f32::round), [2.0, 50.0, 501.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tore_into(
    cut: Cut<'_>,
    tore: &Tore,
    references: &[i64],
    frames: &mut [f32],
) -> Result<(), Error> {
    let each = tore.planes().saturating_mul(cut.pixels());
    cut.require_cells(each, frames.len())?;
    require_references(&cut, references)?;
    if frames.is_empty() {
        return Ok(());
    }
    let (width, never) = (cut.size().width as usize, tore.of_never());
    let mut queues = Queues::new(tore, cut.pixels());
    let mut history = History::new(tore.surface.has_memory);
    let with_times = frames.chunks_exact_mut(each).zip(references);
    for (index, (frame, &reference)) in with_times.enumerate() {
        let news = history.news(&cut.range(index));
        if news.is_afresh {
            queues.forget();
        }
        queues.take(&cut, &news.range)?;
        cut.each(
            (frame, width),
            |row, cells| {
                for (offset, cell) in cells.iter_mut().enumerate() {
                    let last = queues.at(row * width + offset);
                    let age = reference.wrapping_sub(last) as u64;
                    *cell = if last == NEVER { never } else { tore.of(age) };
                }
                Ok(())
            },
            |(), ()| (),
        )?;
    }
    Ok(())
}

/// The last times of each pixel and channel, newest first, side by side.
struct Queues {
    polarity: Polarity,
    depth: NonZeroUsize,
    pixels: usize,
    last: Vec<i64>,
}

impl Queues {
    fn new(tore: &Tore, pixels: usize) -> Self {
        Self {
            polarity: tore.surface.polarity,
            depth: tore.depth,
            pixels,
            last: vec![NEVER; tore.planes() * pixels],
        }
    }

    fn forget(&mut self) {
        self.last.fill(NEVER);
    }

    /// The time of a cell of `[channels, depth, height, width]`.
    fn at(&self, cell: usize) -> i64 {
        let (plane, pixel) = (cell / self.pixels, cell % self.pixels);
        let (channel, place) = (plane / self.depth, plane % self.depth);
        let queue = (channel * self.pixels + pixel) * self.depth.get();
        self.last.get(queue + place).copied().unwrap_or(NEVER)
    }

    fn take(&mut self, cut: &Cut<'_>, range: &Range<usize>) -> Result<(), Error> {
        cut.require_part_inside(range)?;
        let (part, depth) = (cut.part(range), self.depth.get());
        let width = cut.size().width as usize;
        for (&t, (x, y, p)) in part.t().iter().zip(pixels(part)) {
            let pixel = y as usize * width + x as usize;
            let start = (self.polarity.channel(p) * self.pixels + pixel) * depth;
            if let Some(queue) = self.last.get_mut(start..start + depth) {
                queue.rotate_right(1);
                queue[0] = t;
            }
        }
        Ok(())
    }
}
